//! The inbox of webhooks: stored before they are acknowledged, applied once.

use std::collections::HashSet;

use sqlx::{PgConnection, Row};

use crate::{Store, StoreError};

/// A webhook as it was received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboxEntry {
    /// The provider.
    pub provider: String,
    /// The provider's id of its event.
    pub event_id: String,
    /// The provider's name of what happened.
    pub kind: String,
    /// The body, byte for byte.
    pub body: Vec<u8>,
    /// Whether it was applied.
    pub processed: bool,
}

/// By what a webhook is known.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct InboxKey {
    /// The provider.
    pub provider: String,
    /// The provider's id of its event.
    pub event_id: String,
}

impl Store {
    /// Stores webhooks, all or none; `false` for each that was there already.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer; then the provider must send them again.
    pub async fn receive_webhooks(&self, entries: &[InboxEntry]) -> Result<Vec<bool>, StoreError> {
        let column = |of: fn(&InboxEntry) -> &str| entries.iter().map(of).collect::<Vec<_>>();
        let stored: Vec<(String, String)> = sqlx::query_as(
            "INSERT INTO webhook_inbox (provider, event_id, kind, body)
             SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bytea[])
             ON CONFLICT (provider, event_id) DO NOTHING
             RETURNING provider, event_id",
        )
        .bind(column(|entry| &entry.provider))
        .bind(column(|entry| &entry.event_id))
        .bind(column(|entry| &entry.kind))
        .bind(entries.iter().map(|entry| entry.body.as_slice()).collect::<Vec<_>>())
        .fetch_all(&self.pool)
        .await?;
        let mut stored: HashSet<(String, String)> = stored.into_iter().collect();
        let is_new = |entry: &InboxEntry| {
            // One that came twice at once is new once.
            stored.remove(&(entry.provider.clone(), entry.event_id.clone()))
        };
        Ok(entries.iter().map(is_new).collect())
    }

    /// Those of the webhooks that are stored, in no order.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn webhooks(&self, keys: &[InboxKey]) -> Result<Vec<InboxEntry>, StoreError> {
        let (providers, event_ids) = columns(keys);
        let rows = sqlx::query(
            "SELECT i.provider, i.event_id, i.kind, i.body, i.processed_at IS NOT NULL AS processed
               FROM unnest($1::text[], $2::text[]) AS w (provider, event_id)
               JOIN webhook_inbox i ON i.provider = w.provider AND i.event_id = w.event_id",
        )
        .bind(providers)
        .bind(event_ids)
        .fetch_all(&self.pool)
        .await?;
        let read = |row: &sqlx::postgres::PgRow| {
            Ok(InboxEntry {
                provider: row.try_get("provider")?,
                event_id: row.try_get("event_id")?,
                kind: row.try_get("kind")?,
                body: row.try_get("body")?,
                processed: row.try_get("processed")?,
            })
        };
        rows.iter().map(read).collect()
    }

    /// Notes that a webhook was applied. What it asks for is idempotent, so being called after the
    /// change and not with it is enough: at worst it is applied twice.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn webhook_processed(&self, key: &InboxKey) -> Result<(), StoreError> {
        let mut connection = self.pool.acquire().await?;
        note_processed(&mut connection, std::slice::from_ref(key)).await
    }

    /// Notes that a webhook cannot be applied as it is. The sweep asks for it no more; whoever
    /// repaired what was wrong replays its dead letter.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn webhook_given_up(&self, key: &InboxKey) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE webhook_inbox SET given_up_at = now()
              WHERE provider = $1 AND event_id = $2 AND processed_at IS NULL",
        )
        .bind(&key.provider)
        .bind(&key.event_id)
        .execute(&self.pool)
        .await?;
        Ok(())
    }
}

/// Notes that webhooks were applied.
pub async fn note_processed(
    connection: &mut PgConnection,
    keys: &[InboxKey],
) -> Result<(), StoreError> {
    if keys.is_empty() {
        return Ok(());
    }
    let (providers, event_ids) = columns(keys);
    sqlx::query(
        "UPDATE webhook_inbox AS i SET processed_at = coalesce(i.processed_at, now())
           FROM unnest($1::text[], $2::text[]) AS w (provider, event_id)
          WHERE i.provider = w.provider AND i.event_id = w.event_id",
    )
    .bind(providers)
    .bind(event_ids)
    .execute(connection)
    .await?;
    Ok(())
}

fn columns(keys: &[InboxKey]) -> (Vec<&str>, Vec<&str>) {
    keys.iter().map(|key| (key.provider.as_str(), key.event_id.as_str())).unzip()
}
