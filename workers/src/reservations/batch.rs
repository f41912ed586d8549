//! Deciding a batch of commands: in memory, then in one statement, then an answer to each.

use std::collections::{BTreeSet, HashMap};

use onsale_bus::WorkMessage;
use onsale_domain::{
    BookingId, EventId, SeatIndex, SeatState, UserId,
    desk::{Verdict, Wanted},
};
use onsale_messages::{ReserveCommand, ReserveReply, decode, encode};
use onsale_ops::clock::unix_millis;
use onsale_store::{HoldOutcome, HoldRequest, StoreError};

use super::desks::Desks;
use crate::{
    Workshop,
    runner::{Decision, act},
};

/// How often a command for the best seats is decided anew when the desk was wrong about them.
const BEST_TRIES: usize = 3;

/// A command on its way through a batch.
struct Case {
    message: WorkMessage,
    command: ReserveCommand,
    /// Position of an earlier case of the batch with the same booking id, whose answer is this
    /// one's too.
    same_as: Option<usize>,
    reply: Option<ReserveReply>,
}

impl Case {
    /// Whether it is still to be decided.
    fn is_open(&self) -> bool {
        self.reply.is_none() && self.same_as.is_none()
    }
}

/// Decides a batch and answers each of its commands.
pub async fn decide(shop: &Workshop, desks: &mut Desks, messages: Vec<WorkMessage>) {
    let started = std::time::Instant::now();
    let mut cases = read(messages).await;
    metrics::histogram!("onsale_reservation_batch_size").record(cases.len() as f64);
    if let Err(error) = settle(shop, desks, &mut cases).await {
        tracing::warn!(%error, commands = cases.len(), "a batch could not be written");
        // What the desks noted for this batch may not have come true.
        for case in &cases {
            desks.forget(case.command.event);
        }
    }
    answer_the_same(&mut cases);
    for case in cases {
        answer(shop, case).await;
    }
    metrics::histogram!("onsale_reservation_batch_seconds").record(started.elapsed());
}

/// Reads the commands. What cannot be read is given up; what nobody waits for is dropped.
async fn read(messages: Vec<WorkMessage>) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::with_capacity(messages.len());
    let mut first_of: HashMap<BookingId, usize> = HashMap::with_capacity(messages.len());
    let now = unix_millis();
    for message in messages {
        match decode::<ReserveCommand>(&message.payload) {
            // Two hours of slack, because a worker's clock may be off by one: the stream's own
            // age limit drops late commands by one clock. This bounds the absurd.
            Ok(command) if command.deadline.0 + 7_200_000 < now => {
                act(&message, Decision::Ack).await;
            }
            Ok(command) => {
                let position = cases.len();
                let first = *first_of.entry(command.booking).or_insert(position);
                let same_as = (first != position).then_some(first);
                cases.push(Case { message, command, same_as, reply: None });
            }
            Err(error) => act(&message, Decision::DeadLetter(error.to_string())).await,
        }
    }
    cases
}

async fn settle(shop: &Workshop, desks: &mut Desks, cases: &mut [Case]) -> Result<(), StoreError> {
    recognise_repeated(shop, cases).await?;
    for event in events_of(cases) {
        if !desks.prepare(&shop.store, event).await? {
            for case in open_cases(cases).filter(|case| case.command.event == event) {
                case.reply = Some(ReserveReply::UnknownEvent);
            }
        }
    }
    enforce_limits(shop, cases).await?;
    for _ in 0..BEST_TRIES {
        look_again_at_losers(shop, desks, cases).await?;
        let holds = decide_in_memory(shop, desks, cases);
        if holds.is_empty() {
            return Ok(());
        }
        write_holds(shop, desks, cases, holds).await?;
    }
    Ok(())
}

fn open_cases(cases: &mut [Case]) -> impl Iterator<Item = &mut Case> {
    cases.iter_mut().filter(|case| case.is_open())
}

fn events_of(cases: &[Case]) -> BTreeSet<EventId> {
    let open = cases.iter().filter(|case| case.is_open());
    open.map(|case| case.command.event).collect()
}

