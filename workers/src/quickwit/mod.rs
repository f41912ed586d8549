//! The index of a Quickwit cluster: one process keeps it in step with the catalogue.
//!
//! An index, an epoch, is loaded from the whole catalogue and then follows the stream `CDC`. What it
//! holds and what of it counts is in PostgreSQL, so that being killed anywhere loses nothing: what was
//! sent and not written down never counts. A new epoch is made beside the one that answers.

mod build;
mod commands;
mod follow;
mod housekeeping;
mod plan;
mod seats;

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures::FutureExt;
use onsale_bus::BusError;
use onsale_messages::search::POINTER_SUBJECT;
use onsale_search::{
    SearchError,
    quickwit::{Mask, QuickwitIndex},
};
use onsale_store::{
    Duty, Leadership, SearchEpoch, SearchPointer, SearchRefused, SearchTerm, StoreError,
};
use quickwit_client::Client;
use tokio::sync::Notify;
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

use crate::{
    Workshop,
    runner::{RETRY_PAUSE, elected, pause},
};
use build::build;
use follow::{Ended, Follower, Until};

/// The pause after a failure, while Quickwit or another part is away.
const FAILED_PAUSE: Duration = Duration::from_secs(2);
/// No pause between two attempts to make an index is longer than so many of them.
const MOST_PAUSES: u32 = 32;
/// How often this process looks whether it is still the one.
const WATCH_INTERVAL: Duration = Duration::from_secs(1);

