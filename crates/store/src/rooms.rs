//! Waiting rooms: how they stand, and what operators do to them.

use onsale_domain::{
    EventId, Timestamp,
    waiting_room::{
        Commitment, Draw, Epoch, Line, Pace, Phase, RoomCommand, RoomMode, RoomRefused, RoomRules,
        Schedule, Seed,
    },
};
use sqlx::{FromRow, PgConnection, PgExecutor, Row, postgres::PgRow};

use crate::{Store, StoreError, audit_log, time::PgTime};

/// A room as everybody may know it. Its seed is in it once the draw was held.
#[derive(Debug, Clone, PartialEq)]
pub struct RoomRecord {
    /// The event.
    pub event: EventId,
    /// What an operator has decided.
    pub mode: RoomMode,
    /// Counts resets.
    pub epoch: Epoch,
    /// When a draw is or was held.
    pub schedule: Option<Schedule>,
    /// The SHA-256 of the seed.
    pub commitment: Option<Commitment>,
    /// N, once the draw was held.
    pub drawn_count: Option<u64>,
    /// The seed, a second later.
    pub seed: Option<Seed>,
    /// Since when passes are asked for.
    pub switched_on_at: Option<Timestamp>,
    /// How it is run.
    pub rules: RoomRules,
    /// Numbers below this may have been given out.
    pub next_number: u64,
    /// Of these, numbers that are known to have been skipped.
    pub skipped: u64,
    /// Positions below this are called.
    pub called: u64,
    /// Turns below this have come and gone.
    pub expired_below: u64,
    /// Passes that were given out.
    pub admitted: u64,
    /// So many may be.
    pub admit_up_to: u64,
    /// Passes that ended without a booking.
    pub abandoned: u64,
    /// The rate at the moment, in a minute.
    pub rate_now: f64,
    /// How fast the line moves.
    pub pace: Pace,
    /// Whether every seat is gone.
    pub sold_out: bool,
    /// The database's clock when this was read.
    pub read_at: Timestamp,
}

impl RoomRecord {
    /// What the room is for a fan.
    #[must_use]
    pub fn phase(&self, now: Timestamp) -> Phase {
        Phase::of(self.mode, self.schedule, now)
    }

    /// How its numbers become positions.
    #[must_use]
    pub fn line(&self) -> Line {
        match (&self.seed, self.drawn_count, self.mode) {
            (Some(seed), Some(count), _) => Line::Drawn(Draw::new(seed, count)),
            (_, Some(_), _) | (_, None, RoomMode::Scheduled) => Line::BeforeTheDraw,
            // Without a draw, all stand as they came.
            (_, None, _) => Line::Drawn(Draw::new(&Seed([0; 32]), 0)),
        }
    }
}

pub(crate) const ROOM_COLUMNS: &str =
    "event_id, mode, epoch, joins_at, opens_at, sha256(seed) AS commitment,
    CASE WHEN drawn_at <= clock_timestamp() - interval '1 second' THEN seed END AS seed, drawn_count, switched_on_at,
    rate_per_minute, max_active_passes, pass_seconds, grace_seconds, hold_budget, proof_bits,
    tell_all, next_number, skipped, called, expired_below, admitted, admit_up_to, abandoned,
    rate_now, pace_per_minute, pace_spread, sold_out, clock_timestamp() AS read_at";

impl FromRow<'_, PgRow> for RoomRecord {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        let time = |name: &str| {
            row.try_get::<Option<PgTime>, _>(name).map(|time| time.map(|PgTime(time)| time))
        };
        let count = |name: &str| row.try_get::<i64, _>(name).map(i64::unsigned_abs);
        let number = |name: &str| row.try_get::<i32, _>(name).map(i32::unsigned_abs);
        let small = |name: &str| row.try_get::<i16, _>(name).map(i16::unsigned_abs);
        let bytes = |name: &str| -> Result<Option<[u8; 32]>, sqlx::Error> {
            let bytes: Option<Vec<u8>> = row.try_get(name)?;
            Ok(bytes.and_then(|bytes| bytes.try_into().ok()))
        };
        let mode: String = row.try_get("mode")?;
        let schedule = time("joins_at")?.zip(time("opens_at")?);
        let drawn: Option<i64> = row.try_get("drawn_count")?;
        let PgTime(read_at) = row.try_get("read_at")?;
        Ok(Self {
            event: EventId(row.try_get("event_id")?),
            mode: mode.parse().map_err(|error: String| sqlx::Error::Decode(error.into()))?,
            epoch: Epoch(number("epoch")?),
            schedule: schedule.map(|(joins_at, opens_at)| Schedule { joins_at, opens_at }),
            commitment: bytes("commitment")?.map(Commitment),
            drawn_count: drawn.map(i64::unsigned_abs),
            seed: bytes("seed")?.map(Seed),
            switched_on_at: time("switched_on_at")?,
            rules: RoomRules {
                rate_per_minute: number("rate_per_minute")?,
                max_active_passes: number("max_active_passes")?,
                pass_seconds: number("pass_seconds")?,
                grace_seconds: number("grace_seconds")?,
                hold_budget: small("hold_budget")?,
                proof_bits: u8::try_from(small("proof_bits")?).unwrap_or(u8::MAX),
                tell_all: row.try_get("tell_all")?,
            },
            next_number: count("next_number")?,
            skipped: count("skipped")?,
            called: count("called")?,
            expired_below: count("expired_below")?,
            admitted: count("admitted")?,
            admit_up_to: count("admit_up_to")?,
            abandoned: count("abandoned")?,
            rate_now: row.try_get("rate_now")?,
            pace: Pace {
                per_minute: row.try_get("pace_per_minute")?,
                spread: row.try_get("pace_spread")?,
            },
            sold_out: row.try_get("sold_out")?,
            read_at,
        })
    }
}

