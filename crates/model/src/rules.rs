//! What must hold in every world.

use onsale_domain::{booking::BookingState, payment::IntentStanding, ticket::TicketState};
use stateright::Property;

use crate::{
    Protocol, World,
    closing::is_open,
    world::{NOW, RULES, id_of},
};

/// A rule: its name, and whether a world keeps it.
pub struct Rule<const B: usize, const S: usize> {
    /// What it promises.
    pub name: &'static str,
    /// Whether it holds.
    pub holds: fn(&Protocol<B, S>, &World<B, S>) -> bool,
    /// Whether the world has to be brought to its end to see.
    pub is_about_the_end: bool,
}

/// No seat is in two live claims.
pub const ONE_CLAIM: &str = "no seat is in two live claims";
/// A confirmed booking has exactly its seats.
pub const ITS_SEATS: &str = "a confirmed booking has exactly its seats";
/// A living hold has all of its seats.
pub const LIVING_HOLD: &str = "a living hold has all of its seats";
/// A taken seat belongs to a booking that lists it.
pub const OWNERS: &str = "a taken seat belongs to a booking that lists it";
/// A confirmed booking has exactly its money.
pub const ITS_MONEY: &str = "a confirmed booking has exactly its money";
/// Money that came is in a confirmed booking.
pub const MONEY_PLACED: &str = "money that came is in a confirmed booking, due back or back";
/// Who was told that nothing was paid, has paid nothing.
pub const NOTHING_PAID: &str = "who was told that nothing was paid, has paid nothing";
/// A hold is extended once.
pub const EXTENSION: &str = "a hold is extended once and within its limit";
/// Money without seats ends refunded.
pub const REFUNDED: &str = "money without seats ends refunded";
/// Everything settles.
pub const SETTLES: &str = "everything settles";

/// All rules.
#[must_use]
pub fn all<const B: usize, const S: usize>() -> [Rule<B, S>; 10] {
    let now = |name, holds| Rule { name, holds, is_about_the_end: false };
    let end = |name, holds| Rule { name, holds, is_about_the_end: true };
    [
        now(ONE_CLAIM, no_seat_in_two_claims),
        now(ITS_SEATS, confirmed_have_their_seats),
        now(LIVING_HOLD, living_holds_have_their_seats),
        now(OWNERS, taken_seats_have_owners),
        now(ITS_MONEY, confirmed_have_their_money),
        now(MONEY_PLACED, money_is_placed),
        now(NOTHING_PAID, nothing_was_paid_where_that_was_told),
        now(EXTENSION, extended_once),
        end(REFUNDED, money_without_seats_ends_refunded),
        end(SETTLES, everything_settles),
    ]
}

pub(crate) fn properties<const B: usize, const S: usize>() -> Vec<Property<Protocol<B, S>>> {
    let always = all().into_iter().map(|rule| Property::always(rule.name, rule.holds));
    always.collect()
}

fn is_live(state: BookingState) -> bool {
    match state {
        BookingState::InProgress { .. } => !state.is_lapsed(NOW),
        other => other == BookingState::Confirmed,
    }
}

fn no_seat_in_two_claims<const B: usize, const S: usize>(
    protocol: &Protocol<B, S>,
    world: &World<B, S>,
) -> bool {
    let mut claimed = 0;
    for (booking, wanted) in protocol.wants.iter().enumerate() {
        if world.state(booking).is_some_and(is_live) {
            if claimed & wanted.0 != 0 {
                return false;
            }
            claimed |= wanted.0;
        }
    }
    true
}

fn confirmed_have_their_seats<const B: usize, const S: usize>(
    protocol: &Protocol<B, S>,
    world: &World<B, S>,
) -> bool {
    (0..B).filter(|booking| world.state(*booking) == Some(BookingState::Confirmed)).all(|booking| {
        let sold = TicketState::Sold { booking: id_of(booking) };
        (0..S).all(|seat| (world.seats[seat] == sold) == protocol.wants[booking].has(seat))
    })
}

fn living_holds_have_their_seats<const B: usize, const S: usize>(
    protocol: &Protocol<B, S>,
    world: &World<B, S>,
) -> bool {
    (0..B).all(|booking| match world.state(booking) {
        Some(BookingState::InProgress { held_until, .. }) if held_until > NOW => {
            let held = TicketState::Held { booking: id_of(booking), until: held_until };
            protocol.wants[booking].seats().all(|seat| world.seats[seat] == held)
        }
        _ => true,
    })
}

