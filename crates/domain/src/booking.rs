//! The life of a booking.
//!
//! ```text
//!                 ┌────────────── begin payment, decline (any number of times) ─┐
//!   place hold    ▼                                                             │
//!  ───────────▶ in progress ────────────────────────────────────────────────────┘
//!                 │   │   │
//!        release  │   │   │ paid, and the seats are still ours ──▶ confirmed ──▶ refund due
//!                 ▼   ▼                                               ▲            ▲   │
//!           released  expired ── paid late: the same seats are free ──┘            │   ▼
//!                 │      │                                                         │ refunded
//!                 └──────┴────── paid late: a seat is gone ────────────────────────┘
//! ```
//!
//! The functions here decide; the store carries out what they decide under a lock on the
//! booking's row, and its guarded statements have the last word on seats. Every function is total:
//! a message that comes twice, late or out of order finds a state that absorbs it.

use crate::{money::Money, time::Timestamp};

/// Where a booking stands, with what is known only there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BookingState {
    /// The seats are held until then.
    InProgress {
        /// When the hold runs out.
        held_until: Timestamp,
        /// Whether the one extension for a payment was used.
        extended: bool,
        /// Whether the provider is working on a payment.
        payment_processing: bool,
    },
    /// Paid; the seats are sold.
    Confirmed,
    /// The hold ran out unpaid.
    Expired {
        /// Whether money may still come. Until it cannot, nobody may be told that nothing was
        /// paid.
        payment_open: bool,
    },
    /// The buyer gave the seats back.
    Released {
        /// As above.
        payment_open: bool,
    },
    /// Money came for which there are no seats, or not the right amount: it must go back.
    RefundDue,
    /// The money went back.
    Refunded,
}

/// How long holds live. All in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct HoldRules {
    /// A payment needs at least so much hold; with less left, the hold is extended, once.
    pub payment_window_seconds: u32,
    /// No hold lives longer than this, extension included, counted from its beginning.
    pub max_hold_seconds: u32,
}

/// Why a payment cannot begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PaymentRefused {
    /// The hold ran out.
    #[error("the hold has run out")]
    HoldExpired,
    /// Another payment of this booking is under way.
    #[error("a payment is under way")]
    AlreadyProcessing,
    /// The booking is confirmed already: there is nothing to pay.
    #[error("the booking is confirmed")]
    AlreadyConfirmed,
    /// The booking was released or refunded.
    #[error("the booking is closed")]
    Closed,
    /// The event was called off.
    #[error("the event was called off")]
    EventCancelled,
}

/// What must be done with money that has arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PaymentVerdict {
    /// Sell the booking its seats, all or nothing, if each is held for it or free. When one is
    /// not, the refund is due.
    ClaimSeats,
    /// Do not sell; the money must go back.
    Refund(RefundReason),
    /// It was dealt with before.
    NothingToDo,
}

/// Why money must go back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RefundReason {
    /// The hold ran out before the money came, and a seat was sold to somebody else.
    SeatsGone,
    /// The amount or the currency is not what the booking costs.
    WrongAmount,
    /// The event was cancelled, or the booking was, after it was paid.
    Cancelled,
}

impl RefundReason {
    /// The word for it in the database and the logs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SeatsGone => "seats_gone",
            Self::WrongAmount => "wrong_amount",
            Self::Cancelled => "cancelled",
        }
    }
}

/// Why a booking cannot be released.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReleaseRefused {
    /// Its payment is under way and may succeed at any moment.
    #[error("a payment is under way")]
    PaymentProcessing,
    /// It is paid, or was refunded.
    #[error("the booking is closed")]
    Closed,
}

/// What to do with a booking that its buyer gives back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReleaseVerdict {
    /// Free the seats.
    FreeSeats,
    /// They are free already.
    NothingToDo,
}

/// Why a booking cannot be cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CancelRefused {
    /// It is not paid: its seats are given back by releasing it.
    #[error("the booking is not confirmed")]
    NotConfirmed,
    /// The event is too near.
    #[error("it is too late to cancel")]
    TooLate,
}

/// What to do with a paid booking that is cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CancelVerdict {
    /// Put the seats back on sale; the money must go back.
    FreeSeatsAndRefund,
    /// That was done before.
    NothingToDo,
}

