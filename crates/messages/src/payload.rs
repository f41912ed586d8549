//! The bodies of messages, as JSON. Each carries the version of its shape; a reader refuses one
//! that it does not know instead of guessing.

use std::borrow::Cow;

use onsale_domain::{BookingId, Currency, EventId, SeatIndex, Timestamp, UserId, desk::Wanted};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// Version of every payload in this module.
pub const VERSION: u8 = 1;

/// Commands that one message carries at most.
pub const MAX_COMMANDS: usize = 512;

/// Asks the writer of an event to place a hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReserveCommand {
    /// The booking to be made. The caller makes the id, so asking again is safe.
    pub booking: BookingId,
    /// Who wants it.
    pub user: UserId,
    /// The event.
    pub event: EventId,
    /// The seats.
    pub wanted: Wanted,
    /// Digest of the caller's request, 32 bytes in hexadecimal.
    pub fingerprint: String,
    /// The id of the HTTP request, for log lines.
    pub request_id: String,
    /// Tickets of the event that the user may have by their admission pass, if they have one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket_limit: Option<u32>,
}

/// What a server asks a writer with one message: everything that came in while the answer to the
/// message before was on its way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReserveBatch<'a> {
    /// The commands, in the order in which they came; at most [`MAX_COMMANDS`].
    pub commands: Cow<'a, [ReserveCommand]>,
    /// Nobody waits for the answer any more when so many milliseconds have passed since it was
    /// sent. A span and not a moment: clocks of two machines need not agree.
    pub patience_ms: u32,
}

/// The writer's answers, in the order of the commands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReserveReplies {
    /// One for each command.
    pub replies: Vec<ReserveReply>,
}

/// A hold that was just placed: all that a caller needs to show the booking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlacedHold {
    /// The seats, in order.
    pub seats: Vec<SeatIndex>,
    /// What each costs, in minor units.
    pub prices_minor: Vec<i64>,
    /// The currency of the prices.
    pub currency: Currency,
    /// The database's clock when the hold was placed.
    pub placed_at: Timestamp,
    /// When it runs out, by the same clock.
    pub held_until: Timestamp,
}

/// The writer's answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReserveReply {
    /// The seats are held under the command's booking id.
    Held(PlacedHold),
    /// The same request made this booking before. How it stands now has to be read.
    Existing,
    /// These seats are in somebody else's hands.
    SeatsTaken {
        /// The seats, in order.
        seats: Vec<SeatIndex>,
    },
    /// These seats do not exist.
    UnknownSeats {
        /// The seats, in order.
        seats: Vec<SeatIndex>,
    },
    /// There are not so many left side by side.
    NotEnoughSeats,
    /// The user may have so many tickets of this event, and has so many.
    TooManyTickets {
        /// The limit.
        limit: u32,
        /// Held or bought already.
        has: u32,
    },
    /// There is no such event.
    UnknownEvent,
    /// It is not on sale: too early, too late or cancelled.
    NotOnSale,
    /// The booking id was used for another request.
    IdempotencyConflict,
    /// The database could not be asked.
    Unavailable,
}

/// A webhook was stored in the inbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookReceived {
    /// The provider.
    pub provider: String,
    /// The provider's id of its event.
    pub event_id: String,
}

/// Asks to look at a booking's payment and do what is due: find out what became of an intent,
/// cancel it, or give money back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settle {
    /// The booking.
    pub booking: BookingId,
}

/// How holds of one event went at one server, over about a second.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldReport {
    /// The event.
    pub event: EventId,
    /// Holds that were asked for.
    pub count: u32,
    /// How long the slowest tenth of them took at least, in milliseconds.
    pub slow_ms: u32,
}

/// How a waiting room stands, as the worker that runs it saw it last.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LiveFigures {
    /// The event.
    pub event: EventId,
    /// Counts resets.
    pub epoch: u32,
    /// The mode, in a word.
    pub mode: String,
    /// Numbers that stand behind the front.
    pub waiting: u64,
    /// Passes that were given out.
    pub admitted: u64,
    /// Passes that are good and whose owners have not bought.
    pub active: u32,
    /// Of these, whose owners hold seats.
    pub converting: u32,
    /// Passes that ended without a booking.
    pub abandoned: u64,
    /// The rate at the moment, in a minute.
    pub rate_per_minute: f64,
    /// How long a newcomer will wait, in seconds, if that can be known.
    pub newcomer_seconds: Option<u32>,
    /// Seats that can be had.
    pub available_seats: u32,
    /// Seats that are held.
    pub held_seats: u32,
}

/// A message that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum InvalidPayload {
    /// Not the JSON that was expected.
    #[error("the message cannot be read: {0}")]
    Malformed(#[from] serde_json::Error),
    /// Written by a version of Onsale that this one does not understand.
    #[error("the message has version {0}, this program reads version {VERSION}")]
    Version(u8),
}

#[derive(Serialize)]
struct Envelope<T> {
    v: u8,
    #[serde(flatten)]
    body: T,
}

#[derive(Deserialize)]
struct VersionOnly {
    v: u8,
}

/// Writes a message's body, which must be a struct.
///
/// # Errors
/// When the payload cannot be written as JSON, which none in this module can cause.
pub fn encode<T: Serialize>(body: &T) -> Result<Vec<u8>, InvalidPayload> {
    Ok(serde_json::to_vec(&Envelope { v: VERSION, body })?)
}

/// Reads a message's body, which must be a struct: the version lies among its fields, and is passed over
/// there. Taking it away first would copy every field of every command.
///
/// # Errors
/// [`InvalidPayload`] for another version or another shape.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, InvalidPayload> {
    let VersionOnly { v } = serde_json::from_slice(bytes)?;
    if v != VERSION {
        return Err(InvalidPayload::Version(v));
    }
    Ok(serde_json::from_slice(bytes)?)
}

#[cfg(test)]
mod tests {
    use onsale_domain::seat_map::CategoryIndex;

    use super::*;

    fn command() -> ReserveCommand {
        ReserveCommand {
            booking: "0190f3e4-0000-7000-8000-000000000001".parse().expect("a booking id"),
            user: "0190f3e4-0000-7000-8000-000000000002".parse().expect("a user id"),
            event: EventId(7),
            wanted: Wanted::Best { quantity: 2, category: Some(CategoryIndex(1)) },
            fingerprint: "00".repeat(32),
            request_id: "r-1".into(),
            ticket_limit: Some(4),
        }
    }

    #[test]
    fn reads_what_it_writes() {
        let bytes = encode(&command()).expect("encodes");
        assert_eq!(decode::<ReserveCommand>(&bytes).ok(), Some(command()));
        let taken = ReserveReply::SeatsTaken { seats: vec![SeatIndex(3)] };
        let replies = ReserveReplies { replies: vec![taken, ReserveReply::NotOnSale] };
        let bytes = encode(&replies).expect("encodes");
        assert_eq!(decode::<ReserveReplies>(&bytes).ok(), Some(replies));
    }

    #[test]
    fn another_version_is_refused_by_name() {
        let read = decode::<Settle>(br#"{"v":9,"something":"new"}"#);
        assert!(matches!(read, Err(InvalidPayload::Version(9))));
    }
}
