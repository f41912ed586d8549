//! What an import or the demo hands on: venues, performers and events before they have ids.
//! They refer to each other by keys.

use onsale_domain::{Money, Timestamp, seat_map::SeatMap};

/// A venue with its seat map.
#[derive(Debug, Clone, PartialEq)]
pub struct VenueDraft {
    /// What events call it: "kestrel-hall".
    pub key: String,
    /// Its name.
    pub name: String,
    /// Street and number.
    pub address: String,
    /// The city.
    pub city: String,
    /// ISO 3166-1 code of the country, two capital letters.
    pub country: String,
    /// IANA name of the time zone: "Europe/Lisbon".
    pub time_zone: String,
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
    /// How many people it holds: the seats and places of the map.
    pub capacity: u32,
    /// The seat map: valid, and quantised so that its binary form gives back the same map.
    pub seat_map: SeatMap,
}

/// Who performs: an artist, a team, a company.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PerformerDraft {
    /// What events call it.
    pub key: String,
    /// The name.
    pub name: String,
    /// "Jazz", "Theatre", "Sport" …
    pub genre: String,
    /// A few sentences; may be empty.
    pub description: String,
}

/// What a category of seats costs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Price {
    /// The name of the category in the venue's seat map.
    pub category: String,
    /// What a seat costs, all fees included.
    pub price: Money,
}

/// One performance, on one date, at one venue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventDraft {
    /// Unique among events: the same file imported twice names the same event.
    pub key: String,
    /// The title.
    pub title: String,
    /// A few sentences; may be empty.
    pub description: String,
    /// "Jazz", "Theatre", "Sport" …
    pub genre: String,
    /// The key of the venue.
    pub venue_key: String,
    /// The keys of the performers, the headliner first.
    pub performer_keys: Vec<String>,
    /// When it starts.
    pub starts_at: Timestamp,
    /// When the doors open; never after the start.
    pub doors_at: Timestamp,
    /// When sales begin; never after the start.
    pub on_sale_at: Timestamp,
    /// A price, in one currency, for every category that has seats, in the order of the map.
    pub prices: Vec<Price>,
    /// How much of the house a demo shows as sold before the first visitor comes, in percent;
    /// 0 for imported events that do not say otherwise.
    pub sold_share_percent: u8,
}

/// Venues, performers and events that belong together: every key that an event names is there.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Catalogue {
    /// The venues.
    pub venues: Vec<VenueDraft>,
    /// The performers.
    pub performers: Vec<PerformerDraft>,
    /// The events.
    pub events: Vec<EventDraft>,
}

impl Catalogue {
    /// The venue of an event.
    #[must_use]
    pub fn venue_of(&self, event: &EventDraft) -> Option<&VenueDraft> {
        self.venues.iter().find(|venue| venue.key == event.venue_key)
    }

    /// Tickets of all events together: the seats of each event's house, added up.
    #[must_use]
    pub fn ticket_count(&self) -> u64 {
        let capacities: std::collections::HashMap<&str, u32> =
            self.venues.iter().map(|venue| (venue.key.as_str(), venue.capacity)).collect();
        let seats = |event: &EventDraft| capacities.get(event.venue_key.as_str()).copied();
        self.events.iter().filter_map(seats).map(u64::from).sum()
    }
}