/// A command that comes again, because its answer or its acknowledgement was lost, gets the answer
/// of the first time.
async fn recognise_repeated(shop: &Workshop, cases: &mut [Case]) -> Result<(), StoreError> {
    let ids: Vec<BookingId> = cases.iter().map(|case| case.command.booking).collect();
    let known = shop.store.existing_holds(&ids).await?;
    for case in cases {
        if let Some((fingerprint, seats)) = known.get(&case.command.booking) {
            case.reply = Some(repeated(&case.command, fingerprint, seats.clone()));
        }
    }
    Ok(())
}

fn repeated(command: &ReserveCommand, made_by: &[u8], seats: Vec<SeatIndex>) -> ReserveReply {
    if command.fingerprint.as_bytes() == made_by {
        ReserveReply::Held { seats }
    } else {
        ReserveReply::IdempotencyConflict
    }
}

/// A caller that asked twice within one batch gets one booking and two answers.
fn answer_the_same(cases: &mut [Case]) {
    for position in 0..cases.len() {
        let Some(first) = cases[position].same_as.and_then(|first| cases.get(first)) else {
            continue;
        };
        let same_request = first.command.fingerprint == cases[position].command.fingerprint;
        let reply = match &first.reply {
            Some(ReserveReply::Held { .. }) if !same_request => {
                Some(ReserveReply::IdempotencyConflict)
            }
            reply if same_request => reply.clone(),
            // The first one lost, and this one asks for something else: it has to be tried.
            _ => None,
        };
        cases[position].reply = reply;
    }
}

fn quantity_of(wanted: &Wanted) -> u32 {
    match wanted {
        Wanted::Named(seats) => u32::try_from(seats.len()).unwrap_or(u32::MAX),
        Wanted::Best { quantity, .. } => u32::from(*quantity),
    }
}

/// Refuses those who have, or would have, too many tickets of the event.
async fn enforce_limits(shop: &Workshop, cases: &mut [Case]) -> Result<(), StoreError> {
    let limit = shop.settings.booking.max_tickets_per_user_and_event;
    let users: Vec<UserId> = cases.iter().map(|case| case.command.user).collect();
    let events: Vec<EventId> = events_of(cases).into_iter().collect();
    let stored = shop.store.tickets_of_users(&users, &events).await?;
    let mut has: HashMap<(EventId, UserId), u32> =
        stored.into_iter().map(|(event, user, tickets)| ((event, user), tickets)).collect();
    for case in open_cases(cases) {
        let tickets = has.entry((case.command.event, case.command.user)).or_default();
        let wanted = quantity_of(&case.command.wanted);
        if tickets.saturating_add(wanted) > limit {
            case.reply = Some(ReserveReply::TooManyTickets { limit, has: *tickets });
        } else {
            *tickets += wanted;
        }
    }
    Ok(())
}

/// Before anybody is told that a seat is taken, the database is asked about it: the desk does not
/// hear of every seat that was given back. One question for each event of the batch.
async fn look_again_at_losers(
    shop: &Workshop,
    desks: &mut Desks,
    cases: &mut [Case],
) -> Result<(), StoreError> {
    for event in events_of(cases) {
        let Some(desk) = desks.get(event) else { continue };
        let availability = desk.desk.availability();
        let mut doubtful = BTreeSet::new();
        let mut wants_best = false;
        for case in open_cases(cases).filter(|case| case.command.event == event) {
            match &case.command.wanted {
                Wanted::Named(seats) => doubtful.extend(
                    seats.iter().filter(|seat| !availability.is_available(**seat)).copied(),
                ),
                Wanted::Best { .. } => wants_best = true,
            }
        }
        if wants_best && desk.may_be_stale() {
            desks.load(&shop.store, event).await?;
        } else if !doubtful.is_empty() {
            let doubtful: Vec<SeatIndex> = doubtful.into_iter().collect();
            desk.look_again(&shop.store, event, &doubtful).await?;
        }
    }
    Ok(())
}

