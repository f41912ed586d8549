//! Bookings as their owners see them.

use onsale_app::{
    api::{
        BookingDetail, BookingStatus, BookingTicket, CancelDeadline, PaymentState, Problem,
        ProblemCode, RefundCause,
    },
    backend::{BookingAccess, Viewer},
};
use onsale_domain::{
    BookingId, Money, TicketId,
    booking::{BookingState, CancelRefused, CancelVerdict, ReleaseRefused},
};
use onsale_store::{BookingRecord, CancelOutcome, Deadline, ReleaseOutcome};

use super::{
    BoxOffice,
    events::venue_summary,
    local_time::local_time,
    problems::{booking_not_found, store_problem},
};

/// Bookings in "My tickets".
const MY_BOOKINGS_LIMIT: i64 = 50;

impl BoxOffice {
    /// A booking.
    pub async fn booking(
        &self,
        access: &BookingAccess,
        id: BookingId,
    ) -> Result<BookingDetail, Problem> {
        let booking = self.accessible(access, id).await?;
        self.detail(booking).await
    }

    /// The bookings of a user, newest first.
    pub async fn bookings_of(&self, viewer: Viewer) -> Result<Vec<BookingDetail>, Problem> {
        let bookings = self.store.bookings_of(viewer.user, MY_BOOKINGS_LIMIT).await;
        let bookings = bookings.map_err(|error| store_problem(&error))?;
        let mut details = Vec::with_capacity(bookings.len());
        for booking in bookings {
            details.push(self.detail(booking).await?);
        }
        Ok(details)
    }

    /// Gives the seats of an unpaid booking back.
    pub async fn release(
        &self,
        access: &BookingAccess,
        id: BookingId,
    ) -> Result<BookingDetail, Problem> {
        self.accessible(access, id).await?;
        let released = self.store.release(id).await.map_err(|error| store_problem(&error))?;
        match released.ok_or_else(booking_not_found)? {
            ReleaseOutcome::Released(booking) => {
                self.give_back(&booking).await;
                self.detail(*booking).await
            }
            ReleaseOutcome::Refused(ReleaseRefused::PaymentProcessing) => Err(Problem::new(
                ProblemCode::PaymentInProgress,
                "A payment for this booking is under way, so the seats cannot be given back now.",
            )),
            ReleaseOutcome::Refused(ReleaseRefused::Closed) => Err(Problem::new(
                ProblemCode::BookingClosed,
                "This booking is settled and can no longer be given back here.",
            )),
        }
    }

    /// Cancels a paid booking: its seats go back on sale, and its money to the buyer.
    pub async fn cancel(
        &self,
        access: &BookingAccess,
        id: BookingId,
    ) -> Result<BookingDetail, Problem> {
        self.accessible(access, id).await?;
        let hours = self.settings.booking.cancellable_until_hours;
        let cancelled = self.store.cancel(id, Deadline::BeforeStart { hours }).await;
        let cancelled = cancelled.map_err(|error| store_problem(&error))?;
        match cancelled.ok_or_else(booking_not_found)? {
            CancelOutcome::Cancelled(booking) => {
                self.give_back(&booking).await;
                metrics::counter!("onsale_bookings_cancelled_total").increment(1);
                self.detail(*booking).await
            }
            CancelOutcome::Refused(CancelRefused::TooLate) => Err(Problem::new(
                ProblemCode::TooLateToCancel,
                "The event is too near for this booking to be cancelled here. Ask the box office.",
            )),
            CancelOutcome::Refused(CancelRefused::NotConfirmed) => Err(Problem::new(
                ProblemCode::BookingClosed,
                "Only a confirmed booking can be cancelled.",
            )),
        }
    }

    /// Others may lock the seats of a booking that ended; their locks would end by themselves later.
    async fn give_back(&self, booking: &BookingRecord) {
        if let Err(error) = self.locks.give_back(booking.event, &booking.seats).await {
            tracing::warn!(%error, "locks were left to end by themselves");
        }
    }

