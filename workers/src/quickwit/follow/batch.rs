//! Putting into an index what has changed: what is gone counts at once, the rest is sent in a revision
//! of its own.

use std::time::{Duration, Instant};

use onsale_domain::{EventId, Listing};
use onsale_indexing::{Dirty, Read};
use onsale_search::{embedded::Digests, quickwit::document};
use onsale_store::{HeldDocument, SearchBatch};
use quickwit_client::Commit;
use tokio::time::timeout;

use super::{Ended, Follower, Until};
use crate::quickwit::{
    QuickwitError,
    plan::{MASK_FULL, Wanted, has_room, plan},
};

/// How long to wait for transactions to end, so that what is read shows what was told.
const PATIENCE: Duration = Duration::from_millis(250);
/// When that was in vain, the events are read once more after this time.
const READ_AGAIN: Duration = Duration::from_secs(1);
/// How long Quickwit may take for a batch.
const SEND_PATIENCE: Duration = Duration::from_secs(60);

impl Follower {
    /// Puts what is dirty into the index, and moves the checkpoint.
    pub(super) async fn put_in(&mut self) -> Result<Option<Ended>, QuickwitError> {
        self.due = None;
        let store = self.cluster.shop.store.clone();
        let read = self.dirty.read(&store, PATIENCE).await?;
        let held = store.held_documents(self.epoch.number, &read.events).await?;
        let wanted = self.wanted(&read).await?;
        let plan = plan(wanted, &read.gone, &held);
        let sequence = self.dirty.sequence;
        self.dirty = Dirty::at(sequence);
        self.waiting.retain(|event| !read.gone.contains(event));
        if !plan.gone.is_empty() {
            // At once: nothing has to be sent for it.
            let batch = SearchBatch { gone: plan.gone, ..self.batch() };
            self.complete(batch).await?;
        }
        if !read.is_settled {
            let at = Instant::now() + READ_AGAIN;
            self.again.extend(read.events.into_iter().map(|event| (at, event)));
        }
        if self.until == Until::Stopped && !has_room(self.masked, plan.superseded) {
            self.waiting.extend(plan.put.iter().map(|it| it.document.event));
            self.cluster.wants_epoch.notify_one();
            return Ok(None);
        }
        let mut batch = self.batch();
        if self.again.is_empty() && self.waiting.is_empty() {
            batch.checkpoint.sequence = sequence;
        }
        match plan.put.is_empty() {
            true if batch.checkpoint == self.epoch.checkpoint => Ok(None),
            true => self.complete(batch).await.map(|()| None),
            false => self.send(plan.put, batch).await,
        }
    }

    fn batch(&self) -> SearchBatch {
        SearchBatch { checkpoint: self.epoch.checkpoint, ..SearchBatch::default() }
    }

    /// What was read, as it should be in the index.
    async fn wanted(&self, read: &Read) -> Result<Vec<Wanted>, QuickwitError> {
        let ids: Vec<EventId> = read.listings.iter().map(|it| it.id).collect();
        let sold_out = self.cluster.shop.store.sold_out(&ids).await?;
        let wanted = read.listings.iter().map(|listing| {
            let document = held_as(listing, sold_out.contains(&listing.id))?;
            Ok::<_, QuickwitError>(Wanted { listing: listing.clone(), document })
        });
        wanted.collect()
    }

    /// Sends listings in a revision of their own, and lets it count.
    async fn send(
        &mut self,
        put: Vec<Wanted>,
        batch: SearchBatch,
    ) -> Result<Option<Ended>, QuickwitError> {
        self.sent_at = Some(Instant::now());
        let (store, cluster) = (&self.cluster.shop.store, &self.cluster);
        let revision = store.begin_search_batch(cluster.term, self.epoch.number).await?;
        let documents = put
            .iter()
            .map(|it| document(&it.listing, it.document.is_sold_out, revision))
            .collect::<Result<Vec<_>, _>>()?;
        let sending = self.once.ingest(&self.epoch.index_id, &documents, Commit::Force);
        match timeout(SEND_PATIENCE, sending).await.map_err(|_| QuickwitError::Slow)? {
            Ok(_) => {}
            Err(error @ quickwit_client::Error::Rejected { .. }) => {
                tracing::error!(%error, "Quickwit cannot read what it is given");
                return Ok(Some(Ended::Broken("it was made by another version")));
            }
            Err(error) => return Err(error.into()),
        }
        metrics::counter!("onsale_quickwit_indexed_total").increment(put.len() as u64);
        let put = put.into_iter().map(|it| it.document).collect();
        self.complete(SearchBatch { revision: Some(revision), put, ..batch }).await?;
        Ok(None)
    }

    /// Lets a batch count, and tells whoever searches.
    async fn complete(&mut self, batch: SearchBatch) -> Result<(), QuickwitError> {
        let (store, term) = (&self.cluster.shop.store, self.cluster.term);
        let masked = store.complete_search_batch(term, self.epoch.number, &batch).await?;
        self.epoch.checkpoint = batch.checkpoint;
        if self.until == Until::CaughtUp {
            return Ok(());
        }
        metrics::gauge!("onsale_quickwit_masked").set(masked as f64);
        if masked >= MASK_FULL && self.masked < MASK_FULL {
            tracing::info!(masked, "much is left out of the index of Quickwit: it is made anew");
            self.cluster.wants_epoch.notify_one();
        }
        self.masked = masked;
        self.cluster.tell().await;
        Ok(())
    }
}

/// A listing as it is written down.
pub fn held_as(listing: &Listing, is_sold_out: bool) -> Result<HeldDocument, QuickwitError> {
    let Digests { event, listing, is_sold_out } = Digests::of(listing, is_sold_out)?;
    Ok(HeldDocument { event, digest: listing, is_sold_out })
}
