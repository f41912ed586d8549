//! The line of a waiting room: leasing numbers, exchanging them, and what the rule that calls
//! positions sees and decides.

use onsale_domain::{
    EventId, Timestamp, UserId,
    waiting_room::{AdmissionPass, Epoch, Position, QueueNumber, Step, limits::MAX_NUMBERS},
};
use sqlx::Row;

use crate::{RoomRecord, Store, StoreError, time::PgTime};

/// Numbers that were leased: from the first to before the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NumberLease {
    /// The first number.
    pub first: u64,
    /// The number after the last.
    pub end: u64,
    /// Whether they take part in a draw that is still to be held.
    pub drawn: bool,
}

/// What became of an exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExchangeOutcome {
    /// The user has a pass: this exchange made it, or an earlier one whose answer was lost.
    Admitted(AdmissionPass),
    /// The position has not been called.
    NotYet,
    /// It has been called, and the rate allows nobody more at this moment.
    OneMoment,
    /// Nobody is let in at the moment.
    Standing,
    /// The turn has come and gone.
    TurnPassed,
    /// Somebody has a pass for the number, on another device perhaps.
    InUse,
    /// The number was exchanged before, and its pass is over: it is worth nothing to anybody.
    Spent,
    /// The number is of no room, or of one that was reset.
    Void,
}

/// What the rule sees of an event, besides the room itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RoomFigures {
    /// Passes that are good and whose owners have not bought.
    pub active_passes: u32,
    /// Of these, whose owners have no seats yet.
    pub shopping: u32,
    /// Seats that can be had.
    pub available_seats: u32,
    /// Seats that are held.
    pub held_seats: u32,
}

impl Store {
    /// Leases numbers; `None` when the room gives none out now. The counter has advanced before
    /// anybody knows of the numbers, so none is ever leased twice.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer; numbers may then have been skipped.
    pub async fn lease_numbers(
        &self,
        event: EventId,
        epoch: Epoch,
        count: u64,
    ) -> Result<Option<NumberLease>, StoreError> {
        let row = sqlx::query(
            "UPDATE waiting_rooms SET next_number = next_number + $3
              WHERE event_id = $1 AND epoch = $2 AND next_number + $3 <= $4
                AND (mode IN ('open', 'paused')
                     OR (mode = 'scheduled' AND joins_at <= clock_timestamp()
                         AND clock_timestamp() < opens_at))
             RETURNING next_number, mode = 'scheduled' AS drawn",
        )
        .bind(event.0)
        .bind(epoch.0.cast_signed())
        .bind(count.cast_signed())
        .bind(MAX_NUMBERS.cast_signed())
        .fetch_optional(&self.pool)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let end = row.try_get::<i64, _>("next_number")?.unsigned_abs();
        Ok(Some(NumberLease { first: end - count, end, drawn: row.try_get("drawn")? }))
    }

