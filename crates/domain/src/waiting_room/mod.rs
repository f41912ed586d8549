//! The waiting room: who comes in when more people want in than can be served.
//!
//! A fan who joins gets a signed token with a **number** ([`QueueToken`]); the server keeps nothing
//! of it. Numbers come from one counter in leased blocks ([`NumberBlock`]). Those who join before
//! the sale opens are drawn: a permutation that nobody could have known turns their numbers into
//! **positions** ([`Draw`]); those who come later have their number for a position. The room calls
//! positions in order ([`Controller`]) and tells one number to all: up to which position it has
//! called. At the front a number is exchanged, once ([`SpentNumbers`]), for an [`AdmissionPass`].
//!
//! Everything here is pure and the same on every machine; `docs/waiting-room.md` explains it to a
//! fan who doubts.

mod bits;
mod control;
mod draw;
mod numbers;
mod pace;
mod pass;
mod proof;
mod room;
mod spent_proofs;
mod token;

pub use bits::SpentNumbers;
pub use control::{ControlRules, Controller, Signals, Step};
pub use draw::{Commitment, DRAW_VERSION, Draw, InvalidSeed, Seed};
pub use numbers::{Epoch, Line, NumberBlock, Position, QueueNumber, next_block_size};
pub use pace::{Eta, Pace, eta};
pub use pass::{AdmissionPass, InvalidPass};
pub use proof::{Challenge, Difficulty, InvalidProof, difficulty_for};
pub use room::{InvalidRoomRule, Phase, RoomCommand, RoomMode, RoomRefused, RoomRules, Schedule};
pub use spent_proofs::SpentProofs;
pub use token::{InvalidToken, QueueToken, TokenKey};

/// Limits of the waiting room. Every edge refuses what is beyond them.
pub mod limits {
    /// Numbers that one room gives out in one epoch: more than there are people.
    pub const MAX_NUMBERS: u64 = 1 << 40;
    /// Numbers that a server leases at once.
    pub const MAX_BLOCK: u64 = 8_192;
    /// How long a server may give numbers out of one block, in milliseconds. What is left then is
    /// given back or skipped: numbers of two servers may be out of order by this much time.
    pub const BLOCK_LIFE_MILLIS: i64 = 1_000;
    /// Admissions in a minute, at most.
    pub const MAX_RATE_PER_MINUTE: u32 = 100_000;
    /// Passes that may be valid at once, at most.
    pub const MAX_ACTIVE_PASSES: u32 = 1_000_000;
    /// The shortest and the longest life of a pass, in seconds.
    pub const PASS_SECONDS: (u32, u32) = (60, 3_600);
    /// The shortest and the longest time for which a turn that has come stays good, in seconds.
    pub const GRACE_SECONDS: (u32, u32) = (60, 7_200);
    /// The hardest puzzle, in leading zero bits.
    pub const MAX_PROOF_BITS: u8 = 26;
    /// How long a puzzle may be worked on, in seconds.
    pub const CHALLENGE_SECONDS: i64 = 180;
    /// Characters of a token, a pass or a challenge that are read.
    pub const MAX_TOKEN_CHARS: usize = 512;
}
