//! The one door from the pages to the box office. The server implements it; the REST API and
//! the server functions both call it, so that there is one behaviour.

use async_trait::async_trait;
use onsale_domain::{BookingId, EventId, PerformerId, UserId, VenueId};

use crate::api::{
    BookingDetail, ConfirmRequest, EventPage, PerformerPage, Problem, ReserveRequest, SearchPage,
    SearchQuery, SectionDetail, VenuePage,
};

/// Who asks. Anonymous readers of public pages are nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Viewer {
    /// The user named by the signed cookie.
    pub user: UserId,
}

/// By what right a booking is looked at or changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BookingAccess {
    /// As the user who made it.
    Owner(UserId),
    /// By the secret of its link.
    Secret(String),
}

/// What the box office can do for the people in front of it.
///
/// Every method answers with a [`Problem`] that can be shown as it is.
#[async_trait]
pub trait Backend: Send + Sync + 'static {
    /// Finds events.
    async fn search(&self, query: &SearchQuery) -> Result<SearchPage, Problem>;

    /// An event with venue, performers and the availability of its sections.
    async fn event(&self, event: EventId) -> Result<EventPage, Problem>;

    /// A section of an event with its rows and seats.
    async fn section(&self, event: EventId, section: u32) -> Result<SectionDetail, Problem>;

    /// A venue and what is coming up there.
    async fn venue(&self, venue: VenueId) -> Result<VenuePage, Problem>;

    /// A performer and what is coming up with them.
    async fn performer(&self, performer: PerformerId) -> Result<PerformerPage, Problem>;

    /// Places a hold. The same key with the same request gives the same booking again.
    async fn reserve(
        &self,
        viewer: Viewer,
        idempotency_key: Option<&str>,
        request: &ReserveRequest,
    ) -> Result<BookingDetail, Problem>;

    /// Starts the payment of a booking. It is confirmed later, by the provider's webhook.
    async fn confirm(
        &self,
        access: &BookingAccess,
        booking: BookingId,
        request: &ConfirmRequest,
    ) -> Result<BookingDetail, Problem>;

    /// A booking.
    async fn booking(
        &self,
        access: &BookingAccess,
        booking: BookingId,
    ) -> Result<BookingDetail, Problem>;

    /// Gives the seats of an unpaid booking back.
    async fn release(
        &self,
        access: &BookingAccess,
        booking: BookingId,
    ) -> Result<BookingDetail, Problem>;

    /// Cancels a paid booking: its seats go back on sale, and its money to the buyer.
    async fn cancel(
        &self,
        access: &BookingAccess,
        booking: BookingId,
    ) -> Result<BookingDetail, Problem>;

    /// The bookings of a user, newest first, at most 50.
    async fn bookings_of(&self, viewer: Viewer) -> Result<Vec<BookingDetail>, Problem>;
}
