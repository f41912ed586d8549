//! The waiting room at this server: joining, exchanging, and who may take seats. What a room is
//! comes from the database twice a second ([`board`]); what a fan has is in the fan's own hands.

pub mod board;
mod gate;
mod join;
mod live;
mod meters;
mod numbers;
mod passes;

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use futures::{Stream, StreamExt};
use moka::sync::Cache;
use onsale_bus::Bus;
use onsale_domain::{
    EventId, UserId,
    waiting_room::{SpentProofs, TokenKey},
};
use onsale_messages::{WAITING_ROOM_BUCKET, encode, holds_subject};
use onsale_ops::{Settings, settings::WaitingRoomSettings};
use onsale_store::Store;
use tokio_util::sync::CancellationToken;

use board::Board;
use meters::{HoldMeter, JoinMeter};
use numbers::Numbers;
use passes::PassKey;

use crate::{
    Edge,
    hearing::keep_hearing,
    listening::{Limit, Places},
    together::words_of,
};
pub use gate::{Entry, Presented};

/// How often rooms are read. Whoever switches one waits no longer than this for every server.
const REFRESH: Duration = Duration::from_millis(500);
/// Users whose latest place is remembered for a moment, so that two tabs get one.
const RECENT_JOINS: u64 = 8_192;
const RECENT_LIFE: Duration = Duration::from_secs(60);
/// Users of whom it is remembered for a moment whether they hold seats.
const HOLDERS_KEPT: u64 = 8_192;
const HOLDERS_LIFE: Duration = Duration::from_secs(2);

/// Everything about waiting rooms at this server.
pub struct WaitingRooms {
    /// How the rooms stand.
    pub board: Board,
    settings: WaitingRoomSettings,
    public_url: String,
    replicas: usize,
    store: Store,
    key: TokenKey,
    passes: PassKey,
    numbers: Numbers,
    joins: JoinMeter,
    holds: HoldMeter,
    places: Places,
    proofs: Mutex<SpentProofs>,
    spent: Mutex<join::SpentHere>,
    recent: Cache<(EventId, UserId), Arc<str>>,
    holders: Cache<(EventId, UserId), bool>,
}

impl WaitingRooms {
    /// Nothing is known yet; [`WaitingRooms::run`] finds out. `all` limits those who listen.
    pub fn new(settings: &Settings, store: Store, all: &Arc<Limit>) -> Self {
        let secret = settings.server.secret.expose().as_bytes();
        let board = Board::default();
        let kept = |entries, life| Cache::builder().max_capacity(entries).time_to_live(life);
        Self {
            settings: settings.waiting_room.clone(),
            public_url: settings.server.public_url.clone(),
            replicas: settings.nats.replicas,
            store,
            key: TokenKey::new(secret),
            passes: PassKey::new(secret),
            numbers: Numbers::default(),
            joins: JoinMeter::default(),
            holds: HoldMeter::default(),
            places: Places::new(all, settings.waiting_room.max_sockets, "onsale_queue_listeners"),
            proofs: Mutex::new(SpentProofs::new(board.now())),
            spent: Mutex::default(),
            recent: Cache::builder().max_capacity(RECENT_JOINS).time_to_live(RECENT_LIFE).build(),
            holders: kept(HOLDERS_KEPT, HOLDERS_LIFE).build(),
            board,
        }
    }

    /// Keeps up with the rooms until `stop`.
    pub async fn run(&self, edge: &Edge, stop: &CancellationToken) {
        let bus = edge.office.bus();
        tokio::join!(self.keep_up(edge, stop), self.watch(bus, stop));
        self.board.close();
    }

    async fn keep_up(&self, edge: &Edge, stop: &CancellationToken) {
        while !stop.is_cancelled() {
            match self.board.refresh(&self.store).await {
                // Pages of an event show its seats or lead to its queue; whoever keeps copies has
                // the other.
                Ok(switched) if !switched.is_empty() => {
                    let words: Vec<_> = switched.into_iter().map(words_of::event).collect();
                    edge.forget(&words, |_| {}).await;
                }
                Ok(_) => {}
                Err(error) => tracing::warn!(%error, "rooms stay as they were known"),
            }
            let now = self.board.now();
            self.numbers.give_back_idle(&self.store, &self.board, now).await;
            lock(&self.spent).keep_only(|event, epoch| {
                self.board.room(event).is_some_and(|room| room.record.epoch == epoch)
            });
            self.report_holds(edge.office.bus()).await;
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.board.woken() => {}
                () = tokio::time::sleep(REFRESH) => {}
            }
        }
    }

    async fn report_holds(&self, bus: &Bus) {
        for report in self.holds.due() {
            if self.board.room(report.event).is_none() {
                continue;
            }
            let Ok(body) = encode(&report) else { continue };
            let message_id = uuid::Uuid::now_v7().to_string();
            let told = bus.publish_work(holds_subject(report.event), body, &message_id, None).await;
            if let Err(error) = told {
                tracing::debug!(%error, "the admission worker does not hear of holds");
            }
        }
    }

    /// Looks at once when the worker has changed something.
    async fn watch(&self, bus: &Bus, stop: &CancellationToken) {
        let open = async || {
            let bucket = bus.bucket(WAITING_ROOM_BUCKET, self.replicas).await?;
            bucket.watch().await
        };
        let complaint = "steps of rooms are seen when they are looked for";
        keep_hearing(stop, complaint, open, |steps| self.follow(steps)).await;
    }

    async fn follow(&self, steps: impl Stream<Item = (String, Bytes)>) {
        let mut steps = std::pin::pin!(steps);
        while let Some((_, figures)) = steps.next().await {
            self.board.note_figures(&figures);
            self.board.wake();
        }
    }

    /// Notes how long a hold of an event took.
    pub fn note_hold(&self, event: EventId, took: Duration) {
        self.holds.note(event, took);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
