//! How the rooms stand, as far as this server knows. A room that is not on the board is off.

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc, Mutex, PoisonError, RwLock,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
};

use axum::body::Bytes;
use onsale_app::api::QueueNow;
use onsale_domain::{
    EventId, Timestamp,
    waiting_room::{DRAW_VERSION, Epoch, Line, Pace, Phase, QueueNumber},
};
use onsale_messages::{LiveFigures, decode};
use onsale_ops::clock::unix_millis;
use onsale_store::{RoomRecord, Store, StoreError};
use tokio::sync::{Notify, watch};

/// Whoever has fewer ahead is near the front, unless the rate says more.
const NEAR_FRONT: u64 = 1_000;
/// … which is so many minutes of it.
const NEAR_MINUTES: u64 = 3;
/// How often a page asks, in seconds: between the first for a short line and the second.
const POLL_SECONDS: (u64, u64) = (3, 30);
/// Those who wait, for each second between two questions of a page.
const WAITING_PER_POLL_SECOND: u64 = 2_000;

/// A room that is on.
#[derive(Debug)]
pub struct Room {
    /// As it is stored.
    pub record: RoomRecord,
    /// How its numbers become positions.
    pub line: Line,
    /// What everybody may know of it, as JSON.
    pub told: Bytes,
}

impl Room {
    /// Those who stand behind the front, as far as it is known.
    pub const fn waiting(&self) -> u64 {
        let record = &self.record;
        record.next_number.saturating_sub(record.called).saturating_sub(record.skipped)
    }

    /// Whether the turn of a number has come and gone.
    pub fn has_passed(&self, number: QueueNumber) -> bool {
        let position = self.line.position(number);
        position.is_some_and(|position| position.0 < self.record.expired_below)
    }

    /// Whoever has fewer ahead may listen.
    pub fn near_front(&self) -> u64 {
        match self.record.rules.tell_all {
            true => u64::MAX >> 12,
            false => NEAR_FRONT.max(u64::from(self.record.rules.rate_per_minute) * NEAR_MINUTES),
        }
    }

    fn tell(record: &RoomRecord, now: Timestamp) -> QueueNow {
        let room = Self { record: record.clone(), line: Line::BeforeTheDraw, told: Bytes::new() };
        let (least, most) = POLL_SECONDS;
        let poll = (room.waiting() / WAITING_PER_POLL_SECOND).clamp(least, most);
        QueueNow {
            event_id: record.event,
            phase: record.phase(now),
            epoch: record.epoch.0,
            serving_up_to: record.called,
            expired_below: record.expired_below,
            next_number: record.next_number,
            joins_at: record.schedule.map(|schedule| schedule.joins_at),
            opens_at: record.schedule.map(|schedule| schedule.opens_at),
            commitment: record.commitment.map(|commitment| commitment.to_string()),
            seed: record.seed.map(|seed| seed.reveal()),
            drawn_count: record.drawn_count,
            draw_version: DRAW_VERSION,
            pace: record.pace,
            sold_out: record.sold_out,
            grace_seconds: record.rules.grace_seconds,
            proof_bits: record.rules.proof_bits,
            near_front: room.near_front(),
            poll_seconds: u32::try_from(poll).unwrap_or(u32::MAX),
        }
    }
}

fn told_of_none(event: EventId) -> QueueNow {
    QueueNow {
        event_id: event,
        phase: Phase::Off,
        epoch: 0,
        serving_up_to: 0,
        expired_below: 0,
        next_number: 0,
        joins_at: None,
        opens_at: None,
        commitment: None,
        seed: None,
        drawn_count: None,
        draw_version: DRAW_VERSION,
        pace: Pace { per_minute: 0.0, spread: 1.0 },
        sold_out: false,
        grace_seconds: 0,
        proof_bits: 0,
        near_front: 0,
        poll_seconds: 30,
    }
}

fn json(now: &QueueNow) -> Bytes {
    // Numbers and texts: writing them as JSON cannot fail.
    serde_json::to_vec(now).unwrap_or_default().into()
}

/// All rooms.
#[derive(Default)]
pub struct Board {
    /// `None` until they have been read once.
    rooms: RwLock<Option<HashMap<EventId, Arc<Room>>>>,
    revoked: RwLock<HashSet<(EventId, Epoch, QueueNumber)>>,
    listeners: Mutex<HashMap<EventId, watch::Sender<Bytes>>>,
    figures: Mutex<HashMap<EventId, LiveFigures>>,
    /// The database's clock less ours, in milliseconds.
    offset: AtomicI64,
    wake: Notify,
    closed: AtomicBool,
}

