//! What travels over NATS: subjects, streams, consumers, and payloads with their versions.
//!
//! Nothing here talks to NATS; the `onsale-bus` crate does. Declarations of streams and consumers
//! live as JSON in the repository's `nats/` folder, in the form of the server's own API, and are
//! compiled in.

mod payload;
mod position;
pub mod relay;
pub mod topology;

pub use payload::{
    InvalidPayload, ReserveCommand, ReserveReply, Settle, VERSION, WebhookReceived, decode, encode,
};
pub use position::{InvalidPosition, Lsn, Position};

use onsale_domain::EventId;

/// Header with the id of the HTTP request that caused a message; logs on both sides carry it.
pub const REQUEST_ID_HEADER: &str = "Onsale-Request-Id";

/// Header with the subject on which the sender waits for the reply. JetStream uses the message's
/// own reply field for its acknowledgement, so ours needs a place of its own.
pub const REPLY_TO_HEADER: &str = "Onsale-Reply-To";

/// Writers that share the events between them. An event always goes to the same one.
pub const RESERVATION_PARTITIONS: u8 = 8;

/// Subject on which settling a payment is asked for.
pub const SETTLE_SUBJECT: &str = "payments.settle";

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
