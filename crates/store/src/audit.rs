//! The audit: questions to the ledger whose every answer must be "none".
//!
//! Each question is one statement on one snapshot, so it can be asked while sales go on.

use sqlx::{AssertSqlSafe, Row};

use crate::{Store, StoreError};

/// An answer that must be "none".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule that should hold.
    pub rule: &'static str,
    /// How many rows break it.
    pub violations: u64,
    /// Some of them, in words.
    pub examples: Vec<String>,
}

impl Finding {
    /// A rule that nothing breaks so far.
    #[must_use]
    pub const fn none(rule: &'static str) -> Self {
        Self { rule, violations: 0, examples: Vec::new() }
    }
}

/// Examples that are given for a broken rule.
const EXAMPLES: i64 = 5;

/// The rules and the statements that list what breaks them, one text column each.
const RULES: &[(&str, &str)] = &[
    (
        "no seat is in two confirmed bookings",
        "SELECT format('event %s seat %s: %s', event_id, seat, string_agg(id::text, ', '))
           FROM bookings, unnest(seats) AS seat WHERE status = 'confirmed'
          GROUP BY event_id, seat HAVING count(*) > 1",
    ),
    (
        "a confirmed booking owns each of its seats",
        "SELECT format('booking %s seat %s', b.id, seat)
           FROM bookings b, unnest(b.seats) AS seat
           LEFT JOIN LATERAL (SELECT 1 AS owned FROM tickets t
                WHERE t.event_id = b.event_id AND t.seat = seat.seat
                  AND t.booking_id = b.id AND t.status = 'sold') own ON true
          WHERE b.status = 'confirmed' AND own.owned IS NULL",
    ),
    (
        "a sold ticket belongs to a confirmed booking that lists it",
        "SELECT format('event %s seat %s', t.event_id, t.seat)
           FROM tickets t LEFT JOIN bookings b
             ON b.id = t.booking_id AND b.status = 'confirmed' AND b.event_id = t.event_id
            AND t.seat = ANY(b.seats)
          WHERE t.status = 'sold' AND b.id IS NULL",
    ),
    (
        "a confirmed booking is paid in full",
        "SELECT format('booking %s', b.id)
           FROM bookings b LEFT JOIN payments p ON p.booking_id = b.id
          WHERE b.status = 'confirmed'
            AND (p.succeeded_at IS NULL OR p.refunded_at IS NOT NULL
                 OR p.amount_minor <> b.total_minor OR p.currency <> b.currency)",
    ),
    (
        "money that came is in a confirmed booking, or on its way back, or back",
        "SELECT format('booking %s is %s', b.id, b.status)
           FROM payments p JOIN bookings b ON b.id = p.booking_id
          WHERE p.succeeded_at IS NOT NULL
            AND NOT (b.status IN ('confirmed', 'refund_due') AND p.refunded_at IS NULL
                     OR b.status = 'refunded' AND p.refunded_at IS NOT NULL)",
    ),
    (
        "a held ticket belongs to a booking in progress that lists it",
        "SELECT format('event %s seat %s', t.event_id, t.seat)
           FROM tickets t LEFT JOIN bookings b
             ON b.id = t.booking_id AND b.status = 'in_progress' AND t.seat = ANY(b.seats)
          WHERE t.status = 'held' AND b.id IS NULL",
    ),
    (
        "money that is due goes back within a day",
        "SELECT format('booking %s since %s', id, updated_at)
           FROM bookings b
          WHERE status = 'refund_due' AND updated_at < now() - interval '1 day'",
    ),
    (
        "an hour after it was called off, an event has no confirmed booking",
        "SELECT format('booking %s', b.id)
           FROM events e JOIN bookings b ON b.event_id = e.id AND b.status = 'confirmed'
          WHERE e.cancelled_at < now() - interval '1 hour'",
    ),
    (
        "a booking belongs to an event",
        "SELECT format('booking %s', b.id) FROM bookings b LEFT JOIN events e ON e.id = b.event_id
          WHERE e.id IS NULL",
    ),
    (
        "a booking's total is the sum of its prices",
        "SELECT format('booking %s', id) FROM bookings
          WHERE total_minor <> (SELECT sum(price) FROM unnest(prices_minor) AS price)",
    ),
];

impl Store {
    /// Asks every question and returns one finding for each rule, broken or not.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn audit(&self) -> Result<Vec<Finding>, StoreError> {
        let mut tx = self.pool.begin().await?;
        sqlx::query("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            .execute(&mut *tx)
            .await?;
        sqlx::query("SET LOCAL statement_timeout = '300s'").execute(&mut *tx).await?;
        let mut findings = Vec::with_capacity(RULES.len());
        for (rule, statement) in RULES {
            // However many rows break a rule, a few come over the wire.
            let counted = format!(
                "SELECT example, count(*) OVER () FROM ({statement}) AS broken (example) LIMIT $1"
            );
            let rows =
                sqlx::query(AssertSqlSafe(counted)).bind(EXAMPLES).fetch_all(&mut *tx).await?;
            let examples = rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
            let violations = rows.first().map_or(Ok(0), |row| row.try_get::<i64, _>(1))?;
            findings.push(Finding { rule, violations: violations.unsigned_abs(), examples });
        }
        Ok(findings)
    }
}
