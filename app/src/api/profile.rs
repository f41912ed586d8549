//! Venues and performers by themselves, with what is coming up.

use onsale_domain::VenueId;
use serde::{Deserialize, Serialize};

use super::event::{EventSummary, PerformerSummary};

/// A venue by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct VenueProfile {
    /// The venue.
    #[cfg_attr(feature = "ssr", schema(value_type = String))]
    pub id: VenueId,
    /// Its name.
    pub name: String,
    /// Street and number.
    pub address: String,
    /// The city.
    pub city: String,
    /// ISO 3166 code of the country.
    pub country: String,
    /// IANA name of the time zone.
    pub time_zone: String,
    /// How many people it holds.
    pub capacity: u32,
}

/// A venue and what is coming up there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct VenuePage {
    /// The venue.
    pub venue: VenueProfile,
    /// Its next events, the soonest first, at most 48.
    pub events: Vec<EventSummary>,
    /// Whether there are more than are listed.
    pub more: bool,
}

/// A performer and what is coming up with them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct PerformerPage {
    /// The performer.
    pub performer: PerformerSummary,
    /// Their next events, the soonest first, at most 48.
    pub events: Vec<EventSummary>,
    /// Whether there are more than are listed.
    pub more: bool,
}
