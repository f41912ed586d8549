//! What keeps the promises, as switches.

use std::fmt;

/// Something that the product does to keep its promises, and that a model can do without.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Guard {
    /// A hold is placed only on seats that are available or whose hold has run out.
    HoldCondition,
    /// A hold is placed on all of its seats, or on none.
    HoldCount,
    /// A booking is made once, however often and by whomever it is asked for.
    BookingOnce,
    /// Seats are sold only to a booking that holds them, or when nobody does.
    SaleCondition,
    /// All seats of a booking are sold, or none.
    SaleCount,
    /// A booking that ends frees only seats that it holds itself.
    FreeOnlyOwn,
    /// Whoever decides about a booking keeps its row locked until the decision is written.
    RowLock,
    /// News for a booking that is settled changes nothing.
    Absorption,
    /// A hold is extended once.
    ExtensionOnce,
    /// A hold is extended only while it has all of its seats.
    ExtensionCount,
    /// Asking the provider for the intent of a booking again brings the same intent.
    IntentKey,
    /// An intent is confirmed only after its id was stored.
    IntentFirst,
    /// What was paid is compared with what the booking costs.
    AmountCheck,
    /// Asking the provider for the refund of a booking again brings the same refund.
    RefundKey,
    /// A confirmed booking that is cancelled loses its seats at the same moment.
    CancelAtOnce,
    /// Holds that ran out are ended by the sweep.
    HoldSweep,
    /// The provider is asked about intents of which nobody heard.
    Reconciler,
    /// Refunds that are due are asked for again.
    RefundSweep,
    /// News that comes again is not stored again.
    InboxKey,
    /// Stored news that nobody applied is found again.
    InboxSweep,
    /// Tries to pay that ended before the provider was asked are found again.
    AbandonedSweep,
    /// A booking that ends does not free seats that were sold to it.
    FreeOnlyHeld,
    /// A payment begins only while the hold lives.
    LivingHold,
    /// An intent is noted, and then paid, only while its payment is awaited.
    RecordAwaited,
    /// A buyer who has tried to pay is told that nothing was paid only once nothing can be.
    ToldLast,
}

impl Guard {
    /// Without any one of these, a promise is broken.
    pub const NEEDED: [Self; 21] = [
        Self::HoldCondition,
        Self::HoldCount,
        Self::BookingOnce,
        Self::SaleCondition,
        Self::SaleCount,
        Self::FreeOnlyOwn,
        Self::RowLock,
        Self::Absorption,
        Self::ExtensionOnce,
        Self::ExtensionCount,
        Self::IntentKey,
        Self::IntentFirst,
        Self::AmountCheck,
        Self::RefundKey,
        Self::CancelAtOnce,
        Self::HoldSweep,
        Self::Reconciler,
        Self::RefundSweep,
        Self::AbandonedSweep,
        Self::RecordAwaited,
        Self::ToldLast,
    ];

    /// Without any one of these, the others keep the promises. They save work, or time, or stand
    /// behind another.
    pub const SPARE: [Self; 4] =
        [Self::InboxKey, Self::InboxSweep, Self::FreeOnlyHeld, Self::LivingHold];
}

/// The guards in force.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Guards(u32);

impl Guards {
    /// All of them, as in the product.
    pub const ALL: Self = Self(u32::MAX);

    /// These without one.
    #[must_use]
    pub const fn without(self, guard: Guard) -> Self {
        Self(self.0 & !(1 << guard as u8))
    }

    /// Whether a guard is in force.
    #[must_use]
    pub const fn has(self, guard: Guard) -> bool {
        self.0 & (1 << guard as u8) != 0
    }
}

impl fmt::Debug for Guards {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = Guard::NEEDED.into_iter().chain(Guard::SPARE);
        let missing: Vec<Guard> = all.filter(|guard| !self.has(*guard)).collect();
        match missing.is_empty() {
            true => f.write_str("all guards"),
            false => write!(f, "all guards but {missing:?}"),
        }
    }
}
