//! Making the next index: it is loaded, catches up, and is compared, before anybody searches it.

use std::{sync::Arc, time::Duration};

use onsale_domain::EventId;
use onsale_indexing::place_now;
use onsale_search::quickwit::{document, index_config};
use onsale_store::HeldDocument;
use quickwit_client::{Commit, Retry};

use super::{
    Cluster, QuickwitError,
    follow::{Ended, Follower, Until, held_as},
};

/// Listings read at once.
const PAGE: u32 = 1_000;
/// How long to wait for transactions to end before the catalogue is read. Those that do not are told
/// by the stream.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long it may take until everything that was loaded is committed.
const LOAD_PATIENCE: Duration = Duration::from_secs(120);
/// A new index cannot be written for some seconds.
const RETRY: Retry = Retry {
    attempts: 12,
    first_pause: Duration::from_millis(100),
    longest_pause: Duration::from_secs(3),
};
/// Times that it is tried to catch up while NATS comes and goes.
const CATCH_UPS: u32 = 20;
/// The pause between them.
const CATCH_UP_PAUSE: Duration = Duration::from_secs(1);

/// Makes the next index. What changes meanwhile is told by the stream after its checkpoint.
pub async fn build(cluster: &Arc<Cluster>) -> Result<Follower, QuickwitError> {
    let (store, prefix) = (&cluster.shop.store, &cluster.shop.settings.search.quickwit_index);
    // Before the first listing is read.
    let checkpoint = place_now(store, &cluster.shop.bus).await?;
    let epoch = store.begin_search_epoch(cluster.term, prefix, checkpoint).await?;
    tracing::info!(index_id = epoch.index_id, "an index of Quickwit is being made");
    let follower = Follower::new(cluster, epoch);
    let made = fill(cluster, follower).await;
    if made.is_err() {
        store.give_search_epoch_up(cluster.term).await?;
    }
    made
}

async fn fill(cluster: &Cluster, mut follower: Follower) -> Result<Follower, QuickwitError> {
    cluster.client.create_index(&index_config(&follower.epoch.index_id)).await?;
    load(cluster, &follower).await?;
    // What was taken and is not committed yet could still be lost: only the count tells.
    if !follower.is_whole(LOAD_PATIENCE).await? {
        return Err(QuickwitError::GivenUp("Quickwit does not have what it was given"));
    }
    for _ in 0..CATCH_UPS {
        match follower.follow(Until::CaughtUp).await {
            Ok(Ended::CaughtUp) => return Ok(follower),
            Ok(Ended::Broken(reason)) => return Err(QuickwitError::GivenUp(reason)),
            Err(QuickwitError::Bus(error)) => {
                tracing::warn!(%error, "the new index of Quickwit catches up later");
                tokio::time::sleep(CATCH_UP_PAUSE).await;
            }
            Err(error) => return Err(error),
        }
    }
    Err(QuickwitError::GivenUp("it could not catch up"))
}

async fn load(cluster: &Cluster, follower: &Follower) -> Result<(), QuickwitError> {
    let (store, epoch) = (&cluster.shop.store, &follower.epoch);
    let client = cluster.client.clone().with_retry(RETRY);
    let about = store.event_count_estimate().await?;
    cluster.note(|progress| progress.building = Some((0, about)));
    store.catalogue_is_settled(PATIENCE).await?;
    let (mut after, mut done) = (EventId(0), 0);
    loop {
        let listings = store.listings_after(after, PAGE).await?;
        let Some(last) = listings.last() else { return Ok(()) };
        after = last.id;
        done += listings.len() as u64;
        let ids: Vec<EventId> = listings.iter().map(|listing| listing.id).collect();
        let sold_out = store.sold_out(&ids).await?;
        let (mut held, mut documents) = (Vec::<HeldDocument>::new(), Vec::new());
        for listing in &listings {
            let is_sold_out = sold_out.contains(&listing.id);
            held.push(held_as(listing, is_sold_out)?);
            documents.push(document(listing, is_sold_out, 0)?);
        }
        store.note_loaded(cluster.term, epoch.number, &held).await?;
        let is_last = listings.len() < PAGE as usize;
        let commit = if is_last { Commit::Force } else { Commit::Auto };
        client.ingest(&epoch.index_id, &documents, commit).await?;
        cluster.note(|progress| progress.building = Some((done, about.max(done))));
    }
}