impl BookingState {
    /// Decides whether a payment may begin, and until when the seats must then be held.
    ///
    /// The hold is extended once, to `payment_window_seconds` from now, and never beyond
    /// `max_hold_seconds` after it was placed.
    ///
    /// # Errors
    /// [`PaymentRefused`] says why not.
    pub fn begin_payment(
        self,
        placed_at: Timestamp,
        now: Timestamp,
        rules: HoldRules,
    ) -> Result<Timestamp, PaymentRefused> {
        match self {
            Self::InProgress { payment_processing: true, .. }
            | Self::Expired { payment_open: true }
            | Self::Released { payment_open: true } => Err(PaymentRefused::AlreadyProcessing),
            Self::InProgress { held_until, .. } if held_until <= now => {
                Err(PaymentRefused::HoldExpired)
            }
            Self::InProgress { held_until, extended: true, .. } => Ok(held_until),
            Self::InProgress { held_until, extended: false, .. } => {
                let wanted = now.plus_seconds(i64::from(rules.payment_window_seconds));
                let latest = placed_at.plus_seconds(i64::from(rules.max_hold_seconds));
                Ok(held_until.max(wanted.min(latest)))
            }
            Self::Expired { .. } => Err(PaymentRefused::HoldExpired),
            Self::Confirmed => Err(PaymentRefused::AlreadyConfirmed),
            Self::Released { .. } | Self::RefundDue | Self::Refunded => Err(PaymentRefused::Closed),
        }
    }

    /// Decides what money that has arrived means.
    ///
    /// It does not matter whether the hold still lives: the guard on the seats knows better than
    /// any clock whether somebody else has them. Money for an event that was cancelled meanwhile
    /// buys nothing.
    #[must_use]
    pub fn payment_succeeded(
        self,
        paid: Money,
        total: Money,
        event_cancelled: bool,
    ) -> PaymentVerdict {
        match self {
            Self::Confirmed | Self::RefundDue | Self::Refunded => PaymentVerdict::NothingToDo,
            _ if paid != total => PaymentVerdict::Refund(RefundReason::WrongAmount),
            _ if event_cancelled => PaymentVerdict::Refund(RefundReason::Cancelled),
            Self::InProgress { .. } | Self::Expired { .. } | Self::Released { .. } => {
                PaymentVerdict::ClaimSeats
            }
        }
    }

    /// Whether a payment is under way for which the seats are held. Only then may the provider be
    /// asked for money, and only then does news of a failed payment change anything.
    #[must_use]
    pub const fn awaits_payment(self) -> bool {
        matches!(self, Self::InProgress { payment_processing: true, .. })
    }

    /// Whether the booking has ended and money may still come. That ends when its intent is
    /// cancelled, or when there turns out to be none.
    #[must_use]
    pub const fn is_closing(self) -> bool {
        matches!(self, Self::Expired { payment_open: true } | Self::Released { payment_open: true })
    }

    /// Whether the hold has run out and the seats must be freed.
    #[must_use]
    pub fn is_lapsed(self, now: Timestamp) -> bool {
        matches!(self, Self::InProgress { held_until, .. } if held_until <= now)
    }

    /// Decides what giving the seats back means.
    ///
    /// # Errors
    /// [`ReleaseRefused`] when money is on its way or has arrived.
    pub const fn release(self) -> Result<ReleaseVerdict, ReleaseRefused> {
        match self {
            Self::InProgress { payment_processing: true, .. } => {
                Err(ReleaseRefused::PaymentProcessing)
            }
            Self::InProgress { .. } => Ok(ReleaseVerdict::FreeSeats),
            Self::Expired { .. } | Self::Released { .. } => Ok(ReleaseVerdict::NothingToDo),
            Self::Confirmed | Self::RefundDue | Self::Refunded => Err(ReleaseRefused::Closed),
        }
    }

    /// Decides what cancelling a paid booking means. `latest` is the last moment at which its owner
    /// may do so; the box office itself may always (`None`).
    ///
    /// # Errors
    /// [`CancelRefused`] says why not.
    pub fn cancel(
        self,
        now: Timestamp,
        latest: Option<Timestamp>,
    ) -> Result<CancelVerdict, CancelRefused> {
        match self {
            Self::Confirmed if latest.is_some_and(|latest| latest < now) => {
                Err(CancelRefused::TooLate)
            }
            Self::Confirmed => Ok(CancelVerdict::FreeSeatsAndRefund),
            Self::RefundDue | Self::Refunded => Ok(CancelVerdict::NothingToDo),
            Self::InProgress { .. } | Self::Expired { .. } | Self::Released { .. } => {
                Err(CancelRefused::NotConfirmed)
            }
        }
    }

    /// Whether news of a refund that failed changes anything: the money is then due again.
    #[must_use]
    pub const fn refund_failed_matters(self) -> bool {
        matches!(self, Self::RefundDue | Self::Refunded)
    }

