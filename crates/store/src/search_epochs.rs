//! The indexes of a Quickwit cluster: which there are, which answers, and what of it counts.

use std::time::Duration;

use onsale_domain::EventId;
use onsale_messages::relay::Checkpoint;
use sqlx::{PgConnection, Row, postgres::PgRow};

use crate::{
    Store, StoreError,
    relay::{signed, unsigned},
};

/// Rows of an index that is of no use any more are removed so many at a time.
const FORGET_AT_ONCE: i64 = 20_000;

/// The right to write here, until another process takes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SearchTerm(pub(crate) i64);

/// An index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchEpoch {
    /// Its number.
    pub number: i64,
    /// Its name at Quickwit.
    pub index_id: String,
    /// Up to where it has followed the stream `CDC`.
    pub checkpoint: Checkpoint,
}

/// What of an index counts at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchPointer {
    /// The number of the index.
    pub epoch: i64,
    /// Its name at Quickwit.
    pub index_id: String,
    /// The newest revision that counts.
    pub visible: u64,
    /// Revisions that do not count, from one to another, both included.
    pub voided: Vec<(u64, u64)>,
    /// Documents that do not count: an event, and one of its revisions.
    pub superseded: Vec<(EventId, u64)>,
}

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum SearchRefused {
    /// Another process has taken over, or the index is no longer in use.
    #[error("the index is no longer kept by this process")]
    NotOurs,
    /// The database cannot answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for SearchRefused {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

/// Holds the term until the end of the transaction: whoever takes over waits for it.
pub async fn hold_term(tx: &mut PgConnection, term: SearchTerm) -> Result<(), SearchRefused> {
    let held = sqlx::query("SELECT term FROM search_term WHERE term = $1 FOR SHARE")
        .bind(term.0)
        .fetch_optional(tx)
        .await?;
    held.map(drop).ok_or(SearchRefused::NotOurs)
}

impl Store {
    /// Begins a new term. Nobody writes in an earlier one from now on.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn take_search_over(&self) -> Result<SearchTerm, StoreError> {
        let term = sqlx::query_scalar("UPDATE search_term SET term = term + 1 RETURNING term")
            .fetch_one(&self.pool)
            .await?;
        Ok(SearchTerm(term))
    }

    /// Begins an index, which will be called by a prefix and its number. Another one that was never
    /// finished is given up.
    ///
    /// # Errors
    /// [`SearchRefused`] when the term is over, or the database cannot answer.
    pub async fn begin_search_epoch(
        &self,
        term: SearchTerm,
        prefix: &str,
        checkpoint: Checkpoint,
    ) -> Result<SearchEpoch, SearchRefused> {
        let mut tx = self.pool.begin().await?;
        hold_term(&mut tx, term).await?;
        retire(&mut tx, "building").await?;
        let row = sqlx::query(
            "INSERT INTO search_epochs (number, index_id, relay_epoch, stream_made_at, sequence)
             SELECT number, $1 || '-' || number, $2, $3, $4
               FROM nextval('search_epoch_number') AS number
             RETURNING *",
        )
        .bind(prefix)
        .bind(signed(checkpoint.epoch))
        .bind(checkpoint.stream_made_at)
        .bind(signed(checkpoint.sequence))
        .fetch_one(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(epoch_from(&row)?)
    }

    /// Gives up an index that was never finished.
    ///
    /// # Errors
    /// [`SearchRefused`] when the term is over, or the database cannot answer.
    pub async fn give_search_epoch_up(&self, term: SearchTerm) -> Result<(), SearchRefused> {
        let mut tx = self.pool.begin().await?;
        hold_term(&mut tx, term).await?;
        retire(&mut tx, "building").await?;
        Ok(tx.commit().await?)
    }

    /// Lets the index that was made answer from now on, and nobody else.
    ///
    /// # Errors
    /// [`SearchRefused`] when the term is over, the index was given up, or the database cannot answer.
    pub async fn swap_search_epoch(
        &self,
        term: SearchTerm,
        epoch: i64,
    ) -> Result<(), SearchRefused> {
        let mut tx = self.pool.begin().await?;
        hold_term(&mut tx, term).await?;
        retire(&mut tx, "current").await?;
        let swapped = sqlx::query(
            "UPDATE search_epochs SET state = 'current' WHERE number = $1 AND state = 'building'",
        )
        .bind(epoch)
        .execute(&mut *tx)
        .await?;
        if swapped.rows_affected() != 1 {
            return Err(SearchRefused::NotOurs);
        }
        Ok(tx.commit().await?)
    }

    /// The index that answers; `None` when there is none.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn current_search_epoch(&self) -> Result<Option<SearchEpoch>, StoreError> {
        let row = sqlx::query("SELECT * FROM search_epochs WHERE state = 'current'")
            .fetch_optional(&self.pool)
            .await?;
        Ok(row.as_ref().map(epoch_from).transpose()?)
    }

    /// What counts of the index that answers; `None` when there is none.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn search_pointer(&self) -> Result<Option<SearchPointer>, StoreError> {
        self.pointer(None).await
    }

    /// What counts of an index; `None` when it is gone.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn search_pointer_of(&self, epoch: i64) -> Result<Option<SearchPointer>, StoreError> {
        self.pointer(Some(epoch)).await
    }

    /// In one statement, so that all of it is of one moment.
    async fn pointer(&self, epoch: Option<i64>) -> Result<Option<SearchPointer>, StoreError> {
        let row = sqlx::query(
            "SELECT e.number, e.index_id, e.visible, v.first, v.last, s.events, s.revisions
               FROM search_epochs e,
                    LATERAL (SELECT coalesce(array_agg(first ORDER BY first), '{}') AS first,
                                    coalesce(array_agg(last ORDER BY first), '{}') AS last
                               FROM search_voided WHERE epoch = e.number) v,
                    LATERAL (SELECT coalesce(array_agg(event_id ORDER BY event_id, revision), '{}')
                                        AS events,
                                    coalesce(array_agg(revision ORDER BY event_id, revision), '{}')
                                        AS revisions
                               FROM search_superseded WHERE epoch = e.number) s
              WHERE CASE WHEN $1::bigint IS NULL THEN e.state = 'current' ELSE e.number = $1 END",
        )
        .bind(epoch)
        .fetch_optional(&self.pool)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let numbers = |name| row.try_get::<Vec<i64>, _>(name);
        let pairs = |ones: Vec<i64>, others: Vec<i64>| ones.into_iter().zip(others);
        let voided = pairs(numbers("first")?, numbers("last")?);
        let superseded = pairs(numbers("events")?, numbers("revisions")?);
        Ok(Some(SearchPointer {
            epoch: row.try_get("number")?,
            index_id: row.try_get("index_id")?,
            visible: unsigned(row.try_get("visible")?),
            voided: voided.map(|(first, last)| (unsigned(first), unsigned(last))).collect(),
            superseded: superseded.map(|(event, it)| (EventId(event), unsigned(it))).collect(),
        }))
    }

    /// Indexes that have been of no use for so long.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn retired_search_epochs(
        &self,
        age: Duration,
    ) -> Result<Vec<SearchEpoch>, StoreError> {
        let rows = sqlx::query(
            "SELECT * FROM search_epochs
              WHERE state = 'retired' AND retired_at <= now() - $1 * interval '1 second'
              ORDER BY number",
        )
        .bind(age.as_secs_f64())
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(|row| Ok::<_, StoreError>(epoch_from(row)?)).collect()
    }

    /// Forgets an index that is of no use any more.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer; what is left is removed another time.
    pub async fn forget_search_epoch(&self, epoch: i64) -> Result<(), StoreError> {
        loop {
            let removed = sqlx::query(
                "DELETE FROM search_documents WHERE epoch = $1 AND event_id IN (
                    SELECT event_id FROM search_documents WHERE epoch = $1 LIMIT $2)",
            )
            .bind(epoch)
            .bind(FORGET_AT_ONCE)
            .execute(&self.pool)
            .await?;
            if removed.rows_affected() == 0 {
                break;
            }
        }
        for sql in [
            "DELETE FROM search_superseded WHERE epoch = $1",
            "DELETE FROM search_voided WHERE epoch = $1",
            "DELETE FROM search_epochs WHERE number = $1 AND state = 'retired'",
        ] {
            sqlx::query(sql).bind(epoch).execute(&self.pool).await?;
        }
        Ok(())
    }
}

async fn retire(tx: &mut PgConnection, state: &str) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE search_epochs SET state = 'retired', retired_at = now() WHERE state = $1")
        .bind(state)
        .execute(tx)
        .await?;
    Ok(())
}

fn epoch_from(row: &PgRow) -> Result<SearchEpoch, sqlx::Error> {
    Ok(SearchEpoch {
        number: row.try_get("number")?,
        index_id: row.try_get("index_id")?,
        checkpoint: Checkpoint {
            epoch: unsigned(row.try_get("relay_epoch")?),
            stream_made_at: row.try_get("stream_made_at")?,
            sequence: unsigned(row.try_get("sequence")?),
        },
    })
}
