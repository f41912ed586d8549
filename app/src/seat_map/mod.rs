//! The seat map island: the drawn map, the list, the search for the best seats, and the order.
//!
//! One plain [`model::Model`] holds everything; what fans do and what the box office says changes
//! it; a version signal says that it changed. The drawing and the list read the same model.
//! Everything but `canvas`, `glyphs`, `theme` and the components is free of the browser and tested on
//! the host.

mod canvas;
mod damage;
mod detail;
#[cfg(test)]
mod fixtures;
mod gestures;
mod glyphs;
mod hold;
mod island;
mod legend;
mod live;
mod map_view;
mod model;
#[cfg(test)]
mod model_tests;
mod order;
mod order_panel;
mod paint;
mod picker;
mod room;
mod seat_list;
mod selection;
mod sheet;
mod sprite;
mod status;
mod surface;
mod theme;
mod toolbar;
mod viewport;

use onsale_domain::EventId;
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use crate::api::EventPage;
use crate::api::PriceCategory;

#[cfg(feature = "ssr")]
pub use island::SeatPicker;

/// What the island needs to know of an event. The same for everybody, as the page is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PickerEvent {
    /// The event.
    pub id: EventId,
    /// Where the seat map is.
    pub geometry_url: String,
    /// Where the availability is.
    pub availability_url: String,
    /// What seats cost, and how many were left when the page was made.
    pub categories: Vec<PriceCategory>,
    /// Seats and places in all.
    pub seat_count: u32,
    /// Seconds that seats are held.
    pub hold_ttl_seconds: u32,
    /// Whether seats can be asked for.
    pub is_open: bool,
    /// When they can be, in words.
    pub opens: String,
}

#[cfg(feature = "ssr")]
impl PickerEvent {
    /// What the island needs of the page's content.
    #[must_use]
    pub fn of(content: &EventPage, is_open: bool) -> Self {
        let event = &content.event;
        let map = &content.venue.seat_map;
        Self {
            id: event.id,
            geometry_url: map.geometry_url.clone(),
            availability_url: map.availability_url.clone(),
            categories: event.price_categories.clone(),
            seat_count: map.seat_count,
            hold_ttl_seconds: event.hold_ttl_seconds,
            is_open,
            opens: format!("{}, {}", event.on_sale_local.long_date, event.on_sale_local.time),
        }
    }
}
