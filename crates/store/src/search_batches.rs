//! What comes into an index of a Quickwit cluster, batch by batch. A batch has a number before
//! anything of it is sent, and what it changes counts with the transaction that completes it.

use std::time::Duration;

use onsale_domain::EventId;
use onsale_messages::relay::Checkpoint;
use sqlx::{PgConnection, Row};

use crate::{
    SearchTerm, Store, StoreError,
    relay::{signed, unsigned},
    search_documents::HeldDocument,
    search_epochs::{SearchRefused, hold_term},
};

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

impl Store {
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
            let joined =
                sqlx::query("UPDATE search_voided SET last = $3 WHERE epoch = $1 AND last = $2")
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
