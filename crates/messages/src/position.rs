//! Where in PostgreSQL's write-ahead log something happened.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A position in the write-ahead log. It grows with every commit, until the database is restored
/// from a backup: then a new epoch begins. Written as PostgreSQL does, `16/B374D848`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Lsn(pub u64);

/// A text that is not a position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a position in the write-ahead log")]
pub struct InvalidPosition;

impl fmt::Display for Lsn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:X}/{:X}", self.0 >> 32, self.0 & 0xFFFF_FFFF)
    }
}

impl FromStr for Lsn {
    type Err = InvalidPosition;

    fn from_str(text: &str) -> Result<Self, InvalidPosition> {
        let half = |text: &str| u32::from_str_radix(text, 16).map_err(|_| InvalidPosition);
        let (high, low) = text.split_once('/').ok_or(InvalidPosition)?;
        Ok(Self(u64::from(half(high)?) << 32 | u64::from(half(low)?)))
    }
}

impl Serialize for Lsn {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Lsn {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// A change in the write-ahead log: the end of its commit, and its number within the transaction.
/// It is the id under which JetStream recognises a message that comes twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Position {
    /// The end of the commit record.
    pub commit: Lsn,
    /// Counted from 0 over what the relay reads of the transaction.
    pub ordinal: u32,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.commit, self.ordinal)
    }
}

impl FromStr for Position {
    type Err = InvalidPosition;

    fn from_str(text: &str) -> Result<Self, InvalidPosition> {
        let (commit, ordinal) = text.split_once('.').ok_or(InvalidPosition)?;
        let ordinal = ordinal.parse().map_err(|_| InvalidPosition)?;
        Ok(Self { commit: commit.parse()?, ordinal })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_read_what_they_write_and_follow_the_log() {
        let early = Position { commit: Lsn(0x16_B374_D848), ordinal: 9 };
        assert_eq!(early.to_string(), "16/B374D848.9");
        assert_eq!("16/B374D848.9".parse(), Ok(early));
        let later = Position { commit: Lsn(0x17_0000_0000), ordinal: 0 };
        assert!(early < later && "17/0".parse::<Lsn>() == Ok(later.commit));
    }

    #[test]
    fn what_is_no_position_is_refused() {
        for text in ["", "16", "16/", "/1", "16/G", "100000000/0", "1/2", "1/2.", "1/2.x"] {
            assert_eq!(text.parse::<Position>(), Err(InvalidPosition), "{text}");
        }
    }
}
