//! What the relay makes of the write-ahead log: rows of the catalogue, what happened to bookings,
//! and which seats have another state.
//!
//! Within an epoch, positions grow with every commit. A consumer keeps, for each row, the position
//! it knows it by, and leaves alone what is older: messages come at least once.

use onsale_domain::{BookingId, EventId, PerformerId, SeatIndex, Timestamp, UserId, VenueId};
use serde::{Deserialize, Serialize};

use crate::Lsn;

/// Header that says up to where a stream has the write-ahead log: `{epoch} {position}`. The relay
/// reads it from a stream's last message to know where to go on.
pub const RELAYED_HEADER: &str = "Onsale-Relayed";

/// Subject on which the relay says every second that it lives.
pub const PULSE_SUBJECT: &str = "inventory.pulse";

/// A venue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VenueRow {
    /// The venue.
    pub id: VenueId,
    /// The name by which import files refer to it.
    pub key: String,
    /// Its name.
    pub name: String,
    /// Street and number.
    pub address: String,
    /// The city.
    pub city: String,
    /// ISO 3166 code of the country.
    pub country: String,
    /// IANA name of the time zone.
    pub time_zone: String,
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
    /// How many people it holds.
    pub capacity: u32,
    /// Hash of its seat map.
    pub seat_map_hash: String,
}

/// A performer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PerformerRow {
    /// The performer.
    pub id: PerformerId,
    /// The name by which import files refer to it.
    pub key: String,
    /// The name.
    pub name: String,
    /// The genre.
    pub genre: String,
    /// A few sentences; may be empty.
    pub description: String,
}

/// An event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventRow {
    /// The event.
    pub id: EventId,
    /// The name by which import files refer to it.
    pub key: String,
    /// Where it takes place.
    pub venue_id: VenueId,
    /// Hash of the seat map it is sold by.
    pub seat_map_hash: String,
    /// Its title.
    pub title: String,
    /// A few sentences; may be empty.
    pub description: String,
    /// The genre.
    pub genre: String,
    /// When it starts.
    pub starts_at: Timestamp,
    /// When the doors open.
    pub doors_at: Option<Timestamp>,
    /// When sales begin.
    pub on_sale_at: Timestamp,
    /// The currency of its prices.
    pub currency: String,
    /// When it was cancelled, if it was.
    pub cancelled_at: Option<Timestamp>,
}

/// A performer on the poster of an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventPerformerRow {
    /// The event.
    pub event_id: EventId,
    /// The performer.
    pub performer_id: PerformerId,
    /// The place on the poster, from 0.
    pub position: u16,
}

/// What a category of seats costs at an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceCategoryRow {
    /// The event.
    pub event_id: EventId,
    /// The number of the category in the event's seat map.
    pub category: u8,
    /// Its name.
    pub name: String,
    /// What a seat costs, in minor units of the event's currency.
    pub price_minor: i64,
}

/// A row of the catalogue, with the table it is of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "table", content = "row", rename_all = "snake_case")]
pub enum CatalogueRow {
    /// Of `venues`.
    Venues(VenueRow),
    /// Of `performers`.
    Performers(PerformerRow),
    /// Of `events`.
    Events(EventRow),
    /// Of `event_performers`.
    EventPerformers(EventPerformerRow),
    /// Of `price_categories`.
    PriceCategories(PriceCategoryRow),
}

impl CatalogueRow {
    /// The name of its table.
    #[must_use]
    pub const fn table(&self) -> &'static str {
        match self {
            Self::Venues(_) => "venues",
            Self::Performers(_) => "performers",
            Self::Events(_) => "events",
            Self::EventPerformers(_) => "event_performers",
            Self::PriceCategories(_) => "price_categories",
        }
    }
}

/// How a row came to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RowOp {
    /// It is new.
    Insert,
    /// It was changed; this is how it is now.
    Update,
    /// It is gone; this is how it was.
    Delete,
    /// It is told again, because continuity was lost.
    Snapshot,
}

impl RowOp {
    /// The last word of its subject.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Insert => "insert",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::Snapshot => "snapshot",
        }
    }
}

/// A row of the catalogue changed, or is told again. Stream `CDC`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RowTold {
    /// The epoch of `lsn`.
    pub epoch: u64,
    /// End of the commit that changed it; of a snapshot, a position whose every commit it shows.
    pub lsn: Lsn,
    /// How it came to be told.
    pub op: RowOp,
    /// The whole row.
    #[serde(flatten)]
    pub row: CatalogueRow,
}

impl RowTold {
    /// `cdc.{table}.{op}`
    #[must_use]
    pub fn subject(&self) -> String {
        format!("cdc.{}.{}", self.row.table(), self.op.as_str())
    }
}

/// The whole catalogue is told again, between a message that says `begun` and one that says
/// `ended`. What a consumer knows of an earlier epoch when it has ended is gone. Stream `CDC`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotMark {
    /// The epoch that begins with it.
    pub epoch: u64,
    /// A position whose every commit the snapshot shows.
    pub lsn: Lsn,
    /// Rows told so far: 0 at the beginning.
    pub rows: u64,
}

/// Subject of the beginning of a snapshot.
pub const SNAPSHOT_BEGUN_SUBJECT: &str = "cdc.snapshot.begun";
/// Subject of the end of a snapshot.
pub const SNAPSHOT_ENDED_SUBJECT: &str = "cdc.snapshot.ended";

/// Up to where somebody has followed the stream `CDC`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Checkpoint {
    /// The epoch of the relay.
    pub epoch: u64,
    /// When the stream was made; 0 when there was none yet.
    pub stream_made_at: i64,
    /// The sequence of the last message that was taken.
    pub sequence: u64,
}

/// What happened to a booking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BookingStep {
    /// Seats are held for it.
    Held,
    /// It is paid and its seats are sold.
    Confirmed,
    /// The hold ran out unpaid.
    Expired,
    /// The buyer gave the seats back.
    Released,
    /// Money must go back.
    RefundDue,
    /// The money went back.
    Refunded,
}

impl BookingStep {
    /// The last word of its subject.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Confirmed => "confirmed",
            Self::Expired => "expired",
            Self::Released => "released",
            Self::RefundDue => "refund_due",
            Self::Refunded => "refunded",
        }
    }
}

/// Something happened to a booking. Stream `BOOKINGS`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BookingTold {
    /// The epoch of `lsn`.
    pub epoch: u64,
    /// End of the commit in which it happened.
    pub lsn: Lsn,
    /// What happened.
    pub step: BookingStep,
    /// The booking.
    pub booking: BookingId,
    /// Its event.
    pub event: EventId,
    /// Its owner.
    pub user: UserId,
    /// Its seats; absent when there are so many that the log does not repeat them.
    pub seats: Option<Vec<SeatIndex>>,
    /// What they cost together, in minor units.
    pub total_minor: i64,
    /// The currency.
    pub currency: String,
}

impl BookingTold {
    /// `bookings.{event}.{what happened}`
    #[must_use]
    pub fn subject(&self) -> String {
        format!("bookings.{}.{}", self.event, self.step.as_str())
    }
}

/// The relay lives, and has told every change of availability up to a version. Whoever knows
/// another epoch fetches everything anew. Not kept by a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pulse {
    /// The epoch of versions at this moment.
    pub epoch: u64,
    /// The version that everything told so far leads to.
    pub version: u64,
}

/// Subject of the deltas of an event's availability, in the bytes of
/// `onsale_domain::AvailabilityDelta`. Not kept by a stream.
#[must_use]
pub fn inventory_subject(event: EventId) -> String {
    format!("inventory.{event}")
}
