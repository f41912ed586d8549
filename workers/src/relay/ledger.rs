//! When PostgreSQL may forget: once everything up to a position is stored, and some seconds more,
//! because JetStream acknowledges a message before it is safe on its disk.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use onsale_messages::Lsn;

/// Moments that are closer together are one.
const GRAIN: Duration = Duration::from_millis(100);

/// What must be stored before a position is settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Open {
    end: Lsn,
    cdc: u64,
    bookings: u64,
}

/// What PostgreSQL may be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settled {
    /// Everything up to here is stored.
    pub end: Lsn,
    /// The sequence of the stream `CDC` that this is.
    pub cdc: u64,
}

/// Positions on their way from "told" to "forgotten".
#[derive(Debug)]
pub struct Ledger {
    delay: Duration,
    open: VecDeque<Open>,
    settled: VecDeque<(Instant, Settled)>,
}

impl Ledger {
    /// PostgreSQL is told so much later than JetStream has stored it.
    pub const fn new(delay: Duration) -> Self {
        Self { delay, open: VecDeque::new(), settled: VecDeque::new() }
    }

    /// Everything up to `end` has been sent: up to these sequences of the two streams.
    pub fn sent(&mut self, end: Lsn, cdc: u64, bookings: u64) {
        match self.open.back_mut() {
            Some(last) if (last.cdc, last.bookings) == (cdc, bookings) => last.end = end,
            _ => self.open.push_back(Open { end, cdc, bookings }),
        }
    }

    /// Up to these sequences everything is stored at this moment.
    pub fn stored(&mut self, cdc: u64, bookings: u64, now: Instant) {
        let mut newest = None;
        while let Some(open) = self.open.front() {
            if open.cdc > cdc || open.bookings > bookings {
                break;
            }
            newest = Some(Settled { end: open.end, cdc: open.cdc });
            self.open.pop_front();
        }
        let Some(newest) = newest else { return };
        match self.settled.back_mut() {
            Some((since, settled)) if now.duration_since(*since) < GRAIN => *settled = newest,
            _ => self.settled.push_back((now, newest)),
        }
    }

    /// What PostgreSQL may be told now, if there is something new.
    pub fn due(&mut self, now: Instant) -> Option<Settled> {
        let mut due = None;
        while let Some((since, settled)) = self.settled.front() {
            if now.duration_since(*since) < self.delay {
                break;
            }
            due = Some(*settled);
            self.settled.pop_front();
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DELAY: Duration = Duration::from_secs(5);

    #[test]
    fn postgresql_forgets_only_what_both_streams_have_had_for_a_while() {
        let (mut ledger, start) = (Ledger::new(DELAY), Instant::now());
        ledger.sent(Lsn(10), 1, 0);
        ledger.sent(Lsn(20), 1, 1);
        ledger.stored(1, 0, start);
        assert_eq!(ledger.due(start + DELAY / 2), None);
        ledger.stored(1, 1, start + DELAY / 2);
        assert_eq!(ledger.due(start + DELAY), Some(Settled { end: Lsn(10), cdc: 1 }));
        assert_eq!(ledger.due(start + DELAY), None);
        assert_eq!(ledger.due(start + DELAY * 2), Some(Settled { end: Lsn(20), cdc: 1 }));
    }

    #[test]
    fn a_position_with_nothing_to_store_waits_for_what_was_sent_before_it() {
        let (mut ledger, start) = (Ledger::new(Duration::ZERO), Instant::now());
        ledger.sent(Lsn(10), 1, 0);
        ledger.sent(Lsn(30), 1, 0);
        ledger.stored(0, 0, start);
        assert_eq!(ledger.due(start), None);
        ledger.stored(1, 0, start);
        assert_eq!(ledger.due(start), Some(Settled { end: Lsn(30), cdc: 1 }));
    }

    #[test]
    fn a_steady_flow_does_not_put_off_what_is_old() {
        let (mut ledger, start) = (Ledger::new(DELAY), Instant::now());
        for step in 0..200_u32 {
            let position = u64::from(step);
            ledger.sent(Lsn(position), position, 0);
            ledger.stored(position, 0, start + GRAIN / 2 * step);
        }
        let due = ledger.due(start + GRAIN / 2 * 200).expect("ten seconds have passed");
        assert!((90..=110).contains(&due.end.0), "half of them: {due:?}");
    }
}
