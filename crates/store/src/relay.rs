//! What the relay needs of PostgreSQL beside the log itself: its slot, its memory, and whether it
//! may read at all.

use onsale_messages::Lsn;
use sqlx::{ConnectOptions, Connection, PgConnection, Row, postgres::PgRow};

use crate::{Store, StoreError};

/// The publications of `migrations/0004_relay.sql`.
pub const PUBLICATIONS: [&str; 2] = ["onsale_tickets", "onsale_relay"];
/// The output plugin of the slot.
const PLUGIN: &str = "pgoutput";

/// What the relay knows about itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RelayState {
    /// The epoch of versions.
    pub epoch: u64,
    /// The epoch in which the slot was made: positions since then are of one log.
    pub slot_epoch: u64,
    /// Whether the snapshot of the epoch was published to its end.
    pub is_complete: bool,
    /// Whether somebody wants the catalogue to be published again.
    pub is_requested: bool,
    /// Sequence of the stream `CDC` up to which PostgreSQL may have forgotten.
    pub cdc_sequence: u64,
}

/// A replication slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlotRecord {
    /// Whether it is of this database and writes what the relay reads.
    pub is_ours: bool,
    /// Whether somebody reads it at this moment.
    pub is_active: bool,
    /// PostgreSQL's word: `reserved`, `extended`, `unreserved` or `lost`.
    pub wal_status: String,
    /// Up to where PostgreSQL was told that it may forget.
    pub confirmed: Lsn,
    /// Bytes of log between that and now.
    pub lag_bytes: u64,
}

impl SlotRecord {
    /// Whether PostgreSQL has thrown away what the slot needs.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        self.wal_status == "lost"
    }
}

/// What must be changed before the log can be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LogRefused {
    /// The server writes too little into its log.
    #[error(
        "wal_level is {0}: set `wal_level = logical` in postgresql.conf and restart PostgreSQL"
    )]
    WalLevel(String),
    /// The user may not read the log.
    #[error("{0} may not read the log: run `ALTER ROLE \"{0}\" REPLICATION`")]
    Role(String),
    /// A migration is missing.
    #[error("the publication {0} is missing: run `onsale migrate`")]
    Publication(&'static str),
}

const STATE: &str = "SELECT epoch, slot_epoch, complete_epoch = epoch AS is_complete,
    requested_at IS NOT NULL AS is_requested, cdc_sequence FROM relay_state";

