//! Money: what must be true before it is asked for, and what is done when it has come.

use std::time::Duration;

use onsale_domain::{
    BookingId, Currency, Money, Timestamp,
    booking::{BookingState, HoldRules, PaymentRefused, PaymentVerdict, RefundReason},
};
use sqlx::{Connection, FromRow, PgConnection, Row, postgres::PgRow};

use crate::{
    Store, StoreError,
    bookings::{BookingRecord, lock_booking},
    holds::seat_numbers,
    time::PgTime,
};

/// The payment of a booking as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentRecord {
    /// The booking.
    pub booking: BookingId,
    /// The provider.
    pub provider: String,
    /// The provider's id of the intent, once known.
    pub intent_id: Option<String>,
    /// What is to be paid.
    pub amount: Money,
    /// How often it was tried.
    pub attempts: i32,
    /// When the money came.
    pub succeeded_at: Option<Timestamp>,
    /// When the intent was cancelled.
    pub cancelled_at: Option<Timestamp>,
    /// When the money went back.
    pub refunded_at: Option<Timestamp>,
}

impl FromRow<'_, PgRow> for PaymentRecord {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        let time = |name: &str| {
            row.try_get::<Option<PgTime>, _>(name).map(|time| time.map(|PgTime(time)| time))
        };
        let currency: String = row.try_get("currency")?;
        let currency =
            Currency::parse(&currency).map_err(|error| sqlx::Error::Decode(Box::new(error)))?;
        Ok(Self {
            booking: BookingId(row.try_get("booking_id")?),
            provider: row.try_get("provider")?,
            intent_id: row.try_get("intent_id")?,
            amount: Money::new(row.try_get("amount_minor")?, currency),
            attempts: row.try_get("attempts")?,
            succeeded_at: time("succeeded_at")?,
            cancelled_at: time("cancelled_at")?,
            refunded_at: time("refunded_at")?,
        })
    }
}

/// A wish to pay.
#[derive(Debug, Clone, Copy)]
pub struct BeginPayment<'a> {
    /// The booking.
    pub booking: BookingId,
    /// The provider to be asked.
    pub provider: &'a str,
    /// Where the tickets are to be sent.
    pub email: Option<&'a str>,
    /// How long holds live.
    pub rules: HoldRules,
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
}

/// What news of a payment did to its booking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settlement {
    /// The seats are sold.
    Confirmed,
    /// The money must go back, for this reason.
    RefundDue(RefundReason),
    /// It was known before, or did not matter.
    Unchanged,
    /// There is no such booking.
    UnknownBooking,
}

const PAYMENT: &str = "SELECT booking_id, provider, intent_id, amount_minor, currency, attempts,
    succeeded_at, cancelled_at, refunded_at FROM payments WHERE booking_id = $1";

/// A seat is sold to a booking that holds it, or that asks for a seat nobody holds: the same guard
/// serves payments that come in time and payments that come late.
const SELL_SEATS: &str = "
    UPDATE tickets
       SET status = 'sold', booking_id = $1, held_until = NULL
     WHERE event_id = $2 AND seat = ANY($3)
       AND (status = 'available'
            OR (status = 'held' AND (booking_id = $1 OR held_until <= now())))";

