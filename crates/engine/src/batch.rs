//! Deciding a batch of commands.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use onsale_domain::{
    BookingId, EventId, SeatIndex, SeatState, Timestamp, UserId,
    desk::{Verdict, Wanted},
};
use onsale_messages::{PlacedHold, ReserveCommand, ReserveReply};
use onsale_store::{HoldOutcome, HoldRequest, StoreError};

use crate::{Engine, desks::Desks};

/// How often a command for the best seats is decided anew when the desk was wrong about them.
const BEST_TRIES: usize = 3;

/// A command on its way through a batch.
struct Case {
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

impl Engine {
    pub(crate) async fn decide_batch(
        &mut self,
        commands: Vec<ReserveCommand>,
    ) -> Vec<ReserveReply> {
        let mut cases = cases_of(commands);
        if let Err(error) = self.settle(&mut cases).await {
            tracing::warn!(%error, commands = cases.len(), "a batch could not be written");
            // What the desks noted for this batch may not have come true.
            for case in &cases {
                self.desks.forget(case.command.event);
            }
        }
        answer_the_same(&mut cases);
        cases.into_iter().map(Case::into_reply).collect()
    }

    async fn settle(&mut self, cases: &mut [Case]) -> Result<(), StoreError> {
        for event in events_of(cases) {
            if !self.desks.prepare(&self.store, event).await? {
                for case in open_cases(cases).filter(|case| case.command.event == event) {
                    case.reply = Some(ReserveReply::UnknownEvent);
                }
            }
        }
        self.recognise(cases).await?;
        for _ in 0..BEST_TRIES {
            self.look_again_at_doubtful(cases).await?;
            let holds = self.decide_in_memory(cases);
            if !holds.is_empty() {
                self.write_holds(cases, holds).await?;
            }
            if !self.learn_of_returned_seats(cases).await? {
                break;
            }
        }
        for case in open_cases(cases) {
            case.reply = Some(ReserveReply::NotEnoughSeats);
        }
        Ok(())
    }

