//! Files of the organiser: a venue with its seating plan, and a list of performers and events.
//!
//! **A venue** is one JSON object:
//!
//! ```json
//! {
//!   "key": "harbour-hall", "name": "Harbour Hall", "address": "Quay Street 1",
//!   "city": "Dublin", "country": "IE", "timeZone": "Europe/Dublin",
//!   "latitude": 53.3478, "longitude": -6.2297,
//!   "seatingPlan": {"name": "…", "categories": [], "zones": []},
//!   "standingAreas": [
//!     {"name": "Floor", "category": "Standing", "capacity": 400,
//!      "outline": [{"x": 0, "y": 40}, {"x": 300, "y": 40}, {"x": 300, "y": 200}]}
//!   ]
//! }
//! ```
//!
//! `seatingPlan` is in the layout of [`plan`](crate::plan); `standingAreas` may be absent. A bare
//! plan is a venue as well, when everything else is given in [`VenueDetails`].
//!
//! **Performers and events** are lines of JSON, in any order:
//!
//! ```json
//! {"type": "performer", "key": "tide", "name": "Tide", "genre": "Folk", "description": "…"}
//! {"type": "event", "key": "tide-1", "title": "Tide", "venue": "harbour-hall", "performers": ["tide"], "startsAt": "2027-03-05T20:00:00Z", "doorsAt": "2027-03-05T19:00:00Z", "onSaleAt": "2026-12-01T10:00:00Z", "prices": [{"category": "Standing", "amountMinor": 3200, "currency": "EUR"}]}
//! ```
//!
//! `description` may be absent; an event without a `genre` has that of its first performer, one
//! without `doorsAt` opens an hour before the start; `soldSharePercent` is for demos. Prices are
//! in minor units and have to name every category that has seats, in one currency.

mod event;
mod iso;
mod lines;
#[cfg(test)]
mod tests;
mod venue;

pub use lines::events;
pub use venue::{VenueDetails, venue};

use crate::{Catalogue, Faults, VenueDraft, fault::Problem};

/// Puts venues and the bytes of a list of performers and events together.
///
/// # Errors
/// All [`Faults`] of the list, and two venues with the same key.
pub fn catalogue(venues: Vec<VenueDraft>, list: &[u8]) -> Result<Catalogue, Faults> {
    let mut faults = Faults::default();
    for (number, venue) in venues.iter().enumerate() {
        if let Some(first) = venues[..number].iter().position(|other| other.key == venue.key) {
            let (value, first) = (venue.key.clone(), format!("the key of venue {}", first + 1));
            faults.report(format!("venue {}", number + 1), Problem::Duplicate { value, first });
        }
    }
    faults.or(())?;
    let (performers, events) = events(list, &venues)?;
    Ok(Catalogue { venues, performers, events })
}
