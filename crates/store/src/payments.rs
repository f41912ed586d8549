//! Payments as they are stored, and what is noted of them.

use std::{collections::HashSet, time::Duration};

use onsale_domain::{BookingId, Currency, Money, Timestamp};
use sqlx::{FromRow, Row, postgres::PgRow};

use crate::{
    Store, StoreError,
    bookings::{lock_booking, lock_bookings},
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

macro_rules! payment_columns {
    () => {
        "booking_id, provider, intent_id, amount_minor, currency, attempts, succeeded_at,
         cancelled_at, refunded_at, refund_id, refund_attempts"
    };
}
pub(crate) use payment_columns;

/// An intent that was made for a booking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MadeIntent {
    /// The booking.
    pub booking: BookingId,
    /// The provider's id of the intent.
    pub intent_id: String,
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

    /// Keeps the provider's ids of intents, each only while its payment is awaited, and says of
    /// each whether it was kept. Money can move only after this has returned, and only for those.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn record_intents(&self, intents: &[MadeIntent]) -> Result<Vec<bool>, StoreError> {
        let mut tx = self.pool.begin().await?;
        let ids: Vec<BookingId> = intents.iter().map(|intent| intent.booking).collect();
        let records = lock_bookings(&mut tx, &ids).await?;
        let awaited: HashSet<BookingId> = records
            .iter()
            .filter(|record| record.state.awaits_payment())
            .map(|record| record.id)
            .collect();
        let kept: Vec<bool> =
            intents.iter().map(|intent| awaited.contains(&intent.booking)).collect();
        sqlx::query(
            "UPDATE payments AS p
                SET intent_id = w.intent_id, cancelled_at = NULL, updated_at = now()
               FROM unnest($1::uuid[], $2::text[], $3::boolean[]) AS w (booking_id, intent_id, kept)
              WHERE p.booking_id = w.booking_id AND w.kept",
        )
        .bind(ids.iter().map(|id| id.0).collect::<Vec<_>>())
        .bind(intents.iter().map(|intent| intent.intent_id.as_str()).collect::<Vec<_>>())
        .bind(&kept)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(kept)
    }

    /// Notes that the payment under way failed; the hold lives on and another try may follow. Of a
    /// booking that has ended it notes that nothing was paid, if there is no intent: an intent
    /// would have to be cancelled first.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn payment_failed(&self, failed: FailedTry<'_>) -> Result<(), StoreError> {
        let mut tx = self.pool.begin().await?;
        let Some(record) = lock_booking(&mut tx, failed.booking).await? else { return Ok(()) };
        let is_closing = record.state.is_closing();
        if is_closing || record.state.awaits_payment() {
            sqlx::query(
                "UPDATE bookings AS b SET payment = $2::payment_state, updated_at = now()
                  WHERE b.id = $1
                    AND EXISTS (SELECT 1 FROM payments p
                                 WHERE p.booking_id = b.id AND p.attempts = $3
                                   AND (p.intent_id IS NULL OR NOT $5)
                                   AND p.updated_at <= now() - $4 * interval '1 second')",
            )
            .bind(failed.booking.0)
            .bind(if is_closing { "none" } else { failed.outcome })
            .bind(failed.attempt)
            .bind(failed.not_before.as_secs_f64())
            .bind(is_closing)
            .execute(&mut *tx)
            .await?;
            tx.commit().await?;
        }
        Ok(())
    }

    /// Notes that nothing can be paid with a booking's intent any more: if the booking has ended,
    /// nothing was paid.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn intent_cancelled(&self, booking: BookingId) -> Result<(), StoreError> {
        let mut tx = self.pool.begin().await?;
        let Some(record) = lock_booking(&mut tx, booking).await? else { return Ok(()) };
        sqlx::query(
            "UPDATE payments SET cancelled_at = coalesce(cancelled_at, now()), updated_at = now()
              WHERE booking_id = $1 AND succeeded_at IS NULL",
        )
        .bind(booking.0)
        .execute(&mut *tx)
        .await?;
        if record.state.is_closing() {
            sqlx::query("UPDATE bookings SET payment = 'none', updated_at = now() WHERE id = $1")
                .bind(booking.0)
                .execute(&mut *tx)
                .await?;
        }
        tx.commit().await?;
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
