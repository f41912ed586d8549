//! Answers of a Quickwit cluster. The workers keep its index, and PostgreSQL says which it is and what
//! of it counts; this server looks there every second, and at once when it is told to.

use std::{
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::{Duration, Instant},
};

use futures::StreamExt;
use onsale_bus::Heard;
use onsale_messages::search::POINTER_SUBJECT;
use onsale_ops::settings::{SearchEngine, SearchSettings};
use onsale_search::{
    Found, Question, SearchError,
    embedded::View,
    quickwit::{Mask, QuickwitIndex},
};
use onsale_store::{SearchPointer, Store, StoreError};
use quickwit_client::{Client, Retry};

use super::Finder;

/// How often it is looked what counts.
const LOOK: Duration = Duration::from_secs(1);
/// What counted longer ago may have been deleted since.
const OUTDATED: Duration = Duration::from_secs(60);
/// The cluster has so much time; then the index of this server answers.
const PATIENCE: Duration = Duration::from_secs(1);
/// A cluster that did not answer is left alone for a while.
const REST: Duration = Duration::from_secs(2);

/// A Quickwit cluster.
pub struct Cluster {
    client: Client,
    pointed: RwLock<Option<Pointed>>,
    rests_until: Mutex<Option<Instant>>,
}

/// What counts.
#[derive(Clone)]
struct Pointed {
    index: QuickwitIndex,
    mask: Arc<Mask>,
    looked_at: Instant,
}

impl Cluster {
    /// The cluster that should answer, if one should.
    pub fn of(settings: &SearchSettings) -> Result<Option<Self>, Box<dyn std::error::Error>> {
        if settings.engine == SearchEngine::Embedded {
            return Ok(None);
        }
        let url = settings.quickwit().ok_or("search.engine needs search.quickwit_url")?;
        Ok(Some(Self {
            client: Client::new(url)?.with_retry(Retry::NEVER),
            pointed: RwLock::default(),
            rests_until: Mutex::default(),
        }))
    }

    /// Finds events; `None` when the index of this server has to.
    pub async fn search(&self, question: &Question, words: &View) -> Option<Found> {
        let pointed = self.pointed.read().unwrap_or_else(PoisonError::into_inner).clone()?;
        let rests = *self.rests_until.lock().unwrap_or_else(PoisonError::into_inner);
        if pointed.looked_at.elapsed() > OUTDATED || rests.is_some_and(|it| it > Instant::now()) {
            return None;
        }
        let found = pointed.index.search(question, words, &pointed.mask);
        let outcome = match tokio::time::timeout(PATIENCE, found).await {
            Ok(Ok(found)) => {
                metrics::counter!("onsale_quickwit_answers_total", "outcome" => "found")
                    .increment(1);
                return Some(found);
            }
            Ok(Err(SearchError::Unsupported(_))) => "unsupported",
            Ok(Err(error)) => {
                tracing::warn!(%error, "Quickwit does not answer: this server does");
                self.rest();
                "failed"
            }
            Err(_) => {
                tracing::warn!("Quickwit does not answer in time: this server does");
                self.rest();
                "slow"
            }
        };
        metrics::counter!("onsale_quickwit_answers_total", "outcome" => outcome).increment(1);
        None
    }

    fn rest(&self) {
        let mut rests_until = self.rests_until.lock().unwrap_or_else(PoisonError::into_inner);
        *rests_until = Some(Instant::now() + REST);
    }

    /// Looks what counts. Returns whether it is something else than before.
    async fn look(&self, store: &Store) -> Result<bool, StoreError> {
        let looked_at = Instant::now();
        let pointed = store.search_pointer().await?.map(|pointer| {
            let SearchPointer { index_id, visible, voided, superseded, .. } = pointer;
            let index = QuickwitIndex::new(self.client.clone(), index_id);
            let mask = Arc::new(Mask::new(visible, voided, superseded));
            Pointed { index, mask, looked_at }
        });
        let mut known = self.pointed.write().unwrap_or_else(PoisonError::into_inner);
        let is_same = match (&*known, &pointed) {
            (Some(one), Some(other)) => {
                one.index.index_id() == other.index.index_id() && one.mask == other.mask
            }
            (one, other) => one.is_none() && other.is_none(),
        };
        *known = pointed;
        Ok(!is_same)
    }
}

/// Looks what counts for as long as it is awaited; for nothing without a cluster. `changed` is called
/// when it is something else.
pub async fn run(finder: &Finder, changed: impl Fn()) {
    let Some(cluster) = &finder.cluster else { return std::future::pending().await };
    loop {
        match finder.bus.listen(POINTER_SUBJECT).await {
            Ok(told) => look_when_told(finder, cluster, std::pin::pin!(told), &changed).await,
            Err(error) => tracing::warn!(%error, "nobody tells what counts at Quickwit"),
        }
        tokio::time::sleep(LOOK).await;
    }
}

async fn look_when_told(
    finder: &Finder,
    cluster: &Cluster,
    mut told: impl StreamExt<Item = Heard> + Unpin,
    changed: &impl Fn(),
) {
    loop {
        match cluster.look(&finder.store).await {
            Ok(true) => changed(),
            Ok(false) => {}
            Err(error) => tracing::debug!(%error, "it is looked later what counts at Quickwit"),
        }
        tokio::select! {
            said = told.next() => if said.is_none() { return },
            () = tokio::time::sleep(LOOK) => {}
        }
    }
}
