//! The desks of the events that an engine sells, kept in memory between batches.

use std::{collections::HashMap, time::Duration};

use onsale_domain::{
    Availability, Currency, EventId, SeatIndex, SeatState, Timestamp,
    desk::{Desk, Verdict, Wanted},
};
use onsale_store::{Store, StoreError};
use tokio::{
    task::{JoinError, JoinHandle},
    time::Instant,
};

use crate::Maps;

/// Events whose desks are kept at most. The one not used for longest goes first.
const MAX_DESKS: usize = 512;
/// Prices, dates and all seats are read again after so long: seats that were given back come to
/// the buyers who ask for the best soon after that.
const DESK_AGE_LIMIT: Duration = Duration::from_secs(10);
/// A desk is not believed that was read longer ago, because nobody asked for it meanwhile.
const MOST_DESK_AGE: Duration = Duration::from_secs(30);
/// When somebody finds too few seats side by side, the database is asked which are free, but not more
/// often than this: others may have given seats back.
const LOOK_PAUSE: Duration = Duration::from_millis(500);
/// … and not so often that looking takes more than this share of the time.
const LOOK_SHARE: u32 = 20;

/// A desk, and when it learned what it knows.
pub struct EventDesk {
    /// The desk.
    desk: Desk,
    /// The database's clock when the seats were read …
    read_at: Timestamp,
    /// … and ours: the two together tell the database's time at any moment, however wrong the
    /// clock on the wall is.
    loaded: Instant,
    used: Instant,
    /// When it was last known which seats are free, and how long finding out took.
    looked: Instant,
    look_time: Duration,
    /// Whether the guard knew better about a seat.
    wrong: bool,
    /// Who reads it again while it goes on deciding.
    reading: Option<Reading>,
}

/// A desk that is being read again.
struct Reading {
    /// `None` when there is no such event any more.
    task: JoinHandle<Result<Option<EventDesk>, StoreError>>,
    /// What was noted since it began, and may be missing from what was read.
    noted: Vec<(SeatIndex, SeatState, Option<Timestamp>)>,
}

impl Drop for Reading {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl EventDesk {
    /// Reads an event and all its seats. `None` when there is no such event.
    async fn read(store: &Store, maps: &Maps, event: EventId) -> Result<Option<Self>, StoreError> {
        let Some(record) = store.event(event).await? else { return Ok(None) };
        let map = maps.get(store, &record.seat_map_hash).await?;
        let (desk, read_at) = store.desk(&record, map).await?;
        let now = Instant::now();
        Ok(Some(Self {
            desk,
            read_at,
            loaded: now,
            used: now,
            looked: now,
            look_time: Duration::ZERO,
            wrong: false,
            reading: None,
        }))
    }

    /// The database's time now.
    fn now(&self) -> Timestamp {
        let elapsed = i64::try_from(self.loaded.elapsed().as_millis()).unwrap_or(i64::MAX);
        self.read_at.plus_millis(elapsed)
    }

    /// Decides about a wish now; seats that it grants are held for so long.
    pub fn decide(&mut self, wanted: &Wanted, ttl_seconds: u32) -> Verdict {
        let now = self.now();
        self.desk.decide(wanted, now, now.plus_seconds(i64::from(ttl_seconds)))
    }

    /// The currency of its prices.
    pub const fn currency(&self) -> Currency {
        self.desk.currency()
    }

    /// The state of every seat, as far as the desk knows.
    pub const fn availability(&self) -> &Availability {
        self.desk.availability()
    }

    /// Notes the state of a seat.
    pub fn note(&mut self, seat: SeatIndex, state: SeatState, held_until: Option<Timestamp>) {
        self.desk.note(seat, state, held_until);
        if let Some(reading) = &mut self.reading {
            reading.noted.push((seat, state, held_until));
        }
    }

    /// Whether prices, dates and seats are young enough to decide by.
    fn is_believed(&self) -> bool {
        self.loaded.elapsed() <= MOST_DESK_AGE
    }

    /// Whether it may have missed seats that were given back.
    pub fn may_be_stale(&self) -> bool {
        self.looked.elapsed() > LOOK_PAUSE.max(self.look_time * LOOK_SHARE)
    }

    /// Learns which seats were given back. `false` when none were.
    ///
    /// Everybody else of the partition waits meanwhile, and where somebody finds too few seats most of
    /// them are gone: of 50,000, asking for the free ones took 3 ms, and reading all of them 50 to 80.
    pub async fn look_for_returned(
        &mut self,
        store: &Store,
        event: EventId,
    ) -> Result<bool, StoreError> {
        let begun = Instant::now();
        let mut returned = store.free_seats(event).await?;
        returned.retain(|seat| !self.availability().is_available(*seat));
        for seat in &returned {
            self.note(*seat, SeatState::Available, None);
        }
        (self.looked, self.look_time) = (Instant::now(), begun.elapsed());
        Ok(!returned.is_empty())
    }

    /// The seats whose holds have run out, as far as it knows.
    pub fn lapsed(&self) -> Vec<SeatIndex> {
        self.desk.lapsed(self.now())
    }

    /// Whether the guard knew better since this was asked last.
    pub fn was_wrong(&mut self) -> bool {
        std::mem::take(&mut self.wrong)
    }

    /// The guard knew better about some seats.
    pub const fn note_wrong(&mut self) {
        self.wrong = true;
    }

