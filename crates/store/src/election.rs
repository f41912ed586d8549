//! One of many: an advisory lock of PostgreSQL elects the process that may do a thing.

use sqlx::{PgConnection, Postgres, pool::PoolConnection};

use crate::{Store, StoreError};

/// Namespace of our advisory locks: "ONSA".
const NAMESPACE: i32 = 0x4f4e_5341;

/// Being the one. It lasts as long as the database connection it came with: when the process
/// dies, PostgreSQL ends it.
#[derive(Debug)]
pub struct Leadership {
    connection: Option<PoolConnection<Postgres>>,
    role: i32,
}

impl Store {
    /// Tries to become the one for `role`; `None` when another process is.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn try_lead(&self, role: i32) -> Result<Option<Leadership>, StoreError> {
        let mut connection = self.pool.acquire().await?;
        let won: bool = sqlx::query_scalar("SELECT pg_try_advisory_lock($1, $2)")
            .bind(NAMESPACE)
            .bind(role)
            .fetch_one(&mut *connection)
            .await?;
        Ok(won.then_some(Leadership { connection: Some(connection), role }))
    }
}

impl Leadership {
    /// Whether it still lasts, as the database sees it.
    pub async fn still_holds(&mut self) -> bool {
        let Some(connection) = self.connection.as_mut() else { return false };
        let connection: &mut PgConnection = connection;
        sqlx::query("SELECT 1").execute(connection).await.is_ok()
    }

    /// Steps down, so that another process can follow at once.
    pub async fn resign(mut self) {
        let Some(mut connection) = self.connection.take() else { return };
        let unlocked = sqlx::query("SELECT pg_advisory_unlock($1, $2)")
            .bind(NAMESPACE)
            .bind(self.role)
            .execute(&mut *connection)
            .await;
        if unlocked.is_err() {
            // A connection that still holds the lock must not go back to the pool.
            connection.detach();
        }
    }
}

impl Drop for Leadership {
    fn drop(&mut self) {
        // Returned to the pool, the connection would hold the lock on behalf of nobody.
        if let Some(connection) = self.connection.take() {
            connection.detach();
        }
    }
}
