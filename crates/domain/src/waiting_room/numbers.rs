//! Numbers, the blocks in which servers lease them, and positions in the line.

use serde::{Deserialize, Serialize};

use super::{
    Draw,
    limits::{BLOCK_LIFE_MILLIS, MAX_BLOCK},
};
use crate::time::Timestamp;

/// The number of somebody who joined. It is given out once in an epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct QueueNumber(pub u64);

/// A place in the line, counted from 0. Whoever has a lower one is called no later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Position(pub u64);

/// Counts how often a room was reset. What was given out in another epoch is void.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Epoch(pub u32);

/// How numbers become positions.
#[derive(Debug, Clone)]
pub enum Line {
    /// The draw has not been held: nobody knows.
    BeforeTheDraw,
    /// Those below the draw's count were drawn; later ones stand behind them as they came.
    Drawn(Draw),
}

impl Line {
    /// The position of a number, once it can be known.
    #[must_use]
    pub fn position(&self, number: QueueNumber) -> Option<Position> {
        match self {
            Self::BeforeTheDraw => None,
            Self::Drawn(draw) => Some(draw.position(number).unwrap_or(Position(number.0))),
        }
    }
}

/// Numbers that one server may give out, for a short while.
///
/// The store advances the room's counter by the whole block before the server has it, so a number
/// is never given out twice, whoever crashes when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NumberBlock {
    next: u64,
    end: u64,
    drawn: bool,
    leased_at: Timestamp,
}

impl NumberBlock {
    /// A block that was leased. `drawn` says that its numbers take part in a draw that is still to
    /// be held at `draw_at`.
    #[must_use]
    pub const fn new(first: u64, end: u64, drawn: bool, leased_at: Timestamp) -> Self {
        Self { next: first, end, drawn, leased_at }
    }

    /// The next number, unless the block is used up or too old. A number that takes part in a draw
    /// is not given out any more once the draw can have been held.
    pub fn take(&mut self, now: Timestamp, draw_at: Option<Timestamp>) -> Option<QueueNumber> {
        if self.is_over(now, draw_at) {
            return None;
        }
        self.next += 1;
        Some(QueueNumber(self.next - 1))
    }

    /// Whether nothing more may be given out of it.
    #[must_use]
    pub fn is_over(&self, now: Timestamp, draw_at: Option<Timestamp>) -> bool {
        let too_old = now.millis_since(self.leased_at) > BLOCK_LIFE_MILLIS || now < self.leased_at;
        // A block of the draw needs a draw that is still ahead.
        let too_late = self.drawn && draw_at.is_none_or(|draw_at| now >= draw_at);
        self.next >= self.end || too_old || too_late
    }

    /// What was not given out: from the first such number to the end of the block.
    #[must_use]
    pub const fn rest(&self) -> (u64, u64) {
        (self.next, self.end)
    }
}

/// How many numbers to lease next, after so many of the last block were used within its life. It
/// doubles while blocks are used up, so that a crowd costs few leases and a lone fan no numbers.
#[must_use]
pub const fn next_block_size(last_size: u64, last_used: u64) -> u64 {
    let wanted = if last_used >= last_size { last_size.saturating_mul(2) } else { last_used };
    match wanted {
        0 => 1,
        wanted if wanted > MAX_BLOCK => MAX_BLOCK,
        wanted => wanted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::waiting_room::Seed;

    const NOW: Timestamp = Timestamp(1_000_000);

    #[test]
    fn a_block_gives_each_number_once_and_says_what_is_left() {
        let mut block = NumberBlock::new(40, 43, false, NOW);
        assert_eq!(block.take(NOW, None), Some(QueueNumber(40)));
        assert_eq!(block.rest(), (41, 43));
        assert_eq!(block.take(NOW, None), Some(QueueNumber(41)));
        assert_eq!(block.take(NOW, None), Some(QueueNumber(42)));
        assert_eq!(block.take(NOW, None), None);
        assert_eq!(block.rest(), (43, 43));
    }

    #[test]
    fn an_old_block_gives_nothing_nor_one_from_the_future() {
        let mut block = NumberBlock::new(0, 9, false, NOW);
        assert_eq!(block.take(NOW.plus_millis(BLOCK_LIFE_MILLIS + 1), None), None);
        assert_eq!(block.take(NOW.plus_millis(-1), None), None);
        assert_eq!(block.take(NOW.plus_millis(BLOCK_LIFE_MILLIS), None), Some(QueueNumber(0)));
    }

    #[test]
    fn nobody_slips_into_a_draw_that_was_held() {
        let mut block = NumberBlock::new(0, 9, true, NOW);
        let draw_at = NOW.plus_millis(500);
        assert_eq!(block.take(NOW, Some(draw_at)), Some(QueueNumber(0)));
        assert_eq!(block.take(draw_at, Some(draw_at)), None);
        assert_eq!(block.take(NOW, None), None);
    }

    #[test]
    fn blocks_follow_the_crowd() {
        let mut size = 1;
        for _ in 0..20 {
            size = next_block_size(size, size);
        }
        assert_eq!(size, MAX_BLOCK);
        assert_eq!(next_block_size(MAX_BLOCK, 30), 30);
        assert_eq!(next_block_size(8, 0), 1);
    }

    #[test]
    fn late_arrivals_stand_behind_the_draw_in_their_order() {
        let line = Line::Drawn(Draw::new(&Seed([7; 32]), 100));
        let drawn = (0..100).filter_map(|number| line.position(QueueNumber(number)));
        assert!(drawn.into_iter().all(|position| position.0 < 100));
        for number in 100..200 {
            assert_eq!(line.position(QueueNumber(number)), Some(Position(number)));
        }
        assert_eq!(Line::BeforeTheDraw.position(QueueNumber(1)), None);
    }
}