/// What became of an operator's command.
#[derive(Debug, Clone, PartialEq)]
pub enum CommandOutcome {
    /// It was carried out.
    Done(Box<RoomRecord>),
    /// It means nothing in the room's mode.
    Refused(RoomRefused),
    /// There is no such event.
    NoSuchEvent,
}

impl Store {
    /// A room, or `None` for an event that never had one.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn room(&self, event: EventId) -> Result<Option<RoomRecord>, StoreError> {
        read_room(&self.pool, event).await
    }

    /// Every room that is not off.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn rooms_on(&self) -> Result<Vec<RoomRecord>, StoreError> {
        let sql = format!(
            "SELECT {ROOM_COLUMNS} FROM waiting_rooms WHERE mode <> 'off' ORDER BY event_id"
        );
        Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql)).fetch_all(&self.pool).await?)
    }

    /// Carries out an operator's command and writes it into the audit log, both or neither.
    /// `fresh_seed` is used when the command begins a draw.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer; then nothing was changed.
    pub async fn command_room(
        &self,
        event: EventId,
        command: RoomCommand,
        fresh_seed: Seed,
        actor: &str,
    ) -> Result<CommandOutcome, StoreError> {
        let mut tx = self.pool.begin().await?;
        let Some(room) = lock_room(&mut tx, event).await? else {
            return Ok(CommandOutcome::NoSuchEvent);
        };
        let mode = match command.apply(room.mode, room.read_at) {
            Ok(mode) => mode,
            Err(refused) => return Ok(CommandOutcome::Refused(refused)),
        };
        match command {
            RoomCommand::Schedule(schedule) => {
                // Another hour changes neither the seed, to which we are bound, nor the numbers.
                if room.mode != RoomMode::Scheduled {
                    begin_epoch(&mut tx, event).await?;
                    choose_seed(&mut tx, event, fresh_seed).await?;
                }
                set_hours(&mut tx, event, schedule).await?;
            }
            RoomCommand::SwitchOn if room.mode == RoomMode::Scheduled => {
                hold_draw(&mut tx, event).await?;
            }
            RoomCommand::SwitchOn | RoomCommand::Reset => begin_epoch(&mut tx, event).await?,
            _ => {}
        }
        set_mode(&mut tx, event, mode).await?;
        let detail = match command {
            RoomCommand::Schedule(plan) => {
                format!("joins {}, opens {}", plan.joins_at, plan.opens_at)
            }
            _ => format!("{} to {mode}", room.mode),
        };
        audit_log::note(&mut tx, actor, command.as_str(), Some(event), &detail).await?;
        let done = read_room(&mut *tx, event).await?;
        tx.commit().await?;
        Ok(done.map_or(CommandOutcome::NoSuchEvent, |room| CommandOutcome::Done(Box::new(room))))
    }

    /// Changes how a room is run, from now on. `None` when there is no such event.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer; then nothing was changed.
    pub async fn set_room_rules(
        &self,
        event: EventId,
        rules: RoomRules,
        actor: &str,
    ) -> Result<Option<RoomRecord>, StoreError> {
        let mut tx = self.pool.begin().await?;
        let Some(before) = lock_room(&mut tx, event).await? else { return Ok(None) };
        let update = "
            UPDATE waiting_rooms
               SET rate_per_minute = $2, max_active_passes = $3, pass_seconds = $4,
                   grace_seconds = $5, hold_budget = $6, proof_bits = $7, tell_all = $8
             WHERE event_id = $1";
        write_rules(&mut tx, update, event, rules).await?;
        let detail = format!("{:?} to {rules:?}", before.rules);
        audit_log::note(&mut tx, actor, "set_rules", Some(event), &detail).await?;
        let room = read_room(&mut *tx, event).await?;
        tx.commit().await?;
        Ok(room)
    }

    /// Holds the draws whose hour has come, and returns their events. However many ask for it, each
    /// draw is held once.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn hold_due_draws(&self) -> Result<Vec<EventId>, StoreError> {
        let rows = sqlx::query_scalar(
            "WITH drawn AS (
                UPDATE waiting_rooms SET mode = 'open', drawn_count = next_number,
                       drawn_at = clock_timestamp()
                 WHERE mode = 'scheduled' AND opens_at <= clock_timestamp()
                RETURNING event_id, drawn_count
             ), noted AS (
                INSERT INTO audit_log (actor, action, event_id, detail)
                SELECT 'onsale', 'draw', event_id, drawn_count || ' numbers' FROM drawn)
             SELECT event_id FROM drawn",
        );
        let events: Vec<i64> = rows.fetch_all(&self.pool).await?;
        Ok(events.into_iter().map(EventId).collect())
    }
}

