//! What is remembered: by the database, by the processes, by the provider.
//!
//! Time is told from now: a hold that ends in two seconds is `Timestamp(2_000)`, and a second that
//! passes moves everything closer. What is over stays at zero. So there is no clock in a world, and
//! no end of it to run into.

use onsale_domain::{
    BookingId, SeatIndex, Timestamp,
    booking::{BookingState, HoldRules, PaymentVerdict},
    payment::{IntentStanding, PaymentDue, PaymentFacts},
    ticket::TicketState,
};
use uuid::Uuid;

/// The present.
pub const NOW: Timestamp = Timestamp(0);
/// How long a hold lives at first, in seconds.
pub const HOLD_SECONDS: u32 = 2;
/// A payment that begins in the last second of a hold extends it by one; there would be room for
/// another such second.
pub const RULES: HoldRules = HoldRules { payment_window_seconds: 2, max_hold_seconds: 4 };
/// Writers of one event. There should be one.
pub const WRITERS: usize = 2;
/// Intents of one booking that the provider can have. There should be one.
pub const INTENTS: usize = 2;
/// Requests of one booking that are at work at once.
pub const TASKS: usize = 2;

/// Everything that is remembered, of `B` bookings that are wanted and `S` seats.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct World<const B: usize, const S: usize> {
    /// The table of tickets.
    pub seats: [TicketState; S],
    /// The table of bookings.
    pub bookings: [Option<Row>; B],
    /// The table of payments.
    pub payments: [Payment; B],
    /// Transactions that are open on a booking. With the lock of its row, there is one at most.
    pub(crate) open: [[Option<Transaction>; 2]; B],
    /// The desks of the writers, in any order.
    pub(crate) writers: [Writer<S>; WRITERS],
    /// Requests to pay that are at work, in any order.
    pub(crate) tasks: [[Task; TASKS]; B],
    /// A worker that looks at the payment of a booking.
    pub(crate) looks: [Look; B],
    /// The intents of each booking at the provider. There should be one.
    pub intents: [[Option<Intent>; INTENTS]; B],
}

/// A row of `bookings`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Row {
    /// Where it stands.
    pub state: BookingState,
    /// When the hold was placed; zero once that matters no more.
    pub placed_at: Timestamp,
    /// How often the hold was extended. Nobody but the rules knows.
    pub extensions: u8,
}

/// A row of `payments`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Payment {
    /// Tries that the buyer has left.
    pub tries_left: u8,
    /// Which intent is noted as the booking's.
    pub intent: Option<u8>,
    /// The money has come.
    pub succeeded: bool,
    /// Nothing can be paid with the intent any more.
    pub cancelled: bool,
    /// The money went back.
    pub refunded: bool,
}

impl Payment {
    /// What the sweep looks at.
    pub const fn facts(&self) -> PaymentFacts {
        PaymentFacts {
            intent_known: self.intent.is_some(),
            succeeded: self.succeeded,
            cancelled: self.cancelled,
            // A refund that fails after it was accepted is beyond the model.
            refund_open: false,
        }
    }
}

/// What a transaction has decided and not yet written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Transaction {
    /// A payment begins; the seats are to be held until then.
    Begin { until: Timestamp },
    /// Money came.
    Money { verdict: PaymentVerdict },
    /// The buyer gives the seats back.
    Release,
    /// A confirmed booking is cancelled.
    Cancel,
    /// Its seats are freed. Only without [`crate::Guard::CancelAtOnce`] a transaction of its own.
    FreeSold,
}

/// What a writer remembers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Writer<const S: usize> {
    /// Its desk.
    pub notes: [Note; S],
    /// The booking that it has decided to hold seats for, and has not written yet.
    pub pending: Option<u8>,
}

/// What a desk knows of a seat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Note {
    Available,
    Held(Timestamp),
    Sold,
    Blocked,
}

/// How far a request to pay has come, after it was allowed to begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Task {
    /// There is none.
    Idle,
    /// The provider is to be asked for the intent.
    Create,
    /// The intent is to be noted.
    Record { intent: u8 },
    /// The intent is to be paid.
    Confirm { intent: u8 },
    /// It is to be noted that the payment failed.
    NoteFailure,
}

/// How far a worker has come that looks at a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Look {
    /// Nobody looks.
    Idle,
    /// There is no intent: that is to be noted.
    NoIntent,
    /// The refund is to be asked for.
    GiveBack { intent: u8 },
    /// The refund is to be noted.
    GivenBack,
    /// The provider is to be asked. As it was read, nobody waited for the intent's money, or
    /// somebody did.
    Ask { intent: u8, must_cancel: bool },
    /// The provider has answered, and this follows from the answer.
    Due { intent: u8, due: PaymentDue },
    /// The provider has cancelled the intent: that is to be noted.
    Cancelled,
}