/// Why the index does not follow at the moment.
#[derive(Debug, thiserror::Error)]
enum QuickwitError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Refused(#[from] SearchRefused),
    #[error(transparent)]
    Bus(#[from] BusError),
    #[error(transparent)]
    Quickwit(#[from] quickwit_client::Error),
    #[error(transparent)]
    Search(#[from] SearchError),
    #[error("Quickwit did not take documents in time")]
    Slow,
    #[error("the new index is given up: {0}")]
    GivenUp(&'static str),
    #[error("the work on the new index was broken off")]
    BrokenOff,
}

/// The cluster, as the process sees it that keeps its index.
struct Cluster {
    shop: Arc<Workshop>,
    client: Client,
    term: SearchTerm,
    wants_epoch: Notify,
    progress: Mutex<Progress>,
}

/// How it stands.
#[derive(Debug, Clone, Copy, Default)]
struct Progress {
    /// The index that answers.
    epoch: Option<i64>,
    /// Events in it when it began to answer.
    events: u64,
    /// Events brought into the next one, and about how many there are.
    building: Option<(u64, u64)>,
}

impl Cluster {
    fn note(&self, change: impl FnOnce(&mut Progress)) {
        change(&mut self.progress.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn progress(&self) -> Progress {
        *self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn index(&self, epoch: &SearchEpoch) -> QuickwitIndex {
        QuickwitIndex::new(self.client.clone(), &epoch.index_id)
    }

    /// Whoever searches should look at what counts. They look by themselves now and then.
    async fn tell(&self) {
        if let Err(error) = self.shop.bus.tell(POINTER_SUBJECT.to_owned(), Vec::new()).await {
            tracing::debug!(%error, "nobody was told that something else counts");
        }
    }
}

/// What counts, as a mask.
fn mask_of(pointer: SearchPointer) -> Mask {
    Mask::new(pointer.visible, pointer.voided, pointer.superseded)
}

/// Waits to become the one, then keeps the index until `stop` is cancelled.
pub async fn run(shop: Arc<Workshop>, stop: CancellationToken) {
    let Some(url) = shop.settings.search.quickwit() else { return };
    let client = match Client::new(url) {
        Ok(client) => client,
        Err(error) => return tracing::error!(%error, "search.quickwit_url is of no use"),
    };
    while let Some(leadership) = elected(&shop, Duty::SearchIndex, &stop).await {
        if let Err(error) = lead(&shop, &client, leadership, &stop).await {
            tracing::warn!(%error, "nobody keeps the index of Quickwit without the database");
        }
        pause(RETRY_PAUSE, &stop).await;
    }
}

/// Keeps the index for as long as this process is the one.
async fn lead(
    shop: &Arc<Workshop>,
    client: &Client,
    mut leadership: Leadership,
    stop: &CancellationToken,
) -> Result<(), QuickwitError> {
    let cluster = Arc::new(Cluster {
        shop: Arc::clone(shop),
        client: client.clone(),
        term: shop.store.take_search_over().await?,
        wants_epoch: Notify::new(),
        progress: Mutex::default(),
    });
    let watching = async {
        while leadership.still_holds().await {
            tokio::time::sleep(WATCH_INTERVAL).await;
        }
        tracing::warn!("the leadership ended with its connection");
    };
    tokio::select! {
        () = stop.cancelled() => {}
        () = watching => {}
        () = commands::answer_rebuilds(&cluster) => {}
        () = housekeeping::run(&cluster) => {}
        kept = keep(&cluster) => kept?,
    }
    leadership.resign().await;
    Ok(())
}

/// The next epoch, while it is made. It is given up when this is dropped.
type Building = AbortOnDropHandle<Result<Follower, QuickwitError>>;

/// Follows with the index that answers, and makes others when they are wanted.
async fn keep(cluster: &Arc<Cluster>) -> Result<(), QuickwitError> {
    let store = &cluster.shop.store;
    // What an earlier process was making.
    store.give_search_epoch_up(cluster.term).await?;
    let mut building: Option<Building> = None;
    let mut held = store.current_search_epoch().await?.map(|epoch| {
        cluster.note(|progress| progress.epoch = Some(epoch.number));
        Follower::new(cluster, epoch)
    });
    let mut is_broken = held.is_none();
    let mut pauses = 0;
    loop {
        if is_broken && building.is_none() {
            building = Some(start_to_build(cluster, Duration::ZERO));
        }
        let following = async {
            match &mut held {
                Some(follower) if !is_broken => follower.follow(Until::Stopped).await,
                _ => std::future::pending().await,
            }
        };
        tokio::select! {
            built = next_built(cluster, &mut building) => {
                building = None;
                match swap(cluster, built).await {
                    Ok(follower) => (held, is_broken, pauses) = (Some(follower), false, 0),
                    Err(error) => {
                        tracing::warn!(%error, "no new index of Quickwit could be made");
                        pauses = (pauses * 2).clamp(1, MOST_PAUSES);
                        building = Some(start_to_build(cluster, FAILED_PAUSE * pauses));
                    }
                }
            }
            ended = following => match ended {
                Ok(Ended::Broken(reason)) => {
                    tracing::warn!(reason, "the index of Quickwit is made anew");
                    is_broken = true;
                }
                Ok(Ended::CaughtUp) => {}
                Err(error) => {
                    tracing::warn!(%error, "the index of Quickwit cannot follow");
                    tokio::time::sleep(FAILED_PAUSE).await;
                }
            }
        }
    }
}

fn start_to_build(cluster: &Arc<Cluster>, pause: Duration) -> Building {
    let cluster = Arc::clone(cluster);
    AbortOnDropHandle::new(tokio::spawn(async move {
        tokio::time::sleep(pause).await;
        let built = build(&cluster).await;
        cluster.note(|progress| progress.building = None);
        built
    }))
}

/// The next epoch, once somebody wants one and it has been made.
async fn next_built(
    cluster: &Arc<Cluster>,
    building: &mut Option<Building>,
) -> Result<Follower, QuickwitError> {
    if building.is_none() {
        cluster.wants_epoch.notified().await;
    }
    let building = building.get_or_insert_with(|| start_to_build(cluster, Duration::ZERO));
    building.await.unwrap_or(Err(QuickwitError::BrokenOff))
}

/// Lets a new epoch answer.
async fn swap(
    cluster: &Cluster,
    built: Result<Follower, QuickwitError>,
) -> Result<Follower, QuickwitError> {
    let follower = built?;
    let SearchEpoch { number, index_id, .. } = &follower.epoch;
    let events = cluster.shop.store.document_count(*number).await?;
    cluster.shop.store.swap_search_epoch(cluster.term, *number).await?;
    cluster.note(|progress| (progress.epoch, progress.events) = (Some(*number), events));
    metrics::gauge!("onsale_quickwit_epoch").set(*number as f64);
    metrics::gauge!("onsale_quickwit_masked").set(0.0);
    tracing::info!(index_id, events, "another index of Quickwit answers");
    // Whatever it was wanted for, here it is.
    let _ = cluster.wants_epoch.notified().now_or_never();
    cluster.tell().await;
    Ok(follower)
}
