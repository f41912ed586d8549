//! The availability of an event: two bits a seat, with the version they are of.
//!
//! 100,000 seats are 25 kB before compression. The bytes are a small header and the bits, seat 0
//! in the lowest bits of the first byte:
//!
//! | bytes | holds |
//! | --- | --- |
//! | 0–3 | `OSA1` |
//! | 4–11 | epoch, little endian: a new one means "forget what you know" |
//! | 12–19 | version within the epoch, little endian: every change up to it is in here |
//! | 20–23 | number of seats, little endian |
//! | 24… | ⌈seats / 4⌉ bytes |

mod delta;

use serde::{Deserialize, Serialize};

pub use delta::{AvailabilityDelta, InvalidDelta, Learned};

use crate::{ids::SeatIndex, limits::MAX_SEATS_PER_MAP};

const MAGIC: [u8; 4] = *b"OSA1";
const HEADER_BYTES: usize = 24;

/// What a seat is to a fan who does not own it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum SeatState {
    /// Can be held now.
    Available = 0,
    /// In somebody's hold; may come back.
    Held = 1,
    /// Sold.
    Sold = 2,
    /// Withheld by the organiser.
    Blocked = 3,
}

impl SeatState {
    const fn from_bits(bits: u8) -> Self {
        match bits & 3 {
            0 => Self::Available,
            1 => Self::Held,
            2 => Self::Sold,
            _ => Self::Blocked,
        }
    }

    /// The word for it in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Available => "available",
            Self::Held => "held",
            Self::Sold => "sold",
            Self::Blocked => "blocked",
        }
    }
}

/// The state of every seat of one event at one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Availability {
    /// Changes when versions start anew; states of two epochs cannot be compared.
    pub epoch: u64,
    /// Every change up to this position of the write-ahead log is in here, and perhaps some after
    /// it. It grows within an epoch.
    pub version: u64,
    seats: u32,
    bits: Vec<u8>,
}

/// Bytes that are not an availability.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidAvailability {
    /// Shorter than the header, or not starting with its mark.
    #[error("not an availability: the header is missing")]
    Header,
    /// The number of seats and the number of bytes do not agree, or there are too many.
    #[error("the availability says {seats} seats but carries {bytes} bytes")]
    Length {
        /// Seats according to the header.
        seats: u32,
        /// Bytes after the header.
        bytes: usize,
    },
}

impl Availability {
    /// `seats` seats, all available, at version 0 of `epoch`.
    #[must_use]
    pub fn all_available(seats: u32, epoch: u64) -> Self {
        Self { epoch, version: 0, seats, bits: vec![0; (seats as usize).div_ceil(4)] }
    }

    /// The number of seats.
    #[must_use]
    pub const fn len(&self) -> u32 {
        self.seats
    }

    /// Whether there are no seats at all.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.seats == 0
    }

    /// The state of a seat; a seat beyond the map is blocked.
    #[must_use]
    pub fn get(&self, seat: SeatIndex) -> SeatState {
        if seat.0 >= self.seats {
            return SeatState::Blocked;
        }
        SeatState::from_bits(self.bits[seat.as_usize() / 4] >> (seat.0 % 4 * 2))
    }

    /// Sets the state of a seat and says whether it changed. A seat beyond the map is left alone.
    pub fn set(&mut self, seat: SeatIndex, state: SeatState) -> bool {
        if seat.0 >= self.seats || self.get(seat) == state {
            return false;
        }
        let byte = &mut self.bits[seat.as_usize() / 4];
        let shift = seat.0 % 4 * 2;
        *byte = *byte & !(3 << shift) | (state as u8) << shift;
        true
    }

    /// Whether the seat can be held now.
    #[must_use]
    pub fn is_available(&self, seat: SeatIndex) -> bool {
        self.get(seat) == SeatState::Available
    }

    /// How many seats of `range` are available.
    #[must_use]
    pub fn count_available(&self, range: std::ops::Range<u32>) -> u32 {
        let available = range.filter(|seat| self.is_available(SeatIndex(*seat))).count();
        u32::try_from(available).unwrap_or(u32::MAX)
    }

    /// The bytes of the table at the top of this module.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEADER_BYTES + self.bits.len());
        bytes.extend_from_slice(&MAGIC);
        bytes.extend_from_slice(&self.epoch.to_le_bytes());
        bytes.extend_from_slice(&self.version.to_le_bytes());
        bytes.extend_from_slice(&self.seats.to_le_bytes());
        bytes.extend_from_slice(&self.bits);
        bytes
    }

    /// Reads what [`Self::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`InvalidAvailability`] when the header is missing or lengths disagree.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, InvalidAvailability> {
        let (header, bits) =
            bytes.split_at_checked(HEADER_BYTES).ok_or(InvalidAvailability::Header)?;
        if header[..4] != MAGIC {
            return Err(InvalidAvailability::Header);
        }
        let seats = u32::from_le_bytes([header[20], header[21], header[22], header[23]]);
        if seats as usize > MAX_SEATS_PER_MAP || bits.len() != (seats as usize).div_ceil(4) {
            return Err(InvalidAvailability::Length { seats, bytes: bits.len() });
        }
        let number = |at: usize| {
            let mut word = [0; 8];
            word.copy_from_slice(&header[at..at + 8]);
            u64::from_le_bytes(word)
        };
        Ok(Self { epoch: number(4), version: number(12), seats, bits: bits.to_vec() })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const STATES: [SeatState; 4] =
        [SeatState::Available, SeatState::Held, SeatState::Sold, SeatState::Blocked];

    #[test]
    fn a_seat_beyond_the_map_is_blocked_and_stays_so() {
        let mut availability = Availability::all_available(5, 1);
        assert!(!availability.set(SeatIndex(5), SeatState::Available));
        assert_eq!(availability.get(SeatIndex(5)), SeatState::Blocked);
        assert_eq!(availability.count_available(0..9), 5);
    }

    #[test]
    fn bytes_that_disagree_are_refused() {
        let bytes = Availability::all_available(9, 1).to_bytes();
        assert_eq!(Availability::from_bytes(&bytes[..10]), Err(InvalidAvailability::Header));
        let cut = &bytes[..bytes.len() - 1];
        assert_eq!(
            Availability::from_bytes(cut),
            Err(InvalidAvailability::Length { seats: 9, bytes: 2 })
        );
    }

    proptest! {
        #[test]
        fn remembers_each_seat_alone(
            seats in 1_u32..200,
            changes in prop::collection::vec((0_u32..200, 0_usize..4), 0..100),
        ) {
            let mut availability = Availability::all_available(seats, 7);
            let mut expected = vec![SeatState::Available; seats as usize];
            for (seat, state) in changes {
                availability.set(SeatIndex(seat), STATES[state]);
                if let Some(expected) = expected.get_mut(seat as usize) {
                    *expected = STATES[state];
                }
            }
            let read = Availability::from_bytes(&availability.to_bytes());
            prop_assert_eq!(read.as_ref(), Ok(&availability));
            for (seat, expected) in (0..).zip(expected) {
                prop_assert_eq!(availability.get(SeatIndex(seat)), expected);
            }
        }
    }
}