    /// Whether an open intent at the provider must be cancelled: nobody waits for its money.
    #[must_use]
    pub const fn must_cancel_intent(self) -> bool {
        matches!(self, Self::Expired { .. } | Self::Released { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::Currency;

    const RULES: HoldRules = HoldRules { payment_window_seconds: 120, max_hold_seconds: 900 };
    const PLACED: Timestamp = Timestamp(1_000_000);

    fn held(until_seconds: i64, extended: bool, payment_processing: bool) -> BookingState {
        BookingState::InProgress {
            held_until: PLACED.plus_seconds(until_seconds),
            extended,
            payment_processing,
        }
    }

    fn euros(minor: i64) -> Money {
        Money::new(minor, Currency::EUR)
    }

    const EXPIRED: BookingState = BookingState::Expired { payment_open: false };
    const RELEASED: BookingState = BookingState::Released { payment_open: false };
    const SETTLED: [BookingState; 3] =
        [BookingState::Confirmed, BookingState::RefundDue, BookingState::Refunded];

    #[test]
    fn a_payment_extends_a_short_hold_once_and_never_a_long_one() {
        let at = |seconds| PLACED.plus_seconds(seconds);
        let begin = |state: BookingState, now| state.begin_payment(PLACED, at(now), RULES);
        assert_eq!(begin(held(600, false, false), 10), Ok(at(600)));
        assert_eq!(begin(held(600, false, false), 590), Ok(at(710)));
        assert_eq!(begin(held(710, true, false), 700), Ok(at(710)));
        assert_eq!(begin(held(850, false, false), 849), Ok(at(900)), "the cap holds");
    }

    #[test]
    fn a_payment_cannot_begin_without_a_living_hold() {
        let begin =
            |state: BookingState| state.begin_payment(PLACED, PLACED.plus_seconds(600), RULES);
        assert_eq!(begin(held(600, false, false)), Err(PaymentRefused::HoldExpired));
        assert_eq!(begin(held(700, false, true)), Err(PaymentRefused::AlreadyProcessing));
        assert_eq!(begin(held(600, false, true)), Err(PaymentRefused::AlreadyProcessing));
        assert_eq!(begin(EXPIRED), Err(PaymentRefused::HoldExpired));
        let closing = BookingState::Expired { payment_open: true };
        assert_eq!(begin(closing), Err(PaymentRefused::AlreadyProcessing));
        assert_eq!(begin(BookingState::Confirmed), Err(PaymentRefused::AlreadyConfirmed));
        assert_eq!(begin(RELEASED), Err(PaymentRefused::Closed));
    }

    #[test]
    fn money_claims_the_seats_even_when_it_is_late() {
        for state in [held(1, true, true), EXPIRED, RELEASED] {
            let verdict = state.payment_succeeded(euros(500), euros(500), false);
            assert_eq!(verdict, PaymentVerdict::ClaimSeats);
            let wrong = state.payment_succeeded(euros(499), euros(500), false);
            assert_eq!(wrong, PaymentVerdict::Refund(RefundReason::WrongAmount));
            let cancelled = state.payment_succeeded(euros(500), euros(500), true);
            assert_eq!(cancelled, PaymentVerdict::Refund(RefundReason::Cancelled));
        }
    }

    #[test]
    fn settled_states_absorb_every_message() {
        for state in SETTLED {
            let verdict = state.payment_succeeded(euros(500), euros(500), true);
            assert_eq!(verdict, PaymentVerdict::NothingToDo);
            assert!(!state.awaits_payment() && !state.is_closing());
            assert!(!state.is_lapsed(Timestamp(i64::MAX)));
            assert_eq!(state.release(), Err(ReleaseRefused::Closed));
            assert!(!state.must_cancel_intent());
        }
    }

    #[test]
    fn a_paid_booking_can_be_cancelled_until_the_event_is_near() {
        let at = |seconds| PLACED.plus_seconds(seconds);
        let cancel = |state: BookingState, now| state.cancel(at(now), Some(at(100)));
        assert_eq!(cancel(BookingState::Confirmed, 100), Ok(CancelVerdict::FreeSeatsAndRefund));
        assert_eq!(cancel(BookingState::Confirmed, 101), Err(CancelRefused::TooLate));
        let by_the_office = BookingState::Confirmed.cancel(at(101), None);
        assert_eq!(by_the_office, Ok(CancelVerdict::FreeSeatsAndRefund));
        for state in [BookingState::RefundDue, BookingState::Refunded] {
            assert_eq!(cancel(state, 101), Ok(CancelVerdict::NothingToDo));
            assert!(state.refund_failed_matters());
        }
        for state in [held(600, false, true), EXPIRED, RELEASED] {
            assert_eq!(cancel(state, 0), Err(CancelRefused::NotConfirmed));
            assert!(!state.refund_failed_matters());
        }
    }

    #[test]
    fn seats_cannot_be_given_back_while_money_is_on_its_way() {
        assert_eq!(held(600, false, true).release(), Err(ReleaseRefused::PaymentProcessing));
        assert_eq!(held(600, false, false).release(), Ok(ReleaseVerdict::FreeSeats));
        assert_eq!(RELEASED.release(), Ok(ReleaseVerdict::NothingToDo));
    }
}
