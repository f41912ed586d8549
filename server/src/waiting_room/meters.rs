//! What this server sees: how many join in a second, and how long holds take.

use std::{
    collections::HashMap,
    sync::Mutex,
    time::{Duration, Instant},
};

use onsale_domain::{EventId, Timestamp};
use onsale_messages::HoldReport;

use super::lock;

/// Holds of an event that are remembered until the next report.
const HOLDS_KEPT: usize = 1_024;
/// How often they are reported.
const REPORT_AFTER: Duration = Duration::from_secs(1);
/// The slowest tenth is what people complain about.
const SLOW_SHARE: usize = 10;

/// Counts joins, second by second.
#[derive(Default)]
pub struct JoinMeter(Mutex<Joins>);

#[derive(Default)]
struct Joins {
    second: i64,
    count: u32,
    last: u32,
}

impl JoinMeter {
    /// Counts one.
    pub fn note(&self, now: Timestamp) {
        let mut joins = lock(&self.0);
        joins.turn(now);
        joins.count += 1;
    }

    /// Joins in the busier one of this second and the last.
    pub fn per_second(&self, now: Timestamp) -> u32 {
        let mut joins = lock(&self.0);
        joins.turn(now);
        joins.count.max(joins.last)
    }
}

impl Joins {
    /// Begins another second. Whoever looked at the clock before it began counts in it, too.
    fn turn(&mut self, now: Timestamp) {
        let second = now.0 / 1000;
        if second > self.second {
            let last = if self.second + 1 == second { self.count } else { 0 };
            *self = Self { second, count: 0, last };
        }
    }
}

/// How long holds took, event by event.
#[derive(Default)]
pub struct HoldMeter {
    events: Mutex<HashMap<EventId, Holds>>,
}

struct Holds {
    since: Instant,
    count: u32,
    took_ms: Vec<u32>,
}

impl HoldMeter {
    /// Notes one.
    pub fn note(&self, event: EventId, took: Duration) {
        let mut events = lock(&self.events);
        let fresh = || Holds { since: Instant::now(), count: 0, took_ms: Vec::new() };
        let holds = events.entry(event).or_insert_with(fresh);
        holds.count = holds.count.saturating_add(1);
        if holds.took_ms.len() < HOLDS_KEPT {
            holds.took_ms.push(u32::try_from(took.as_millis()).unwrap_or(u32::MAX));
        }
    }

    /// What has been gathered for long enough, to be told.
    pub fn due(&self) -> Vec<HoldReport> {
        let mut reports = Vec::new();
        lock(&self.events).retain(|event, holds| {
            if holds.since.elapsed() < REPORT_AFTER {
                return true;
            }
            holds.took_ms.sort_unstable();
            let at = holds.took_ms.len() - 1 - (holds.took_ms.len() - 1) / SLOW_SHARE;
            let slow_ms = holds.took_ms[at];
            reports.push(HoldReport { event: *event, count: holds.count, slow_ms });
            false
        });
        reports
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joins_are_counted_by_the_second() {
        let meter = JoinMeter::default();
        for _ in 0..5 {
            meter.note(Timestamp(10_000));
        }
        assert_eq!(meter.per_second(Timestamp(10_900)), 5);
        assert_eq!(meter.per_second(Timestamp(11_000)), 5, "the second before");
        assert_eq!(meter.per_second(Timestamp(13_000)), 0);
    }
}
