//! Money: what must be true before it is asked for, and what is done when it has come.

use std::time::Duration;

use onsale_domain::{
    BookingId, Currency, Money, Timestamp,
    booking::{BookingState, HoldRules, PaymentRefused},
};
use sqlx::{FromRow, PgConnection, Row, postgres::PgRow};

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
    /// When the provider took on to give the money back.
    pub refunded_at: Option<Timestamp>,
    /// The provider's id of the refund.
    pub refund_id: Option<String>,
    /// Refunds that failed.
    pub refund_attempts: i32,
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
            refund_id: row.try_get("refund_id")?,
            refund_attempts: row.try_get("refund_attempts")?,
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

macro_rules! payment_columns {
    () => {
        "booking_id, provider, intent_id, amount_minor, currency, attempts, succeeded_at,
         cancelled_at, refunded_at, refund_id, refund_attempts"
    };
}

/// News of a try to pay that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FailedTry<'a> {
    /// The booking.
    pub booking: BookingId,
    /// The number of the try. News of a try that another has followed changes nothing.
    pub attempt: i32,
    /// What is noted of it: `declined`, or `none` when the provider was not asked.
    pub outcome: &'a str,
    /// The news counts only once so much time has passed since the try began: whoever only looks
    /// cannot tell a try that failed from one whose request is still on its way.
    pub not_before: Duration,
}

impl Store {
    /// The payment of a booking, or `None` when none was tried.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn payment(&self, booking: BookingId) -> Result<Option<PaymentRecord>, StoreError> {
        let sql = concat!("SELECT ", payment_columns!(), " FROM payments WHERE booking_id = $1");
        Ok(sqlx::query_as(sql).bind(booking.0).fetch_optional(&self.pool).await?)
    }

    /// The booking that is paid for by an intent of a provider, if it is one of ours.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn booking_of_intent(
        &self,
        provider: &str,
        intent_id: &str,
    ) -> Result<Option<BookingId>, StoreError> {
        let booking = sqlx::query_scalar(
            "SELECT booking_id FROM payments WHERE provider = $1 AND intent_id = $2",
        )
        .bind(provider)
        .bind(intent_id)
        .fetch_optional(&self.pool)
        .await?;
        Ok(booking.map(BookingId))
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
            Ok(_) if booking.event_cancelled => {
                let refused = PaymentRefused::EventCancelled;
                return Ok(Some(BegunPayment::Refused(refused, Box::new(booking))));
            }
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
    pub async fn payment_failed(&self, failed: FailedTry<'_>) -> Result<(), StoreError> {
        let mut tx = self.pool.begin().await?;
        let Some(record) = lock_booking(&mut tx, failed.booking).await? else { return Ok(()) };
        if record.state.payment_failed_matters() {
            sqlx::query(
                "UPDATE bookings AS b SET payment = $2::payment_state, updated_at = now()
                  WHERE b.id = $1
                    AND EXISTS (SELECT 1 FROM payments p
                                 WHERE p.booking_id = b.id AND p.attempts = $3
                                   AND p.updated_at <= now() - $4 * interval '1 second')",
            )
            .bind(failed.booking.0)
            .bind(failed.outcome)
            .bind(failed.attempt)
            .bind(failed.not_before.as_secs_f64())
            .execute(&mut *tx)
            .await?;
            tx.commit().await?;
        }
        Ok(())
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
    let payment = sqlx::query_as(concat!(
        "INSERT INTO payments AS p (booking_id, provider, amount_minor, currency, attempts)
         VALUES ($1, $2, $3, $4, 1)
         ON CONFLICT (booking_id) DO UPDATE SET attempts = p.attempts + 1, updated_at = now()
         RETURNING ",
        payment_columns!()
    ))
    .bind(booking.id.0)
    .bind(provider)
    .bind(booking.total.minor)
    .bind(booking.total.currency.code())
    .fetch_one(connection)
    .await?;
    Ok(payment)
}
