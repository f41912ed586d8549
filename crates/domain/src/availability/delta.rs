//! What changed of an availability: the new states of some seats.
//!
//! States are absolute, so a delta that is applied twice does no harm. Each says after which
//! version it begins, so whoever misses one knows it:
//!
//! | bytes | holds |
//! | --- | --- |
//! | 0–3 | `OSD1` |
//! | 4–11 | epoch, little endian |
//! | 12–19 | previous: every change after this version is in here, little endian |
//! | 20–27 | version: up to this one, little endian |
//! | 28–31 | number of seats, little endian |
//! | 32… | the seats in order, each as LEB128 of `seats left out before it × 4 + state` |

use super::{Availability, SeatState};
use crate::{ids::SeatIndex, limits::MAX_SEATS_PER_MAP};

const MAGIC: [u8; 4] = *b"OSD1";
const HEADER_BYTES: usize = 32;
/// Seats in one delta. With more, fetching the whole availability is cheaper than telling each.
const MAX_SEATS: usize = 250_000;

/// The changes of one event's seats between two versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AvailabilityDelta {
    /// The epoch of both versions.
    pub epoch: u64,
    /// Every change after this version, up to `version`, is in here.
    pub previous: u64,
    /// The version that this leads to.
    pub version: u64,
    seats: Vec<(SeatIndex, SeatState)>,
}

/// What a delta did to an availability.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Learned {
    /// It leads to the delta's version now; so many seats have another state than before.
    Seats(usize),
    /// It was at this version or beyond already; nothing was changed.
    Known,
    /// Something between the two is missing, or the epoch is another: fetch the whole.
    Gap,
}

/// Bytes that are not a delta.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidDelta {
    /// Shorter than the header, or not starting with its mark.
    #[error("not a delta of availability: the header is missing")]
    Header,
    /// The seats end before their number is reached, go on after it, or are none of any map.
    #[error("the delta's seats cannot be read")]
    Seats,
}

impl AvailabilityDelta {
    /// A delta of these seats, in any order; of two states of one seat the later one counts.
    ///
    /// With too many seats to be told one by one, it names none and leaves a gap on purpose:
    /// whoever receives it fetches the whole.
    #[must_use]
    pub fn new(
        epoch: u64,
        previous: u64,
        version: u64,
        mut seats: Vec<(SeatIndex, SeatState)>,
    ) -> Self {
        // The sort is stable, so the states of one seat stay in their order.
        seats.sort_by_key(|(seat, _)| *seat);
        seats.reverse();
        seats.dedup_by_key(|(seat, _)| *seat);
        seats.reverse();
        if seats.len() > MAX_SEATS {
            return Self { epoch, previous: version, version, seats: Vec::new() };
        }
        Self { epoch, previous, version, seats }
    }

    /// The seats and their new states, in order.
    #[must_use]
    pub fn seats(&self) -> &[(SeatIndex, SeatState)] {
        &self.seats
    }

    /// The bytes of the table at the top of this module.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEADER_BYTES + 2 * self.seats.len());
        bytes.extend_from_slice(&MAGIC);
        for number in [self.epoch, self.previous, self.version] {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        let count = u32::try_from(self.seats.len()).unwrap_or(u32::MAX);
        bytes.extend_from_slice(&count.to_le_bytes());
        let mut next = 0;
        for (seat, state) in &self.seats {
            let left_out = u64::from(seat.0 - next);
            write_leb128(&mut bytes, left_out << 2 | u64::from(*state as u8));
            next = seat.0.saturating_add(1);
        }
        bytes
    }

    /// Reads what [`Self::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`InvalidDelta`] when the header is missing or the seats cannot be read.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, InvalidDelta> {
        let (header, mut rest) =
            bytes.split_at_checked(HEADER_BYTES).ok_or(InvalidDelta::Header)?;
        if header[..4] != MAGIC {
            return Err(InvalidDelta::Header);
        }
        let number = |at: usize| {
            let mut word = [0; 8];
            word.copy_from_slice(&header[at..at + 8]);
            u64::from_le_bytes(word)
        };
        let count = u32::from_le_bytes([header[28], header[29], header[30], header[31]]) as usize;
        // Each seat takes at least a byte.
        if count > rest.len() {
            return Err(InvalidDelta::Seats);
        }
        let mut seats = Vec::with_capacity(count);
        let mut next = 0_u64;
        for _ in 0..count {
            let (word, after) = read_leb128(rest).ok_or(InvalidDelta::Seats)?;
            let seat = next + (word >> 2);
            if seat >= MAX_SEATS_PER_MAP as u64 {
                return Err(InvalidDelta::Seats);
            }
            let index = u32::try_from(seat).map_err(|_| InvalidDelta::Seats)?;
            seats.push((SeatIndex(index), SeatState::from_bits((word & 3) as u8)));
            (next, rest) = (seat + 1, after);
        }
        if !rest.is_empty() {
            return Err(InvalidDelta::Seats);
        }
        Ok(Self { epoch: number(4), previous: number(12), version: number(20), seats })
    }
}