impl Store {
    /// The payment of a booking, or `None` when none was tried.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn payment(&self, booking: BookingId) -> Result<Option<PaymentRecord>, StoreError> {
        Ok(sqlx::query_as(PAYMENT).bind(booking.0).fetch_optional(&self.pool).await?)
    }

    /// Marks a booking as being paid for, if the rules allow, and lets its hold live long enough.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer. `None` when there is no such booking.
    pub async fn begin_payment(
        &self,
        wish: BeginPayment<'_>,
    ) -> Result<Option<BegunPayment>, StoreError> {
        let mut tx = self.pool.begin().await?;
        let Some(mut booking) = lock_booking(&mut tx, wish.booking).await? else {
            return Ok(None);
        };
        let now = booking.read_at;
        let held_until = match booking.state.begin_payment(booking.created_at, now, wish.rules) {
            Ok(held_until) => held_until,
            Err(refused) => return Ok(Some(BegunPayment::Refused(refused, Box::new(booking)))),
        };
        if !extend_hold(&mut tx, &mut booking, held_until, wish.email).await? {
            let refused = PaymentRefused::HoldExpired;
            return Ok(Some(BegunPayment::Refused(refused, Box::new(booking))));
        }
        let payment = record_attempt(&mut tx, &booking, wish.provider).await?;
        tx.commit().await?;
        let (booking, payment) = (Box::new(booking), Box::new(payment));
        Ok(Some(BegunPayment::Begun { booking, payment }))
    }

    /// Keeps the provider's id of the intent. Money can move only after this has returned.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn record_intent(
        &self,
        booking: BookingId,
        intent_id: &str,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE payments SET intent_id = $2, cancelled_at = NULL, updated_at = now()
              WHERE booking_id = $1",
        )
        .bind(booking.0)
        .bind(intent_id)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Notes that the payment under way failed; the hold lives on and another try may follow.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn payment_failed(
        &self,
        booking: BookingId,
        outcome: &str,
    ) -> Result<Settlement, StoreError> {
        let mut tx = self.pool.begin().await?;
        let Some(record) = lock_booking(&mut tx, booking).await? else {
            return Ok(Settlement::UnknownBooking);
        };
        if record.state.payment_failed_matters() {
            sqlx::query(
                "UPDATE bookings SET payment = $2::payment_state, updated_at = now() WHERE id = $1",
            )
            .bind(booking.0)
            .bind(outcome)
            .execute(&mut *tx)
            .await?;
            tx.commit().await?;
        }
        Ok(Settlement::Unchanged)
    }

    /// Does what must be done with money that has come: sells the booking its seats, or notes that
    /// the money must go back. Telling it again changes nothing.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer; then nothing was changed.
    pub async fn payment_succeeded(
        &self,
        booking: BookingId,
        paid: Money,
    ) -> Result<Settlement, StoreError> {
        let mut tx = self.pool.begin().await?;
        let Some(record) = lock_booking(&mut tx, booking).await? else {
            return Ok(Settlement::UnknownBooking);
        };
        let settlement = match record.state.payment_succeeded(paid, record.total) {
            PaymentVerdict::NothingToDo => return Ok(Settlement::Unchanged),
            PaymentVerdict::Refund(reason) => Settlement::RefundDue(reason),
            PaymentVerdict::ClaimSeats if sell_seats(&mut tx, &record).await? => {
                Settlement::Confirmed
            }
            PaymentVerdict::ClaimSeats => Settlement::RefundDue(RefundReason::SeatsGone),
        };
        settle(&mut tx, &record, settlement).await?;
        tx.commit().await?;
        Ok(settlement)
    }

    /// Notes that nothing can be paid with a booking's intent any more.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn intent_cancelled(&self, booking: BookingId) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE payments SET cancelled_at = coalesce(cancelled_at, now()), updated_at = now()
              WHERE booking_id = $1 AND succeeded_at IS NULL",
        )
        .bind(booking.0)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Notes that looking at a payment leads to nothing now: the sweep leaves it alone for `pause`.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn set_payment_aside(
        &self,
        booking: BookingId,
        pause: Duration,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE payments SET next_look_at = now() + $2 * interval '1 second'
              WHERE booking_id = $1",
        )
        .bind(booking.0)
        .bind(pause.as_secs_f64())
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Notes that the money went back.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn refunded(&self, booking: BookingId, refund_id: &str) -> Result<(), StoreError> {
        let mut tx = self.pool.begin().await?;
        let Some(record) = lock_booking(&mut tx, booking).await? else { return Ok(()) };
        if record.state != BookingState::RefundDue {
            return Ok(());
        }
        sqlx::query(
            "UPDATE bookings SET status = 'refunded', payment = 'refunded', updated_at = now()
              WHERE id = $1",
        )
        .bind(booking.0)
        .execute(&mut *tx)
        .await?;
        sqlx::query(
            "UPDATE payments SET refund_id = $2, refunded_at = now(), updated_at = now()
              WHERE booking_id = $1",
        )
        .bind(booking.0)
        .bind(refund_id)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }
}