impl Store {
    /// Whether the log can be read, or what must be changed before it can.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn log_refused(&self) -> Result<Option<LogRefused>, StoreError> {
        let row = sqlx::query(
            "SELECT current_setting('wal_level') AS wal_level, current_user::text AS role,
                    (SELECT rolsuper OR rolreplication FROM pg_roles
                      WHERE rolname = current_user) AS may_replicate,
                    (SELECT coalesce(array_agg(pubname::text), '{}') FROM pg_publication)
                        AS publications",
        )
        .fetch_one(&self.pool)
        .await?;
        let wal_level: String = row.try_get("wal_level")?;
        if wal_level != "logical" {
            return Ok(Some(LogRefused::WalLevel(wal_level)));
        }
        if row.try_get::<Option<bool>, _>("may_replicate")? != Some(true) {
            return Ok(Some(LogRefused::Role(row.try_get("role")?)));
        }
        let published: Vec<String> = row.try_get("publications")?;
        let missing = PUBLICATIONS.into_iter().find(|name| !published.iter().any(|p| p == name));
        Ok(missing.map(LogRefused::Publication))
    }

    /// What the relay knows about itself.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn relay_state(&self) -> Result<RelayState, StoreError> {
        state_from(&sqlx::query(STATE).fetch_one(&self.pool).await?)
    }

    /// Begins a new epoch, in which nothing was told yet; `with_new_slot` says that positions of
    /// before are of another log.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn begin_epoch(&self, with_new_slot: bool) -> Result<RelayState, StoreError> {
        let row = sqlx::query(
            "UPDATE relay_state AS r
                SET epoch = n.epoch, requested_at = NULL,
                    slot_epoch = CASE WHEN $1 THEN n.epoch ELSE r.slot_epoch END
               FROM (SELECT greatest(epoch + 1, extract(epoch FROM now())::bigint) AS epoch
                       FROM relay_state) AS n
             RETURNING r.epoch, r.slot_epoch, false AS is_complete, false AS is_requested,
                       r.cdc_sequence",
        )
        .bind(with_new_slot)
        .fetch_one(&self.pool)
        .await?;
        state_from(&row)
    }

    /// Notes that the snapshot of an epoch was published to its end, which is at `cdc_sequence`
    /// of the stream `CDC`.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn complete_epoch(&self, epoch: u64, cdc_sequence: u64) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE relay_state SET complete_epoch = epoch, cdc_sequence = $2 WHERE epoch = $1",
        )
        .bind(signed(epoch))
        .bind(signed(cdc_sequence))
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Notes up to where in the stream `CDC` PostgreSQL may have forgotten.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn note_cdc_sequence(&self, cdc_sequence: u64) -> Result<(), StoreError> {
        sqlx::query("UPDATE relay_state SET cdc_sequence = $1")
            .bind(signed(cdc_sequence))
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Asks the relay to begin a new epoch and to publish the catalogue again.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn request_snapshot(&self) -> Result<(), StoreError> {
        sqlx::query("UPDATE relay_state SET requested_at = now()").execute(&self.pool).await?;
        Ok(())
    }

    /// The end of the log as it is written at this moment.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn end_of_log(&self) -> Result<Lsn, StoreError> {
        let end: i64 =
            sqlx::query_scalar("SELECT (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::bigint")
                .fetch_one(&self.pool)
                .await?;
        Ok(Lsn(unsigned(end)))
    }

    /// The relay's slot, or `None`.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn slot(&self, name: &str) -> Result<Option<SlotRecord>, StoreError> {
        let row = sqlx::query(
            "SELECT coalesce(plugin = $2 AND database = current_database(), false) AS is_ours,
                    active, coalesce(wal_status, 'lost') AS wal_status,
                    (coalesce(confirmed_flush_lsn, '0/0') - '0/0'::pg_lsn)::bigint AS confirmed,
                    greatest(pg_current_wal_lsn() - coalesce(confirmed_flush_lsn, '0/0'), 0)::bigint
                        AS lag_bytes
               FROM pg_replication_slots WHERE slot_name = $1",
        )
        .bind(name)
        .bind(PLUGIN)
        .fetch_optional(&self.pool)
        .await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(SlotRecord {
            is_ours: row.try_get("is_ours")?,
            is_active: row.try_get("active")?,
            wal_status: row.try_get("wal_status")?,
            confirmed: Lsn(unsigned(row.try_get("confirmed")?)),
            lag_bytes: unsigned(row.try_get("lag_bytes")?),
        }))
    }

    /// Makes the relay's slot. It takes as long as the longest transaction that is under way.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer, or has no place for another slot.
    pub async fn create_slot(&self, name: &str) -> Result<(), StoreError> {
        let mut connection = self.patient_connection().await?;
        sqlx::query("SELECT pg_create_logical_replication_slot($1, $2)")
            .bind(name)
            .bind(PLUGIN)
            .execute(&mut connection)
            .await?;
        connection.close().await?;
        Ok(())
    }

    /// Removes the relay's slot. PostgreSQL then forgets what was not read.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer, or somebody reads the slot.
    pub async fn drop_slot(&self, name: &str) -> Result<(), StoreError> {
        sqlx::query("SELECT pg_drop_replication_slot($1)").bind(name).execute(&self.pool).await?;
        Ok(())
    }

    /// A connection on which a statement may take as long as it needs.
    async fn patient_connection(&self) -> Result<PgConnection, StoreError> {
        let mut connection = self.pool.connect_options().as_ref().clone().connect().await?;
        sqlx::raw_sql("SET statement_timeout = 0; SET lock_timeout = 0;")
            .execute(&mut connection)
            .await?;
        Ok(connection)
    }
}

fn state_from(row: &PgRow) -> Result<RelayState, StoreError> {
    Ok(RelayState {
        epoch: unsigned(row.try_get("epoch")?),
        slot_epoch: unsigned(row.try_get("slot_epoch")?),
        is_complete: row.try_get("is_complete")?,
        is_requested: row.try_get("is_requested")?,
        cdc_sequence: unsigned(row.try_get("cdc_sequence")?),
    })
}

/// PostgreSQL has no numbers without a sign; none of ours reaches that far.
pub fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}

/// The other way round.
pub fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
