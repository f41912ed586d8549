//! What is due about a payment, by how it stands with us and at the provider.
//!
//! Whoever looks at a payment, told by a message or by the sweep, does what [`BookingState::due`]
//! says. [`PaymentFacts::is_forgotten`] is what the sweep's statement must find: a test of the store
//! compares the two.

use crate::booking::BookingState;

/// How an intent stands at the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IntentStanding {
    /// It can be paid, and nobody is paying it at the moment.
    Open,
    /// A payment is under way, at the bank or with the buyer.
    Processing,
    /// It is paid.
    Paid,
    /// It can never be paid.
    Cancelled,
}

/// What must be done about a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PaymentDue {
    /// The money that came must be dealt with.
    TakeMoney,
    /// The provider must be told that nobody waits for the money.
    CancelIntent,
    /// It must be noted that the intent is cancelled, and that the payment under way failed.
    NoteCancelled,
    /// It must be noted that the payment under way failed.
    NoteFailure,
    /// Nothing, until there is news.
    Wait,
}

impl BookingState {
    /// Whether the money must be given back, however the intent stands.
    #[must_use]
    pub const fn must_give_back(self) -> bool {
        matches!(self, Self::RefundDue)
    }

    /// Decides what an intent that stands like this asks of its booking. To be asked only when the
    /// money must not be given back.
    #[must_use]
    pub const fn due(self, intent: IntentStanding) -> PaymentDue {
        match intent {
            IntentStanding::Paid => PaymentDue::TakeMoney,
            IntentStanding::Cancelled => PaymentDue::NoteCancelled,
            // When its money is under way already, the provider refuses; then it comes late.
            IntentStanding::Open | IntentStanding::Processing if self.must_cancel_intent() => {
                PaymentDue::CancelIntent
            }
            IntentStanding::Open => PaymentDue::NoteFailure,
            IntentStanding::Processing => PaymentDue::Wait,
        }
    }
}

/// What is noted of a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct PaymentFacts {
    /// The id of its intent is known.
    pub intent_known: bool,
    /// The money has come.
    pub succeeded: bool,
    /// Nothing can be paid with the intent any more.
    pub cancelled: bool,
    /// The provider took on to give the money back, and has not said that it arrived: it may
    /// still fail.
    pub refund_open: bool,
}

impl PaymentFacts {
    /// Whether the intent can still be paid, as far as is known.
    const fn has_open_intent(self) -> bool {
        self.intent_known && !self.succeeded && !self.cancelled
    }

    /// Whether money may still come when a booking ends, of which a payment is under way or is not.
    /// A try that seems to have failed may have been late only: what counts is its intent.
    #[must_use]
    pub const fn may_bring_money(self, payment_processing: bool) -> bool {
        payment_processing || self.has_open_intent()
    }

    /// Whether somebody must look at the payment of a booking after nothing happened for a while:
    /// money that must go back or of which nobody knows whether it did, intents of which nobody
    /// knows what became, intents that nobody waits for, and tries that ended before the provider
    /// was asked.
    #[must_use]
    pub const fn is_forgotten(self, booking: BookingState) -> bool {
        let is_open = self.has_open_intent();
        match booking {
            BookingState::RefundDue => true,
            BookingState::InProgress { payment_processing, .. } => {
                payment_processing && (is_open || !self.intent_known)
            }
            BookingState::Expired { payment_open } | BookingState::Released { payment_open } => {
                payment_open || is_open
            }
            BookingState::Refunded => self.refund_open,
            BookingState::Confirmed => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Timestamp;

    const EXPIRED: BookingState = BookingState::Expired { payment_open: true };
    const RELEASED: BookingState = BookingState::Released { payment_open: false };

    fn in_progress(payment_processing: bool) -> BookingState {
        let held_until = Timestamp(0);
        BookingState::InProgress { held_until, extended: false, payment_processing }
    }

    #[test]
    fn an_intent_that_nobody_waits_for_is_cancelled() {
        for state in [EXPIRED, RELEASED] {
            assert_eq!(state.due(IntentStanding::Open), PaymentDue::CancelIntent);
            assert_eq!(state.due(IntentStanding::Processing), PaymentDue::CancelIntent);
            assert_eq!(state.due(IntentStanding::Cancelled), PaymentDue::NoteCancelled);
            assert_eq!(state.due(IntentStanding::Paid), PaymentDue::TakeMoney, "it came late");
        }
    }

    #[test]
    fn a_payment_that_stopped_is_noted_and_one_under_way_is_left_alone() {
        assert_eq!(in_progress(true).due(IntentStanding::Open), PaymentDue::NoteFailure);
        assert_eq!(in_progress(true).due(IntentStanding::Processing), PaymentDue::Wait);
        assert_eq!(in_progress(true).due(IntentStanding::Paid), PaymentDue::TakeMoney);
    }

    #[test]
    fn a_try_that_seems_to_have_failed_may_bring_money() {
        let open = PaymentFacts { intent_known: true, ..PaymentFacts::default() };
        assert!(open.may_bring_money(false));
        assert!(PaymentFacts::default().may_bring_money(true), "it may be about to be made");
        assert!(!PaymentFacts::default().may_bring_money(false));
        assert!(!PaymentFacts { cancelled: true, ..open }.may_bring_money(false));
    }

    #[test]
    fn nothing_that_is_settled_is_forgotten() {
        let open = PaymentFacts { intent_known: true, ..PaymentFacts::default() };
        let paid = PaymentFacts { succeeded: true, ..open };
        let cancelled = PaymentFacts { cancelled: true, ..open };
        assert!(PaymentFacts::default().is_forgotten(in_progress(true)));
        assert!(!PaymentFacts::default().is_forgotten(in_progress(false)));
        assert!(open.is_forgotten(in_progress(true)));
        assert!(open.is_forgotten(RELEASED));
        assert!(!cancelled.is_forgotten(RELEASED));
        assert!(cancelled.is_forgotten(EXPIRED), "whoever waits for an answer is to get one");
        assert!(paid.is_forgotten(BookingState::RefundDue));
        assert!(!paid.is_forgotten(BookingState::Confirmed));
        assert!(!paid.is_forgotten(BookingState::Refunded));
        let accepted = PaymentFacts { refund_open: true, ..paid };
        assert!(accepted.is_forgotten(BookingState::Refunded), "a refund can fail later");
    }
}
