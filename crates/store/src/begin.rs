//! Beginning to pay: what must be true before money is asked for, for many payments in one
//! transaction.

use std::collections::{HashMap, HashSet};

use onsale_domain::{
    BookingId, Timestamp, UserId,
    booking::{BookingState, HoldRules, PaymentRefused},
};
use sqlx::{Acquire, PgConnection};

use crate::{
    Store, StoreError,
    bookings::{BookingRecord, lock_bookings},
    holds::seat_numbers,
    payments::{PaymentRecord, payment_columns},
    time::PgTime,
};

/// A wish to pay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BeginPayment {
    /// The booking.
    pub booking: BookingId,
    /// Who pays; to anybody but its owner the booking is unknown. `None` for whoever has shown the
    /// booking's secret.
    pub payer: Option<UserId>,
    /// Where the tickets are to be sent.
    pub email: Option<String>,
}

/// What became of the wish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BegunPayment {
    /// The provider may be asked now; the seats are held meanwhile.
    Begun {
        /// The booking as it is now.
        booking: Box<BookingRecord>,
        /// Its payment, with the number of this attempt.
        payment: Box<PaymentRecord>,
    },
    /// Not now; the booking as it is.
    Refused(PaymentRefused, Box<BookingRecord>),
    /// There is no such booking, or it is somebody else's.
    Unknown,
}

/// A booking that is to be marked as being paid for.
struct Begun {
    before: BookingRecord,
    after: BookingRecord,
    held_until: Timestamp,
    extends: bool,
}

impl Store {
    /// Marks bookings as being paid for, where the rules allow, and lets their holds live long
    /// enough. The answers are in the order of the wishes.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer; then nothing was changed.
    pub async fn begin_payments(
        &self,
        wishes: &[BeginPayment],
        provider: &str,
        rules: HoldRules,
    ) -> Result<Vec<BegunPayment>, StoreError> {
        let ids: Vec<BookingId> = wishes.iter().map(|wish| wish.booking).collect();
        let mut tx = self.pool.begin().await?;
        let mut records: HashMap<BookingId, BookingRecord> = lock_bookings(&mut tx, &ids)
            .await?
            .into_iter()
            .map(|record| (record.id, record))
            .collect();
        let mut answers = vec![BegunPayment::Unknown; wishes.len()];
        let mut begun: Vec<(usize, Begun)> = Vec::new();
        for (at, wish) in wishes.iter().enumerate() {
            let Some(record) = records.get_mut(&wish.booking) else { continue };
            if wish.payer.is_some_and(|payer| payer != record.user) {
                continue;
            }
            match decide(record, wish, rules) {
                // The next wish for the same booking finds it begun.
                Ok(change) => {
                    *record = change.after.clone();
                    begun.push((at, change));
                }
                Err(refused) => {
                    answers[at] = BegunPayment::Refused(refused, Box::new(record.clone()));
                }
            }
        }
        if begun.is_empty() {
            return Ok(answers);
        }
        let lost = extend(&mut tx, &begun).await?;
        let (lost, begun): (Vec<_>, Vec<_>) =
            begun.into_iter().partition(|(_, change)| lost.contains(&change.before.id));
        for (at, Begun { before, .. }) in lost {
            answers[at] = BegunPayment::Refused(PaymentRefused::HoldExpired, Box::new(before));
        }
        mark(&mut tx, &begun).await?;
        let mut payments = record_attempts(&mut tx, &begun, provider).await?;
        tx.commit().await?;
        for (at, Begun { after, .. }) in begun {
            if let Some(payment) = payments.remove(&after.id) {
                let (booking, payment) = (Box::new(after), Box::new(payment));
                answers[at] = BegunPayment::Begun { booking, payment };
            }
        }
        Ok(answers)
    }
}

fn decide(
    record: &BookingRecord,
    wish: &BeginPayment,
    rules: HoldRules,
) -> Result<Begun, PaymentRefused> {
    let held_until = record.state.begin_payment(record.created_at, record.read_at, rules)?;
    if record.event_cancelled {
        return Err(PaymentRefused::EventCancelled);
    }
    let BookingState::InProgress { held_until: until_now, extended, .. } = record.state else {
        return Err(PaymentRefused::Closed);
    };
    let extends = held_until > until_now;
    let state = BookingState::InProgress {
        held_until,
        extended: extended || extends,
        payment_processing: true,
    };
    let after = BookingRecord {
        state,
        payment: "processing".to_owned(),
        email: wish.email.clone().or_else(|| record.email.clone()),
        ..record.clone()
    };
    Ok(Begun { before: record.clone(), after, held_until, extends })
}

