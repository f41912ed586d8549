//! What an index of a Quickwit cluster holds, as it was written down.

use std::collections::{HashMap, HashSet};

use onsale_domain::EventId;
use sqlx::Row;

use crate::{Store, StoreError, relay::unsigned};

/// What an index holds of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeldDocument {
    /// The event.
    pub event: EventId,
    /// Stands for everything that is indexed of it.
    pub digest: u64,
    /// Whether it counts as sold out.
    pub is_sold_out: bool,
}

macro_rules! is_sold_out {
    ($event:literal) => {
        concat!(
            "(EXISTS (SELECT FROM tickets t WHERE t.event_id = ",
            $event,
            ") AND NOT EXISTS (SELECT FROM tickets t WHERE t.event_id = ",
            $event,
            " AND (t.status = 'available' OR (t.status = 'held' AND t.held_until <= now()))))"
        )
    };
}

impl Store {
    /// Those of `events` that had seats and have none left. Cheaper than counting them.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn sold_out(&self, events: &[EventId]) -> Result<HashSet<EventId>, StoreError> {
        let ids: Vec<i64> = sqlx::query_scalar(concat!(
            "SELECT e.id FROM unnest($1::bigint[]) AS e (id) WHERE ",
            is_sold_out!("e.id")
        ))
        .bind(numbers(events))
        .fetch_all(&self.pool)
        .await?;
        Ok(ids.into_iter().map(EventId).collect())
    }

    /// Those of `events` of which the index does not know that they are sold out, or not.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn flipped_documents(
        &self,
        epoch: i64,
        events: &[EventId],
    ) -> Result<Vec<EventId>, StoreError> {
        let ids: Vec<i64> = sqlx::query_scalar(concat!(
            "SELECT d.event_id FROM search_documents d
              WHERE d.epoch = $1 AND d.event_id = ANY($2) AND d.is_sold_out <> ",
            is_sold_out!("d.event_id")
        ))
        .bind(epoch)
        .bind(numbers(events))
        .fetch_all(&self.pool)
        .await?;
        Ok(ids.into_iter().map(EventId).collect())
    }

    /// The events that an index holds, by id, after one of them.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn held_events_after(
        &self,
        epoch: i64,
        after: EventId,
        limit: u32,
    ) -> Result<Vec<EventId>, StoreError> {
        let ids: Vec<i64> = sqlx::query_scalar(
            "SELECT event_id FROM search_documents WHERE epoch = $1 AND event_id > $2
              ORDER BY event_id LIMIT $3",
        )
        .bind(epoch)
        .bind(after.0)
        .bind(i64::from(limit))
        .fetch_all(&self.pool)
        .await?;
        Ok(ids.into_iter().map(EventId).collect())
    }

    /// What an index holds of those of `events` that it has.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn held_documents(
        &self,
        epoch: i64,
        events: &[EventId],
    ) -> Result<HashMap<EventId, HeldDocument>, StoreError> {
        let rows = sqlx::query(
            "SELECT event_id, digest, is_sold_out FROM search_documents
              WHERE epoch = $1 AND event_id = ANY($2)",
        )
        .bind(epoch)
        .bind(numbers(events))
        .fetch_all(&self.pool)
        .await?;
        let held = rows.iter().map(|row| {
            let event = EventId(row.try_get("event_id")?);
            let digest = row.try_get::<i64, _>("digest")?.cast_unsigned();
            let is_sold_out = row.try_get("is_sold_out")?;
            Ok::<_, StoreError>((event, HeldDocument { event, digest, is_sold_out }))
        });
        held.collect()
    }

    /// How many documents of an index count.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn document_count(&self, epoch: i64) -> Result<u64, StoreError> {
        let count = sqlx::query_scalar("SELECT count(*) FROM search_documents WHERE epoch = $1")
            .bind(epoch)
            .fetch_one(&self.pool)
            .await?;
        Ok(unsigned(count))
    }
}

pub fn numbers(events: &[EventId]) -> Vec<i64> {
    events.iter().map(|event| event.0).collect()
}
