//! An index on disk, and up to where it has followed the stream.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use onsale_domain::{EventId, Listing};
use onsale_messages::relay::Checkpoint;
use onsale_search::{
    SearchError, Synonyms,
    embedded::{Indexer, TRICKLE, View},
};

use super::FinderError;

/// A checkpoint as it is noted with a commit.
pub fn note_of(checkpoint: Checkpoint) -> Result<String, FinderError> {
    let note = serde_json::to_string(&checkpoint);
    Ok(note.map_err(|error| SearchError::Damaged(error.to_string()))?)
}

/// An index that is held by this process.
pub struct HeldIndex {
    pub generation: u64,
    /// Up to where it follows the stream. It is kept with each commit.
    pub checkpoint: Checkpoint,
    indexer: Arc<Mutex<Indexer>>,
}

/// What is to be done to an index.
#[derive(Debug, Default)]
pub struct Changes {
    /// Listings, each with whether it is sold out.
    pub put: Vec<(Listing, bool)>,
    /// Events that are listed no more.
    pub forget: Vec<EventId>,
}

impl HeldIndex {
    pub fn new(generation: u64, checkpoint: Checkpoint, indexer: Indexer) -> Self {
        Self { generation, checkpoint, indexer: Arc::new(Mutex::new(indexer)) }
    }

    /// Opens the newest index of a folder that is whole, and removes all others.
    pub fn open(folder: &Path, synonyms: &Arc<Synonyms>) -> Option<Self> {
        let mut found = None;
        for (generation, path) in generations(folder).into_iter().rev() {
            if found.is_none() {
                match Indexer::open(&path, Arc::clone(synonyms), TRICKLE) {
                    Ok((indexer, note)) => match serde_json::from_str(&note) {
                        Ok(checkpoint) => {
                            found = Some(Self::new(generation, checkpoint, indexer));
                            continue;
                        }
                        Err(_) => tracing::info!(generation, "an index was never finished"),
                    },
                    Err(error) => tracing::warn!(generation, %error, "an index cannot be used"),
                }
            }
            remove(&path);
        }
        found
    }

    /// The index as it was committed last.
    pub fn view(&self) -> Arc<View> {
        self.indexer.lock().unwrap_or_else(PoisonError::into_inner).view()
    }

    /// Makes changes, all of them or none, and notes up to where they follow the stream.
    pub async fn change(
        &mut self,
        changes: Changes,
        checkpoint: Checkpoint,
    ) -> Result<Arc<View>, FinderError> {
        let indexer = Arc::clone(&self.indexer);
        let note = note_of(checkpoint)?;
        let view = blocking(move || {
            let mut indexer = indexer.lock().unwrap_or_else(PoisonError::into_inner);
            for (listing, is_sold_out) in &changes.put {
                indexer.put(listing, *is_sold_out)?;
            }
            for event in &changes.forget {
                indexer.forget(*event)?;
            }
            indexer.commit(&note)
        })
        .await?;
        self.checkpoint = checkpoint;
        Ok(view)
    }

    /// Publishes names that could not be published at once.
    pub async fn catch_up(&self) -> Result<Arc<View>, FinderError> {
        let indexer = Arc::clone(&self.indexer);
        blocking(move || {
            let mut indexer = indexer.lock().unwrap_or_else(PoisonError::into_inner);
            indexer.catch_up()?;
            Ok(indexer.view())
        })
        .await
    }
}

/// Work on an index, away from the threads that answer.
pub async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, SearchError> + Send + 'static,
) -> Result<T, FinderError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => Ok(done?),
        Err(error) => {
            tracing::error!(%error, "work on the search index did not end well");
            Err(FinderError::BrokenOff)
        }
    }
}

/// The folders of indexes, oldest first.
pub fn generations(folder: &Path) -> Vec<(u64, PathBuf)> {
    let entries = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    let mut found: Vec<(u64, PathBuf)> = entries
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path())))
        .collect();
    found.sort();
    found
}

/// Removes the folder of an index. Who still reads it goes on reading.
pub fn remove(path: &Path) {
    if let Err(error) = fs::remove_dir_all(path) {
        tracing::warn!(path = %path.display(), %error, "an old search index stays");
    }
}
