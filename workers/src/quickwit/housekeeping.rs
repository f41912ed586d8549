//! What can wait: letting Quickwit delete what does not count, and dropping indexes that are of no use
//! any more.

use std::time::Duration;

use onsale_search::SearchError;
use onsale_store::SearchEpoch;

use super::{Cluster, QuickwitError};

/// How often there is a look.
const PAUSE: Duration = Duration::from_secs(10);
/// Quickwit is asked to delete so many documents at once: a task is costly for it.
const DELETED_AT_ONCE: u32 = 500;
/// So long after it was asked to delete documents, it is looked for them.
const LOOK_AFTER: Duration = Duration::from_secs(120);
/// Documents that are looked for at once.
const LOOKED_FOR: u32 = 2_000;
/// An index that was replaced stays so long: whoever searches may not have heard yet.
const KEEP: Duration = Duration::from_secs(120);

/// Looks after the indexes for ever.
pub async fn run(cluster: &Cluster) {
    loop {
        if let Err(error) = tidy_up(cluster).await {
            tracing::warn!(%error, "Quickwit is tidied up later");
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn tidy_up(cluster: &Cluster) -> Result<(), QuickwitError> {
    let store = &cluster.shop.store;
    for epoch in store.retired_search_epochs(KEEP).await? {
        match cluster.client.delete_index(&epoch.index_id).await {
            Ok(()) => {}
            Err(error) if error.is_not_found() => {}
            Err(error) => return Err(error.into()),
        }
        store.forget_search_epoch(epoch.number).await?;
        tracing::info!(index_id = epoch.index_id, "an old index of Quickwit was dropped");
    }
    match store.current_search_epoch().await? {
        Some(epoch) => delete_superseded(cluster, &epoch).await,
        None => Ok(()),
    }
}

async fn delete_superseded(cluster: &Cluster, epoch: &SearchEpoch) -> Result<(), QuickwitError> {
    let (store, number) = (&cluster.shop.store, epoch.number);
    let index = cluster.index(epoch);
    let superseded = store.superseded_documents(number, None, DELETED_AT_ONCE).await?;
    if superseded.len() >= DELETED_AT_ONCE as usize {
        index.delete(&superseded).await?;
        store.note_deletion_asked(number, &superseded).await?;
    }
    // Quickwit does not say when it has deleted them. What can be found no more need not be left out.
    let asked = store.superseded_documents(number, Some(LOOK_AFTER), LOOKED_FOR).await?;
    if asked.is_empty() {
        return Ok(());
    }
    let held = match index.still_held(&asked).await {
        Err(SearchError::Quickwit(error)) if error.is_not_found() => return Ok(()),
        held => held?,
    };
    let deleted: Vec<_> = asked.into_iter().filter(|document| !held.contains(document)).collect();
    if !deleted.is_empty() {
        store.forget_superseded(number, &deleted).await?;
        tracing::debug!(documents = deleted.len(), "Quickwit has deleted what did not count");
        cluster.tell().await;
    }
    Ok(())
}
