//! What goes over the wire between Onsale and its users, as JSON.
//!
//! The REST API, the server functions and the islands in the browser all speak these types, so
//! they cannot drift apart. Field names are camelCase, times RFC 3339 in UTC, ids strings,
//! money `{amountMinor, currency}` in minor units.

mod admin;
mod booking;
mod event;
mod problem;
mod profile;
mod queue;
mod search;

pub use admin::{RoomBoard, RoomOrder, RoomRulesChange, SignIn, SignedIn};
pub use booking::{
    BookOnce, BookingDetail, BookingStatus, BookingTicket, CancelDeadline, ConfirmRequest,
    PaymentDetails, PaymentState, RefundCause, ReserveRequest,
};
pub use event::{
    EventDetail, EventPage, EventSummary, LastKnown, LocalTime, PerformerSummary, PriceCategory,
    SaleState, SeatDetail, SeatMapSummary, SectionDetail, SectionRow, SectionSummary, Ticket,
    VenueDetail, VenueSummary,
};
pub use problem::{Problem, ProblemCode};
pub use profile::{PerformerPage, VenuePage, VenueProfile};
pub use queue::{
    Admission, ExchangePlace, JoinQueue, QueueChallenge, QueueNow, QueuePlace, RecoverPlace,
};
pub use search::{
    Facet, Highlight, Piece, SaleFilter, SearchPage, SearchQuery, SortBy, SuggestPage,
    SuggestQuery, SuggestedEvent, SuggestedName,
};

/// Money as the API documents it.
#[cfg(feature = "ssr")]
#[derive(utoipa::ToSchema)]
#[schema(as = Money)]
#[allow(dead_code, reason = "only its schema is used; the wire type is domain::Money")]
pub struct MoneySchema {
    /// Whole minor units: cents for the euro, yen for the yen.
    #[schema(example = 6400, rename = "amountMinor")]
    amount_minor: i64,
    /// ISO 4217 code.
    #[schema(example = "EUR")]
    currency: String,
}
