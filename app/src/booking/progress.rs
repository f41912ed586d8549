//! What a booking looks like to its owner at each moment: one small state, decided in one place.

use crate::api::{BookingDetail, BookingStatus, PaymentState, RefundCause};

/// What the page shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// The seats are held; nothing was paid yet.
    Checkout,
    /// As before, but a card was declined.
    Declined,
    /// The provider is working on the payment.
    Paying,
    /// Paid: here are the tickets.
    Confirmed,
    /// The hold ran out, or the seats were given back, and a payment had begun: nobody can say
    /// yet that nothing was paid.
    Closing,
    /// The hold ran out.
    Expired,
    /// The seats were given back.
    Released,
    /// The money must go back.
    RefundDue(Option<RefundCause>),
    /// The money went back.
    Refunded(Option<RefundCause>),
}

impl Stage {
    /// The stage of a booking.
    pub(super) const fn of(booking: &BookingDetail) -> Self {
        match (booking.status, booking.payment) {
            (BookingStatus::InProgress, PaymentState::Processing | PaymentState::Succeeded) => {
                Self::Paying
            }
            (BookingStatus::InProgress, PaymentState::Declined) => Self::Declined,
            (BookingStatus::InProgress, _) => Self::Checkout,
            (BookingStatus::Confirmed, _) => Self::Confirmed,
            (BookingStatus::Expired | BookingStatus::Released, PaymentState::Processing) => {
                Self::Closing
            }
            (BookingStatus::Expired, _) => Self::Expired,
            (BookingStatus::Released, _) => Self::Released,
            (BookingStatus::RefundDue, _) => Self::RefundDue(booking.refund_reason),
            (BookingStatus::Refunded, _) => Self::Refunded(booking.refund_reason),
        }
    }

    /// The word that tests and style sheets know it by.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Checkout => "in_progress",
            Self::Declined => "declined",
            Self::Paying => "processing",
            Self::Confirmed => "confirmed",
            Self::Closing => "closing",
            Self::Expired => "expired",
            Self::Released => "released",
            Self::RefundDue(_) => "refund_due",
            Self::Refunded(_) => "refunded",
        }
    }

    /// Whether the next state comes from elsewhere and has to be asked for.
    pub(super) const fn is_awaited(self) -> bool {
        matches!(self, Self::Paying | Self::Closing | Self::RefundDue(_))
    }

    /// The heading of the page and a sentence below it.
    pub(super) const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Checkout => (
                "Your seats are held",
                "Nobody else can take them while the clock runs. Pay before it reaches zero.",
            ),
            Self::Declined => (
                "Your card was declined",
                "Your bank said no. Nothing was paid, and your seats are still held: try another card.",
            ),
            Self::Paying => (
                "We are waiting for your bank",
                "This takes a few seconds, sometimes a minute. You can close this page: nothing is \
                 lost, and nothing is paid twice.",
            ),
            Self::Confirmed => (
                "You are going!",
                "Everything is paid. Keep the link below: it opens your tickets on any device.",
            ),
            Self::Closing => (
                "We are asking your bank",
                "Your seats are no longer held, and a payment had begun. If it still arrives, you \
                 get your seats, or all of your money back. This page tells you in a moment.",
            ),
            Self::Expired => (
                "Your hold has run out",
                "The seats went back on sale, and nothing was paid. They may still be free.",
            ),
            Self::Released => (
                "You gave the seats back",
                "Thank you: somebody else can have them now. Nothing was paid.",
            ),
            Self::RefundDue(Some(RefundCause::Cancelled)) => (
                "Your booking is cancelled",
                "The full amount is going back to your card; you need do nothing.",
            ),
            Self::RefundDue(Some(RefundCause::WrongAmount)) => (
                "Your payment was not the right amount",
                "So the seats could not be yours. All of it is going back to your card; you need \
                 do nothing.",
            ),
            Self::RefundDue(_) => (
                "Your payment came too late",
                "The hold had run out and the seats were gone. The full amount is going back to \
                 your card; you need do nothing.",
            ),
            Self::Refunded(Some(RefundCause::Cancelled)) => (
                "Your booking is cancelled",
                "The full amount was returned to your card. Banks take up to five days to show it.",
            ),
            Self::Refunded(_) => (
                "Your money is on its way back",
                "The full amount was returned to your card. Banks take up to five days to show it.",
            ),
        }
    }
}

/// Milliseconds until the next question about the booking, by how many went before: quick at
/// first, when most payments are decided, then patient.
pub(super) const fn poll_pause_millis(asked: u32) -> u64 {
    match asked {
        0..=9 => 500,
        10..=39 => 1_000,
        _ => 4_000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_told_that_nothing_was_paid_while_money_may_come() {
        let closing = Stage::Closing;
        assert!(closing.is_awaited());
        assert!(!closing.words().1.contains("nothing was paid"));
        assert!(Stage::Expired.words().1.contains("nothing was paid"));
    }

    #[test]
    fn waiting_grows_patient() {
        assert!(poll_pause_millis(0) < poll_pause_millis(20));
        assert!(poll_pause_millis(20) < poll_pause_millis(1000));
    }
}
