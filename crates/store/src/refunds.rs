//! Giving money back: paid bookings that are cancelled, and refunds on their way.

use std::time::Duration;

use onsale_domain::{
    BookingId, EventId,
    booking::{BookingState, CancelRefused, CancelVerdict, RefundReason},
};
use sqlx::{PgConnection, Row};

use crate::{
    Store, StoreError,
    bookings::{BookingRecord, Freed, free_seats, lock_booking, release_all},
    time::PgTime,
};

/// Until when a paid booking may be cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deadline {
    /// So long before the event starts.
    BeforeStart {
        /// In hours.
        hours: u32,
    },
    /// None: the box office does it.
    None,
}

/// What became of cancelling a booking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CancelOutcome {
    /// Its seats are on sale again and its money is due, now or since before.
    Cancelled(Box<BookingRecord>),
    /// It cannot be cancelled.
    Refused(CancelRefused),
}

/// What the provider says about a refund that it had accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefundNews {
    /// The money went back.
    Settled,
    /// It did not; it must be tried again.
    Failed,
}

/// The pause before a refund that failed is tried again; it doubles with each try …
const FIRST_REFUND_PAUSE: Duration = Duration::from_secs(5);
/// … up to this many times.
const MOST_DOUBLINGS: i32 = 12;

impl Store {
    /// Cancels a paid booking: its seats go back on sale and its money is due. Doing so again
    /// changes nothing.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer. `None` when there is no such booking.
    pub async fn cancel(
        &self,
        id: BookingId,
        deadline: Deadline,
    ) -> Result<Option<CancelOutcome>, StoreError> {
        let mut tx = self.pool.begin().await?;
        let Some(mut booking) = lock_booking(&mut tx, id).await? else { return Ok(None) };
        let latest = match deadline {
            Deadline::None => None,
            Deadline::BeforeStart { hours } => {
                let starts_at = sqlx::query_scalar("SELECT starts_at FROM events WHERE id = $1")
                    .bind(booking.event.0)
                    .fetch_one(&mut *tx)
                    .await
                    .map(|PgTime(starts_at)| starts_at)?;
                Some(starts_at.plus_seconds(-3600 * i64::from(hours)))
            }
        };
        match booking.state.cancel(booking.read_at, latest) {
            Err(refused) => return Ok(Some(CancelOutcome::Refused(refused))),
            Ok(CancelVerdict::NothingToDo) => {}
            Ok(CancelVerdict::FreeSeatsAndRefund) => {
                take_back(&mut tx, &[id]).await?;
                tx.commit().await?;
                booking.state = BookingState::RefundDue;
                booking.refund_reason = Some(RefundReason::Cancelled.as_str().to_owned());
            }
        }
        Ok(Some(CancelOutcome::Cancelled(Box::new(booking))))
    }