async fn read_room(
    database: impl PgExecutor<'_>,
    event: EventId,
) -> Result<Option<RoomRecord>, StoreError> {
    let sql = format!("SELECT {ROOM_COLUMNS} FROM waiting_rooms WHERE event_id = $1");
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(event.0).fetch_optional(database).await?)
}

/// Writes the rules of an event's room by a statement in which the event is `$1` and the rules,
/// in the order of [`RoomRules`], are `$2` to `$8`.
async fn write_rules(
    connection: &mut PgConnection,
    sql: &'static str,
    event: EventId,
    rules: RoomRules,
) -> Result<(), StoreError> {
    let number = |value: u32| i32::try_from(value).unwrap_or(i32::MAX);
    sqlx::query(sql)
        .bind(event.0)
        .bind(number(rules.rate_per_minute))
        .bind(number(rules.max_active_passes))
        .bind(number(rules.pass_seconds))
        .bind(number(rules.grace_seconds))
        .bind(i16::try_from(rules.hold_budget).unwrap_or(i16::MAX))
        .bind(i16::from(rules.proof_bits))
        .bind(rules.tell_all)
        .execute(connection)
        .await?;
    Ok(())
}

/// The row of a room, locked; made if the event has none yet. `None` when there is no such event.
async fn lock_room(
    connection: &mut PgConnection,
    event: EventId,
) -> Result<Option<RoomRecord>, StoreError> {
    let insert = "
        INSERT INTO waiting_rooms (event_id, rate_per_minute, max_active_passes, pass_seconds,
                                   grace_seconds, hold_budget, proof_bits, tell_all)
        SELECT id, $2, $3, $4, $5, $6, $7, $8 FROM events WHERE id = $1
        ON CONFLICT (event_id) DO NOTHING";
    write_rules(&mut *connection, insert, event, RoomRules::default()).await?;
    let sql = format!("SELECT {ROOM_COLUMNS} FROM waiting_rooms WHERE event_id = $1 FOR UPDATE");
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(event.0).fetch_optional(connection).await?)
}

/// All numbers and passes are void; the counters begin anew.
async fn begin_epoch(connection: &mut PgConnection, event: EventId) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE waiting_rooms
            SET mode = 'off', epoch = epoch + 1, seed = NULL, joins_at = NULL, opens_at = NULL,
                drawn_count = NULL, drawn_at = NULL, next_number = 0, skipped = 0, called = 0, expired_below = 0,
                admitted = 0, admit_up_to = 0, abandoned = 0, rate_now = 0, pace_per_minute = 0,
                pace_spread = 1, sold_out = false, controller = NULL
          WHERE event_id = $1",
    )
    .bind(event.0)
    .execute(&mut *connection)
    .await?;
    for sql in [
        "DELETE FROM waiting_room_spent WHERE event_id = $1",
        "DELETE FROM admission_passes WHERE event_id = $1",
        "DELETE FROM revoked_passes WHERE event_id = $1",
    ] {
        sqlx::query(sql).bind(event.0).execute(&mut *connection).await?;
    }
    Ok(())
}

async fn choose_seed(
    connection: &mut PgConnection,
    event: EventId,
    seed: Seed,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE waiting_rooms SET seed = $2 WHERE event_id = $1")
        .bind(event.0)
        .bind(seed.0.as_slice())
        .execute(connection)
        .await?;
    Ok(())
}

async fn set_hours(
    connection: &mut PgConnection,
    event: EventId,
    schedule: Schedule,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE waiting_rooms SET joins_at = $2, opens_at = $3 WHERE event_id = $1")
        .bind(event.0)
        .bind(PgTime(schedule.joins_at))
        .bind(PgTime(schedule.opens_at))
        .execute(connection)
        .await?;
    Ok(())
}

async fn hold_draw(connection: &mut PgConnection, event: EventId) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE waiting_rooms SET drawn_count = next_number, drawn_at = clock_timestamp()
          WHERE event_id = $1",
    )
    .bind(event.0)
    .execute(connection)
    .await?;
    Ok(())
}

async fn set_mode(
    connection: &mut PgConnection,
    event: EventId,
    mode: RoomMode,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE waiting_rooms SET mode = $2, switched_on_at =
            CASE WHEN $2 = 'off' THEN NULL ELSE coalesce(switched_on_at, now()) END
          WHERE event_id = $1",
    )
    .bind(event.0)
    .bind(mode.as_str())
    .execute(connection)
    .await?;
    Ok(())
}
