//! Placing a hold: what is wished is put to the writer of the event, and its reply is told in the
//! words of the API.

use onsale_app::{
    api::{BookingDetail, Problem, ProblemCode},
    backend::Viewer,
};
use onsale_domain::{
    BookingId, EventId, Money, SeatIndex, TicketId, UserId, booking::BookingState, desk::Wanted,
    seat_map::CategoryIndex,
};
use onsale_messages::{PlacedHold, ReserveCommand, ReserveReply};
use onsale_store::BookingRecord;

use super::{
    BoxOffice,
    facts::EventFacts,
    problems::{booking_not_found, purchase_problem, sales_paused},
    wishes::{Wish, booking_id_for},
};
use crate::waiting_room::Entry;

/// Who asks for a hold, and by what right.
pub struct Asking {
    /// Who.
    pub viewer: Viewer,
    /// What they want.
    pub wish: Wish,
    /// By what right.
    pub entry: Entry,
    /// The id of the request.
    pub request_id: String,
}

/// What a booking is made of, whatever the reply.
struct AskedFor {
    booking: BookingId,
    user: UserId,
    event: EventId,
    fingerprint: String,
}

impl BoxOffice {
    /// Places a hold.
    pub async fn reserve(
        &self,
        asking: Asking,
        idempotency_key: Option<&str>,
    ) -> Result<BookingDetail, Problem> {
        let Asking { viewer, wish, entry, request_id } = asking;
        let booking = booking_id_for(viewer.user, idempotency_key)?;
        let facts = self.facts(wish.event).await?;
        let categories: Vec<(CategoryIndex, &str)> = facts
            .prices
            .iter()
            .map(|price| (CategoryIndex(price.category), price.name.as_str()))
            .collect();
        let command = ReserveCommand {
            booking,
            user: viewer.user,
            event: wish.event,
            wanted: wish.wanted(&categories)?,
            fingerprint: wish.fingerprint(),
            request_id,
            ticket_limit: entry.ticket_limit(),
        };
        let asked = AskedFor {
            booking,
            user: viewer.user,
            event: wish.event,
            fingerprint: command.fingerprint.clone(),
        };
        let lockable = may_lock(&command, &facts);
        let reply = self.writers.ask(command, lockable).await?;
        self.booking_from(reply, asked, &facts).await
    }

    async fn booking_from(
        &self,
        reply: ReserveReply,
        asked: AskedFor,
        facts: &EventFacts,
    ) -> Result<BookingDetail, Problem> {
        match reply {
            ReserveReply::Held(hold) => self.detail(booking_of(asked, hold)).await,
            // Boxed, because it is rare and larger than all the rest.
            ReserveReply::Existing => Box::pin(self.existing_booking(asked.booking)).await,
            ReserveReply::SeatsTaken { seats } => Err(seats_taken(asked.event, &seats, facts)),
            ReserveReply::UnknownSeats { seats } => Err(unknown_seats(asked.event, &seats)),
            ReserveReply::NotEnoughSeats => Err(Problem::new(
                ProblemCode::NotEnoughSeats,
                "There are not so many seats left side by side. Fewer, or another price, may do.",
            )),
            ReserveReply::TooManyTickets { limit, has } => Err(Problem::new(
                ProblemCode::LimitExceeded,
                format!(
                    "Each buyer can have {limit} tickets of this event, and you hold {has} already."
                ),
            )
            .at("ticketIds")),
            ReserveReply::UnknownEvent => Err(super::problems::event_not_found()),
            ReserveReply::NotOnSale => Err(Problem::new(
                ProblemCode::NotOnSale,
                "Tickets of this event are not on sale at the moment.",
            )),
            ReserveReply::IdempotencyConflict => Err(Problem::new(
                ProblemCode::IdempotencyConflict,
                "This Idempotency-Key was used for another request. Use a new key for a new request.",
            )
            .at("Idempotency-Key")),
            ReserveReply::Unavailable => Err(sales_paused()),
        }
    }

    async fn existing_booking(&self, id: BookingId) -> Result<BookingDetail, Problem> {
        let booking = self.store.booking(id).await.map_err(|error| purchase_problem(&error))?;
        self.detail(booking.ok_or_else(booking_not_found)?).await
    }
}

/// The booking that a hold has just made, as the database has it.
fn booking_of(asked: AskedFor, hold: PlacedHold) -> BookingRecord {
    BookingRecord {
        id: asked.booking,
        event: asked.event,
        user: asked.user,
        state: BookingState::InProgress {
            held_until: hold.held_until,
            extended: false,
            payment_processing: false,
        },
        payment: "none".to_owned(),
        total: Money::new(hold.prices_minor.iter().sum(), hold.currency),
        seats: hold.seats,
        prices_minor: hold.prices_minor,
        email: None,
        refund_reason: None,
        event_cancelled: false,
        fingerprint: asked.fingerprint.into_bytes(),
        created_at: hold.placed_at,
        read_at: hold.placed_at,
    }
}

/// Locks on seats that do not exist help nobody; the writer says which those are.
fn may_lock(command: &ReserveCommand, facts: &EventFacts) -> bool {
    let count = facts.map.map.seat_count();
    matches!(&command.wanted, Wanted::Named(seats) if seats.iter().all(|seat| seat.0 < count))
}

fn tickets_of(event: EventId, seats: &[SeatIndex]) -> Vec<TicketId> {
    seats.iter().map(|seat| TicketId { event, seat: *seat }).collect()
}

fn seats_taken(event: EventId, seats: &[SeatIndex], facts: &EventFacts) -> Problem {
    let names: Vec<String> = seats
        .iter()
        .filter_map(|seat| facts.map.map.place(*seat))
        .map(|place| place.describe())
        .collect();
    let verb = if names.len() == 1 { "was" } else { "were" };
    let detail = format!("{} {verb} just taken. Nothing was held.", names.join(" and "));
    Problem::new(ProblemCode::SeatTaken, detail).naming(tickets_of(event, seats))
}

fn unknown_seats(event: EventId, seats: &[SeatIndex]) -> Problem {
    let tickets = tickets_of(event, seats);
    let names: Vec<String> = tickets.iter().map(ToString::to_string).collect();
    let detail = format!("There is no ticket {} at this event.", names.join(", "));
    Problem::new(ProblemCode::NotFound, detail).at("ticketIds").naming(tickets)
}
