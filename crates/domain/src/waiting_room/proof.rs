//! Proof of work: a puzzle that costs a fan's device a moment, and a robot with ten thousand names
//! ten thousand moments. Nobody is asked to look at pictures.
//!
//! A puzzle is solved by a number `nonce` for which the SHA-256 of `"{challenge}:{nonce}"` begins
//! with so many zero bits. The challenge names event, epoch, user, difficulty and time, and is
//! signed, so nothing of it is stored. A browser without scripts pays with time instead: its
//! challenge is good when it is old enough.

use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{
    Epoch, TokenKey,
    limits::{CHALLENGE_SECONDS, MAX_PROOF_BITS},
    token::part,
};
use crate::{EventId, Timestamp, UserId};

const VERSION: u8 = 1;
const BYTES: usize = 38;
const PURPOSE: &str = "challenge";
/// Digits of a nonce that are read.
const MAX_NONCE_CHARS: usize = 20;
/// A browser without scripts waits as long as a slow phone would work: so many tries a second.
const SLOW_TRIES_PER_SECOND: u64 = 20_000;
/// … and no less than this.
const PATIENCE_SECONDS: i64 = 5;

/// A puzzle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Challenge {
    /// The event whose room it opens.
    pub event: EventId,
    /// The room's epoch.
    pub epoch: Epoch,
    /// Who may solve it.
    pub user: UserId,
    /// Zero bits that are asked for.
    pub bits: u8,
    /// When it was set.
    pub issued_at: Timestamp,
}

/// Why a proof is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidProof {
    /// The challenge was not set by us, not for this event or not for this user.
    #[error("this is not a puzzle of yours")]
    NotYours,
    /// It is older than a puzzle may be, or from another epoch.
    #[error("the puzzle is too old")]
    TooOld,
    /// The nonce does not solve it.
    #[error("the nonce does not solve the puzzle")]
    Unsolved,
    /// Without a nonce: the time is not over yet.
    #[error("the time is not over yet")]
    TooEarly {
        /// Seconds still to wait.
        seconds: u32,
    },
}

impl Challenge {
    /// The text that is solved.
    #[must_use]
    pub fn seal(&self, key: &TokenKey) -> String {
        let mut bytes = [0; BYTES];
        bytes[0] = VERSION;
        bytes[1..9].copy_from_slice(&self.event.0.to_be_bytes());
        bytes[9..13].copy_from_slice(&self.epoch.0.to_be_bytes());
        bytes[13..29].copy_from_slice(self.user.0.as_bytes());
        bytes[29] = self.bits;
        bytes[30..].copy_from_slice(&self.issued_at.0.to_be_bytes());
        key.seal(PURPOSE, &bytes)
    }

    /// Reads a challenge that somebody brings back.
    ///
    /// # Errors
    /// [`InvalidProof`] when it is not one of ours, not for this event, user and epoch, or too old.
    pub fn open(
        text: &str,
        key: &TokenKey,
        (event, epoch, user): (EventId, Epoch, UserId),
        now: Timestamp,
    ) -> Result<Self, InvalidProof> {
        let bytes = key.open(PURPOSE, text).map_err(|_| InvalidProof::NotYours)?;
        if bytes.len() != BYTES || bytes[0] != VERSION {
            return Err(InvalidProof::NotYours);
        }
        let challenge = Self {
            event: EventId(i64::from_be_bytes(part(&bytes, 1))),
            epoch: Epoch(u32::from_be_bytes(part(&bytes, 9))),
            user: UserId(Uuid::from_bytes(part(&bytes, 13))),
            bits: bytes[29],
            issued_at: Timestamp(i64::from_be_bytes(part(&bytes, 30))),
        };
        if (challenge.event, challenge.user) != (event, user) {
            return Err(InvalidProof::NotYours);
        }
        let age = now.millis_since(challenge.issued_at);
        if challenge.epoch != epoch || age > CHALLENGE_SECONDS * 1000 {
            return Err(InvalidProof::TooOld);
        }
        Ok(challenge)
    }

    /// Checks a nonce. `text` is the challenge as it was sealed.
    ///
    /// # Errors
    /// [`InvalidProof::Unsolved`]
    pub fn check(&self, text: &str, nonce: &str) -> Result<(), InvalidProof> {
        let is_number = !nonce.is_empty()
            && nonce.len() <= MAX_NONCE_CHARS
            && nonce.bytes().all(|letter| letter.is_ascii_digit());
        if is_number && leading_zero_bits(text, nonce) >= u32::from(self.bits) {
            Ok(())
        } else {
            Err(InvalidProof::Unsolved)
        }
    }

    /// How long somebody without scripts waits instead.
    #[must_use]
    pub const fn patience_seconds(&self) -> i64 {
        let seconds = ((1_u64 << self.bits) / SLOW_TRIES_PER_SECOND).cast_signed();
        let longest = CHALLENGE_SECONDS / 2;
        match seconds {
            seconds if seconds < PATIENCE_SECONDS => PATIENCE_SECONDS,
            seconds if seconds > longest => longest,
            seconds => seconds,
        }
    }

