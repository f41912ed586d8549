//! The row of a seat at an event, and who may take it.
//!
//! The statements of the store that give a seat to somebody carry these rules in their `WHERE`.
//! This is what they must say: a test of the store runs them for every state of a row and compares,
//! and the model of the booking protocol is built on the functions themselves.

use crate::{availability::SeatState, ids::BookingId, time::Timestamp};

/// Where a seat stands, with what is known only there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TicketState {
    /// Nobody has it.
    Available,
    /// A buyer has it for a while.
    Held {
        /// Whose hold it is.
        booking: BookingId,
        /// From then on it is nobody's, whether or not somebody has cleared it away.
        until: Timestamp,
    },
    /// It is paid.
    Sold {
        /// Who paid it.
        booking: BookingId,
    },
    /// Withheld by the organiser.
    Blocked,
}

impl TicketState {
    /// Whether a hold may be placed on it: it is available, or its hold has run out.
    #[must_use]
    pub fn may_be_held(self, now: Timestamp) -> bool {
        match self {
            Self::Available => true,
            Self::Held { until, .. } => until <= now,
            Self::Sold { .. } | Self::Blocked => false,
        }
    }

    /// Whether it may be sold to a booking: the booking holds it, or nobody does. A hold of its own
    /// that has run out is still good, as long as nobody else has taken the seat.
    #[must_use]
    pub fn may_be_sold_to(self, buyer: BookingId, now: Timestamp) -> bool {
        match self {
            Self::Held { .. } if self.is_held_by(buyer) => true,
            Self::Available | Self::Held { .. } => self.may_be_held(now),
            Self::Sold { .. } | Self::Blocked => false,
        }
    }

    /// Whether a booking holds it, be it that the hold has run out. A hold is extended only while
    /// this is so for each of its seats: the moment it was decided at may have passed when it is
    /// written, and somebody may have taken a seat in between.
    #[must_use]
    pub fn is_held_by(self, holder: BookingId) -> bool {
        matches!(self, Self::Held { booking, .. } if booking == holder)
    }

    /// The row after a booking was given a longer hold. Only its own held seats follow.
    #[must_use]
    pub fn with_hold_extended(self, extended: BookingId, until: Timestamp) -> Self {
        match self.is_held_by(extended) {
            true => Self::Held { booking: extended, until },
            false => self,
        }
    }

    /// The row after a booking gave its held seats back, was released, or expired. Seats that
    /// others have taken meanwhile, and sold ones, stay as they are.
    #[must_use]
    pub fn without_hold_of(self, ended: BookingId) -> Self {
        if self.is_held_by(ended) { Self::Available } else { self }
    }

    /// The row after a confirmed booking was cancelled: the seats that were sold to it are for
    /// sale again. To be done in the transaction in which the booking leaves `confirmed`.
    #[must_use]
    pub fn without_sale_to(self, cancelled: BookingId) -> Self {
        match self {
            Self::Sold { booking } if booking == cancelled => Self::Available,
            other => other,
        }
    }

    /// What a desk is told when it reads the row: a hold that has run out is nobody's.
    #[must_use]
    pub fn as_seen(self, now: Timestamp) -> (SeatState, Option<Timestamp>) {
        match self {
            Self::Held { until, .. } if until > now => (SeatState::Held, Some(until)),
            Self::Available | Self::Held { .. } => (SeatState::Available, None),
            Self::Sold { .. } => (SeatState::Sold, None),
            Self::Blocked => (SeatState::Blocked, None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    const MINE: BookingId = BookingId(Uuid::from_u128(1));
    const THEIRS: BookingId = BookingId(Uuid::from_u128(2));
    const NOW: Timestamp = Timestamp(1_000_000);
    const LATER: Timestamp = Timestamp(1_000_001);

    const fn held(booking: BookingId, until: Timestamp) -> TicketState {
        TicketState::Held { booking, until }
    }

    #[test]
    fn a_hold_is_placed_on_what_nobody_has() {
        assert!(TicketState::Available.may_be_held(NOW));
        assert!(held(THEIRS, NOW).may_be_held(NOW), "it ran out this moment");
        assert!(!held(THEIRS, LATER).may_be_held(NOW));
        assert!(!held(MINE, LATER).may_be_held(NOW), "not even by its owner");
        assert!(!TicketState::Sold { booking: MINE }.may_be_held(NOW));
        assert!(!TicketState::Blocked.may_be_held(NOW));
    }

    #[test]
    fn a_seat_is_sold_to_who_holds_it_or_finds_it_free() {
        for mine in [held(MINE, LATER), held(MINE, NOW), held(THEIRS, NOW), TicketState::Available]
        {
            assert!(mine.may_be_sold_to(MINE, NOW), "{mine:?}");
        }
        let sold = [TicketState::Sold { booking: MINE }, TicketState::Sold { booking: THEIRS }];
        for not_mine in [held(THEIRS, LATER), TicketState::Blocked, sold[0], sold[1]] {
            assert!(!not_mine.may_be_sold_to(MINE, NOW), "{not_mine:?}");
        }
    }

    #[test]
    fn a_booking_frees_nothing_but_its_own() {
        let sold = TicketState::Sold { booking: MINE };
        assert_eq!(held(MINE, LATER).without_hold_of(MINE), TicketState::Available);
        assert_eq!(sold.without_sale_to(MINE), TicketState::Available);
        for other in [held(THEIRS, NOW), TicketState::Sold { booking: THEIRS }] {
            assert_eq!(other.without_hold_of(MINE), other);
            assert_eq!(other.without_sale_to(MINE), other);
            assert_eq!(other.with_hold_extended(MINE, LATER), other);
        }
        assert_eq!(sold.without_hold_of(MINE), sold);
        assert_eq!(held(MINE, NOW).without_sale_to(MINE), held(MINE, NOW));
        assert_eq!(held(MINE, NOW).with_hold_extended(MINE, LATER), held(MINE, LATER));
        assert!(held(MINE, NOW).is_held_by(MINE) && !held(MINE, NOW).is_held_by(THEIRS));
        assert!(!sold.is_held_by(MINE));
    }

    #[test]
    fn a_desk_sees_a_hold_that_ran_out_as_free() {
        assert_eq!(held(MINE, NOW).as_seen(NOW), (SeatState::Available, None));
        assert_eq!(held(MINE, LATER).as_seen(NOW), (SeatState::Held, Some(LATER)));
        assert_eq!(TicketState::Sold { booking: MINE }.as_seen(NOW), (SeatState::Sold, None));
        assert_eq!(TicketState::Blocked.as_seen(NOW), (SeatState::Blocked, None));
    }
}
