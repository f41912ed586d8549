//! The draw: a permutation of the numbers that were given out before the sale opened.
//!
//! The seed is chosen in secret, and its SHA-256, the **commitment**, is published before the first
//! number is given out. When the sale opens, the count N of numbers is frozen and the seed is
//! published. From then on anybody can compute every position.
//!
//! **Version 1.** Let `a` be the smallest integer with `a·a ≥ N` and `b = ⌈N / a⌉`. A number `m`
//! below `a·b` is split into `left = m mod a` and `right = ⌊m / a⌋`. Ten rounds `j = 1 … 10` follow;
//! in each, with modulus `a` when `j` is odd and `b` when it is even,
//! `(left, right) := (right, (left + F(j, right)) mod modulus)`. The result is `a·right + left`.
//! `F(j, x)` is the first eight bytes, read big-endian, of
//! `SHA-256("draw/1" ‖ seed ‖ N ‖ j ‖ x)` with N and x as eight bytes big-endian and j as one byte.
//! While the result is N or more, it is put in again. (A generalised Feistel network after Black and
//! Rogaway, with cycle-walking.)

use std::{fmt, str::FromStr};

use sha2::{Digest, Sha256};

use super::{Position, QueueNumber};

/// The version of the draw that this module computes.
pub const DRAW_VERSION: u8 = 1;
const LABEL: &[u8] = b"draw/1";
const ROUNDS: u8 = 10;

/// The secret from which the draw follows. It is shown to nobody before the sale opens, so it has
/// no `Debug` that prints it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Seed(pub [u8; 32]);

impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seed(***)")
    }
}

/// A text that is no seed or commitment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not 64 hexadecimal digits")]
pub struct InvalidSeed;

impl Seed {
    /// What is published of it beforehand.
    #[must_use]
    pub fn commitment(&self) -> Commitment {
        Commitment(Sha256::digest(self.0).into())
    }

    /// The seed in hexadecimal, for the moment at which it is published.
    #[must_use]
    pub fn reveal(&self) -> String {
        hex(&self.0)
    }
}

impl FromStr for Seed {
    type Err = InvalidSeed;

    fn from_str(text: &str) -> Result<Self, InvalidSeed> {
        from_hex(text).map(Self)
    }
}

/// The SHA-256 of a seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Commitment(pub [u8; 32]);

impl fmt::Display for Commitment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl FromStr for Commitment {
    type Err = InvalidSeed;

    fn from_str(text: &str) -> Result<Self, InvalidSeed> {
        from_hex(text).map(Self)
    }
}

fn hex(bytes: &[u8; 32]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn from_hex(text: &str) -> Result<[u8; 32], InvalidSeed> {
    let digits = text.as_bytes();
    let mut bytes = [0; 32];
    if digits.len() != 64 {
        return Err(InvalidSeed);
    }
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        let digit = |at: usize| char::from(pair[at]).to_digit(16).ok_or(InvalidSeed);
        *byte = u8::try_from(digit(0)? * 16 + digit(1)?).map_err(|_| InvalidSeed)?;
    }
    Ok(bytes)
}

/// A draw: a seed, and the frozen count of those who take part.
#[derive(Clone)]
pub struct Draw {
    count: u64,
    /// The two sides of the rectangle that holds all numbers.
    sides: (u64, u64),
    /// The hash with everything in it that is the same for all numbers.
    keyed: Sha256,
}

impl fmt::Debug for Draw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Draw").field("count", &self.count).finish_non_exhaustive()
    }
}

impl Draw {
    /// The draw among the numbers below `count`.
    #[must_use]
    pub fn new(seed: &Seed, count: u64) -> Self {
        let mut keyed = Sha256::new();
        keyed.update(LABEL);
        keyed.update(seed.0);
        keyed.update(count.to_be_bytes());
        let mut side = count.isqrt().max(1);
        if side * side < count {
            side += 1;
        }
        Self { count, sides: (side, count.div_ceil(side).max(1)), keyed }
    }

    /// How many take part.
    #[must_use]
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// The position of a number; `None` when it takes no part.
    #[must_use]
    pub fn position(&self, number: QueueNumber) -> Option<Position> {
        if number.0 >= self.count {
            return None;
        }
        let mut place = self.shuffle(number.0);
        while place >= self.count {
            place = self.shuffle(place);
        }
        Some(Position(place))
    }

