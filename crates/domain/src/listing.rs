//! What people can find of an event: the facts of its row and of everything it refers to, together.

use serde::{Deserialize, Serialize};

use crate::{Currency, EventId, PerformerId, Timestamp, VenueId};

/// An event as it is listed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Listing {
    /// The event.
    pub id: EventId,
    /// Its title.
    pub title: String,
    /// A few sentences; may be empty.
    pub description: String,
    /// The genre.
    pub genre: String,
    /// When it starts.
    pub starts_at: Timestamp,
    /// When sales begin.
    pub on_sale_at: Timestamp,
    /// The currency of its prices.
    pub currency: Currency,
    /// The lowest price, in minor units.
    pub from_price_minor: Option<i64>,
    /// Where it takes place.
    pub venue: ListedVenue,
    /// Who performs, in the order of the poster.
    pub performers: Vec<ListedPerformer>,
}

/// The venue of a listed event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ListedVenue {
    /// The venue.
    pub id: VenueId,
    /// Its name.
    pub name: String,
    /// The city.
    pub city: String,
    /// ISO 3166 code of the country.
    pub country: String,
    /// IANA name of the time zone.
    pub time_zone: String,
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
}

/// A performer of a listed event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedPerformer {
    /// The performer.
    pub id: PerformerId,
    /// The name.
    pub name: String,
}

/// What is left of an event's seats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SeatsLeft {
    /// Seats and places in all.
    pub all: u32,
    /// Those that can be held.
    pub free: u32,
    /// The lowest price of those that can be held, in minor units.
    pub from_price_minor: Option<i64>,
}

impl SeatsLeft {
    /// Whether there were seats and none is left.
    #[must_use]
    pub const fn is_sold_out(&self) -> bool {
        self.free == 0 && self.all > 0
    }
}
