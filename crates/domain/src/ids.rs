//! Typed ids. An id of one kind cannot be passed where another is expected.
//!
//! Every id is written as a string on the wire: JavaScript numbers lose integers above 2^53,
//! and a reader should not be tempted to calculate with an id.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use uuid::Uuid;

/// A text that is not the id it was read as.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not {expected}")]
pub struct InvalidId {
    /// What was read, cut to 64 characters.
    pub text: String,
    /// What was expected, with its article: "an event id".
    pub expected: &'static str,
}

impl InvalidId {
    fn new(text: &str, expected: &'static str) -> Self {
        Self { text: text.chars().take(64).collect(), expected }
    }
}

macro_rules! number_id {
    ($(#[$doc:meta])* $name:ident, $expected:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub i64);

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                match text.parse::<i64>() {
                    Ok(number) if number > 0 => Ok(Self(number)),
                    _ => Err(InvalidId::new(text, $expected)),
                }
            }
        }

        shown_as_its_content!($name);
        text_serde!($name);
    };
}

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident, $expected:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub Uuid);

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                Uuid::parse_str(text).map(Self).map_err(|_| InvalidId::new(text, $expected))
            }
        }

        shown_as_its_content!($name);
        text_serde!($name);
    };
}

macro_rules! shown_as_its_content {
    ($name:ident) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

/// Serialises as a string; reads a string, or a plain integer as a courtesy to people at a shell.
macro_rules! text_serde {
    ($name:ident) => {
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_any(TextOrNumber).and_then(|text: String| {
                    text.parse().map_err(|error: InvalidId| de::Error::custom(error))
                })
            }
        }
    };
}

struct TextOrNumber;

impl de::Visitor<'_> for TextOrNumber {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an id as a string")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<String, E> {
        Ok(text.to_owned())
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<String, E> {
        Ok(number.to_string())
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<String, E> {
        Ok(number.to_string())
    }
}

number_id!(
    /// An event: one performance, on one date, at one venue.
    EventId,
    "an event id (a whole number above zero)"
);
number_id!(
    /// A venue.
    VenueId,
    "a venue id (a whole number above zero)"
);
number_id!(
    /// A performer: an artist, a team, a company.
    PerformerId,
    "a performer id (a whole number above zero)"
);
uuid_id!(
    /// A booking, made by the caller of the reservation as a version 7 UUID.
    BookingId,
    "a booking id (a UUID)"
);
uuid_id!(
    /// A user. Fans are guests by default: the id lives in a signed cookie.
    UserId,
    "a user id (a UUID)"
);

/// The running number of a seat in its seat map, from 0, in the order sections → rows → seats.
///
/// Places in a general-admission area are numbered in the same way, one number per person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SeatIndex(pub u32);

impl SeatIndex {
    /// The number as an index of a slice.
    #[must_use]
    pub const fn as_usize(self) -> usize {
        self.0 as usize
    }
}

shown_as_its_content!(SeatIndex);

/// A ticket: one seat of one event, written `{event}-{seat}`, for example `412-1034`.
///
/// The id names its event, so a request can be sent to the event's writer without a look-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TicketId {
    /// The event.
    pub event: EventId,
    /// The seat within the event's seat map.
    pub seat: SeatIndex,
}

impl fmt::Display for TicketId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.event, self.seat)
    }
}

impl FromStr for TicketId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let invalid = || InvalidId::new(text, "a ticket id (event-seat, such as 412-1034)");
        let (event, seat) = text.split_once('-').ok_or_else(invalid)?;
        let event = event.parse().map_err(|_| invalid())?;
        let seat = seat.parse().map(SeatIndex).map_err(|_| invalid())?;
        Ok(Self { event, seat })
    }
}

text_serde!(TicketId);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_id_reads_what_it_writes() {
        let id = TicketId { event: EventId(412), seat: SeatIndex(1034) };
        assert_eq!(id.to_string(), "412-1034");
        assert_eq!("412-1034".parse(), Ok(id));
        assert_eq!(serde_json::to_string(&id).ok().as_deref(), Some("\"412-1034\""));
    }

    #[test]
    fn ids_refuse_what_they_are_not() {
        for text in ["", "0", "-3", "1.5", "x", "99999999999999999999"] {
            assert!(text.parse::<EventId>().is_err(), "{text}");
        }
        for text in ["", "412", "412-", "-7", "412--7", "412-x", "412-4294967296"] {
            assert!(text.parse::<TicketId>().is_err(), "{text}");
        }
        assert!("412".parse::<BookingId>().is_err());
    }

    #[test]
    fn an_error_never_repeats_a_novel() {
        let long = "9".repeat(10_000);
        let error = long.parse::<EventId>().expect_err("too large");
        assert_eq!(error.text.len(), 64);
    }

    #[test]
    fn a_number_is_read_as_an_id() {
        assert_eq!(serde_json::from_str::<EventId>("412").ok(), Some(EventId(412)));
        assert_eq!(serde_json::from_str::<EventId>("\"412\"").ok(), Some(EventId(412)));
        assert!(serde_json::from_str::<EventId>("-1").is_err());
    }
}
