//! How much can happen in a model, so that all of it can be tried.

use crate::{Ending, Step};

/// What a model leaves out, and how often what it has can happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scope {
    /// How often a buyer tries to pay a booking.
    pub tries: u8,
    /// Requests to pay one booking that are at work at once: 1 or 2.
    pub requests: u8,
    /// Writers of the event: 1 or 2. There should be one.
    pub writers: u8,
    /// Writers die, or read all seats again.
    pub restarts: bool,
    /// Less money can come than was asked for.
    pub short_payments: bool,
    /// Confirmed bookings can be cancelled.
    pub cancellations: bool,
    /// Bookings that are told in brief, as bits: they are held, released, expire, and are paid, in
    /// time or late, and refunded, each in a single step.
    pub brief: u16,
}

impl Scope {
    /// Everything, with as many tries as that.
    #[must_use]
    pub const fn everything(tries: u8) -> Self {
        Self {
            tries,
            requests: 2,
            writers: 2,
            restarts: true,
            short_payments: true,
            cancellations: true,
            brief: 0,
        }
    }

    /// Whether a booking is told in brief.
    pub(crate) const fn is_brief(self, booking: u8) -> bool {
        self.brief & (1 << booking) != 0
    }

    /// Whether a step belongs to the model.
    pub(crate) fn allows(self, step: Step) -> bool {
        match step {
            Step::Decide { writer, .. } => writer < self.writers,
            Step::Restart { writer } => self.restarts && writer < self.writers,
            Step::Settle { ending: Ending::Short, .. } => self.short_payments,
            Step::Cancel { .. } => self.cancellations,
            Step::AtOnce { booking } => self.is_brief(booking),
            Step::Begin { booking } | Step::Look { booking } => !self.is_brief(booking),
            _ => true,
        }
    }
}