/// Lets the seats be held long enough and returns the bookings that have lost one. A hold lived
/// when its row was locked, but it may have run out since, and a lock on the booking does not keep
/// anybody from a seat whose hold has run out. All are tried together; only when that fails is each
/// tried on its own.
async fn extend(
    connection: &mut PgConnection,
    begun: &[(usize, Begun)],
) -> Result<HashSet<BookingId>, StoreError> {
    let longer: Vec<&Begun> =
        begun.iter().map(|(_, change)| change).filter(|change| change.extends).collect();
    if longer.is_empty() || extend_all_or_none(connection, &longer).await? {
        return Ok(HashSet::new());
    }
    let mut lost = HashSet::new();
    for change in &longer {
        if longer.len() == 1 || !extend_all_or_none(connection, &[change]).await? {
            lost.insert(change.before.id);
        }
    }
    Ok(lost)
}

async fn extend_all_or_none(
    connection: &mut PgConnection,
    begun: &[&Begun],
) -> Result<bool, StoreError> {
    let mut wanted = Vec::new();
    for Begun { after, held_until, .. } in begun {
        let seats = seat_numbers(&after.seats).into_iter();
        wanted.extend(seats.map(|seat| (after.event.0, seat, after.id.0, PgTime(*held_until))));
    }
    // Two transactions that lock the same seats lock them in the same order.
    wanted.sort_unstable_by_key(|(event, seat, ..)| (*event, *seat));
    let mut savepoint = connection.begin().await?;
    let extended = sqlx::query(
        "UPDATE tickets AS t SET held_until = w.held_until
           FROM unnest($1::bigint[], $2::integer[], $3::uuid[], $4::timestamptz[])
                AS w (event, seat, booking, held_until)
          WHERE t.event_id = w.event AND t.seat = w.seat
            AND t.booking_id = w.booking AND t.status = 'held'",
    )
    .bind(wanted.iter().map(|w| w.0).collect::<Vec<_>>())
    .bind(wanted.iter().map(|w| w.1).collect::<Vec<_>>())
    .bind(wanted.iter().map(|w| w.2).collect::<Vec<_>>())
    .bind(wanted.iter().map(|w| w.3).collect::<Vec<_>>())
    .execute(&mut *savepoint)
    .await?
    .rows_affected();
    if usize::try_from(extended) == Ok(wanted.len()) {
        savepoint.commit().await?;
        return Ok(true);
    }
    savepoint.rollback().await?;
    Ok(false)
}

async fn mark(connection: &mut PgConnection, begun: &[(usize, Begun)]) -> Result<(), StoreError> {
    let column = |of: fn(&Begun) -> PgTime| begun.iter().map(|(_, b)| of(b)).collect::<Vec<_>>();
    sqlx::query(
        "UPDATE bookings AS b
            SET payment = 'processing', held_until = w.held_until,
                hold_extended = b.hold_extended OR w.extends,
                email = coalesce(w.email, b.email), updated_at = now()
           FROM unnest($1::uuid[], $2::timestamptz[], $3::boolean[], $4::text[])
                AS w (id, held_until, extends, email)
          WHERE b.id = w.id",
    )
    .bind(begun.iter().map(|(_, b)| b.after.id.0).collect::<Vec<_>>())
    .bind(column(|b| PgTime(b.held_until)))
    .bind(begun.iter().map(|(_, b)| b.extends).collect::<Vec<_>>())
    .bind(begun.iter().map(|(_, b)| b.after.email.as_deref()).collect::<Vec<_>>())
    .execute(connection)
    .await?;
    Ok(())
}

async fn record_attempts(
    connection: &mut PgConnection,
    begun: &[(usize, Begun)],
    provider: &str,
) -> Result<HashMap<BookingId, PaymentRecord>, StoreError> {
    let totals = begun.iter().map(|(_, b)| b.after.total);
    let payments: Vec<PaymentRecord> = sqlx::query_as(concat!(
        "INSERT INTO payments AS p (booking_id, provider, amount_minor, currency, attempts)
         SELECT id, $2, total, currency, 1
           FROM unnest($1::uuid[], $3::bigint[], $4::text[]) AS w (id, total, currency)
         ON CONFLICT (booking_id) DO UPDATE SET attempts = p.attempts + 1, updated_at = now()
         RETURNING ",
        payment_columns!()
    ))
    .bind(begun.iter().map(|(_, b)| b.after.id.0).collect::<Vec<_>>())
    .bind(provider)
    .bind(totals.clone().map(|total| total.minor).collect::<Vec<_>>())
    .bind(totals.map(|total| total.currency.code().to_owned()).collect::<Vec<_>>())
    .fetch_all(connection)
    .await?;
    Ok(payments.into_iter().map(|payment| (payment.booking, payment)).collect())
}
