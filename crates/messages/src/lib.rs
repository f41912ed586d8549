//! What travels over NATS: subjects, streams, consumers, and payloads with their versions.
//!
//! Nothing here talks to NATS; the `onsale-bus` crate does. Declarations of streams and consumers
//! live as JSON in the repository's `nats/` folder, in the form of the server's own API, and are
//! compiled in.

mod payload;
mod position;
pub mod relay;
pub mod search;
pub mod topology;

pub use payload::{
    HoldReport, InvalidPayload, LiveFigures, MAX_COMMANDS, PlacedHold, ReserveBatch,
    ReserveCommand, ReserveReplies, ReserveReply, Settle, VERSION, WebhookReceived, decode, encode,
};
pub use position::{InvalidPosition, Lsn, Position};

use onsale_domain::EventId;

/// Header with the id of the HTTP request that caused a message; logs on both sides carry it.
pub const REQUEST_ID_HEADER: &str = "Onsale-Request-Id";

/// Headers of a dead letter, which is a message that a worker gave up, kept with its body. They say
/// why, and where it came from.
pub mod dead_letter_headers {
    /// How all of them begin.
    pub const PREFIX: &str = "Onsale-Dead-";
    /// Why it was given up, in words.
    pub const REASON: &str = "Onsale-Dead-Reason";
    /// The subject it was published to.
    pub const SUBJECT: &str = "Onsale-Dead-Subject";
    /// Its number in its stream.
    pub const SEQUENCE: &str = "Onsale-Dead-Sequence";
    /// How often it had been delivered.
    pub const DELIVERIES: &str = "Onsale-Dead-Deliveries";
}

/// Writers that share the events between them. An event always goes to the same one.
pub const RESERVATION_PARTITIONS: u8 = 8;

/// Subject on which settling a payment is asked for.
pub const SETTLE_SUBJECT: &str = "payments.settle";

/// Subject under which a message that a consumer gave up is kept.
#[must_use]
pub fn dead_letter_subject(stream: &str, consumer: &str) -> String {
    format!("dead_letters.{stream}.{consumer}")
}

/// The partition of an event's writer.
#[must_use]
pub fn partition_of(event: EventId) -> u8 {
    // Ids are given out in order, so the remainder spreads them evenly.
    u8::try_from(event.0.rem_euclid(i64::from(RESERVATION_PARTITIONS))).unwrap_or_default()
}

/// Subject of the commands to the writer of a partition.
#[must_use]
pub fn reservations_subject(partition: u8) -> String {
    format!("reservations.{partition}")
}

/// Subject of the webhooks of a payment provider.
#[must_use]
pub fn webhook_subject(provider: &str) -> String {
    format!("payments.webhook.{provider}")
}

/// Bucket of the key-value store in which each waiting room's live figures lie, under the number of
/// its event. Whoever watches it hears of every step of a room.
pub const WAITING_ROOM_BUCKET: &str = "waiting_room";

/// Subject on which a server tells how holds of an event went lately.
#[must_use]
pub fn holds_subject(event: EventId) -> String {
    format!("admission.{event}.holds")
}