    /// Calls an event off. Nothing of it is sold from now on; [`Store::clear_cancelled_events`]
    /// serves those who had seats. `false` when there is no such event, or it was called off before.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn cancel_event(&self, event: EventId) -> Result<bool, StoreError> {
        let cancelled = sqlx::query(
            "UPDATE events SET cancelled_at = now() WHERE id = $1 AND cancelled_at IS NULL",
        )
        .bind(event.0)
        .execute(&self.pool)
        .await?;
        Ok(cancelled.rows_affected() == 1)
    }

    /// Serves up to `limit` bookings of events that were called off: the paid ones get their money
    /// back, the unpaid ones end. A payment under way is left alone; its money comes back when it
    /// has come. Returns how many were served, and those whose refund is due.
    ///
    /// An event is done once nothing of it was left `quiet` after it was called off.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer; then nothing was changed.
    pub async fn clear_cancelled_events(
        &self,
        limit: i64,
        quiet: Duration,
    ) -> Result<(usize, Vec<BookingId>), StoreError> {
        let mut tx = self.pool.begin().await?;
        let rows = sqlx::query(
            "SELECT b.id, b.status = 'confirmed' AS paid
               FROM bookings b
              WHERE b.id IN (SELECT t.booking_id FROM events e JOIN tickets t ON t.event_id = e.id
                              WHERE e.cancelled_at IS NOT NULL AND e.cleared_at IS NULL
                                AND t.status IN ('held', 'sold'))
                AND (b.status = 'confirmed'
                     OR (b.status = 'in_progress' AND b.payment <> 'processing'))
              ORDER BY b.id LIMIT $1 FOR UPDATE OF b SKIP LOCKED",
        )
        .bind(limit)
        .fetch_all(&mut *tx)
        .await?;
        let (mut paid, mut unpaid) = (Vec::new(), Vec::new());
        for row in &rows {
            let booking = BookingId(row.try_get("id")?);
            if row.try_get("paid")? { paid.push(booking) } else { unpaid.push(booking) }
        }
        take_back(&mut tx, &paid).await?;
        release_all(&mut tx, &unpaid).await?;
        if rows.is_empty() {
            sqlx::query(
                "UPDATE events SET cleared_at = now()
                  WHERE cancelled_at < now() - $1 * interval '1 second' AND cleared_at IS NULL",
            )
            .bind(quiet.as_secs_f64())
            .execute(&mut *tx)
            .await?;
        }
        tx.commit().await?;
        Ok((rows.len(), paid))
    }

    /// Notes that the provider has accepted to give the money back, or that it went back by another
    /// way. `settled` when it will not fail any more.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn refunded(
        &self,
        booking: BookingId,
        refund_id: Option<&str>,
        settled: bool,
    ) -> Result<(), StoreError> {
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
            "UPDATE payments SET refund_id = $2, refunded_at = now(), updated_at = now(),
                    refund_settled_at = CASE WHEN $3 THEN now() END, next_look_at = NULL
              WHERE booking_id = $1",
        )
        .bind(booking.0)
        .bind(refund_id)
        .bind(settled)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Notes what the provider says about a refund that it had accepted. News of a refund that was
    /// given up since changes nothing. `true` when the money is due again.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn refund_news(
        &self,
        booking: BookingId,
        refund_id: &str,
        news: RefundNews,
    ) -> Result<bool, StoreError> {
        let mut tx = self.pool.begin().await?;
        let Some(record) = lock_booking(&mut tx, booking).await? else { return Ok(false) };
        if record.state != BookingState::Refunded {
            return Ok(false);
        }
        let changed = match news {
            RefundNews::Settled => {
                sqlx::query(
                    "UPDATE payments SET refund_settled_at = now(), updated_at = now()
                      WHERE booking_id = $1 AND refund_id = $2 AND refund_settled_at IS NULL",
                )
                .bind(booking.0)
                .bind(refund_id)
                .execute(&mut *tx)
                .await?;
                false
            }
            RefundNews::Failed => {
                let current: Option<String> =
                    sqlx::query_scalar("SELECT refund_id FROM payments WHERE booking_id = $1")
                        .bind(booking.0)
                        .fetch_one(&mut *tx)
                        .await?;
                current.as_deref() == Some(refund_id) && due_again(&mut tx, booking).await?
            }
        };
        tx.commit().await?;
        Ok(changed)
    }

    /// Notes that the provider would not give the money back now: it is tried again after a pause,
    /// under another key.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn refund_refused(&self, booking: BookingId) -> Result<(), StoreError> {
        let mut tx = self.pool.begin().await?;
        let Some(record) = lock_booking(&mut tx, booking).await? else { return Ok(()) };
        if record.state.must_give_back() {
            due_again(&mut tx, booking).await?;
            tx.commit().await?;
        }
        Ok(())
    }
}

/// Frees the seats of paid bookings and notes that their money is due.
async fn take_back(
    connection: &mut PgConnection,
    bookings: &[BookingId],
) -> Result<(), StoreError> {
    if bookings.is_empty() {
        return Ok(());
    }
    free_seats(connection, bookings, Freed::Sold).await?;
    sqlx::query(
        "UPDATE bookings SET status = 'refund_due', refund_reason = $2, updated_at = now()
          WHERE id = ANY($1)",
    )
    .bind(bookings.iter().map(|booking| booking.0).collect::<Vec<_>>())
    .bind(RefundReason::Cancelled.as_str())
    .execute(connection)
    .await?;
    Ok(())
}

/// The money is due, after a pause, under the next number.
async fn due_again(connection: &mut PgConnection, booking: BookingId) -> Result<bool, StoreError> {
    sqlx::query(
        "UPDATE bookings SET status = 'refund_due', payment = 'succeeded', updated_at = now()
          WHERE id = $1",
    )
    .bind(booking.0)
    .execute(&mut *connection)
    .await?;
    sqlx::query(
        "UPDATE payments
            SET refund_attempts = refund_attempts + 1, refund_id = NULL, refunded_at = NULL,
                refund_settled_at = NULL, updated_at = now(),
                next_look_at = now() + $2 * power(2, least(refund_attempts, $3)) * interval '1 second'
          WHERE booking_id = $1",
    )
    .bind(booking.0)
    .bind(FIRST_REFUND_PAUSE.as_secs_f64())
    .bind(MOST_DOUBLINGS)
    .execute(connection)
    .await?;
    Ok(true)
}
