//! Placing a hold: Redis turns most losers away, the writer decides, and when no writer answers,
//! the same guarded statement is run from here.

use std::time::Duration;

use onsale_app::{
    api::{BookingDetail, Problem, ProblemCode, ReserveRequest},
    backend::Viewer,
};
use onsale_bus::BusError;
use onsale_domain::{
    BookingId, EventId, SeatIndex, TicketId, Timestamp,
    desk::{Verdict, Wanted},
    seat_map::CategoryIndex,
};
use onsale_messages::{
    ReserveCommand, ReserveReply, decode, encode, partition_of, reservations_subject,
};
use onsale_ops::clock::unix_millis;
use onsale_store::{HoldOutcome, HoldRequest, seat_locks};

use super::{
    BoxOffice,
    events::EventFacts,
    problems::{booking_not_found, internal, store_problem},
    wishes::{booking_id_for, wish_from},
};

/// How often the best seats are looked for anew when somebody takes them in between.
const DIRECT_TRIES: usize = 3;

impl BoxOffice {
    /// Places a hold.
    pub async fn reserve(
        &self,
        viewer: Viewer,
        idempotency_key: Option<&str>,
        request: &ReserveRequest,
        request_id: &str,
    ) -> Result<BookingDetail, Problem> {
        let wish = wish_from(request)?;
        let booking = booking_id_for(viewer.user, idempotency_key)?;
        let facts = self.facts(wish.event).await?;
        let categories: Vec<(CategoryIndex, &str)> = facts
            .prices
            .iter()
            .map(|price| (CategoryIndex(price.category), price.name.as_str()))
            .collect();
        let patience = Duration::from_millis(self.settings.booking.writer_timeout_ms);
        let deadline = Timestamp(unix_millis())
            .plus_millis(i64::try_from(patience.as_millis()).unwrap_or(i64::MAX));
        let command = ReserveCommand {
            booking,
            user: viewer.user,
            event: wish.event,
            wanted: wish.wanted(&categories)?,
            fingerprint: wish.fingerprint(),
            deadline,
        };
        self.lock_seats(&command, &facts).await?;
        let reply = match self.ask_writer(&command, request_id, patience).await {
            Some(reply) => reply,
            None => self.decide_directly(&command, &facts).await?,
        };
        match &reply {
            ReserveReply::Held { seats } => self.keep_locked(&command, seats).await,
            _ => self.unlock_seats(&command).await,
        }
        self.booking_from(reply, &command, &facts).await
    }

    /// Locks named seats in Redis for as long as deciding takes. Whoever finds one locked is turned
    /// away here, before PostgreSQL hears of it.
    async fn lock_seats(
        &self,
        command: &ReserveCommand,
        facts: &EventFacts,
    ) -> Result<(), Problem> {
        let Wanted::Named(seats) = &command.wanted else { return Ok(()) };
        let count = facts.map.map.seat_count();
        if seats.iter().any(|seat| seat.0 >= count) {
            // The writer says which; locks on seats that do not exist help nobody.
            return Ok(());
        }
        let locked =
            self.locks.lock(command.event, seats, command.booking, seat_locks::UNDECIDED).await;
        match locked {
            Ok(taken) if taken.is_empty() => Ok(()),
            Ok(taken) => {
                metrics::counter!("onsale_lock_refusals_total").increment(1);
                Err(seats_taken(command.event, &taken, facts))
            }
            Err(error) => {
                metrics::counter!("onsale_without_redis_total").increment(1);
                tracing::warn!(%error, "going on without Redis");
                Ok(())
            }
        }
    }

    /// The locks live as long as the hold, nearly.
    async fn keep_locked(&self, command: &ReserveCommand, seats: &[SeatIndex]) {
        let life = seat_locks::life_for_hold(self.settings.booking.hold_ttl_seconds);
        if let Err(error) = self.locks.lock(command.event, seats, command.booking, life).await {
            tracing::warn!(%error, "a hold goes without locks");
        }
    }

    async fn unlock_seats(&self, command: &ReserveCommand) {
        let Wanted::Named(seats) = &command.wanted else { return };
        if let Err(error) = self.locks.unlock(command.event, seats, command.booking).await {
            tracing::warn!(%error, "locks were left to end by themselves");
        }
    }

    /// The writer's answer; `None` when nobody answered in time, or could not.
    async fn ask_writer(
        &self,
        command: &ReserveCommand,
        request_id: &str,
        patience: Duration,
    ) -> Option<ReserveReply> {
        let subject = reservations_subject(partition_of(command.event));
        // A fresh message id for each try: a command that was answered "taken" may be sent again,
        // and the booking's id keeps a repeated one from being booked twice.
        let message_id = format!("{}-{request_id}", command.booking);
        let body = encode(command).ok()?;
        let answer =
            self.bus.ask_worker(subject, body, &message_id, Some(request_id), patience).await;
        let reply = answer.and_then(|bytes| {
            decode::<ReserveReply>(&bytes).map_err(|error| BusError::Client(error.to_string()))
        });
        match reply {
            Ok(ReserveReply::Unavailable) => None,
            Ok(reply) => Some(reply),
            Err(error) => {
                metrics::counter!("onsale_without_writer_total").increment(1);
                tracing::warn!(%error, "no writer answered");
                None
            }
        }
    }

