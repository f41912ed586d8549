//! The seats of one event as the box office sees them while it sells.

use std::sync::Arc;

use super::{BestAvailable, SeatRanking, offers::Offers, search::Search, split};
use crate::{
    availability::{Availability, SeatState},
    ids::SeatIndex,
};

/// Kinds of requests whose offers are remembered. Each takes some 50 kB for a stadium.
const MAX_KINDS: usize = 16;

/// An event's availability together with the ranking of its map and what earlier searches learned: what
/// each row has to offer to those who want so many seats of a category. What was asked for before is
/// answered at the price of the rows that have changed since.
///
/// The state of seats is changed through the house only, so what it remembers cannot go stale.
#[derive(Debug, Clone)]
pub struct House {
    ranking: Arc<SeatRanking>,
    availability: Availability,
    /// The kind that was asked for first comes first.
    offers: Vec<Offers>,
}

impl House {
    /// A house in a given state. Events at the same venue share a ranking. Seats that the
    /// availability does not cover count as blocked.
    #[must_use]
    pub const fn new(ranking: Arc<SeatRanking>, availability: Availability) -> Self {
        Self { ranking, availability, offers: Vec::new() }
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
            && !self.offers.is_empty()
            && let Some(stretch) = self.ranking.stretch_of(seat)
        {
            for offers in &mut self.offers {
                offers.changed(&self.ranking, stretch, state == SeatState::Available);
            }
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
        let search = Search::new(&self.ranking, &self.availability, request);
        if request.near.is_some() {
            return search.run();
        }
        let known = self.offers.iter().position(|offers| offers.are_for(request));
        let known = known.unwrap_or_else(|| {
            if self.offers.len() == MAX_KINDS {
                self.offers.remove(0);
            }
            self.offers.push(Offers::new(&self.ranking, request));
            self.offers.len() - 1
        });
        self.offers[known].best(&search).map(|found| search.seats_of(found))
    }

    /// See [`best_available_split`](super::best_available_split).
    pub fn best_available_split(&mut self, request: &BestAvailable) -> Option<Vec<Vec<SeatIndex>>> {
        let together = self.best_available(request);
        together
            .map(|seats| vec![seats])
            .or_else(|| split::best_split(&Search::new(&self.ranking, &self.availability, request)))
    }
}
