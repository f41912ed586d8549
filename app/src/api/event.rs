//! Events and what belongs to them.

use onsale_domain::{EventId, Money, PerformerId, SeatState, TicketId, Timestamp, VenueId};
use serde::{Deserialize, Serialize};

use super::profile::VenueProfile;

/// A moment as the clock on the venue's wall shows it, ready to print.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct LocalTime {
    /// `2026-12-04`
    pub date: String,
    /// `20:00`
    pub time: String,
    /// `Friday 4 December 2026`
    pub long_date: String,
    /// `Fri 4 Dec`
    pub short_date: String,
}

/// Whether tickets can be bought.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub enum SaleState {
    /// Sales begin later.
    Upcoming,
    /// Tickets can be bought.
    OnSale,
    /// Fewer than one in twenty are left.
    FewLeft,
    /// None is left; some may come back.
    SoldOut,
    /// The event will not take place.
    Cancelled,
    /// The event is over.
    Past,
}

/// An event in a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct EventSummary {
    /// The event.
    #[cfg_attr(feature = "ssr", schema(value_type = String))]
    pub id: EventId,
    /// Its title.
    pub title: String,
    /// "Jazz", "Theatre", "Sport" …
    pub genre: String,
    /// When it starts.
    #[cfg_attr(feature = "ssr", schema(value_type = String))]
    pub starts_at: Timestamp,
    /// The same on the venue's clock.
    pub starts_local: LocalTime,
    /// Where.
    pub venue: VenueSummary,
    /// The lowest price of the event.
    #[cfg_attr(feature = "ssr", schema(value_type = Option<super::MoneySchema>))]
    pub from_price: Option<Money>,
    /// Whether tickets can be bought.
    pub sale: SaleState,
}

/// A venue in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct VenueSummary {
    /// The venue.
    #[cfg_attr(feature = "ssr", schema(value_type = String))]
    pub id: VenueId,
    /// Its name.
    pub name: String,
    /// The city.
    pub city: String,
    /// ISO 3166 code of the country.
    pub country: String,
}

/// A performer in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct PerformerSummary {
    /// The performer.
    #[cfg_attr(feature = "ssr", schema(value_type = String))]
    pub id: PerformerId,
    /// The name.
    pub name: String,
    /// "Jazz", "Theatre", "Sport" …
    pub genre: String,
    /// A few sentences; may be empty.
    pub description: String,
}

/// What a category of seats costs at this event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct PriceCategory {
    /// The number of the category in the seat map.
    pub index: u8,
    /// Its name, which `priceCategory` of a reservation repeats.
    pub name: String,
    /// What a seat costs, all fees included.
    #[cfg_attr(feature = "ssr", schema(value_type = super::MoneySchema))]
    pub price: Money,
    /// Seats that could be held when this was read.
    pub available: u32,
}

/// A section of the seat map, without its seats.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct SectionSummary {
    /// The running number of the section.
    pub number: u32,
    /// Its name.
    pub name: String,
    /// Whether it is a general-admission area.
    pub standing: bool,
    /// Seats or places.
    pub seat_count: u32,
    /// Seats that could be held when this was read.
    pub available: u32,
    /// The lowest price in the section.
    #[cfg_attr(feature = "ssr", schema(value_type = Option<super::MoneySchema>))]
    pub from_price: Option<Money>,
}

/// Where the seat map is to be had.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct SeatMapSummary {
    /// The geometry, immutable, in the binary form of `SeatMap::from_bytes`.
    pub geometry_url: String,
    /// The availability, two bits a seat, in the binary form of `Availability::from_bytes`.
    pub availability_url: String,
    /// Seats and places in all.
    pub seat_count: u32,
    /// The sections.
    pub sections: Vec<SectionSummary>,
}

/// A venue with its address and seat map.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct VenueDetail {
    /// The venue by itself.
    #[serde(flatten)]
    pub profile: VenueProfile,
    /// Its seat map.
    pub seat_map: SeatMapSummary,
}

/// An event as its page shows it: everything but the single seats.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct EventPage {
    /// What it is.
    pub event: EventDetail,
    /// Where it takes place.
    pub venue: VenueDetail,
    /// Who performs.
    pub performers: Vec<PerformerSummary>,
    /// While the box office cannot be asked: when its seats were like this. Buying is paused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_known: Option<LastKnown>,
}

/// When something was known that may have changed since.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct LastKnown {
    /// The moment.
    #[cfg_attr(feature = "ssr", schema(value_type = String))]
    pub at: Timestamp,
    /// The same on the venue's clock.
    pub local: LocalTime,
}

/// An event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct EventDetail {
    /// The event.
    #[cfg_attr(feature = "ssr", schema(value_type = String))]
    pub id: EventId,
    /// Its title.
    pub title: String,
    /// A few sentences.
    pub description: String,
    /// "Jazz", "Theatre", "Sport" …
    pub genre: String,
    /// When it starts.
    #[cfg_attr(feature = "ssr", schema(value_type = String))]
    pub starts_at: Timestamp,
    /// The same on the venue's clock.
    pub starts_local: LocalTime,
    /// When the doors open, on the venue's clock.
    pub doors_local: Option<LocalTime>,
    /// When sales begin.
    #[cfg_attr(feature = "ssr", schema(value_type = String))]
    pub on_sale_at: Timestamp,
    /// The same on the venue's clock.
    pub on_sale_local: LocalTime,
    /// Whether tickets can be bought.
    pub sale: SaleState,
    /// Seconds that seats are held for a buyer.
    pub hold_ttl_seconds: u32,
    /// What seats cost.
    pub price_categories: Vec<PriceCategory>,
}

/// A ticket: one seat of one event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Ticket {
    /// The ticket.
    #[cfg_attr(feature = "ssr", schema(value_type = String))]
    pub id: TicketId,
    /// Name of the section.
    pub section: String,
    /// Label of the row; none in a general-admission area.
    pub row: Option<String>,
    /// Label of the seat; none in a general-admission area.
    pub seat: Option<String>,
    /// Name of the price category.
    pub price_category: String,
    /// What it costs, all fees included.
    #[cfg_attr(feature = "ssr", schema(value_type = super::MoneySchema))]
    pub price: Money,
    /// `available`, `held`, `sold` or `blocked`.
    #[cfg_attr(feature = "ssr", schema(value_type = String))]
    pub status: SeatState,
}

/// A section with its rows and seats, for the list that needs no JavaScript.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct SectionDetail {
    /// The section.
    pub section: SectionSummary,
    /// Name and price of the area's category, when it is a general-admission area.
    pub standing_category: Option<PriceCategory>,
    /// The rows; none in a general-admission area.
    pub rows: Vec<SectionRow>,
}

/// A row of a section.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct SectionRow {
    /// Its label.
    pub label: String,
    /// Its seats, from one end to the other.
    pub seats: Vec<SeatDetail>,
}

/// A seat of a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct SeatDetail {
    /// The ticket to reserve.
    #[cfg_attr(feature = "ssr", schema(value_type = String))]
    pub ticket: TicketId,
    /// The label of the seat.
    pub label: String,
    /// The number of its price category.
    pub category: u8,
    /// Whether a wheelchair user can take it.
    pub accessible: bool,
    /// `available`, `held`, `sold` or `blocked`.
    #[cfg_attr(feature = "ssr", schema(value_type = String))]
    pub status: SeatState,
}
