//! What the sweep does and finds: holds that ran out, and work that somebody should have done.

use std::time::Duration;

use onsale_domain::{BookingId, EventId, SeatIndex};
use sqlx::Row;

use crate::{
    Store, StoreError,
    bookings::{Freed, free_seats, payment_at_the_end},
    holds::seats_from,
};

/// Work that lies.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Forgotten {
    /// Webhooks that were stored and not applied: provider and event id.
    pub webhooks: Vec<(String, String)>,
    /// Bookings whose payment must be looked at.
    pub payments: Vec<BookingId>,
}

impl Store {
    /// Ends up to `limit` holds that ran out and puts their seats back on sale. Returns what was
    /// freed.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer; then nothing was changed.
    pub async fn expire_lapsed(
        &self,
        limit: i64,
    ) -> Result<Vec<(BookingId, EventId, Vec<SeatIndex>)>, StoreError> {
        let mut tx = self.pool.begin().await?;
        let rows = sqlx::query(concat!(
            "UPDATE bookings AS b
                SET status = 'expired', held_until = NULL, updated_at = now(), payment = ",
            payment_at_the_end!(),
            " WHERE b.id IN (SELECT id FROM bookings
                              WHERE status = 'in_progress' AND held_until <= now()
                              ORDER BY held_until, id LIMIT $1 FOR UPDATE SKIP LOCKED)
              RETURNING id, event_id, seats"
        ))
        .bind(limit)
        .fetch_all(&mut *tx)
        .await?;
        let mut expired = Vec::with_capacity(rows.len());
        for row in rows {
            let booking = BookingId(row.try_get("id")?);
            let seats = seats_from(row.try_get("seats")?);
            expired.push((booking, EventId(row.try_get("event_id")?), seats));
        }
        let bookings: Vec<BookingId> = expired.iter().map(|(booking, ..)| *booking).collect();
        free_seats(&mut tx, &bookings, Freed::Held).await?;
        tx.commit().await?;
        Ok(expired)
    }

    /// Finds up to `limit` pieces of each kind of work that have lain for `age`. A payment that was
    /// found is not found again for as long: so others have their turn, however many there are that
    /// looking at does not end.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn forgotten(&self, age: Duration, limit: i64) -> Result<Forgotten, StoreError> {
        let age_seconds = age.as_secs_f64();
        let webhooks = sqlx::query(
            "SELECT provider, event_id FROM webhook_inbox
              WHERE processed_at IS NULL AND given_up_at IS NULL
                AND received_at < now() - $1 * interval '1 second'
              ORDER BY received_at LIMIT $2",
        )
        .bind(age_seconds)
        .bind(limit)
        .fetch_all(&self.pool)
        .await?;
        // Money that must go back; refunds and intents of which nobody knows what became; intents
        // of bookings that have ended, at once, because somebody waits to hear that nothing was
        // paid; and tries that ended before the provider was asked.
        let payments = sqlx::query(
            "WITH found AS (
             SELECT b.id FROM bookings b LEFT JOIN payments p ON p.booking_id = b.id
              WHERE b.status = 'refund_due' AND b.updated_at < now() - $1 * interval '1 second'
                AND (p.next_look_at IS NULL OR p.next_look_at <= now())
             UNION
             SELECT p.booking_id FROM payments p
              WHERE p.refunded_at < now() - $1 * interval '1 second'
                AND p.refund_settled_at IS NULL
                AND (p.next_look_at IS NULL OR p.next_look_at <= now())
             UNION
             SELECT p.booking_id FROM payments p JOIN bookings b ON b.id = p.booking_id
              WHERE p.intent_id IS NOT NULL AND p.succeeded_at IS NULL AND p.cancelled_at IS NULL
                AND (b.status IN ('expired', 'released')
                     OR (b.payment = 'processing'
                         AND p.updated_at < now() - $1 * interval '1 second'))
                AND (p.next_look_at IS NULL OR p.next_look_at <= now())
             UNION
             SELECT b.id FROM bookings b LEFT JOIN payments p ON p.booking_id = b.id
              WHERE b.status IN ('expired', 'released') AND b.payment = 'processing'
                AND (p.next_look_at IS NULL OR p.next_look_at <= now())
             UNION
             SELECT b.id FROM bookings b LEFT JOIN payments p ON p.booking_id = b.id
              WHERE b.status = 'in_progress' AND b.payment = 'processing' AND p.intent_id IS NULL
                AND b.updated_at < now() - ($1 + 15) * interval '1 second'
                AND (p.next_look_at IS NULL OR p.next_look_at <= now())
             LIMIT $2
             ), noted AS (
             UPDATE payments SET next_look_at = now() + $1 * interval '1 second'
              WHERE booking_id IN (SELECT p.booking_id FROM payments p JOIN found f
                                       ON f.id = p.booking_id FOR UPDATE OF p SKIP LOCKED)
             )
             SELECT id FROM found",
        )
        .bind(age_seconds)
        .bind(limit)
        .fetch_all(&self.pool)
        .await?;
        let pair =
            |row: &sqlx::postgres::PgRow| Ok((row.try_get("provider")?, row.try_get("event_id")?));
        Ok(Forgotten {
            webhooks: webhooks.iter().map(pair).collect::<Result<_, sqlx::Error>>()?,
            payments: payments
                .iter()
                .map(|row| Ok(BookingId(row.try_get("id")?)))
                .collect::<Result<_, sqlx::Error>>()?,
        })
    }
}
