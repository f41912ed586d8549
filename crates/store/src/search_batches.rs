//! What comes into an index of a Quickwit cluster, batch by batch. A batch has a number before
//! anything of it is sent, and what it changes counts with the transaction that completes it.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use onsale_domain::EventId;
use onsale_messages::relay::Checkpoint;
use sqlx::{PgConnection, Row};

use crate::{
    SearchTerm, Store, StoreError,
    relay::{signed, unsigned},
    search_epochs::{SearchRefused, hold_term},
};

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

/// What was done to an index.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SearchBatch {
    /// The number of the batch; `None` when nothing was sent.
    pub revision: Option<u64>,
    /// What was sent.
    pub put: Vec<HeldDocument>,
    /// Events that are listed no more.
    pub gone: Vec<EventId>,
    /// Up to where the index follows the stream with it.
    pub checkpoint: Checkpoint,
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

    /// Notes what is about to be brought into an index that nobody searches yet. It is all of one
    /// revision, 0.
    ///
    /// # Errors
    /// [`SearchRefused`] when the term is over, or the database cannot answer.
    pub async fn note_loaded(
        &self,
        term: SearchTerm,
        epoch: i64,
        documents: &[HeldDocument],
    ) -> Result<(), SearchRefused> {
        let mut tx = self.pool.begin().await?;
        hold_term(&mut tx, term).await?;
        put(&mut tx, epoch, 0, documents).await?;
        Ok(tx.commit().await?)
    }

    /// Begins a batch and returns its number, which was never used before. Earlier ones that were not
    /// completed never count from now on.
    ///
    /// # Errors
    /// [`SearchRefused`] when the term is over, the index is not in use, or the database cannot answer.
    pub async fn begin_search_batch(
        &self,
        term: SearchTerm,
        epoch: i64,
    ) -> Result<u64, SearchRefused> {
        let mut tx = self.pool.begin().await?;
        hold_term(&mut tx, term).await?;
        let (visible, next) = revisions(&mut tx, epoch).await?;
        if visible + 1 < next {
            let joined = sqlx::query(
                "UPDATE search_voided SET last = $3 WHERE epoch = $1 AND last = $2",
            )
            .bind(epoch)
            .bind(visible)
            .bind(next - 1)
            .execute(&mut *tx)
            .await?;
            if joined.rows_affected() == 0 {
                sqlx::query("INSERT INTO search_voided (epoch, first, last) VALUES ($1, $2, $3)")
                    .bind(epoch)
                    .bind(visible + 1)
                    .bind(next - 1)
                    .execute(&mut *tx)
                    .await?;
            }
        }
        sqlx::query(
            "UPDATE search_epochs SET visible = $2 - 1, next_revision = $2 + 1 WHERE number = $1",
        )
        .bind(epoch)
        .bind(next)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(unsigned(next))
    }

    /// Lets a batch count: what it sent, what is gone, and up to where the stream was followed, all
    /// at once. Returns how many documents and revisions whoever searches has to leave out.
    ///
    /// # Errors
    /// [`SearchRefused`] when the term is over, another batch has begun, or the database cannot
    /// answer; then nothing of it counts.
    pub async fn complete_search_batch(
        &self,
        term: SearchTerm,
        epoch: i64,
        batch: &SearchBatch,
    ) -> Result<u64, SearchRefused> {
        let mut tx = self.pool.begin().await?;
        hold_term(&mut tx, term).await?;
        let (mut visible, next) = revisions(&mut tx, epoch).await?;
        if let Some(revision) = batch.revision {
            if signed(revision) + 1 != next {
                return Err(SearchRefused::NotOurs);
            }
            visible = signed(revision);
        }
        let replaced = batch.put.iter().map(|it| it.event.0);
        let replaced: Vec<i64> = replaced.chain(batch.gone.iter().map(|it| it.0)).collect();
        sqlx::query(
            "WITH gone AS (DELETE FROM search_documents
                            WHERE epoch = $1 AND event_id = ANY($2) RETURNING event_id, revision)
             INSERT INTO search_superseded (epoch, event_id, revision)
             SELECT $1, event_id, revision FROM gone",
        )
        .bind(epoch)
        .bind(replaced)
        .execute(&mut *tx)
        .await?;
        put(&mut tx, epoch, visible, &batch.put).await?;
        let left_out: i64 = sqlx::query_scalar(
            "UPDATE search_epochs
                SET visible = $2, relay_epoch = $3, stream_made_at = $4, sequence = $5
              WHERE number = $1
             RETURNING (SELECT count(*) FROM search_superseded WHERE epoch = $1)
                     + (SELECT count(*) FROM search_voided WHERE epoch = $1)",
        )
        .bind(epoch)
        .bind(visible)
        .bind(signed(batch.checkpoint.epoch))
        .bind(batch.checkpoint.stream_made_at)
        .bind(signed(batch.checkpoint.sequence))
        .fetch_one(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(unsigned(left_out))
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

    /// Up to `limit` documents that do not count and that nobody has asked Quickwit to delete; with
    /// an age, those that it was asked to delete so long ago.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn superseded_documents(
        &self,
        epoch: i64,
        asked: Option<Duration>,
        limit: u32,
    ) -> Result<Vec<(EventId, u64)>, StoreError> {
        let rows = sqlx::query(
            "SELECT event_id, revision FROM search_superseded
              WHERE epoch = $1 AND CASE WHEN $2::float8 IS NULL THEN asked_at IS NULL
                                        ELSE asked_at <= now() - $2 * interval '1 second' END
              ORDER BY asked_at, event_id, revision LIMIT $3",
        )
        .bind(epoch)
        .bind(asked.map(|age| age.as_secs_f64()))
        .bind(i64::from(limit))
        .fetch_all(&self.pool)
        .await?;
        let documents = rows.iter().map(|row| {
            let event = EventId(row.try_get("event_id")?);
            Ok::<_, StoreError>((event, unsigned(row.try_get("revision")?)))
        });
        documents.collect()
    }

    /// Quickwit was asked to delete these documents.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn note_deletion_asked(
        &self,
        epoch: i64,
        documents: &[(EventId, u64)],
    ) -> Result<(), StoreError> {
        let (events, revisions) = columns(documents);
        sqlx::query(
            "UPDATE search_superseded AS s SET asked_at = now()
               FROM unnest($2::bigint[], $3::bigint[]) AS d (event_id, revision)
              WHERE s.epoch = $1 AND s.event_id = d.event_id AND s.revision = d.revision",
        )
        .bind(epoch)
        .bind(events)
        .bind(revisions)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// These documents are no longer in the index.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn forget_superseded(
        &self,
        epoch: i64,
        documents: &[(EventId, u64)],
    ) -> Result<(), StoreError> {
        let (events, revisions) = columns(documents);
        sqlx::query(
            "DELETE FROM search_superseded AS s
              USING unnest($2::bigint[], $3::bigint[]) AS d (event_id, revision)
              WHERE s.epoch = $1 AND s.event_id = d.event_id AND s.revision = d.revision",
        )
        .bind(epoch)
        .bind(events)
        .bind(revisions)
        .execute(&self.pool)
        .await?;
        Ok(())
    }
}

