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
}

/// What is looked for. Every field narrows the result.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema, utoipa::IntoParams))]
#[cfg_attr(feature = "ssr", into_params(parameter_in = Query))]
pub struct SearchQuery {
    /// Words of the title, performers, venue or city; small typos are forgiven.
    pub keyword: Option<String>,
    /// Events that start at this time or later (RFC 3339 or a date).
    #[cfg_attr(feature = "ssr", schema(value_type = Option<String>), param(value_type = Option<String>))]
    pub start: Option<Timestamp>,
    /// Events that start before this time (RFC 3339 or a date).
    #[cfg_attr(feature = "ssr", schema(value_type = Option<String>), param(value_type = Option<String>))]
    pub end: Option<Timestamp>,
    /// The name of a city.
    pub city: Option<String>,
    /// A venue.
    #[cfg_attr(feature = "ssr", schema(value_type = Option<String>), param(value_type = Option<String>))]
    pub venue: Option<VenueId>,
    /// A performer.
    #[cfg_attr(feature = "ssr", schema(value_type = Option<String>), param(value_type = Option<String>))]
    pub performer: Option<PerformerId>,
    /// A genre: "Jazz", or a group of them: "Music", "Theatre", "Sport", "Comedy", "Family".
    pub category: Option<String>,
    /// The highest lowest price, in minor units of the event's currency.
    pub price: Option<i64>,
    /// The order of results.
    pub sort: Option<SortBy>,
    /// Events in one page, 1–100; 24 by default.
    pub page_size: Option<u32>,
    /// The page, from 1.
    pub page: Option<u32>,
}

/// A value by which the result can be narrowed, and how many events it would leave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Facet {
    /// `city` or `category`.
    pub field: String,
    /// The value.
    pub value: String,
    /// Events with it.
    pub count: u64,
}

/// One page of results.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct SearchPage {
    /// The events.
    pub events: Vec<EventSummary>,
    /// How many match in all.
    pub total: u64,
    /// The page, from 1.
    pub page: u32,
    /// Events in one page.
    pub page_size: u32,
    /// By what the result can be narrowed.
    pub facets: Vec<Facet>,
    /// What was perhaps meant, when little was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suggestion: Option<String>,
}
