//! What one server loads, all have: the shared cache in the words of the server. Without one, every
//! server loads for itself.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use onsale_store::{SharedCache, SharedFound, SharedLease};
use serde::{Serialize, de::DeserializeOwned};

use crate::shelf::Made;

/// Facts of the catalogue are shared for so long.
const FACTS_LIFE: Duration = Duration::from_secs(30);

/// The words by which what is kept is known, here, in the shared cache and at the edge.
pub mod words_of {
    use onsale_domain::{EventId, PerformerId, VenueId};

    /// Whatever lists what can be found.
    pub const CATALOGUE: &str = "catalogue";

    /// Whatever shows an event.
    pub fn event(id: EventId) -> String {
        format!("event-{id}")
    }

    /// Whatever shows a venue.
    pub fn venue(id: VenueId) -> String {
        format!("venue-{id}")
    }

    /// Whatever shows a performer.
    pub fn performer(id: PerformerId) -> String {
        format!("performer-{id}")
    }
}

/// The shared cache, if there is one.
#[derive(Clone)]
pub struct Together(Option<SharedCache>);

/// Leave to make something, for all.
pub struct Leave<'a> {
    cache: &'a SharedCache,
    name: &'a str,
    lease: SharedLease,
}

impl Together {
    pub const fn new(cache: Option<SharedCache>) -> Self {
        Self(cache)
    }

    /// What is known by a name, and how old it is; or `Err` to whoever must make it, with leave to
    /// give it to all.
    pub async fn find<'a, T>(
        this: Option<&'a Self>,
        name: &'a str,
        read: impl FnOnce(Bytes) -> Option<T>,
    ) -> Result<(T, Duration), Option<Leave<'a>>> {
        let Some(cache) = this.and_then(|this| this.0.as_ref()) else { return Err(None) };
        let (found, result) = match cache.find(name).await {
            SharedFound::Made { body, age } => match read(body.into()) {
                Some(made) => ("made", Ok((made, age))),
                // Another version of us wrote it.
                None => ("unreadable", Err(None)),
            },
            SharedFound::Missing(lease) => ("missing", Err(Some(Leave { cache, name, lease }))),
            SharedFound::Nobody => ("nobody", Err(None)),
        };
        metrics::counter!("onsale_shared_cache_total", "found" => found).increment(1);
        result
    }

    /// Facts of the catalogue by their name: what another server has loaded, or what `make` brings,
    /// which is then there for all. `words` says what the facts show.
    pub async fn through<T, E>(
        &self,
        name: &str,
        words: impl FnOnce(&T) -> Vec<String>,
        make: impl Future<Output = Result<T, E>>,
    ) -> Result<Made<Arc<T>>, E>
    where
        T: Serialize + DeserializeOwned,
    {
        let read = |body: Bytes| serde_json::from_slice(&body).ok();
        match Self::find(Some(self), name, read).await {
            Ok((value, age)) => Ok(Made { value: Arc::new(value), age }),
            Err(leave) => {
                let made = make.await;
                match (leave, made.as_ref().ok().map(|value| (value, serde_json::to_vec(value)))) {
                    (Some(leave), Some((value, Ok(body)))) => {
                        leave.keep(&words(value), &body, FACTS_LIFE).await;
                    }
                    (Some(leave), _) => leave.cache.give_up(leave.name, &leave.lease).await,
                    (None, _) => {}
                }
                made.map(|value| Arc::new(value).into())
            }
        }
    }

    /// What is known by these words has changed.
    pub async fn outdate(&self, words: &[String]) {
        if let Some(cache) = &self.0 {
            cache.mark(words).await;
        }
    }

    /// Anything may have changed.
    pub async fn outdate_all(&self) {
        if let Some(cache) = &self.0 {
            cache.mark_everything().await;
        }
    }
}

impl Leave<'_> {
    /// Gives what was made to all, for `life`.
    pub async fn keep(self, words: &[String], body: &[u8], life: Duration) {
        let kept = self.cache.keep(self.name, &self.lease, words, body, life).await;
        let result = if kept { "kept" } else { "refused" };
        metrics::counter!("onsale_shared_cache_kept_total", "result" => result).increment(1);
    }
}
