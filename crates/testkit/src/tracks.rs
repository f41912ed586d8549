//! Small transactions that leave numbered tracks in the tables that the relay reads, and as many
//! that are undone and must leave none.

use std::time::Instant;

use sqlx::{Acquire, PgPool};

use crate::Database;

/// Somebody who leaves tracks in a database.
#[derive(Debug, Clone)]
pub struct Tracks {
    pool: PgPool,
}

impl Database {
    /// Somebody who leaves tracks in this database.
    #[must_use]
    pub fn tracks(&self) -> Tracks {
        Tracks { pool: self.pool.clone() }
    }
}

impl Tracks {
    /// One transaction: the title of an event becomes the next number, and a booking takes the
    /// next seat. In the middle of it something is done and undone again. Says the number, or
    /// `None` when the database went away; then it was done or not.
    pub async fn leave(&self, event: i64) -> Option<i64> {
        let mut tx = self.pool.begin().await.ok()?;
        let number: i64 = sqlx::query_scalar(
            "UPDATE events SET title = (CASE WHEN title ~ '^[0-9]+$' THEN title::bigint ELSE 0 END
                                        + 1)::text
              WHERE id = $1 RETURNING title::bigint",
        )
        .bind(event)
        .fetch_one(&mut *tx)
        .await
        .ok()?;
        let mut part = tx.begin().await.ok()?;
        haunt(&mut part, event).await.ok()?;
        part.rollback().await.ok()?;
        sqlx::query(
            "WITH t AS (SELECT event_id, seat FROM tickets
                         WHERE event_id = $1 AND status = 'available' ORDER BY seat LIMIT 1),
                  b AS (INSERT INTO bookings (id, event_id, user_id, seats, prices_minor,
                                              total_minor, currency, fingerprint, held_until)
                        SELECT gen_random_uuid(), $1, gen_random_uuid(), ARRAY[t.seat], '{100}', 100,
                               'EUR', 'track', now() + interval '1 hour' FROM t
                        RETURNING id, held_until)
             UPDATE tickets SET status = 'held', booking_id = b.id, held_until = b.held_until
               FROM b, t WHERE tickets.event_id = t.event_id AND tickets.seat = t.seat",
        )
        .bind(event)
        .execute(&mut *tx)
        .await
        .ok()?;
        tx.commit().await.ok()?;
        Some(number)
    }

    /// Withholds a seat, and returns once the commit is through, also at the standbys that the
    /// cluster names.
    ///
    /// # Panics
    /// When it fails.
    pub async fn block(&self, event: i64, seat: i32) {
        let mut tx = self.pool.begin().await.expect("a transaction");
        sqlx::raw_sql("SET LOCAL synchronous_commit = on")
            .execute(&mut *tx)
            .await
            .expect("a commit that waits");
        sqlx::query("UPDATE tickets SET status = 'blocked' WHERE event_id = $1 AND seat = $2")
            .bind(event)
            .bind(seat)
            .execute(&mut *tx)
            .await
            .expect("a seat to withhold");
        tx.commit().await.expect("the seat is withheld");
    }

    /// Changes the state of a seat, and says when the order to commit was given.
    ///
    /// # Panics
    /// When it fails.
    pub async fn touch(&self, event: i64, seat: i32) -> Instant {
        let mut tx = self.pool.begin().await.expect("a transaction");
        sqlx::query(
            "UPDATE tickets SET held_until = NULL, booking_id = NULL,
                    status = CASE status WHEN 'available' THEN 'blocked' ELSE 'available' END
                             ::ticket_status
              WHERE event_id = $1 AND seat = $2",
        )
        .bind(event)
        .bind(seat)
        .execute(&mut *tx)
        .await
        .expect("the seat is changed");
        let begun = Instant::now();
        tx.commit().await.expect("the commit");
        begun
    }

    /// A transaction that is undone.
    pub async fn leave_none(&self, event: i64) {
        let undone = async {
            let mut tx = self.pool.begin().await?;
            haunt(&mut tx, event).await?;
            tx.rollback().await
        };
        // When the database went away it was undone as well.
        let _ = undone.await;
    }
}

/// Changes that nobody may ever see.
async fn haunt(connection: &mut sqlx::PgConnection, event: i64) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE events SET title = 'ghost' WHERE id = $1")
        .bind(event)
        .execute(&mut *connection)
        .await?;
    sqlx::query(
        "INSERT INTO bookings (id, event_id, user_id, seats, prices_minor, total_minor, currency,
                               fingerprint, held_until)
         VALUES (gen_random_uuid(), $1, gen_random_uuid(), '{1}', '{100}', 100, 'EUR', 'ghost', now())",
    )
    .bind(event)
    .execute(connection)
    .await?;
    Ok(())
}
