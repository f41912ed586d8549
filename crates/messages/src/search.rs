//! What operators and servers ask servers about their search indexes, and what those answer.

use onsale_domain::EventId;
use serde::{Deserialize, Serialize};

/// Subject on which every server is asked what its index holds. Not kept by a stream.
pub const SURVEY_SUBJECT: &str = "search.survey";
/// Subject on which every server is asked to make its index anew. Not kept by a stream.
pub const REBUILD_SUBJECT: &str = "search.rebuild";
/// Subject on which whoever searches in Quickwit is told that something else counts of its index. The
/// body is empty; what counts is in the database. Not kept by a stream.
pub const POINTER_SUBJECT: &str = "search.pointer";

/// Subject on which a server without an index asks one that has one. Not kept by a stream.
pub const PEERS_SUBJECT: &str = "search.peers";

/// Parts into which the events are divided by their ids, to find differences.
pub const SURVEY_PARTS: u16 = 1024;

/// The part that an event belongs to.
#[must_use]
pub fn part_of(event: EventId) -> u16 {
    u16::try_from(event.0.rem_euclid(i64::from(SURVEY_PARTS))).unwrap_or_default()
}

/// What does the index hold?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Survey {
    /// The part whose events are wanted one by one; all parts in sum when absent.
    pub part: Option<u16>,
}

/// An event as an index holds it, or as it should.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct IndexedEvent {
    /// The event.
    pub event: EventId,
    /// A number that stands for everything that is indexed of it.
    pub digest: u64,
    /// Whether it counts as sold out.
    pub is_sold_out: bool,
}

/// What the index of one server holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Surveyed {
    /// The server, by the address at which it listens.
    pub server: String,
    /// Whether it has an index at the moment.
    pub is_ready: bool,
    /// How often the index was made anew.
    pub generation: u64,
    /// Sequence in the stream `CDC` up to which it follows.
    pub sequence: u64,
    /// Events that it holds.
    pub events: u64,
    /// For each part, the sum of [`IndexedEvent::sum`]; empty when a part was asked for.
    pub sums: Vec<u64>,
    /// The events of the part that was asked for.
    pub part: Vec<IndexedEvent>,
}

impl IndexedEvent {
    /// A number to add up: sums of the same events are the same in any order.
    #[must_use]
    pub const fn sum(&self) -> u64 {
        let sold_out = if self.is_sold_out { 0x9E37_79B9_7F4A_7C15 } else { 0 };
        (self.digest ^ sold_out).wrapping_mul(2 * self.event.0 as u64 + 1)
    }
}

/// The sums of all parts.
#[must_use]
pub fn sums(events: impl IntoIterator<Item = IndexedEvent>) -> Vec<u64> {
    let mut sums = vec![0_u64; usize::from(SURVEY_PARTS)];
    for event in events {
        let sum = &mut sums[usize::from(part_of(event.event))];
        *sum = sum.wrapping_add(event.sum());
    }
    sums
}

/// How far a server is with making its index anew.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RebuildProgress {
    /// The server, by the address at which it listens.
    pub server: String,
    /// Events that were brought in so far.
    pub done: u64,
    /// About how many there are.
    pub about: u64,
    /// Whether searches are answered by the new index.
    pub is_over: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_tell_what_differs_whatever_the_order() {
        let event =
            |id, digest, is_sold_out| IndexedEvent { event: EventId(id), digest, is_sold_out };
        let some = [event(1, 7, false), event(1025, 9, false), event(2, 9, true)];
        let turned: Vec<_> = some.iter().rev().copied().collect();
        assert_eq!(sums(some), sums(turned));
        let sold = [event(1, 7, false), event(1025, 9, true), event(2, 9, true)];
        assert_ne!(sums(some)[1], sums(sold)[1]);
        assert_eq!(sums(some)[2], sums(sold)[2]);
        let swapped = [event(1, 9, false), event(1025, 7, false), event(2, 9, true)];
        assert_ne!(sums(some)[1], sums(swapped)[1], "digests belong to their events");
    }
}