    /// Checks the alternative to a nonce: that the challenge is old enough.
    ///
    /// # Errors
    /// [`InvalidProof::TooEarly`] says how long to wait.
    pub fn check_patience(&self, now: Timestamp) -> Result<(), InvalidProof> {
        let left = self.patience_seconds() * 1000 - now.millis_since(self.issued_at);
        if left <= 0 {
            return Ok(());
        }
        let seconds = u32::try_from((left + 999) / 1000).unwrap_or(u32::MAX);
        Err(InvalidProof::TooEarly { seconds })
    }

    /// Solves a puzzle, as browsers do; for programs and tests.
    #[must_use]
    pub fn solve(&self, text: &str) -> String {
        let mut nonce = 0_u64;
        while leading_zero_bits(text, &nonce.to_string()) < u32::from(self.bits) {
            nonce += 1;
        }
        nonce.to_string()
    }
}

fn leading_zero_bits(challenge: &str, nonce: &str) -> u32 {
    let mut hash = Sha256::new();
    hash.update(challenge.as_bytes());
    hash.update(b":");
    hash.update(nonce.as_bytes());
    let digest = hash.finalize();
    let first = digest[..8].iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    first.leading_zeros()
}

/// How hard puzzles are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Difficulty {
    /// Zero bits that are always asked for; 0 asks for no proof at all while it is quiet.
    pub base_bits: u8,
    /// Joins a second, at one server, up to which it stays so.
    pub calm_joins_per_second: u32,
}

/// Zero bits asked for at the first step, where none are asked for while it is quiet.
const FIRST_BITS: u8 = 12;

/// Zero bits for a puzzle that is set while so many join: two more at twice the calm crowd, so that
/// it is felt, and one more for each doubling after that.
#[must_use]
pub fn difficulty_for(difficulty: Difficulty, joins_per_second: u32) -> u8 {
    let calm = difficulty.calm_joins_per_second.max(1);
    let times = joins_per_second / calm;
    let doublings = if times == 0 { 0 } else { times.ilog2() + u32::from(times > 1) };
    let base = match difficulty.base_bits {
        0 if doublings > 0 => FIRST_BITS,
        base => base,
    };
    base.saturating_add(u8::try_from(doublings).unwrap_or(u8::MAX)).min(MAX_PROOF_BITS)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_790_000_000_000);
    const USER: UserId = UserId(Uuid::from_u128(5));
    const ROOM: (EventId, Epoch, UserId) = (EventId(7), Epoch(1), USER);

    fn key() -> TokenKey {
        TokenKey::new(b"a secret of the operator, 32 chars")
    }

    fn challenge(bits: u8) -> Challenge {
        Challenge { event: EventId(7), epoch: Epoch(1), user: USER, bits, issued_at: NOW }
    }

    #[test]
    fn a_solved_puzzle_is_accepted_from_whom_it_was_set() {
        let text = challenge(10).seal(&key());
        let nonce = challenge(10).solve(&text);
        let opened = Challenge::open(&text, &key(), ROOM, NOW).expect("ours");
        assert_eq!(opened, challenge(10));
        assert_eq!(opened.check(&text, &nonce), Ok(()));
        let other = (EventId(7), Epoch(1), UserId(Uuid::from_u128(6)));
        assert_eq!(Challenge::open(&text, &key(), other, NOW), Err(InvalidProof::NotYours));
        let elsewhere = (EventId(8), Epoch(1), USER);
        assert_eq!(Challenge::open(&text, &key(), elsewhere, NOW), Err(InvalidProof::NotYours));
        let later = (EventId(7), Epoch(2), USER);
        assert_eq!(Challenge::open(&text, &key(), later, NOW), Err(InvalidProof::TooOld));
        let late = NOW.plus_seconds(CHALLENGE_SECONDS + 1);
        assert_eq!(Challenge::open(&text, &key(), ROOM, late), Err(InvalidProof::TooOld));
    }

    #[test]
    fn a_nonce_for_an_easier_puzzle_is_not_enough() {
        let text = challenge(18).seal(&key());
        let easy = Challenge { bits: 4, ..challenge(18) }.solve(&text);
        assert_eq!(challenge(18).check(&text, &easy), Err(InvalidProof::Unsolved));
        for nonce in ["", "-1", "1e3", "000000000000000000000"] {
            assert_eq!(challenge(0).check(&text, nonce), Err(InvalidProof::Unsolved), "{nonce}");
        }
    }

    #[test]
    fn whoever_runs_no_script_waits() {
        let early = challenge(16).check_patience(NOW.plus_seconds(1));
        assert_eq!(early, Err(InvalidProof::TooEarly { seconds: 4 }));
        assert_eq!(challenge(16).check_patience(NOW.plus_seconds(5)), Ok(()));
        assert_eq!(challenge(26).patience_seconds(), CHALLENGE_SECONDS / 2);
    }

    #[test]
    fn puzzles_grow_with_the_crowd() {
        let rule = Difficulty { base_bits: 14, calm_joins_per_second: 100 };
        assert_eq!(difficulty_for(rule, 0), 14);
        assert_eq!(difficulty_for(rule, 150), 14);
        assert_eq!(difficulty_for(rule, 200), 16);
        assert_eq!(difficulty_for(rule, 1_600), 19);
        assert_eq!(difficulty_for(rule, u32::MAX), MAX_PROOF_BITS);
        let none = Difficulty { base_bits: 0, ..rule };
        assert_eq!(difficulty_for(none, 150), 0);
        assert_eq!(difficulty_for(none, 200), 14);
    }
}