impl Board {
    /// The time by the database's clock.
    pub fn now(&self) -> Timestamp {
        Timestamp(unix_millis() + self.offset.load(Ordering::Relaxed))
    }

    /// Whether rooms have been read at all.
    pub fn is_known(&self) -> bool {
        self.rooms.read().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// A room that is on.
    pub fn room(&self, event: EventId) -> Option<Arc<Room>> {
        let rooms = self.rooms.read().unwrap_or_else(PoisonError::into_inner);
        rooms.as_ref()?.get(&event).cloned()
    }

    /// Whether an event has a room that is on.
    pub fn is_on(&self, event: EventId) -> bool {
        let rooms = self.rooms.read().unwrap_or_else(PoisonError::into_inner);
        rooms.as_ref().is_some_and(|rooms| rooms.contains_key(&event))
    }

    /// What everybody may know of an event's room.
    pub fn told(&self, event: EventId) -> Bytes {
        let known = self.room(event).map(|room| room.told.clone());
        known.unwrap_or_else(|| json(&told_of_none(event)))
    }

    /// Whether the pass of a number was revoked.
    pub fn is_revoked(&self, event: EventId, epoch: Epoch, number: QueueNumber) -> bool {
        let revoked = self.revoked.read().unwrap_or_else(PoisonError::into_inner);
        revoked.contains(&(event, epoch, number))
    }

    /// Reads all rooms, and tells those who listen what changed. Returns the events whose rooms were
    /// switched on or off since the last time.
    pub async fn refresh(&self, store: &Store) -> Result<Vec<EventId>, StoreError> {
        let (records, revoked) = (store.rooms_on().await?, store.revoked_passes().await?);
        if let Some(record) = records.first() {
            self.offset.store(record.read_at.0 - unix_millis(), Ordering::Relaxed);
        }
        let now = self.now();
        let rooms = records.into_iter().map(|record| {
            let told = json(&Room::tell(&record, now));
            (record.event, Arc::new(Room { line: record.line(), told, record }))
        });
        let rooms: HashMap<EventId, Arc<Room>> = rooms.collect();
        *self.revoked.write().unwrap_or_else(PoisonError::into_inner) =
            revoked.into_iter().collect();
        let mut known = self.rooms.write().unwrap_or_else(PoisonError::into_inner);
        let before: HashSet<EventId> = known.iter().flat_map(HashMap::keys).copied().collect();
        let after: HashSet<EventId> = rooms.keys().copied().collect();
        *known = Some(rooms);
        drop(known);
        self.tell_listeners();
        Ok(before.symmetric_difference(&after).copied().collect())
    }

    fn tell_listeners(&self) {
        let mut listeners = self.listeners.lock().unwrap_or_else(PoisonError::into_inner);
        listeners.retain(|event, sender| {
            let told = self.told(*event);
            sender.send_if_modified(|last| {
                let is_new = *last != told;
                *last = told;
                is_new
            });
            sender.receiver_count() > 0
        });
    }

    /// What is told of a room from now on, beginning with how it stands. `None` once the server
    /// stops.
    pub fn listen(&self, event: EventId) -> Option<watch::Receiver<Bytes>> {
        let told = self.told(event);
        let mut listeners = self.listeners.lock().unwrap_or_else(PoisonError::into_inner);
        // Under the lock: whoever comes after everybody was let go would never be.
        if self.closed.load(Ordering::Relaxed) {
            return None;
        }
        let sender = listeners.entry(event).or_insert_with(|| watch::Sender::new(told));
        Some(sender.subscribe())
    }

    /// Lets everybody go who listens.
    pub fn close(&self) {
        self.closed.store(true, Ordering::Relaxed);
        self.listeners.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Reads the rooms again, soon.
    pub fn wake(&self) {
        self.wake.notify_one();
    }

    /// Returns when somebody has called [`Board::wake`].
    pub async fn woken(&self) {
        self.wake.notified().await;
    }

    /// Takes what the admission worker tells of a room.
    pub fn note_figures(&self, bytes: &[u8]) {
        match decode::<LiveFigures>(bytes) {
            Ok(figures) => {
                let mut known = self.figures.lock().unwrap_or_else(PoisonError::into_inner);
                known.insert(figures.event, figures);
            }
            Err(error) => tracing::warn!(%error, "figures of a waiting room cannot be read"),
        }
    }

    /// What the admission worker told last of a room in this epoch.
    pub fn figures(&self, event: EventId, epoch: Epoch) -> Option<LiveFigures> {
        let known = self.figures.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&event).filter(|figures| figures.epoch == epoch.0).cloned()
    }
}
