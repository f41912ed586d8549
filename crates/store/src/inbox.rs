//! The inbox of webhooks: stored before they are acknowledged, applied once.

use sqlx::Row;

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

impl Store {
    /// Stores a webhook; `false` when it was there already.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer; then the provider must send it again.
    pub async fn receive_webhook(&self, entry: &InboxEntry) -> Result<bool, StoreError> {
        let stored = sqlx::query(
            "INSERT INTO webhook_inbox (provider, event_id, kind, body) VALUES ($1, $2, $3, $4)
             ON CONFLICT (provider, event_id) DO NOTHING",
        )
        .bind(&entry.provider)
        .bind(&entry.event_id)
        .bind(&entry.kind)
        .bind(&entry.body)
        .execute(&self.pool)
        .await?;
        Ok(stored.rows_affected() == 1)
    }

    /// A stored webhook.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn webhook(
        &self,
        provider: &str,
        event_id: &str,
    ) -> Result<Option<InboxEntry>, StoreError> {
        let row = sqlx::query(
            "SELECT kind, body, processed_at IS NOT NULL AS processed
               FROM webhook_inbox WHERE provider = $1 AND event_id = $2",
        )
        .bind(provider)
        .bind(event_id)
        .fetch_optional(&self.pool)
        .await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(InboxEntry {
            provider: provider.to_owned(),
            event_id: event_id.to_owned(),
            kind: row.try_get("kind")?,
            body: row.try_get("body")?,
            processed: row.try_get("processed")?,
        }))
    }

    /// Notes that a webhook was applied. What it asks for is idempotent, so being called after the
    /// change and not with it is enough: at worst it is applied twice.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn webhook_processed(
        &self,
        provider: &str,
        event_id: &str,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE webhook_inbox SET processed_at = coalesce(processed_at, now())
              WHERE provider = $1 AND event_id = $2",
        )
        .bind(provider)
        .bind(event_id)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Notes that a webhook cannot be applied as it is. The sweep asks for it no more; whoever
    /// repaired what was wrong replays its dead letter.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn webhook_given_up(&self, provider: &str, event_id: &str) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE webhook_inbox SET given_up_at = now()
              WHERE provider = $1 AND event_id = $2 AND processed_at IS NULL",
        )
        .bind(provider)
        .bind(event_id)
        .execute(&self.pool)
        .await?;
        Ok(())
    }
}
