//! What a transaction did, in words of the domain.

use onsale_domain::{BookingId, EventId, SeatIndex, SeatState, Timestamp, UserId};
use onsale_messages::{
    Lsn,
    relay::{BookingStep, CatalogueRow, RowOp},
};

/// A transaction that was committed.
#[derive(Debug, Clone, PartialEq)]
pub struct Transaction {
    /// The end of its commit record.
    pub end: Lsn,
    /// When it was committed, by the database's clock.
    pub committed_at: Timestamp,
    /// What it did, in the order in which it was done.
    pub changes: Vec<Change>,
}

/// One change of one row.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// A ticket was updated; the seat has this state now, and may have had it before.
    Seat {
        /// The event.
        event: EventId,
        /// The seat.
        seat: SeatIndex,
        /// Its state.
        state: SeatState,
    },
    /// A booking was made, or its status changed.
    Booking(Box<Step>),
    /// A row of the catalogue is new, other, or gone.
    Row(RowOp, Box<CatalogueRow>),
}

/// Something that happened to a booking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What happened.
    pub step: BookingStep,
    /// The booking.
    pub booking: BookingId,
    /// Its event.
    pub event: EventId,
    /// Its owner.
    pub user: UserId,
    /// Its seats; `None` when there are so many that the log does not repeat them.
    pub seats: Option<Vec<SeatIndex>>,
    /// What they cost together, in minor units.
    pub total_minor: i64,
    /// The currency.
    pub currency: String,
}
