//! Seat maps with their seats ranked, as a process keeps them. Many events share one map, and a
//! stadium's takes megabytes, and time to rank.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use onsale_domain::desk::RankedMap;
use onsale_store::{Store, StoreError};

/// Maps kept at most while nobody uses them.
const MAX_UNUSED: usize = 64;

/// The maps, by their hashes. Clones share them.
#[derive(Clone, Default)]
pub struct Maps(Arc<Mutex<HashMap<String, Arc<RankedMap>>>>);

impl Maps {
    /// The map with this hash. Two that ask for a new one at the same time may both load it.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer, or has no such map.
    pub async fn get(&self, store: &Store, hash: &str) -> Result<Arc<RankedMap>, StoreError> {
        if let Some(map) = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(hash) {
            return Ok(Arc::clone(map));
        }
        let map = store.ranked_map(hash).await?;
        let mut maps = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if maps.values().filter(|map| Arc::strong_count(map) == 1).count() >= MAX_UNUSED {
            maps.retain(|_, map| Arc::strong_count(map) > 1);
        }
        maps.insert(hash.to_owned(), Arc::clone(&map));
        Ok(map)
    }
}
