//! The best seats that are left: side by side, near to what people came to look at.
//!
//! *Side by side* means consecutive in the row's list and no further apart than 1.75 times the
//! row's usual spacing, so an aisle separates. *Best* is the least mean distance to the focal
//! point of the map, or to the seat that the buyer just lost. A group that would leave a single
//! seat alone between neighbours counts as two seats' spacing further away: it is offered only
//! when the alternative is clearly worse. Equal groups are told apart by their seat numbers, so
//! the answer depends on nothing but the arguments.
//!
//! In a general-admission area the first free places are as good as any.
//!
//! Distances are whole sixteenths of a plan unit: the browser and the writer, which run this same
//! code, come to the same seats.
//!
//! There are three doors. [`best_available`] takes a map and is meant for a single question;
//! [`SeatRanking`] does the work that depends on the map only, once; a [`House`] adds what is
//! known of an event's availability, so that the writer can ask thousands of times a second
//! about a house that is nearly full.

mod house;
mod offers;
mod ranking;
mod search;
mod split;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use house::House;
pub use ranking::SeatRanking;

use crate::{
    availability::Availability,
    ids::SeatIndex,
    seat_map::{CategoryIndex, SeatMap},
};

/// Two seats of a row further apart than this many times the row's usual spacing have an aisle
/// between them.
pub const AISLE_SPACINGS: f32 = 1.75;
/// How much further away, in multiples of the row's spacing, a group seems for every single seat
/// that it would leave alone.
pub const ORPHAN_PENALTY_SPACINGS: f32 = 2.0;
/// Groups that a split party sits in at most.
pub const MAX_SPLIT_GROUPS: usize = 3;
/// Rows, one behind the other, that a split party spreads over at most.
pub const MAX_SPLIT_ROWS: usize = 3;
/// The largest party that is split; larger ones sit together or not at all.
pub const MAX_SPLIT_QUANTITY: u16 = 20;

/// What a buyer asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BestAvailable {
    /// How many seats.
    pub quantity: u16,
    /// Only seats of this price category.
    pub category: Option<CategoryIndex>,
    /// Near to this seat instead of the focal point: "offer the nearest to the one you lost". A
    /// seat beyond the map is ignored.
    pub near: Option<SeatIndex>,
}

/// The best `quantity` seats side by side, ascending; `None` when no row or area has so many.
///
/// Builds a [`SeatRanking`] for this one question.
#[must_use]
pub fn best_available(
    map: &SeatMap,
    availability: &Availability,
    request: &BestAvailable,
) -> Option<Vec<SeatIndex>> {
    SeatRanking::new(map).best_available(availability, request)
}

/// Like [`best_available`], but a party that cannot sit together is split into as few groups as
/// possible (up to [`MAX_SPLIT_GROUPS`]) in rows one behind the other, with as few people alone
/// as possible. The groups are in the order of their seats.
#[must_use]
pub fn best_available_split(
    map: &SeatMap,
    availability: &Availability,
    request: &BestAvailable,
) -> Option<Vec<Vec<SeatIndex>>> {
    SeatRanking::new(map).best_available_split(availability, request)
}
