//! The seats of one event as the box office sees them while it sells.

use std::sync::Arc;

use super::{
    BestAvailable, SeatRanking,
    search::{Room, Search},
    split,
};
use crate::{
    availability::{Availability, SeatState},
    ids::SeatIndex,
};

/// An event's availability together with the ranking of its map and what earlier searches
/// learned: which rows have no room left for how many. A search of a nearly full house passes
/// over such rows at the price of one comparison each.
///
/// The state of seats is changed through the house only, so what it remembers cannot go stale.
#[derive(Debug, Clone)]
pub struct House {
    ranking: Arc<SeatRanking>,
    availability: Availability,
    /// What is known of each stretch; a seat that comes back resets its row.
    rooms: Vec<Room>,
}

impl House {
    /// A house in a given state. Events at the same venue share a ranking. Seats that the
    /// availability does not cover count as blocked.
    #[must_use]
    pub fn new(ranking: Arc<SeatRanking>, availability: Availability) -> Self {
        let rooms = ranking.rooms();
        Self { ranking, availability, rooms }
    }

    /// The state of every seat.
    #[must_use]
    pub const fn availability(&self) -> &Availability {
        &self.availability
    }

    /// The ranking it was made with.
    #[must_use]
    pub const fn ranking(&self) -> &Arc<SeatRanking> {
        &self.ranking
    }

    /// Sets the state of a seat and says whether it changed. A seat beyond the map is left alone.
    pub fn set(&mut self, seat: SeatIndex, state: SeatState) -> bool {
        let changed = self.availability.set(seat, state);
        if changed
            && state == SeatState::Available
            && let Some(stretch) = self.ranking.stretch_of(seat)
        {
            self.rooms[stretch] = self.ranking.stretches[stretch].room();
        }
        changed
    }

    /// Sets the version of the availability.
    pub fn set_version(&mut self, version: u64) {
        self.availability.version = version;
    }

    /// The best `quantity` seats side by side, ascending; `None` when no row or area has so many.
    /// The same answer as [`SeatRanking::best_available`] gives.
    pub fn best_available(&mut self, request: &BestAvailable) -> Option<Vec<SeatIndex>> {
        Search::new(&self.ranking, &self.availability, request).run(&mut self.rooms)
    }

    /// See [`best_available_split`](super::best_available_split).
    pub fn best_available_split(&mut self, request: &BestAvailable) -> Option<Vec<Vec<SeatIndex>>> {
        let together = self.best_available(request);
        together
            .map(|seats| vec![seats])
            .or_else(|| split::best_split(&Search::new(&self.ranking, &self.availability, request)))
    }
}