/// The newest revision that counts and the next that is free, of an index that is in use. Nobody else
/// takes either until the transaction ends.
async fn revisions(tx: &mut PgConnection, epoch: i64) -> Result<(i64, i64), SearchRefused> {
    let row = sqlx::query(
        "SELECT visible, next_revision FROM search_epochs
          WHERE number = $1 AND state <> 'retired' FOR UPDATE",
    )
    .bind(epoch)
    .fetch_optional(tx)
    .await?;
    let row = row.ok_or(SearchRefused::NotOurs)?;
    Ok((row.try_get("visible")?, row.try_get("next_revision")?))
}

async fn put(
    tx: &mut PgConnection,
    epoch: i64,
    revision: i64,
    documents: &[HeldDocument],
) -> Result<(), sqlx::Error> {
    let events: Vec<i64> = documents.iter().map(|it| it.event.0).collect();
    let digests: Vec<i64> = documents.iter().map(|it| it.digest.cast_signed()).collect();
    let sold_out: Vec<bool> = documents.iter().map(|it| it.is_sold_out).collect();
    sqlx::query(
        "INSERT INTO search_documents (epoch, event_id, revision, digest, is_sold_out)
         SELECT $1, event_id, $2, digest, is_sold_out
           FROM unnest($3::bigint[], $4::bigint[], $5::boolean[])
                AS d (event_id, digest, is_sold_out)",
    )
    .bind(epoch)
    .bind(revision)
    .bind(events)
    .bind(digests)
    .bind(sold_out)
    .execute(tx)
    .await?;
    Ok(())
}

fn columns(documents: &[(EventId, u64)]) -> (Vec<i64>, Vec<i64>) {
    documents.iter().map(|(event, revision)| (event.0, signed(*revision))).unzip()
}

fn numbers(events: &[EventId]) -> Vec<i64> {
    events.iter().map(|event| event.0).collect()
}