/// Lets a hold live until then, with all of its seats; `false` when it has lost one. The hold lived
/// when its row was locked, but it may have run out since, and a lock on the booking does not keep
/// anybody from a seat whose hold has run out.
async fn extend_hold(
    connection: &mut PgConnection,
    booking: &mut BookingRecord,
    held_until: Timestamp,
    email: Option<&str>,
) -> Result<bool, StoreError> {
    let BookingState::InProgress { held_until: before, extended, .. } = booking.state else {
        return Ok(false);
    };
    let extends = held_until > before;
    sqlx::query(
        "UPDATE bookings
            SET payment = 'processing', held_until = $2, hold_extended = hold_extended OR $3,
                email = coalesce($4, email), updated_at = now()
          WHERE id = $1",
    )
    .bind(booking.id.0)
    .bind(PgTime(held_until))
    .bind(extends)
    .bind(email)
    .execute(&mut *connection)
    .await?;
    if extends {
        let seats = sqlx::query(
            "UPDATE tickets SET held_until = $2
              WHERE event_id = $3 AND seat = ANY($4) AND booking_id = $1 AND status = 'held'",
        )
        .bind(booking.id.0)
        .bind(PgTime(held_until))
        .bind(booking.event.0)
        .bind(seat_numbers(&booking.seats))
        .execute(connection)
        .await?
        .rows_affected();
        if usize::try_from(seats) != Ok(booking.seats.len()) {
            return Ok(false);
        }
    }
    booking.state = BookingState::InProgress {
        held_until,
        extended: extended || extends,
        payment_processing: true,
    };
    booking.payment = "processing".into();
    booking.email = email.map(str::to_owned).or(booking.email.take());
    Ok(true)
}

async fn record_attempt(
    connection: &mut PgConnection,
    booking: &BookingRecord,
    provider: &str,
) -> Result<PaymentRecord, StoreError> {
    let payment = sqlx::query_as(
        "INSERT INTO payments AS p (booking_id, provider, amount_minor, currency, attempts)
         VALUES ($1, $2, $3, $4, 1)
         ON CONFLICT (booking_id) DO UPDATE SET attempts = p.attempts + 1, updated_at = now()
         RETURNING booking_id, provider, intent_id, amount_minor, currency, attempts,
                   succeeded_at, cancelled_at, refunded_at",
    )
    .bind(booking.id.0)
    .bind(provider)
    .bind(booking.total.minor)
    .bind(booking.total.currency.code())
    .fetch_one(connection)
    .await?;
    Ok(payment)
}

/// Sells a booking its seats; `false`, and nothing changed, when one of them is somebody else's.
async fn sell_seats(
    connection: &mut PgConnection,
    booking: &BookingRecord,
) -> Result<bool, StoreError> {
    let mut savepoint = connection.begin().await?;
    let sold = sqlx::query(SELL_SEATS)
        .bind(booking.id.0)
        .bind(booking.event.0)
        .bind(seat_numbers(&booking.seats))
        .execute(&mut *savepoint)
        .await?
        .rows_affected();
    if usize::try_from(sold) == Ok(booking.seats.len()) {
        savepoint.commit().await?;
        return Ok(true);
    }
    savepoint.rollback().await?;
    Ok(false)
}

async fn settle(
    connection: &mut PgConnection,
    booking: &BookingRecord,
    settlement: Settlement,
) -> Result<(), StoreError> {
    let (status, reason) = match settlement {
        Settlement::Confirmed => ("confirmed", None),
        Settlement::RefundDue(reason) => ("refund_due", Some(reason.as_str())),
        Settlement::Unchanged | Settlement::UnknownBooking => return Ok(()),
    };
    sqlx::query(
        "UPDATE bookings
            SET status = $2::booking_status, payment = 'succeeded', held_until = NULL,
                refund_reason = $3, updated_at = now()
          WHERE id = $1",
    )
    .bind(booking.id.0)
    .bind(status)
    .bind(reason)
    .execute(&mut *connection)
    .await?;
    if reason.is_some() {
        crate::bookings::free_seats(connection, &[booking.id]).await?;
    }
    sqlx::query(
        "UPDATE payments
            SET succeeded_at = coalesce(succeeded_at, now()), cancelled_at = NULL,
                updated_at = now()
          WHERE booking_id = $1",
    )
    .bind(booking.id.0)
    .execute(connection)
    .await?;
    Ok(())
}