    /// Gives a command that comes again, because its answer was lost, the answer of the first
    /// time, and refuses those who have, or would have, too many tickets of the event.
    async fn recognise(&self, cases: &mut [Case]) -> Result<(), StoreError> {
        let ids: Vec<BookingId> = cases.iter().map(|case| case.command.booking).collect();
        let users: Vec<UserId> = cases.iter().map(|case| case.command.user).collect();
        let events: Vec<EventId> = events_of(cases).into_iter().collect();
        let known = self.store.known_buyers(&ids, &users, &events).await?;
        let most = self.rules.max_tickets_per_user_and_event;
        let mut has = known.tickets;
        for case in open_cases(cases) {
            if let Some(fingerprint) = known.made_by.get(&case.command.booking) {
                case.reply = Some(repeated(&case.command, fingerprint));
                continue;
            }
            let limit = case.command.ticket_limit.map_or(most, |limit| limit.min(most));
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

    /// Before anybody is told that a named seat is taken, the database is asked about it: the desk
    /// does not hear of every seat that was given back. So it is before seats are offered whose holds
    /// have run out: it does not hear of payments either, and the guard would refuse the whole batch
    /// for one seat that was bought. One question for each event of the batch.
    async fn look_again_at_doubtful(&mut self, cases: &mut [Case]) -> Result<(), StoreError> {
        for event in events_of(cases) {
            let Some(desk) = self.desks.get(event) else { continue };
            let availability = desk.availability();
            let mut doubtful: BTreeSet<SeatIndex> = desk.lapsed().into_iter().collect();
            for case in open_cases(cases).filter(|case| case.command.event == event) {
                if let Wanted::Named(seats) = &case.command.wanted {
                    let taken = seats.iter().filter(|seat| !availability.is_available(**seat));
                    doubtful.extend(taken.copied());
                }
            }
            if !doubtful.is_empty() {
                let doubtful: Vec<SeatIndex> = doubtful.into_iter().collect();
                desk.look_again(&self.store, event, &doubtful).await?;
            }
        }
        Ok(())
    }

    /// Decides what is open, in the order of arrival. Returns the holds to be written, each with
    /// the position of its case. Commands for the best seats that find none stay open.
    fn decide_in_memory(&mut self, cases: &mut [Case]) -> Vec<(usize, HoldRequest)> {
        let ttl_seconds = self.rules.hold_ttl_seconds;
        let mut holds = Vec::new();
        for (position, case) in cases.iter_mut().enumerate() {
            let command = &case.command;
            if !case.is_open() {
                continue;
            }
            let Some(event_desk) = self.desks.get(command.event) else { continue };
            match event_desk.decide(&command.wanted, ttl_seconds) {
                Verdict::Take { seats, prices_minor } => {
                    let hold = HoldRequest {
                        booking: command.booking,
                        user: command.user,
                        event: command.event,
                        seats,
                        prices_minor,
                        currency: event_desk.currency(),
                        fingerprint: command.fingerprint.clone().into_bytes(),
                        ttl_seconds,
                    };
                    holds.push((position, hold));
                }
                Verdict::Taken(seats) => case.reply = Some(ReserveReply::SeatsTaken { seats }),
                Verdict::Unknown(seats) => case.reply = Some(ReserveReply::UnknownSeats { seats }),
                Verdict::NotOnSale => case.reply = Some(ReserveReply::NotOnSale),
                Verdict::NotEnough => {}
            }
        }
        holds
    }

    /// Writes the winners. Where the desk was wrong, it learns; a command for the best seats stays
    /// open and is decided anew.
    async fn write_holds(
        &mut self,
        cases: &mut [Case],
        holds: Vec<(usize, HoldRequest)>,
    ) -> Result<(), StoreError> {
        let (positions, requests): (Vec<usize>, Vec<HoldRequest>) = holds.into_iter().unzip();
        let outcomes = self.store.place_holds(&requests).await?;
        let mut refused: BTreeMap<EventId, Vec<SeatIndex>> = BTreeMap::new();
        for ((position, request), outcome) in positions.into_iter().zip(requests).zip(outcomes) {
            let Some(case) = cases.get_mut(position) else { continue };
            if let HoldOutcome::Held { placed_at, held_until } = outcome {
                note_held(&mut self.desks, &request, held_until);
                metrics::counter!("onsale_holds_total").increment(1);
                case.reply = Some(ReserveReply::Held(PlacedHold {
                    seats: request.seats,
                    prices_minor: request.prices_minor,
                    currency: request.currency,
                    placed_at,
                    held_until,
                }));
                continue;
            }
            metrics::counter!("onsale_guard_refusals_total").increment(1);
            refused.entry(request.event).or_default().extend(request.seats);
            match (outcome, &case.command.wanted) {
                (HoldOutcome::Exists { fingerprint }, _) => {
                    case.reply = Some(repeated(&case.command, &fingerprint));
                }
                (HoldOutcome::SeatsTaken(seats), Wanted::Named(_)) => {
                    case.reply = Some(ReserveReply::SeatsTaken { seats });
                }
                _ => {}
            }
        }
        for (event, seats) in refused {
            if let Some(desk) = self.desks.get(event) {
                desk.look_again(&self.store, event, &seats).await?;
                desk.note_wrong();
            }
        }
        Ok(())
    }

    /// Asks the database which seats are free where somebody found too few, unless that was asked just
    /// now: others may have given seats back. `false` when there is nothing more to decide.
    async fn learn_of_returned_seats(&mut self, cases: &[Case]) -> Result<bool, StoreError> {
        let mut decides_again = false;
        for event in events_of(cases) {
            let Some(desk) = self.desks.get(event) else { continue };
            decides_again |= desk.was_wrong();
            if desk.may_be_stale() {
                decides_again |= desk.look_for_returned(&self.store, event).await?;
            }
        }
        Ok(decides_again)
    }
}

fn cases_of(commands: Vec<ReserveCommand>) -> Vec<Case> {
    let mut first_of: HashMap<BookingId, usize> = HashMap::with_capacity(commands.len());
    let case = |(position, command): (usize, ReserveCommand)| {
        let first = *first_of.entry(command.booking).or_insert(position);
        Case { command, same_as: (first != position).then_some(first), reply: None }
    };
    commands.into_iter().enumerate().map(case).collect()
}

impl Case {
    fn into_reply(self) -> ReserveReply {
        let reply = self.reply.unwrap_or(ReserveReply::Unavailable);
        let (booking, request_id) = (self.command.booking, self.command.request_id);
        tracing::debug!(request_id, %booking, ?reply, "decided");
        reply
    }
}

fn open_cases(cases: &mut [Case]) -> impl Iterator<Item = &mut Case> {
    cases.iter_mut().filter(|case| case.is_open())
}

fn events_of(cases: &[Case]) -> BTreeSet<EventId> {
    let open = cases.iter().filter(|case| case.is_open());
    open.map(|case| case.command.event).collect()
}

fn repeated(command: &ReserveCommand, made_by: &[u8]) -> ReserveReply {
    if command.fingerprint.as_bytes() == made_by {
        ReserveReply::Existing
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
            Some(ReserveReply::Held(_) | ReserveReply::Existing) if !same_request => {
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

fn note_held(desks: &mut Desks, request: &HoldRequest, until: Timestamp) {
    let Some(desk) = desks.get(request.event) else { return };
    for seat in &request.seats {
        desk.note(*seat, SeatState::Held, Some(until));
    }
}
