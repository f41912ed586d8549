//! Finding events.

use onsale_domain::{PerformerId, Timestamp, VenueId};
use serde::{Deserialize, Serialize};

use super::event::EventSummary;

/// The order of results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub enum SortBy {
    /// Best match first; by date without a keyword.
    #[default]
    Relevance,
    /// Soonest first.
    Date,
    /// Cheapest first.
    Price,
    /// Nearest first, where `near` says from where.
    Distance,
}

/// How an event is sold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub enum SaleFilter {
    /// Sales have begun and seats are left.
    OnSale,
    /// No seat is left; some may come back.
    SoldOut,
    /// Sales begin later.
    Upcoming,
}

/// What is looked for. Every field narrows the result.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema, utoipa::IntoParams))]
#[cfg_attr(feature = "ssr", into_params(parameter_in = Query))]
pub struct SearchQuery {
    /// Words of title, performers, venue, city, genre, description, or the month; small typos are
    /// forgiven. `"A phrase"` in quotes, `-word` to exclude.
    pub keyword: Option<String>,
    /// Events that start at this time or later (RFC 3339 or a date).
    #[cfg_attr(feature = "ssr", schema(value_type = Option<String>), param(value_type = Option<String>))]
    pub start: Option<Timestamp>,
    /// Events that start before this time (RFC 3339 or a date).
    #[cfg_attr(feature = "ssr", schema(value_type = Option<String>), param(value_type = Option<String>))]
    pub end: Option<Timestamp>,
    /// The name of a city, or of several, separated by commas.
    pub city: Option<String>,
    /// A venue.
    #[cfg_attr(feature = "ssr", schema(value_type = Option<String>), param(value_type = Option<String>))]
    pub venue: Option<VenueId>,
    /// A performer.
    #[cfg_attr(feature = "ssr", schema(value_type = Option<String>), param(value_type = Option<String>))]
    pub performer: Option<PerformerId>,
    /// A genre: "Jazz", or a group of them: "Music", "Theatre", "Sport", "Comedy", "Family". Several
    /// are separated by commas.
    pub category: Option<String>,
    /// Months at the venue, `2026-12`, separated by commas.
    pub month: Option<String>,
    /// The highest lowest price, in minor units of the event's currency.
    pub price: Option<i64>,
    /// The lowest lowest price, in minor units of the event's currency.
    pub min_price: Option<i64>,
    /// How it is sold.
    pub sale: Option<SaleFilter>,
    /// Near a point, `48.86,2.35` (degrees north and east), or near a city.
    pub near: Option<String>,
    /// How near, in kilometres, 1–1000; 50 by default.
    pub radius_km: Option<u32>,
    /// The order of results.
    pub sort: Option<SortBy>,
    /// Events in one page, 1–100; 24 by default.
    pub page_size: Option<u32>,
    /// The page, from 1. Pages reach 10,000 events deep.
    pub page: Option<u32>,
    /// `nextCursor` of an earlier answer to the same question, instead of `page`: it goes on from
    /// there, however deep.
    pub cursor: Option<String>,
}

/// A value by which the result can be narrowed, and how many events it would leave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Facet {
    /// `city`, `category`, `month` or `price`.
    pub field: String,
    /// The value; of a price, a step in minor units: `2500-4999`, `20000-`.
    pub value: String,
    /// Events with it.
    pub count: u64,
}

/// A part of a text, and whether it was looked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Piece {
    /// The text.
    pub text: String,
    /// Whether it was looked for.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_match: bool,
}

/// What of an event was looked for. The pieces of a text make it up; a text without a match has none.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Highlight {
    /// The title.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub title: Vec<Piece>,
    /// The performers, separated by commas.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub performers: Vec<Piece>,
    /// The venue and its city.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub place: Vec<Piece>,
}

/// One page of results.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct SearchPage {
    /// The events.
    pub events: Vec<EventSummary>,
    /// What of each event was looked for, in the same order; empty without a keyword.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub highlights: Vec<Highlight>,
    /// How many match in all.
    pub total: u64,
    /// The page, from 1.
    pub page: u32,
    /// Events in one page.
    pub page_size: u32,
    /// Where the next page begins; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
    /// By what the result can be narrowed. The counts of a field ignore its own filter.
    pub facets: Vec<Facet>,
    /// What was perhaps meant, when little was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suggestion: Option<String>,
}

/// The beginning of a search.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema, utoipa::IntoParams))]
#[cfg_attr(feature = "ssr", into_params(parameter_in = Query))]
pub struct SuggestQuery {
    /// What was typed so far.
    pub keyword: Option<String>,
}

/// What the beginning of a search may mean, each kind best first.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct SuggestPage {
    /// Events that are still to come.
    pub events: Vec<SuggestedEvent>,
    /// Performers.
    pub performers: Vec<SuggestedName>,
    /// Venues.
    pub venues: Vec<SuggestedName>,
    /// Cities.
    pub cities: Vec<SuggestedName>,
}

/// An event that may be meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct SuggestedEvent {
    /// The event.
    #[cfg_attr(feature = "ssr", schema(value_type = String))]
    pub id: onsale_domain::EventId,
    /// Its title.
    pub title: String,
    /// When and where, for people.
    pub detail: String,
}

/// A performer, venue or city that may be meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct SuggestedName {
    /// The id of a performer or venue; a city has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The name.
    pub name: String,
    /// Of a venue, its city; of a city, its country.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub place: String,
    /// Events that it has.
    pub events: u64,
}