    /// Gives back numbers that were leased and not given out: the counter goes back when they are
    /// the last ones and neither drawn nor called, else they are counted as skipped.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer; the numbers are then skipped uncounted.
    pub async fn give_back_numbers(
        &self,
        event: EventId,
        epoch: Epoch,
        (first, end): (u64, u64),
    ) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE waiting_rooms
                SET skipped = skipped + CASE
                        WHEN next_number = $4 AND greatest(drawn_count, called) <= $3
                        THEN 0 ELSE $4 - $3 END,
                    next_number = CASE
                        WHEN next_number = $4 AND greatest(drawn_count, called) <= $3
                        THEN $3 ELSE next_number END
              WHERE event_id = $1 AND epoch = $2",
        )
        .bind(event.0)
        .bind(epoch.0.cast_signed())
        .bind(first.cast_signed())
        .bind(end.cast_signed())
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Exchanges a number for a pass, once, or says why not. Asking again gives the same pass while
    /// it is good.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer; asking again finds what became of it.
    pub async fn exchange_number(
        &self,
        event: EventId,
        epoch: Epoch,
        number: QueueNumber,
        position: Position,
        user: UserId,
    ) -> Result<ExchangeOutcome, StoreError> {
        let row = sqlx::query("SELECT * FROM exchange_number($1, $2, $3, $4, $5)")
            .bind(event.0)
            .bind(epoch.0.cast_signed())
            .bind(number.0.cast_signed())
            .bind(position.0.cast_signed())
            .bind(user.0)
            .fetch_one(&self.pool)
            .await?;
        let outcome: String = row.try_get("outcome")?;
        Ok(match outcome.as_str() {
            "admitted" => {
                let (PgTime(issued_at), PgTime(expires_at)) =
                    (row.try_get("pass_issued")?, row.try_get("pass_expires")?);
                ExchangeOutcome::Admitted(AdmissionPass {
                    event,
                    epoch,
                    number: QueueNumber(row.try_get::<i64, _>("pass_number")?.unsigned_abs()),
                    user,
                    hold_budget: u16::try_from(row.try_get::<i32, _>("budget")?).unwrap_or(1),
                    issued_at,
                    expires_at,
                })
            }
            "not_yet" => ExchangeOutcome::NotYet,
            "one_moment" => ExchangeOutcome::OneMoment,
            "standing" => ExchangeOutcome::Standing,
            "passed" => ExchangeOutcome::TurnPassed,
            "in_use" => ExchangeOutcome::InUse,
            "spent" => ExchangeOutcome::Spent,
            _ => ExchangeOutcome::Void,
        })
    }

    /// Ends the pass of a number before its time. `false` when there is none.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer; then nothing was changed.
    pub async fn revoke_pass(
        &self,
        event: EventId,
        number: QueueNumber,
        actor: &str,
    ) -> Result<bool, StoreError> {
        let mut tx = self.pool.begin().await?;
        let revoked = sqlx::query(
            "INSERT INTO revoked_passes (event_id, epoch, number, expires_at)
             SELECT event_id, epoch, number, expires_at FROM admission_passes
              WHERE event_id = $1 AND number = $2 AND expires_at > now()
             ON CONFLICT DO NOTHING",
        )
        .bind(event.0)
        .bind(number.0.cast_signed())
        .execute(&mut *tx)
        .await?;
        if revoked.rows_affected() == 0 {
            return Ok(false);
        }
        let detail = format!("number {}", number.0);
        crate::audit_log::note(&mut tx, actor, "revoke_pass", Some(event), &detail).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Numbers whose passes were revoked and would be good otherwise.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn revoked_passes(&self) -> Result<Vec<(EventId, Epoch, QueueNumber)>, StoreError> {
        let rows = sqlx::query(
            "SELECT event_id, epoch, number FROM revoked_passes WHERE expires_at > now()",
        )
        .fetch_all(&self.pool)
        .await?;
        let revoked = |row: &sqlx::postgres::PgRow| {
            Ok((
                EventId(row.try_get("event_id")?),
                Epoch(row.try_get::<i32, _>("epoch")?.unsigned_abs()),
                QueueNumber(row.try_get::<i64, _>("number")?.unsigned_abs()),
            ))
        };
        rows.iter().map(revoked).collect::<Result<_, sqlx::Error>>().map_err(StoreError::from)
    }

    /// Whether a user has held seats of an event since before the room was switched on.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn held_before(
        &self,
        event: EventId,
        user: UserId,
        switched_on_at: Timestamp,
    ) -> Result<bool, StoreError> {
        let held = sqlx::query_scalar(
            "SELECT EXISTS (SELECT FROM bookings WHERE user_id = $1 AND event_id = $2
                AND status = 'in_progress' AND held_until > now() AND created_at < $3)",
        );
        let held = held.bind(user.0).bind(event.0).bind(PgTime(switched_on_at));
        Ok(held.fetch_one(&self.pool).await?)
    }

    /// What the rule sees of an event.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn room_figures(&self, event: EventId) -> Result<RoomFigures, StoreError> {
        let row = sqlx::query(
            "WITH passes AS (
                SELECT (SELECT CASE WHEN bool_or(b.status = 'confirmed') THEN 'bought'
                                    WHEN bool_or(b.status = 'in_progress' AND b.held_until > now())
                                    THEN 'holding' END
                          FROM bookings b WHERE b.user_id = p.user_id AND b.event_id = $1
                           AND b.created_at >= p.issued_at) AS state
                  FROM admission_passes p
                 WHERE p.event_id = $1 AND p.expires_at > now()
                   AND NOT EXISTS (SELECT FROM revoked_passes r WHERE r.event_id = $1
                                      AND r.epoch = p.epoch AND r.number = p.number)
             ), seats AS (
                SELECT count(*) FILTER (WHERE status = 'available'
                                           OR (status = 'held' AND held_until <= now())) AS free,
                       count(*) FILTER (WHERE status = 'held' AND held_until > now()) AS held
                  FROM tickets WHERE event_id = $1)
             SELECT (SELECT count(*) FROM passes WHERE state IS DISTINCT FROM 'bought') AS active,
                    (SELECT count(*) FROM passes WHERE state IS NULL) AS shopping,
                    free, held
               FROM seats",
        )
        .bind(event.0)
        .fetch_one(&self.pool)
        .await?;
        let count = |name: &str| -> Result<u32, sqlx::Error> {
            Ok(u32::try_from(row.try_get::<i64, _>(name)?).unwrap_or(u32::MAX))
        };
        Ok(RoomFigures {
            active_passes: count("active")?,
            shopping: count("shopping")?,
            available_seats: count("free")?,
            held_seats: count("held")?,
        })
    }

    /// The memory of the rule for a room; `None` before its first step.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn room_controller(
        &self,
        event: EventId,
        epoch: Epoch,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let memory = sqlx::query_scalar(
            "SELECT controller FROM waiting_rooms WHERE event_id = $1 AND epoch = $2",
        );
        let memory = memory.bind(event.0).bind(epoch.0.cast_signed());
        Ok(memory.fetch_optional(&self.pool).await?.flatten())
    }

    /// Writes what the rule has decided. Counters never go back, and a room that was reset or
    /// switched meanwhile is left alone: `false` then.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn step_room(
        &self,
        room: &RoomRecord,
        step: &Step,
        memory: &[u8],
    ) -> Result<bool, StoreError> {
        let changed = sqlx::query(
            "UPDATE waiting_rooms
                SET called = greatest(called, $4), expired_below = greatest(expired_below, $5),
                    admit_up_to = $6, rate_now = $7, pace_per_minute = $8, pace_spread = $9,
                    sold_out = $10, controller = $11
              WHERE event_id = $1 AND epoch = $2 AND mode = $3",
        )
        .bind(room.event.0)
        .bind(room.epoch.0.cast_signed())
        .bind(room.mode.as_str())
        .bind(step.called.cast_signed())
        .bind(step.expired_below.cast_signed())
        .bind(step.admit_up_to.cast_signed())
        .bind(step.rate_per_minute)
        .bind(step.pace.per_minute)
        .bind(step.pace.spread)
        .bind(step.sold_out)
        .bind(memory)
        .execute(&self.pool)
        .await?;
        Ok(changed.rows_affected() == 1)
    }

    /// Puts away passes that have ended, and counts those whose owners bought nothing.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer; then nothing was changed.
    pub async fn sweep_passes(&self, event: EventId) -> Result<(), StoreError> {
        sqlx::query(
            "WITH ended AS (
                DELETE FROM admission_passes WHERE event_id = $1 AND expires_at <= now()
                RETURNING user_id, issued_at
             ), left_without AS (
                SELECT count(*) AS fans FROM ended e WHERE NOT EXISTS (
                    SELECT FROM bookings b WHERE b.user_id = e.user_id AND b.event_id = $1
                       AND b.created_at >= e.issued_at
                       AND b.status IN ('confirmed', 'in_progress')))
             UPDATE waiting_rooms SET abandoned = abandoned + fans FROM left_without
              WHERE event_id = $1 AND fans > 0",
        )
        .bind(event.0)
        .execute(&self.pool)
        .await?;
        sqlx::query("DELETE FROM revoked_passes WHERE event_id = $1 AND expires_at <= now()")
            .bind(event.0)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Switches a draining room off once everybody has been called and had their time. `true` when
    /// it did.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn end_drained_room(&self, event: EventId) -> Result<bool, StoreError> {
        let ended = sqlx::query(
            "WITH ended AS (
                UPDATE waiting_rooms SET mode = 'off', switched_on_at = NULL
                 WHERE event_id = $1 AND mode = 'draining' AND expired_below >= next_number
                RETURNING event_id)
             INSERT INTO audit_log (actor, action, event_id, detail)
             SELECT 'onsale', 'drained', event_id, 'nobody waits' FROM ended",
        );
        Ok(ended.bind(event.0).execute(&self.pool).await?.rows_affected() == 1)
    }
}
