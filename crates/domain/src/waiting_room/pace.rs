//! How fast the line moves, and how long that is for somebody in it.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// How much of the past is looked at, in milliseconds.
const WINDOW_MILLIS: i64 = 300_000;
/// Less says nothing.
const LEAST_MILLIS: i64 = 20_000;
/// Pieces of the window that are compared to find the spread.
const PIECES: i64 = 5;
/// Nobody knows better than this.
const LEAST_SPREAD: f64 = 0.08;
/// Before anything was seen.
const FIRST_SPREAD: f64 = 0.5;

/// How far the line was at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Mark {
    /// Milliseconds since 1970.
    pub at: i64,
    /// Positions that had been called.
    pub called: u64,
    /// Passes that had been given out.
    pub admitted: u64,
}

/// Positions called in a minute, and by how much that varies.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Pace {
    /// Positions in a minute.
    pub per_minute: f64,
    /// The share of it by which it may be wrong, from 0 to 1.
    pub spread: f64,
}

/// How long somebody will wait, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Eta {
    /// If things go well.
    pub soonest_seconds: u32,
    /// As things go now.
    pub likely_seconds: u32,
    /// If they do not go so well.
    pub latest_seconds: u32,
}

/// How long it takes until so many positions have been called; `None` while the line stands still.
#[must_use]
pub fn eta(ahead: u64, pace: Pace) -> Option<Eta> {
    if pace.per_minute <= 0.0 {
        return None;
    }
    let seconds = |rate: f64| (ahead as f64 * 60.0 / rate).round().min(f64::from(u32::MAX)) as u32;
    let slow = 1.0 - pace.spread.min(0.9);
    Some(Eta {
        soonest_seconds: seconds(pace.per_minute * (1.0 + pace.spread)),
        likely_seconds: seconds(pace.per_minute),
        latest_seconds: seconds(pace.per_minute * slow),
    })
}

impl Pace {
    /// The pace before the line has moved, from what the room means to do.
    pub(super) const fn expected(per_minute: f64) -> Self {
        Self { per_minute, spread: FIRST_SPREAD }
    }

    /// The pace of the last minutes, if there is enough to see.
    pub(super) fn seen(marks: &VecDeque<Mark>, now: Timestamp, called: u64) -> Option<Self> {
        let begin = now.0 - WINDOW_MILLIS;
        let first = marks.iter().find(|mark| mark.at >= begin)?;
        let span = now.0 - first.at;
        let moved = called.saturating_sub(first.called);
        if span < LEAST_MILLIS || moved == 0 {
            return None;
        }
        let per_minute = moved as f64 * 60_000.0 / span as f64;
        let mut pieces = Vec::new();
        for piece in 0..PIECES {
            let from = first.at + span * piece / PIECES;
            let to = first.at + span * (piece + 1) / PIECES;
            if let Some(rate) = rate_between(marks, from, to, (now.0, called)) {
                pieces.push(rate);
            }
        }
        let count = pieces.len().max(1) as f64;
        let variance: f64 =
            pieces.iter().map(|rate| (rate - per_minute).powi(2)).sum::<f64>() / count;
        let spread = (variance.sqrt() / per_minute).clamp(LEAST_SPREAD, 1.0);
        Some(Self { per_minute, spread })
    }
}

fn rate_between(marks: &VecDeque<Mark>, from: i64, to: i64, last: (i64, u64)) -> Option<f64> {
    let at = |moment: i64| {
        let mark = marks.iter().find(|mark| mark.at >= moment);
        mark.map_or(last, |mark| (mark.at, mark.called))
    };
    let ((start, before), (end, after)) = (at(from), at(to));
    (end > start).then(|| after.saturating_sub(before) as f64 * 60_000.0 / (end - start) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marks(called: impl Fn(i64) -> u64) -> VecDeque<Mark> {
        (0..=60).map(|n| Mark { at: n * 5_000, called: called(n), admitted: 0 }).collect()
    }

    #[test]
    fn a_steady_line_has_a_small_spread() {
        let steady = Pace::seen(&marks(|n| n.cast_unsigned() * 10), Timestamp(300_000), 600);
        let steady = steady.expect("a pace");
        assert!((steady.per_minute - 120.0).abs() < 0.01, "{steady:?}");
        assert!((steady.spread - LEAST_SPREAD).abs() < 1e-9);
        let eta = eta(240, steady).expect("an estimate");
        assert_eq!(eta.likely_seconds, 120);
        assert!(eta.soonest_seconds < 120 && eta.latest_seconds > 120);
    }

    #[test]
    fn a_line_that_jumps_says_so() {
        let jumping = marks(|n| if n < 30 { 0 } else { 600 });
        let pace = Pace::seen(&jumping, Timestamp(300_000), 600).expect("a pace");
        assert!(pace.spread > 0.9, "{pace:?}");
    }

    #[test]
    fn a_line_that_stands_promises_nothing() {
        assert_eq!(Pace::seen(&marks(|_| 5), Timestamp(300_000), 5), None);
        assert_eq!(eta(10, Pace { per_minute: 0.0, spread: 0.1 }), None);
        assert_eq!(Pace::seen(&VecDeque::new(), Timestamp(0), 5), None);
    }
}