    /// A booking, if whoever asks may see it. Somebody else's is as unknown as none.
    pub(super) async fn accessible(
        &self,
        access: &BookingAccess,
        id: BookingId,
    ) -> Result<BookingRecord, Problem> {
        let booking = self.store.booking(id).await.map_err(|error| store_problem(&error))?;
        let booking = booking.ok_or_else(booking_not_found)?;
        let may = match access {
            BookingAccess::Owner(user) => booking.user == *user,
            BookingAccess::Secret(secret) => self.signer.opens_booking(id, secret),
        };
        if may { Ok(booking) } else { Err(booking_not_found()) }
    }

    /// A booking with everything that its page shows.
    pub(super) async fn detail(&self, booking: BookingRecord) -> Result<BookingDetail, Problem> {
        let facts = self.facts(booking.event).await?;
        let map = &facts.map.map;
        let ticket = |(seat, price): (&onsale_domain::SeatIndex, &i64)| {
            let place = map.place(*seat)?;
            let category = map.category_of(*seat).and_then(|index| facts.price_of(index));
            Some(BookingTicket {
                id: TicketId { event: booking.event, seat: *seat },
                section: place.section.name.clone(),
                row: place.seat.map(|(row, _)| row.label.clone()),
                seat: place.seat.map(|(_, seat)| seat.label.clone()),
                price_category: category.map(|price| price.name.clone()).unwrap_or_default(),
                price: Money::new(*price, booking.total.currency),
            })
        };
        let expires_at = match booking.state {
            BookingState::InProgress { held_until, .. } => Some(held_until),
            _ => None,
        };
        let (event, public_url) = (&facts.event, &self.settings.server.public_url);
        let hours = i64::from(self.settings.booking.cancellable_until_hours);
        let until = event.starts_at.plus_seconds(-3600 * hours);
        let can_cancel = booking.state.cancel(booking.read_at, Some(until));
        let cancellable_until = (can_cancel == Ok(CancelVerdict::FreeSeatsAndRefund)).then(|| {
            CancelDeadline { at: until, local: local_time(until, &event.venue.time_zone) }
        });
        Ok(BookingDetail {
            booking_id: booking.id,
            status: status_of(&booking),
            payment: payment_of(&booking),
            event_id: booking.event,
            event_title: event.title.clone(),
            event_genre: event.genre.clone(),
            starts_local: local_time(event.starts_at, &event.venue.time_zone),
            venue: venue_summary(&event.venue),
            seats: booking.seats.iter().zip(&booking.prices_minor).filter_map(ticket).collect(),
            total: booking.total,
            expires_at,
            as_of: booking.read_at,
            secret_url: format!(
                "{public_url}/bookings/{}?key={}",
                booking.id,
                self.signer.booking_secret(booking.id)
            ),
            email: booking.email,
            cancellable_until,
            refund_reason: booking.refund_reason.as_deref().and_then(cause_of),
        })
    }
}

/// A hold that ran out is expired for its owner, whether or not the sweep has been there. Where
/// money may still come, [`payment_of`] says so.
fn status_of(booking: &BookingRecord) -> BookingStatus {
    match booking.state {
        state if state.is_lapsed(booking.read_at) => BookingStatus::Expired,
        BookingState::InProgress { .. } => BookingStatus::InProgress,
        BookingState::Confirmed => BookingStatus::Confirmed,
        BookingState::Expired { .. } => BookingStatus::Expired,
        BookingState::Released { .. } => BookingStatus::Released,
        BookingState::RefundDue => BookingStatus::RefundDue,
        BookingState::Refunded => BookingStatus::Refunded,
    }
}

fn cause_of(reason: &str) -> Option<RefundCause> {
    match reason {
        "seats_gone" => Some(RefundCause::SeatsGone),
        "wrong_amount" => Some(RefundCause::WrongAmount),
        "cancelled" => Some(RefundCause::Cancelled),
        _ => None,
    }
}

/// Once a hold has run out, a card that was declined says nothing yet: until its intent is
/// cancelled, nobody can promise that nothing was paid.
fn payment_of(booking: &BookingRecord) -> PaymentState {
    match booking.payment.as_str() {
        "declined" if booking.state.is_lapsed(booking.read_at) => PaymentState::Processing,
        "processing" => PaymentState::Processing,
        "declined" => PaymentState::Declined,
        "succeeded" => PaymentState::Succeeded,
        "refunded" => PaymentState::Refunded,
        _ => PaymentState::None,
    }
}
