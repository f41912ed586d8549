//! Which commits a reader is sure to see.
//!
//! A commit is in the log a moment before other transactions see it: its record is written, then
//! made durable, and only then does the transaction count as over. So the end of the log is not a
//! position whose every commit can be seen. But a transaction keeps its locks until it counts as
//! over. A position therefore becomes certain once every transaction that held a writer's lock
//! when it was read has let go of it; what is read afterwards shows every commit up to there.

use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

use onsale_messages::Lsn;
use sqlx::Row;

use crate::{Store, StoreError, relay::unsigned, snapshot::TABLES};

/// Transactions last a few milliseconds.
const LOOK_AGAIN: Duration = Duration::from_millis(5);

/// The name under which `onsale` connects. Its imports take minutes, and write only tickets of
/// events that nobody can see before the commit.
const IMPORTER: &str = "onsale";

/// A position whose every commit can be seen, in its epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Horizon {
    /// The epoch.
    pub epoch: u64,
    /// The position.
    pub lsn: Lsn,
}

/// Of which tables' changes a horizon speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Of {
    Tickets,
    Catalogue,
}

impl Store {
    /// A position such that whoever reads tickets from now on sees every change of availability
    /// up to it. `None` when some transaction did not end within `patience`.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn horizon(&self, patience: Duration) -> Result<Option<Horizon>, StoreError> {
        self.horizon_of(Of::Tickets, patience).await
    }

    pub(crate) async fn horizon_of(
        &self,
        of: Of,
        patience: Duration,
    ) -> Result<Option<Horizon>, StoreError> {
        let begun = Instant::now();
        let row = sqlx::query(
            "SELECT epoch, (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::bigint AS lsn
               FROM relay_state",
        )
        .fetch_one(&self.pool)
        .await?;
        let (epoch, lsn) = (unsigned(row.try_get("epoch")?), Lsn(unsigned(row.try_get("lsn")?)));
        // Only after the position is known: who has no lock now, and had committed before it, can
        // be seen.
        let mut writing = self.writers(of).await?;
        while !writing.is_empty() {
            if begun.elapsed() >= patience {
                return Ok(None);
            }
            tokio::time::sleep(LOOK_AGAIN).await;
            let now = self.writers(of).await?;
            writing.retain(|transaction| now.contains(transaction));
        }
        Ok(Some(Horizon { epoch, lsn }))
    }

    /// The transactions that write at this moment.
    async fn writers(&self, of: Of) -> Result<HashSet<String>, StoreError> {
        let (tables, but_not) = match of {
            Of::Tickets => (&["tickets"][..], Some(IMPORTER)),
            Of::Catalogue => (&TABLES[..], None),
        };
        let writers: Vec<String> = sqlx::query_scalar(
            "SELECT DISTINCT l.virtualtransaction
               FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
               LEFT JOIN pg_stat_activity a ON a.pid = l.pid
              WHERE l.locktype = 'relation' AND l.granted
                AND l.mode IN ('RowExclusiveLock', 'ShareRowExclusiveLock', 'ExclusiveLock',
                               'AccessExclusiveLock')
                AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
                AND c.relname = ANY($1) AND c.relkind = 'r'
                AND ($2::text IS NULL OR a.application_name IS DISTINCT FROM $2)",
        )
        .bind(tables)
        .bind(but_not)
        .fetch_all(&self.pool)
        .await?;
        Ok(writers.into_iter().collect())
    }
}
