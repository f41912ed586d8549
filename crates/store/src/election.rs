//! One of many: an advisory lock of PostgreSQL elects the process that may do a thing.

use sqlx::{ConnectOptions, Connection, PgConnection};

use crate::{Store, StoreError};

/// Namespace of our advisory locks: "ONSA".
const NAMESPACE: i32 = 0x4f4e_5341;

/// What one process at a time does for all. They stand together so that no two have one lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Duty {
    /// Looks for what was forgotten.
    Sweep,
    /// Tells what was committed.
    Relay,
    /// Runs the waiting rooms.
    Admission,
    /// Keeps the index of a Quickwit cluster.
    SearchIndex,
    /// Decides about the events of a partition.
    Writer {
        /// Its number.
        partition: u8,
    },
}

impl Duty {
    /// The second half of its lock's key; [`NAMESPACE`] is the first.
    const fn lock_key(self) -> i32 {
        match self {
            Self::Sweep => 1,
            Self::Relay => 2,
            Self::Admission => 3,
            Self::SearchIndex => 4,
            Self::Writer { partition } => 100 + partition as i32,
        }
    }
}

/// Being the one. It lasts as long as a database connection of its own: when the process dies,
/// PostgreSQL ends it, and the next in line wakes up at once.
#[derive(Debug)]
pub struct Leadership {
    connection: PgConnection,
}

impl Store {
    /// Waits to become the one for `duty`, for as long as it takes.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn lead(&self, duty: Duty) -> Result<Leadership, StoreError> {
        let mut connection = self.pool.connect_options().as_ref().clone().connect().await?;
        // Waiting is the purpose of this connection. Keep-alives end the leadership of a machine
        // that vanished without closing its connections.
        sqlx::raw_sql(
            "SET statement_timeout = 0; SET lock_timeout = 0;
             SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 2;
             SET tcp_keepalives_count = 3;",
        )
        .execute(&mut connection)
        .await?;
        sqlx::query("SELECT pg_advisory_lock($1, $2)")
            .bind(NAMESPACE)
            .bind(duty.lock_key())
            .execute(&mut connection)
            .await?;
        Ok(Leadership { connection })
    }
}

impl Leadership {
    /// Whether it still lasts, as the database sees it.
    pub async fn still_holds(&mut self) -> bool {
        self.connection.ping().await.is_ok()
    }

    /// Steps down, so that another process can follow at once.
    pub async fn resign(self) {
        if let Err(error) = self.connection.close().await {
            tracing::debug!(%error, "the connection of a leader was gone already");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_two_duties_have_one_lock() {
        let writers = (0..=u8::MAX).map(|partition| Duty::Writer { partition });
        let single = [Duty::Sweep, Duty::Relay, Duty::Admission, Duty::SearchIndex];
        let duties: Vec<Duty> = single.into_iter().chain(writers).collect();
        let keys: HashSet<i32> = duties.iter().map(|duty| duty.lock_key()).collect();
        assert_eq!(keys.len(), duties.len());
    }
}
