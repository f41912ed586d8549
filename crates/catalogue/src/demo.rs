//! A season made up from a number: venues in real cities with houses drawn by rule, performers
//! with names in ten languages, and events over the next year.
//!
//! The same seed, day and size give the same catalogue, on every machine. The first event is
//! always the same concert, which the README and the tests point to: the *Nadia Okafor Quartet* at
//! *Kestrel Hall*, Lisbon, two weeks ahead.

mod calendar;
mod house;
mod listing;
mod names;
mod performers;
mod prices;
mod programme;
mod prose;
mod rng;
mod season;
mod sold;
#[cfg(test)]
mod tests;
mod venues;

use onsale_domain::Timestamp;

pub use self::{house::grand_stadium, sold::sold_seats};
use self::{rng::Rng, venues::Venue};
use crate::{Catalogue, VenueDraft};

/// How much of a season.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DemoSize {
    /// 40 venues, 400 performers, 2,000 events: some two million tickets.
    Full,
    /// 6 venues, 20 performers, 40 events, for tests.
    Small,
}

/// Makes up a season that begins on the day after `today`.
#[must_use]
pub fn generate(seed: u64, today: Timestamp, size: DemoSize) -> Catalogue {
    let rng = Rng::new(seed);
    let is_small = size == DemoSize::Small;
    let is_wanted = |venue: &&Venue| !is_small || venues::SMALL.contains(&venue.key);
    let venues: Vec<(&Venue, VenueDraft)> =
        venues::ALL.iter().filter(is_wanted).map(|venue| (venue, venue.draft())).collect();
    let acts = performers::all(&rng, is_small);
    let events = season::events(&rng, today, size, &venues, &acts);
    Catalogue {
        venues: venues.into_iter().map(|(_, draft)| draft).collect(),
        performers: acts.into_iter().map(|act| act.draft).collect(),
        events,
    }
}