/// Decides what is open, in the order of arrival. Returns the holds to be written, each with the
/// position of its case.
fn decide_in_memory(
    shop: &Workshop,
    desks: &mut Desks,
    cases: &mut [Case],
) -> Vec<(usize, HoldRequest)> {
    let ttl_seconds = shop.settings.booking.hold_ttl_seconds;
    let mut holds = Vec::new();
    for (position, case) in cases.iter_mut().enumerate() {
        let command = &case.command;
        if !case.is_open() {
            continue;
        }
        let Some(event_desk) = desks.get(command.event) else { continue };
        let now = event_desk.now();
        let until = now.plus_seconds(i64::from(ttl_seconds));
        match event_desk.desk.decide(&command.wanted, now, until) {
            Verdict::Take { seats, prices_minor } => {
                let hold = HoldRequest {
                    booking: command.booking,
                    user: command.user,
                    event: command.event,
                    seats,
                    prices_minor,
                    currency: event_desk.desk.currency(),
                    fingerprint: command.fingerprint.clone().into_bytes(),
                    ttl_seconds,
                };
                holds.push((position, hold));
            }
            Verdict::Taken(seats) => case.reply = Some(ReserveReply::SeatsTaken { seats }),
            Verdict::Unknown(seats) => case.reply = Some(ReserveReply::UnknownSeats { seats }),
            Verdict::NotEnough => case.reply = Some(ReserveReply::NotEnoughSeats),
            Verdict::NotOnSale => case.reply = Some(ReserveReply::NotOnSale),
        }
    }
    holds
}

/// Writes the winners. Where the desk was wrong, it learns; a command for the best seats stays
/// open and is decided anew.
async fn write_holds(
    shop: &Workshop,
    desks: &mut Desks,
    cases: &mut [Case],
    holds: Vec<(usize, HoldRequest)>,
) -> Result<(), StoreError> {
    let (positions, requests): (Vec<usize>, Vec<HoldRequest>) = holds.into_iter().unzip();
    let outcomes = shop.store.place_holds(&requests).await?;
    for ((position, request), outcome) in positions.into_iter().zip(&requests).zip(outcomes) {
        let Some(case) = cases.get_mut(position) else { continue };
        if let HoldOutcome::Held(until) = outcome {
            note_held(desks, request, until);
            metrics::counter!("onsale_holds_total").increment(1);
            case.reply = Some(ReserveReply::Held { seats: request.seats.clone() });
            continue;
        }
        metrics::counter!("onsale_guard_refusals_total").increment(1);
        if let Some(desk) = desks.get(request.event) {
            desk.look_again(&shop.store, request.event, &request.seats).await?;
        }
        match (outcome, &case.command.wanted) {
            (HoldOutcome::Exists { fingerprint, seats }, _) => {
                case.reply = Some(repeated(&case.command, &fingerprint, seats));
            }
            (HoldOutcome::SeatsTaken(seats), Wanted::Named(_)) => {
                case.reply = Some(ReserveReply::SeatsTaken { seats });
            }
            _ => {}
        }
    }
    Ok(())
}

fn note_held(desks: &mut Desks, request: &HoldRequest, until: onsale_domain::Timestamp) {
    let Some(desk) = desks.get(request.event) else { return };
    for seat in &request.seats {
        desk.desk.note(*seat, SeatState::Held, Some(until));
    }
}

async fn answer(shop: &Workshop, case: Case) {
    let reply = case.reply.unwrap_or(ReserveReply::Unavailable);
    let request_id = onsale_bus::request_id(case.message.headers.as_ref());
    tracing::debug!(request_id, booking = %case.command.booking, ?reply, "decided");
    match encode(&reply) {
        Ok(body) => {
            if let Err(error) = shop.bus.answer(case.message.headers.as_ref(), body).await {
                tracing::warn!(request_id, %error, "an answer could not be sent");
            }
        }
        Err(error) => tracing::error!(request_id, %error, "an answer could not be written"),
    }
    // Acknowledged even when it failed: the caller knows, and asks again if it wants.
    act(&case.message, Decision::Ack).await;
}
