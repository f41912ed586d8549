//! The desks of the events that an engine sells, kept in memory between batches.

use std::{collections::HashMap, time::Duration};

use onsale_domain::{EventId, SeatIndex, SeatState, Timestamp, desk::Desk};
use onsale_store::{Store, StoreError};
use tokio::time::Instant;

use crate::Maps;

/// Events whose desks are kept at most. The one not used for longest goes first.
const MAX_DESKS: usize = 512;
/// Prices, dates and all seats are read again after so long: seats that were given back come to
/// the buyers who ask for the best at the latest then.
const DESK_AGE_LIMIT: Duration = Duration::from_secs(10);
/// A desk at which somebody finds too few seats side by side is read again, but not more often
/// than this: others may have given seats back.
const RELOAD_PAUSE: Duration = Duration::from_millis(500);
/// … and not so often that reading takes more than this share of the time.
const RELOAD_SHARE: u32 = 20;

/// A desk, and when it learned what it knows.
pub struct EventDesk {
    /// The desk.
    pub desk: Desk,
    /// The database's clock when the seats were read …
    read_at: Timestamp,
    /// … and ours: the two together tell the database's time at any moment, however wrong the
    /// clock on the wall is.
    loaded: Instant,
    used: Instant,
    /// How long reading took.
    load_time: Duration,
    /// Whether the database knew better about a seat.
    wrong: bool,
}

impl EventDesk {
    /// The database's time now.
    pub fn now(&self) -> Timestamp {
        let elapsed = i64::try_from(self.loaded.elapsed().as_millis()).unwrap_or(i64::MAX);
        self.read_at.plus_millis(elapsed)
    }

    /// Whether it may have missed seats that were given back.
    pub fn may_be_stale(&self) -> bool {
        self.loaded.elapsed() > RELOAD_PAUSE.max(self.load_time * RELOAD_SHARE)
    }

    /// Whether it was corrected since this was asked last.
    pub fn was_wrong(&mut self) -> bool {
        std::mem::take(&mut self.wrong)
    }

    /// Learns the state of some seats from the database.
    pub async fn look_again(
        &mut self,
        store: &Store,
        event: EventId,
        seats: &[SeatIndex],
    ) -> Result<(), StoreError> {
        self.wrong = true;
        let (unavailable, _) = store.unavailable_among(event, seats).await?;
        for seat in seats {
            self.desk.note(*seat, SeatState::Available, None);
        }
        for seat in unavailable {
            self.desk.note(seat.seat, seat.state, seat.held_until);
        }
        Ok(())
    }
}

/// The desks of an engine.
pub struct Desks {
    desks: HashMap<EventId, EventDesk>,
    maps: Maps,
}

impl Desks {
    /// No desks yet.
    pub fn new(maps: Maps) -> Self {
        Self { desks: HashMap::new(), maps }
    }

    /// Sets the desk of an event up, unless it stands. `false` when there is no such event.
    pub async fn prepare(&mut self, store: &Store, event: EventId) -> Result<bool, StoreError> {
        if let Some(desk) = self.desks.get_mut(&event)
            && desk.loaded.elapsed() < DESK_AGE_LIMIT
        {
            desk.used = Instant::now();
            return Ok(true);
        }
        self.load(store, event).await
    }

    /// Reads the event and all its seats.
    pub async fn load(&mut self, store: &Store, event: EventId) -> Result<bool, StoreError> {
        let Some(record) = store.event(event).await? else {
            self.desks.remove(&event);
            return Ok(false);
        };
        let map = self.maps.get(store, &record.seat_map_hash).await?;
        let begun = Instant::now();
        let (desk, read_at) = store.desk(&record, map).await?;
        let (now, load_time) = (Instant::now(), begun.elapsed());
        let desk = EventDesk { desk, read_at, loaded: now, used: now, load_time, wrong: false };
        self.desks.insert(event, desk);
        self.forget_the_oldest();
        Ok(true)
    }

    /// The desk of an event that was prepared.
    pub fn get(&mut self, event: EventId) -> Option<&mut EventDesk> {
        self.desks.get_mut(&event)
    }

    /// Takes the desk of an event down: what it knows cannot be trusted.
    pub fn forget(&mut self, event: EventId) {
        self.desks.remove(&event);
    }

    fn forget_the_oldest(&mut self) {
        if self.desks.len() <= MAX_DESKS {
            return;
        }
        let oldest = self.desks.iter().min_by_key(|(_, desk)| desk.used).map(|(event, _)| *event);
        if let Some(event) = oldest {
            self.desks.remove(&event);
        }
    }
}
