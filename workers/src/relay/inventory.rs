//! Changes of availability, put together for a moment: one message says what became of all seats
//! of an event.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use onsale_domain::{AvailabilityDelta, EventId, SeatIndex, SeatState};
use onsale_messages::Lsn;

/// The changes of one event that were not told yet.
struct Open {
    seats: Vec<(SeatIndex, SeatState)>,
    version: Lsn,
}

/// What is to be told, and which version everybody was told last.
pub struct Inventory {
    epoch: u64,
    window: Duration,
    /// Where the log was begun to be read: nothing is known of what was told before.
    start: Lsn,
    told: HashMap<EventId, Lsn>,
    open: HashMap<EventId, Open>,
    last_told: Option<Instant>,
}

impl Inventory {
    /// Begins at a position of the log.
    pub fn new(epoch: u64, start: Lsn, window: Duration) -> Self {
        let (told, open) = (HashMap::new(), HashMap::new());
        Self { epoch, window, start, told, open, last_told: None }
    }

    /// A seat has a state since the commit that ends at `end`.
    pub fn note(&mut self, end: Lsn, event: EventId, seat: SeatIndex, state: SeatState) {
        let open =
            self.open.entry(event).or_insert_with(|| Open { seats: Vec::new(), version: end });
        open.seats.push((seat, state));
        open.version = end;
    }

    /// When the changes should be told: at once after a pause, else at the end of the window.
    /// `None` when there are none.
    pub fn due(&self, now: Instant) -> Option<Instant> {
        if self.open.is_empty() {
            return None;
        }
        Some(self.last_told.map_or(now, |last_told| last_told + self.window))
    }

    /// What is to be told now.
    pub fn take(&mut self, now: Instant) -> Vec<(EventId, AvailabilityDelta)> {
        if self.open.is_empty() {
            return Vec::new();
        }
        self.last_told = Some(now);
        let open = std::mem::take(&mut self.open);
        let delta = |(event, open): (EventId, Open)| {
            let previous = self.told.insert(event, open.version).unwrap_or(self.start);
            let delta = AvailabilityDelta::new(self.epoch, previous.0, open.version.0, open.seats);
            (event, delta)
        };
        open.into_iter().map(delta).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Duration = Duration::from_millis(50);
    const EVENT: EventId = EventId(7);

    #[test]
    fn the_first_change_is_told_at_once_and_the_next_ones_together() {
        let (mut inventory, start) = (Inventory::new(3, Lsn(5), WINDOW), Instant::now());
        assert_eq!(inventory.due(start), None);
        inventory.note(Lsn(10), EVENT, SeatIndex(1), SeatState::Held);
        assert_eq!(inventory.due(start), Some(start));
        let told = inventory.take(start);
        let first = AvailabilityDelta::new(3, 5, 10, vec![(SeatIndex(1), SeatState::Held)]);
        assert_eq!(told, [(EVENT, first)]);
        inventory.note(Lsn(20), EVENT, SeatIndex(2), SeatState::Held);
        inventory.note(Lsn(30), EVENT, SeatIndex(1), SeatState::Sold);
        assert_eq!(inventory.due(start + WINDOW / 2), Some(start + WINDOW));
        let seats = vec![(SeatIndex(1), SeatState::Sold), (SeatIndex(2), SeatState::Held)];
        let second = AvailabilityDelta::new(3, 10, 30, seats);
        assert_eq!(inventory.take(start + WINDOW), [(EVENT, second)]);
        assert_eq!(inventory.due(start + WINDOW), None);
    }

    #[test]
    fn events_have_versions_of_their_own() {
        let (mut inventory, now) = (Inventory::new(3, Lsn(5), WINDOW), Instant::now());
        inventory.note(Lsn(10), EVENT, SeatIndex(1), SeatState::Held);
        inventory.note(Lsn(20), EventId(8), SeatIndex(1), SeatState::Held);
        let mut versions: Vec<_> =
            inventory.take(now).into_iter().map(|(event, d)| (event, d.version)).collect();
        versions.sort_unstable();
        assert_eq!(versions, [(EVENT, 10), (EventId(8), 20)]);
    }
}