/// An intent at the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Intent {
    /// How it stands.
    pub standing: IntentStanding,
    /// It was paid with less than was asked for.
    pub short: bool,
    /// Its money went back.
    pub refunded: bool,
    /// What became of the news that it is paid.
    pub news: News,
}

/// What became of the provider's news.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum News {
    /// It is on its way, in any number of copies, or lost.
    Away,
    /// It is in the inbox; the workers are told, now or later or again.
    Stored,
    /// It was applied.
    Processed,
}

/// Seats as a set of bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeatSet(pub u16);

impl SeatSet {
    /// The seats, from the first.
    pub fn seats(self) -> impl Iterator<Item = usize> {
        (0..16).filter(move |seat| self.0 & (1 << seat) != 0)
    }

    /// How many there are.
    #[must_use]
    pub const fn count(self) -> usize {
        self.0.count_ones() as usize
    }

    /// Whether a seat is among them.
    #[must_use]
    pub const fn has(self, seat: usize) -> bool {
        self.0 & (1 << seat) != 0
    }

    /// The seats as the domain names them.
    pub(crate) fn indices(self) -> Vec<SeatIndex> {
        self.seats().filter_map(|seat| u32::try_from(seat).ok()).map(SeatIndex).collect()
    }
}

/// The id of a booking.
#[must_use]
pub const fn id_of(booking: usize) -> BookingId {
    BookingId(Uuid::from_u128(booking as u128 + 1))
}

/// The moment so many seconds from now.
pub(crate) const fn in_seconds(seconds: u32) -> Timestamp {
    NOW.plus_seconds(seconds as i64)
}

impl<const B: usize, const S: usize> World<B, S> {
    /// The beginning: everything is for sale but what is blocked.
    #[must_use]
    pub fn new(blocked: SeatSet, tries: u8) -> Self {
        let seat =
            |seat| if blocked.has(seat) { TicketState::Blocked } else { TicketState::Available };
        let note = |seat| if blocked.has(seat) { Note::Blocked } else { Note::Available };
        let payment = Payment {
            tries_left: tries,
            intent: None,
            succeeded: false,
            cancelled: false,
            refunded: false,
        };
        let writer = Writer { notes: std::array::from_fn(note), pending: None };
        Self {
            seats: std::array::from_fn(seat),
            bookings: [None; B],
            payments: [payment; B],
            open: [[None; 2]; B],
            writers: [writer; WRITERS],
            tasks: [[Task::Idle; TASKS]; B],
            looks: [Look::Idle; B],
            intents: [[None; INTENTS]; B],
        }
    }

    /// Where a booking stands.
    #[must_use]
    pub fn state(&self, booking: usize) -> Option<BookingState> {
        self.bookings[booking].map(|row| row.state)
    }

    /// A second passes. `false` when nobody would notice.
    pub(crate) fn tick(&mut self) -> bool {
        let mut noticed = false;
        let mut pass = |time: &mut Timestamp, first: Timestamp| {
            let later = time.plus_seconds(-1).max(first);
            noticed |= later != *time;
            *time = later;
        };
        for seat in &mut self.seats {
            if let TicketState::Held { until, .. } = seat {
                pass(until, NOW);
            }
        }
        for row in self.bookings.iter_mut().flatten() {
            if let BookingState::InProgress { held_until, .. } = &mut row.state {
                pass(held_until, NOW);
                pass(&mut row.placed_at, NOW.plus_seconds(-i64::from(RULES.max_hold_seconds)));
            }
        }
        for transaction in self.open.iter_mut().flatten().flatten() {
            if let Transaction::Begin { until } = transaction {
                pass(until, NOW);
            }
        }
        for note in self.writers.iter_mut().flat_map(|writer| &mut writer.notes) {
            if let Note::Held(until) = note {
                pass(until, NOW);
            }
        }
        noticed
    }

    /// Forgets which of two that are alike is which, so that worlds that differ in that only are
    /// one.
    pub(crate) fn tidy(&mut self) {
        self.writers.sort_unstable();
        for tasks in &mut self.tasks {
            tasks.sort_unstable();
        }
        for open in &mut self.open {
            if open[0].is_none() {
                open.swap(0, 1);
            }
        }
    }
}