    fn shuffle(&self, place: u64) -> u64 {
        let (a, b) = self.sides;
        let (mut left, mut right) = (place % a, place / a);
        for round in 1..=ROUNDS {
            let side = if round % 2 == 1 { a } else { b };
            let mixed = (left + self.round(round, right) % side) % side;
            (left, right) = (right, mixed);
        }
        a * right + left
    }

    fn round(&self, round: u8, half: u64) -> u64 {
        let mut hash = self.keyed.clone();
        hash.update([round]);
        hash.update(half.to_be_bytes());
        let digest = hash.finalize();
        digest[..8].iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn seed() -> Seed {
        "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f".parse().expect("a seed")
    }

    /// The published vectors; `docs/waiting-room.md` has them, and the page in the browser is
    /// tested against them. They were computed by another program in another language.
    #[test]
    fn the_published_vectors_hold() {
        let vectors: &[(u64, &[u64])] = &VECTORS;
        for (count, positions) in vectors {
            let draw = Draw::new(&seed(), *count);
            for (number, position) in (0..).zip(*positions) {
                let found = draw.position(QueueNumber(number));
                assert_eq!(found, Some(Position(*position)), "number {number} of {count}");
            }
        }
        assert_eq!(
            seed().commitment().to_string(),
            "630dcd2966c4336691125448bbb25b4ff412a49c732db2c8abc1b8581bd710dd"
        );
    }

    include!("draw_vectors.rs");

    fn is_permutation(draw: &Draw) -> bool {
        let mut seen = vec![false; usize::try_from(draw.count()).expect("a small draw")];
        (0..draw.count()).all(|number| {
            let position = draw.position(QueueNumber(number)).expect("takes part");
            let at = usize::try_from(position.0).expect("a small position");
            at < seen.len() && !std::mem::replace(&mut seen[at], true)
        })
    }

    #[test]
    fn every_small_draw_gives_each_position_once() {
        for count in 0..300 {
            assert!(is_permutation(&Draw::new(&seed(), count)), "{count}");
        }
    }

    #[test]
    fn whoever_came_later_takes_no_part() {
        let draw = Draw::new(&seed(), 10);
        assert_eq!(draw.position(QueueNumber(10)), None);
        assert_eq!(Draw::new(&seed(), 0).position(QueueNumber(0)), None);
    }

    /// Chi-square of positions by arrival: ten deciles of arrival against ten of position, over
    /// many seeds. With 81 degrees of freedom a fair draw stays below 140 but for one case in ten
    /// thousand; the seeds are fixed, so this cannot fail by chance.
    #[test]
    fn early_arrival_gives_no_advantage() {
        let (count, mut table) = (1_000_u64, [[0_f64; 10]; 10]);
        for salt in 0..20_u8 {
            let draw = Draw::new(&Seed([salt; 32]), count);
            for number in 0..count {
                let position = draw.position(QueueNumber(number)).expect("takes part").0;
                table[(number / 100) as usize][(position / 100) as usize] += 1.0;
            }
        }
        let expected = 20.0 * 10.0;
        let chi: f64 =
            table.iter().flatten().map(|seen| (seen - expected).powi(2) / expected).sum();
        assert!(chi < 140.0, "chi-square {chi}");
        assert!(chi > 20.0, "too even to be a draw: {chi}");
    }

    proptest! {
        #[test]
        fn each_position_is_given_once(bytes in any::<[u8; 32]>(), count in 0_u64..3_000) {
            prop_assert!(is_permutation(&Draw::new(&Seed(bytes), count)));
        }

        #[test]
        fn reads_what_it_reveals(bytes in any::<[u8; 32]>()) {
            let seed = Seed(bytes);
            prop_assert_eq!(seed.reveal().parse::<Seed>(), Ok(seed));
            let commitment = seed.commitment();
            prop_assert_eq!(commitment.to_string().parse::<Commitment>(), Ok(commitment));
        }
    }

    #[test]
    fn a_seed_does_not_slip_into_a_log() {
        assert_eq!(format!("{:?}", seed()), "Seed(***)");
        assert_eq!("00".parse::<Seed>(), Err(InvalidSeed));
        assert_eq!("zz".repeat(32).parse::<Seed>(), Err(InvalidSeed));
    }
}