    /// What the writer would do, without its memory. Slower, and just as safe: the guard of the
    /// statement is the judge for both.
    async fn decide_directly(
        &self,
        command: &ReserveCommand,
        facts: &EventFacts,
    ) -> Result<ReserveReply, Problem> {
        let existing = self.store.existing_holds(&[command.booking]).await;
        let mut existing = existing.map_err(|error| store_problem(&error))?;
        if let Some((fingerprint, seats)) = existing.remove(&command.booking) {
            return Ok(repeated(command, &fingerprint, seats));
        }
        if let Some(refused) = self.beyond_user_limit(command).await? {
            return Ok(refused);
        }
        for _ in 0..DIRECT_TRIES {
            let desk = self.store.desk(&facts.event, std::sync::Arc::clone(&facts.map)).await;
            let (mut desk, now) = desk.map_err(|error| store_problem(&error))?;
            let (seats, prices_minor) = match desk.decide(&command.wanted, now, now) {
                Verdict::Take { seats, prices_minor } => (seats, prices_minor),
                Verdict::Taken(seats) => return Ok(ReserveReply::SeatsTaken { seats }),
                Verdict::Unknown(seats) => return Ok(ReserveReply::UnknownSeats { seats }),
                Verdict::NotEnough => return Ok(ReserveReply::NotEnoughSeats),
                Verdict::NotOnSale => return Ok(ReserveReply::NotOnSale),
            };
            let hold = HoldRequest {
                booking: command.booking,
                user: command.user,
                event: command.event,
                seats: seats.clone(),
                prices_minor,
                currency: desk.currency(),
                fingerprint: command.fingerprint.clone().into_bytes(),
                ttl_seconds: self.settings.booking.hold_ttl_seconds,
            };
            let placed = self.store.place_holds(&[hold]).await;
            let placed = placed.map_err(|error| store_problem(&error))?;
            match (placed.into_iter().next(), &command.wanted) {
                (Some(HoldOutcome::Held(_)), _) => return Ok(ReserveReply::Held { seats }),
                (Some(HoldOutcome::Exists { fingerprint, seats }), _) => {
                    return Ok(repeated(command, &fingerprint, seats));
                }
                (Some(HoldOutcome::SeatsTaken(seats)), Wanted::Named(_)) => {
                    return Ok(ReserveReply::SeatsTaken { seats });
                }
                _ => {}
            }
        }
        Ok(ReserveReply::NotEnoughSeats)
    }

    async fn beyond_user_limit(
        &self,
        command: &ReserveCommand,
    ) -> Result<Option<ReserveReply>, Problem> {
        let tickets = self.store.tickets_of_users(&[command.user], &[command.event]).await;
        let tickets = tickets.map_err(|error| store_problem(&error))?;
        let has = tickets.first().map_or(0, |(_, _, tickets)| *tickets);
        let wanted = match &command.wanted {
            Wanted::Named(seats) => u32::try_from(seats.len()).unwrap_or(u32::MAX),
            Wanted::Best { quantity, .. } => u32::from(*quantity),
        };
        let limit = self.settings.booking.max_tickets_per_user_and_event;
        let beyond = has.saturating_add(wanted) > limit;
        Ok(beyond.then_some(ReserveReply::TooManyTickets { limit, has }))
    }

    async fn booking_from(
        &self,
        reply: ReserveReply,
        command: &ReserveCommand,
        facts: &EventFacts,
    ) -> Result<BookingDetail, Problem> {
        match reply {
            ReserveReply::Held { .. } => self.held_booking(command.booking).await,
            ReserveReply::SeatsTaken { seats } => Err(seats_taken(command.event, &seats, facts)),
            ReserveReply::UnknownSeats { seats } => Err(unknown_seats(command.event, &seats)),
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
            ReserveReply::Unavailable => Err(internal()),
        }
    }

    async fn held_booking(&self, id: BookingId) -> Result<BookingDetail, Problem> {
        let booking = self.store.booking(id).await.map_err(|error| store_problem(&error))?;
        self.detail(booking.ok_or_else(booking_not_found)?).await
    }
}

fn repeated(command: &ReserveCommand, made_by: &[u8], seats: Vec<SeatIndex>) -> ReserveReply {
    if command.fingerprint.as_bytes() == made_by {
        ReserveReply::Held { seats }
    } else {
        ReserveReply::IdempotencyConflict
    }
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
