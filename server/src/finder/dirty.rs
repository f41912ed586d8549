//! What has changed and is not in the index yet.

use std::collections::HashSet;

use onsale_domain::{EventId, PerformerId, VenueId};
use onsale_messages::relay::CatalogueRow;

/// Events, and what many events show.
#[derive(Debug, Default)]
pub struct Dirty {
    pub events: HashSet<EventId>,
    pub venues: HashSet<VenueId>,
    pub performers: HashSet<PerformerId>,
    /// The sequence of the last message that told of it.
    pub sequence: u64,
}

impl Dirty {
    pub fn is_empty(&self) -> bool {
        self.events.is_empty() && self.venues.is_empty() && self.performers.is_empty()
    }

    /// A row has changed.
    pub fn note(&mut self, row: &CatalogueRow) {
        match row {
            CatalogueRow::Events(event) => drop(self.events.insert(event.id)),
            CatalogueRow::EventPerformers(row) => drop(self.events.insert(row.event_id)),
            CatalogueRow::PriceCategories(row) => drop(self.events.insert(row.event_id)),
            CatalogueRow::Venues(venue) => drop(self.venues.insert(venue.id)),
            CatalogueRow::Performers(performer) => drop(self.performers.insert(performer.id)),
        }
    }
}