    /// Learns the state of some seats from the database.
    pub async fn look_again(
        &mut self,
        store: &Store,
        event: EventId,
        seats: &[SeatIndex],
    ) -> Result<(), StoreError> {
        let (unavailable, _) = store.unavailable_among(event, seats).await?;
        for seat in seats {
            self.note(*seat, SeatState::Available, None);
        }
        for seat in unavailable {
            self.note(seat.seat, seat.state, seat.held_until);
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
    ///
    /// One that stands for long is read again beside the sale: reading all seats of a stadium
    /// takes longer than deciding about hundreds of buyers.
    pub async fn prepare(&mut self, store: &Store, event: EventId) -> Result<bool, StoreError> {
        let Some(desk) = self.desks.get_mut(&event).filter(|desk| desk.is_believed()) else {
            return self.load(store, event).await;
        };
        desk.used = Instant::now();
        match &mut desk.reading {
            Some(reading) if reading.task.is_finished() => {
                let noted = std::mem::take(&mut reading.noted);
                let read = (&mut reading.task).await;
                return self.replace(event, read, noted);
            }
            None if desk.loaded.elapsed() >= DESK_AGE_LIMIT => {
                let (store, maps) = (store.clone(), self.maps.clone());
                let read = async move { EventDesk::read(&store, &maps, event).await };
                desk.reading = Some(Reading { task: tokio::spawn(read), noted: Vec::new() });
            }
            _ => {}
        }
        Ok(true)
    }

    /// Puts a desk that was read again in the place of the one that went on deciding.
    fn replace(
        &mut self,
        event: EventId,
        read: Result<Result<Option<EventDesk>, StoreError>, JoinError>,
        noted: Vec<(SeatIndex, SeatState, Option<Timestamp>)>,
    ) -> Result<bool, StoreError> {
        // Whatever comes of it, the old one is too old.
        self.desks.remove(&event);
        let read = read.map_err(|error| StoreError::Corrupt {
            what: "a desk that was read",
            reason: error.to_string(),
        })?;
        let Some(mut desk) = read? else { return Ok(false) };
        for (seat, state, held_until) in noted {
            desk.note(seat, state, held_until);
        }
        self.desks.insert(event, desk);
        Ok(true)
    }

    /// Reads the event and all its seats.
    pub async fn load(&mut self, store: &Store, event: EventId) -> Result<bool, StoreError> {
        let Some(desk) = EventDesk::read(store, &self.maps, event).await? else {
            self.desks.remove(&event);
            return Ok(false);
        };
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

#[cfg(test)]
#[allow(clippy::expect_used)]
mod tests {
    use onsale_domain::{
        desk::{RankedMap, SaleWindow},
        seat_map::{Category, CategoryIndex, Point, Row, Seat, SeatMap, Section, SectionKind},
    };

    use super::*;

    const EVENT: EventId = EventId(1);

    /// A desk of two seats in a row, both free, as if it had just been read.
    fn read() -> EventDesk {
        let seat = |label: &str, x| Seat {
            label: label.into(),
            position: Point { x, y: 0.0 },
            category: CategoryIndex(0),
            accessible: false,
        };
        let seats = vec![seat("1", 0.0), seat("2", 10.0)];
        let row = Row { label: "A".into(), first_seat: SeatIndex(0), seats };
        let section = Section {
            name: "Stalls".into(),
            first_seat: SeatIndex(0),
            kind: SectionKind::Seated { rows: vec![row] },
        };
        let mut map = SeatMap {
            name: "Two".into(),
            width: 100.0,
            height: 100.0,
            focal_point: Point { x: 0.0, y: -10.0 },
            categories: vec![Category { name: "Only".into(), color: "#000000".into() }],
            sections: vec![section],
            shapes: vec![],
        };
        map.number_seats();
        let (opens_at, closes_at) = (Timestamp(0), Timestamp(i64::MAX));
        let sale = SaleWindow { opens_at, closes_at, cancelled: false };
        let now = Instant::now();
        EventDesk {
            desk: Desk::new(std::sync::Arc::new(RankedMap::new(map)), sale, &[]),
            read_at: Timestamp(1_000),
            loaded: now,
            used: now,
            looked: now,
            look_time: Duration::ZERO,
            wrong: false,
            reading: None,
        }
    }

    #[tokio::test]
    async fn what_is_noted_while_a_desk_is_read_again_is_not_forgotten() {
        let mut old = read();
        let task = tokio::spawn(async { Ok(Some(read())) });
        old.reading = Some(Reading { task, noted: Vec::new() });
        old.note(SeatIndex(1), SeatState::Held, Some(Timestamp(600_000)));
        let mut desks = Desks::new(Maps::default());
        let mut reading = old.reading.take().expect("somebody reads");
        let noted = std::mem::take(&mut reading.noted);
        let again = (&mut reading.task).await;
        desks.desks.insert(EVENT, old);
        assert!(desks.replace(EVENT, again, noted).expect("it was read"));
        let desk = desks.get(EVENT).expect("a desk");
        assert!(desk.reading.is_none());
        assert!(desk.availability().is_available(SeatIndex(0)));
        assert!(!desk.availability().is_available(SeatIndex(1)), "it was held meanwhile");
    }

    #[test]
    fn a_desk_that_nobody_asked_for_is_not_believed() {
        let mut desk = read();
        assert!(desk.is_believed());
        desk.loaded = Instant::now().checked_sub(MOST_DESK_AGE + DESK_AGE_LIMIT).expect("a past");
        assert!(!desk.is_believed());
    }

    #[tokio::test]
    async fn a_desk_that_cannot_be_read_again_is_taken_down() {
        let mut desks = Desks::new(Maps::default());
        desks.desks.insert(EVENT, read());
        assert!(!desks.replace(EVENT, Ok(Ok(None)), Vec::new()).expect("the event is gone"));
        assert!(desks.get(EVENT).is_none());
    }
}