fn taken_seats_have_owners<const B: usize, const S: usize>(
    protocol: &Protocol<B, S>,
    world: &World<B, S>,
) -> bool {
    (0..S).all(|seat| {
        let lists = |owner, is_right: fn(BookingState) -> bool| {
            (0..B).any(|booking| {
                id_of(booking) == owner
                    && protocol.wants[booking].has(seat)
                    && world.state(booking).is_some_and(is_right)
            })
        };
        match world.seats[seat] {
            TicketState::Available | TicketState::Blocked => true,
            TicketState::Held { booking, .. } => {
                lists(booking, |state| matches!(state, BookingState::InProgress { .. }))
            }
            TicketState::Sold { booking } => {
                lists(booking, |state| state == BookingState::Confirmed)
            }
        }
    })
}

fn confirmed_have_their_money<const B: usize, const S: usize>(
    _: &Protocol<B, S>,
    world: &World<B, S>,
) -> bool {
    (0..B).filter(|booking| world.state(*booking) == Some(BookingState::Confirmed)).all(|booking| {
        let payment = &world.payments[booking];
        let mut kept = world.kept(booking);
        let is_whole = kept.next().is_some_and(|intent| !intent.short);
        is_whole && kept.next().is_none() && payment.succeeded && !payment.refunded
    })
}

fn money_is_placed<const B: usize, const S: usize>(
    _: &Protocol<B, S>,
    world: &World<B, S>,
) -> bool {
    (0..B).all(|booking| {
        let payment = &world.payments[booking];
        match world.state(booking) {
            Some(BookingState::Confirmed | BookingState::RefundDue) => {
                payment.succeeded && !payment.refunded
            }
            Some(BookingState::Refunded) => {
                payment.succeeded && payment.refunded && world.kept(booking).next().is_none()
            }
            _ => !payment.succeeded && !payment.refunded,
        }
    })
}

/// From where it is told there is no way back, so it is enough to look at the intents now.
fn nothing_was_paid_where_that_was_told<const B: usize, const S: usize>(
    _: &Protocol<B, S>,
    world: &World<B, S>,
) -> bool {
    let is_told = |state| {
        let ended = matches!(state, BookingState::Expired { .. } | BookingState::Released { .. });
        ended && !state.is_closing()
    };
    (0..B).filter(|booking| world.state(*booking).is_some_and(is_told)).all(|booking| {
        let mut intents = world.intents[booking].iter().flatten();
        !intents.any(|intent| {
            matches!(intent.standing, IntentStanding::Processing | IntentStanding::Paid)
        })
    })
}

fn extended_once<const B: usize, const S: usize>(_: &Protocol<B, S>, world: &World<B, S>) -> bool {
    world.bookings.iter().flatten().all(|row| match row.state {
        BookingState::InProgress { held_until, .. } => {
            let limit = row.placed_at.plus_seconds(i64::from(RULES.max_hold_seconds));
            row.extensions <= 1 && held_until <= limit.max(NOW)
        }
        _ => true,
    })
}

fn money_without_seats_ends_refunded<const B: usize, const S: usize>(
    protocol: &Protocol<B, S>,
    world: &World<B, S>,
) -> bool {
    let end = protocol.close(world);
    (0..B).all(|booking| {
        end.state(booking) == Some(BookingState::Confirmed) || end.kept(booking).next().is_none()
    })
}

/// In the end every booking is confirmed, expired, released or refunded, its buyer knows whether
/// anything was paid, no seat is held, no intent of which we know can be paid, and no stored news
/// waits.
fn everything_settles<const B: usize, const S: usize>(
    protocol: &Protocol<B, S>,
    world: &World<B, S>,
) -> bool {
    let end = protocol.close(world);
    let is_final = |booking: usize| match end.state(booking) {
        Some(BookingState::InProgress { .. } | BookingState::RefundDue) => false,
        Some(state) => !state.is_closing() || protocol.is_brief(booking),
        None => true,
    };
    let no_intent_waits = (0..B).all(|booking| {
        let noted = end.payments[booking].intent.map(usize::from);
        let noted = noted.and_then(|intent| end.intents[booking][intent]);
        noted.is_none_or(|intent| !is_open(intent.standing))
    });
    let is_held = |seat: &TicketState| matches!(seat, TicketState::Held { .. });
    (0..B).all(is_final) && no_intent_waits && !end.seats.iter().any(is_held)
}
