//! What operators did, written in the transaction in which they did it.

use onsale_domain::{EventId, Timestamp};
use sqlx::{PgConnection, Row};

use crate::{Store, StoreError, time::PgTime};

/// Something that was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// When.
    pub at: Timestamp,
    /// By whom: an address of e-mail, or `onsale`.
    pub actor: String,
    /// What, in one word.
    pub action: String,
    /// To which event, if to one.
    pub event: Option<EventId>,
    /// The particulars.
    pub detail: String,
}

/// Notes what is being done.
pub async fn note(
    connection: &mut PgConnection,
    actor: &str,
    action: &str,
    event: Option<EventId>,
    detail: &str,
) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO audit_log (actor, action, event_id, detail) VALUES ($1, $2, $3, $4)")
        .bind(actor)
        .bind(action)
        .bind(event.map(|event| event.0))
        .bind(detail)
        .execute(connection)
        .await?;
    Ok(())
}

impl Store {
    /// The latest entries, newest first.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn audit_entries(&self, limit: i64) -> Result<Vec<AuditEntry>, StoreError> {
        let rows = sqlx::query(
            "SELECT at, actor, action, event_id, detail FROM audit_log ORDER BY id DESC LIMIT $1",
        )
        .bind(limit)
        .fetch_all(&self.pool)
        .await?;
        let entry = |row: &sqlx::postgres::PgRow| {
            let PgTime(at) = row.try_get("at")?;
            Ok(AuditEntry {
                at,
                actor: row.try_get("actor")?,
                action: row.try_get("action")?,
                event: row.try_get::<Option<i64>, _>("event_id")?.map(EventId),
                detail: row.try_get("detail")?,
            })
        };
        rows.iter().map(entry).collect::<Result<_, sqlx::Error>>().map_err(StoreError::from)
    }
}