impl Availability {
    /// Takes a delta, if it is news and nothing is missing before it.
    pub fn learn(&mut self, delta: &AvailabilityDelta) -> Learned {
        if delta.epoch != self.epoch {
            return Learned::Gap;
        }
        if delta.version <= self.version {
            return Learned::Known;
        }
        if delta.previous > self.version {
            return Learned::Gap;
        }
        self.version = delta.version;
        let changed = delta.seats.iter().filter(|(seat, state)| self.set(*seat, *state)).count();
        Learned::Seats(changed)
    }
}

fn write_leb128(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

/// The number at the beginning, at most 28 bits of it, and the bytes after it.
fn read_leb128(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut number = 0;
    for (at, byte) in bytes.iter().enumerate().take(4) {
        number |= u64::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            return Some((number, &bytes[at + 1..]));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn delta(previous: u64, version: u64, seats: &[(u32, SeatState)]) -> AvailabilityDelta {
        let seats = seats.iter().map(|(seat, state)| (SeatIndex(*seat), *state)).collect();
        AvailabilityDelta::new(7, previous, version, seats)
    }

    fn at(version: u64) -> Availability {
        let mut availability = Availability::all_available(9, 7);
        availability.version = version;
        availability
    }

    #[test]
    fn a_quarter_of_a_second_of_a_storm_is_small() {
        let seats = (0..1_250).map(|seat| (SeatIndex(seat * 7_919 % 100_000), SeatState::Held));
        let delta = AvailabilityDelta::new(1, 0, 1, seats.collect());
        assert_eq!(delta.seats().len(), 1_250);
        assert!(delta.to_bytes().len() < 3_000, "{}", delta.to_bytes().len());
    }

    #[test]
    fn the_later_state_of_a_seat_counts() {
        let delta =
            delta(0, 1, &[(4, SeatState::Held), (2, SeatState::Sold), (4, SeatState::Sold)]);
        assert_eq!(
            delta.seats(),
            [(SeatIndex(2), SeatState::Sold), (SeatIndex(4), SeatState::Sold)]
        );
    }

    #[test]
    fn a_missing_delta_is_noticed_and_a_repeated_one_does_nothing() {
        let mut availability = at(10);
        let second = delta(20, 30, &[(2, SeatState::Sold)]);
        assert_eq!(availability.learn(&second), Learned::Gap);
        let first = delta(8, 20, &[(1, SeatState::Held), (2, SeatState::Available)]);
        assert_eq!(availability.learn(&first), Learned::Seats(1));
        assert_eq!(availability.learn(&second), Learned::Seats(1));
        assert_eq!(availability.learn(&first), Learned::Known);
        assert_eq!(availability.version, 30);
        assert_eq!(availability.get(SeatIndex(1)), SeatState::Held);
        assert_eq!(availability.get(SeatIndex(2)), SeatState::Sold);
    }

    #[test]
    fn another_epoch_is_a_gap() {
        let mut availability = at(10);
        let mut next = delta(0, 20, &[(1, SeatState::Held)]);
        next.epoch = 8;
        assert_eq!(availability.learn(&next), Learned::Gap);
        assert_eq!(availability, at(10));
    }

    #[test]
    fn a_delta_of_too_many_seats_asks_for_the_whole() {
        let seats: Vec<_> = (0..=MAX_SEATS as u32).map(|seat| (seat, SeatState::Sold)).collect();
        let delta = delta(5, 20, &seats);
        assert!(delta.seats().is_empty());
        assert_eq!(at(10).learn(&delta), Learned::Gap);
    }

    #[test]
    fn bytes_that_are_no_delta_are_refused() {
        let bytes = delta(1, 2, &[(1, SeatState::Held), (300, SeatState::Sold)]).to_bytes();
        assert_eq!(AvailabilityDelta::from_bytes(&bytes[..31]), Err(InvalidDelta::Header));
        assert_eq!(AvailabilityDelta::from_bytes(b"OSA1"), Err(InvalidDelta::Header));
        let cut = &bytes[..bytes.len() - 1];
        assert_eq!(AvailabilityDelta::from_bytes(cut), Err(InvalidDelta::Seats));
        let longer = [bytes.as_slice(), &[0]].concat();
        assert_eq!(AvailabilityDelta::from_bytes(&longer), Err(InvalidDelta::Seats));
    }

    proptest! {
        #[test]
        fn reads_what_it_writes(
            versions in (any::<u64>(), any::<u64>(), any::<u64>()),
            seats in prop::collection::vec((0_u32..1_000_000, 0_u8..4), 0..200),
        ) {
            let seats = seats.into_iter().map(|(s, b)| (SeatIndex(s), SeatState::from_bits(b)));
            let delta =
                AvailabilityDelta::new(versions.0, versions.1, versions.2, seats.collect());
            prop_assert_eq!(AvailabilityDelta::from_bytes(&delta.to_bytes()), Ok(delta));
        }

        #[test]
        fn never_panics(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            let _ = AvailabilityDelta::from_bytes(&[&MAGIC[..], &bytes].concat());
        }
    }
}
