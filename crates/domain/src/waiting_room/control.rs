//! How many may come in: the rule by which the room calls positions and lets their owners in.
//!
//! Two numbers only ever grow. **Called**: owners of positions below it may come to the front.
//! **Admit up to**: so many passes may have been given out. The second one keeps the rate: it is a
//! bucket that fills a little slower than the set rate and never holds more than three seconds of
//! it, so that in no minute more come in than is set, whoever shows up when. The first one keeps the
//! front busy: as many are called as will fill the bucket, by the share of those called lately who
//! came. Who was called and did not come is thereby topped up, and so are numbers that nobody has.
//!
//! The rate itself follows the seats' health (AIMD): it grows by a tenth of the limit every five
//! seconds while holds are answered in time, and is halved when they are not.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::{
    RoomRules,
    pace::{Mark, Pace},
};
use crate::Timestamp;

/// Whoever was called so long ago and has not come will hardly come, in milliseconds.
const SHOW_WINDOW_MILLIS: i64 = 30_000;
/// The bucket holds so many seconds of the rate.
const BURST_SECONDS: f64 = 3.0;
/// … and is filled so much slower than the rate that no minute exceeds it.
const FILL_SHARE: f64 = 55.0 / 60.0;
/// A step that comes late fills no more than this, in milliseconds.
const LONGEST_STEP_MILLIS: i64 = 2_000;
/// Called ahead, since it takes people a moment to come: seconds of the rate.
const LEAD_SECONDS: f64 = 5.0;
/// How much slower than steadily the line is called while people stand at the front, and how much
/// faster at most while nobody does.
const SLOWER: f64 = 0.85;
const FASTER: f64 = 1.15;
/// By how much the share of those who come is raised in each step in which people stand there.
const SURER: f64 = 1.01;
const AIMD_MILLIS: i64 = 5_000;
const GROWTH_SHARE: f64 = 0.1;
const BACK_OFF: f64 = 0.5;
/// The rate is never throttled below this share of its limit.
const FLOOR_SHARE: f64 = 0.05;
/// So many are let in for each seat that is left: not everybody buys.
const SHOPPERS_PER_SEAT: f64 = 1.5;
const FIRST_SHOW_SHARE: f64 = 0.7;
const LEAST_SHOW_SHARE: f64 = 0.05;
/// So many must have been called lately for their share to say something.
const TELLING_CALLS: u64 = 20;
/// Marks kept of the grace time.
const MARKS: i64 = 120;
const RECENT_MILLIS: i64 = 60_000;

/// What the rule works with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ControlRules {
    /// Admissions in a minute, at most.
    pub rate_per_minute: u32,
    /// Passes that may be valid at once.
    pub max_active_passes: u32,
    /// How long a turn that has come can be taken, in seconds.
    pub grace_seconds: u32,
    /// Holds should be answered within this time, in milliseconds.
    pub target_hold_ms: u32,
}

impl ControlRules {
    /// The rules of a room.
    #[must_use]
    pub const fn of(rules: &RoomRules, target_hold_ms: u32) -> Self {
        Self {
            rate_per_minute: rules.rate_per_minute,
            max_active_passes: rules.max_active_passes,
            grace_seconds: rules.grace_seconds,
            target_hold_ms,
        }
    }
}

/// What is seen at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signals {
    /// The moment.
    pub now: Timestamp,
    /// Whether positions are called at all.
    pub calling: bool,
    /// Numbers that were given out.
    pub tail: u64,
    /// Passes that were given out, ever.
    pub admitted: u64,
    /// Passes that are valid.
    pub active_passes: u32,
    /// Of these, whose owners have no seats yet.
    pub shopping: u32,
    /// Seats that can be had.
    pub available_seats: u32,
    /// Seats that are held and may come back.
    pub held_seats: u32,
    /// How long holds took lately, if any were placed.
    pub hold_ms: Option<u32>,
}

/// What follows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// Positions below this are called.
    pub called: u64,
    /// So many passes may be given out, ever.
    pub admit_up_to: u64,
    /// Turns below this have come and gone.
    pub expired_below: u64,
    /// The rate at the moment, in a minute.
    pub rate_per_minute: f64,
    /// How fast the line moves.
    pub pace: Pace,
    /// Whether every seat is gone.
    pub sold_out: bool,
}

/// The memory of the rule. It is stored with the room, so that whoever takes over goes on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Controller {
    called: u64,
    admit_up_to: f64,
    expired_below: u64,
    rate: Option<f64>,
    show_share: f64,
    /// Places that the last step offered at the front.
    offered: f64,
    /// Whether all of them were taken at once: then people stand at the front, and to call more
    /// would only make them wait there.
    crowded: bool,
    /// The fraction of a position that is still to be called.
    owed: f64,
    stepped_at: Option<i64>,
    adapted_at: i64,
    /// The last minute, second by second.
    recent: VecDeque<Mark>,
    /// The grace time, and the minutes by which the pace is judged.
    marks: VecDeque<Mark>,
}

impl Default for Controller {
    fn default() -> Self {
        Self {
            called: 0,
            admit_up_to: 0.0,
            expired_below: 0,
            rate: None,
            show_share: FIRST_SHOW_SHARE,
            offered: 0.0,
            crowded: false,
            owed: 0.0,
            stepped_at: None,
            adapted_at: 0,
            recent: VecDeque::new(),
            marks: VecDeque::new(),
        }
    }
}

impl Controller {
    /// A rule without its memory: it goes on where the room stands, and learns the rest anew.
    #[must_use]
    pub fn resumed(called: u64, expired_below: u64, admitted: u64) -> Self {
        Self { called, expired_below, admit_up_to: admitted as f64, ..Self::default() }
    }

    /// Positions below this are called.
    #[must_use]
    pub const fn called(&self) -> u64 {
        self.called
    }

    /// Looks at the signals and decides. It is called about once a second.
    pub fn step(&mut self, rules: &ControlRules, signals: &Signals) -> Step {
        let now = signals.now.0;
        let elapsed = (now - self.stepped_at.unwrap_or(now)).max(0);
        self.stepped_at = Some(now);
        let rate = self.adapt(rules, signals, elapsed);
        if signals.calling {
            // While nobody stepped, nobody could be let in.
            self.stand_still((elapsed - LONGEST_STEP_MILLIS).max(0));
            self.look_at_the_front(signals);
            self.note(rules, signals);
            self.learn(signals);
            self.fill(rules, signals, rate, elapsed.min(LONGEST_STEP_MILLIS));
            self.call(rules, signals, rate);
            self.expire(rules, now);
        } else {
            self.stand_still(elapsed);
            self.admit_up_to = self.admit_up_to.min(signals.admitted as f64);
        }
        Step {
            called: self.called,
            admit_up_to: self.admit_up_to.max(0.0) as u64,
            expired_below: self.expired_below,
            rate_per_minute: rate,
            pace: self.pace(signals, rate),
            sold_out: signals.available_seats == 0 && signals.held_seats == 0,
        }
    }

    fn adapt(&mut self, rules: &ControlRules, signals: &Signals, elapsed: i64) -> f64 {
        let limit = f64::from(rules.rate_per_minute);
        let mut rate = self.rate.unwrap_or(limit * BACK_OFF).min(limit);
        self.adapted_at += elapsed;
        if signals.calling && self.adapted_at >= AIMD_MILLIS {
            self.adapted_at = 0;
            let too_slow = signals.hold_ms.is_some_and(|took| took > rules.target_hold_ms);
            rate = if too_slow { rate * BACK_OFF } else { rate + limit * GROWTH_SHARE };
        }
        rate = rate.clamp((limit * FLOOR_SHARE).max(1.0).min(limit), limit);
        self.rate = Some(rate);
        rate
    }

    /// Sees whether places were left over. The longer none is, the more of those called must be
    /// coming.
    fn look_at_the_front(&mut self, signals: &Signals) {
        if self.offered < 1.0 {
            return;
        }
        self.crowded = self.admit_up_to - (signals.admitted as f64) < 1.0;
        if self.crowded {
            self.show_share = (self.show_share * SURER).min(1.0);
        }
    }

    /// The share of those called lately who came: of the last minute when enough were called in it,
    /// else of the grace time. While people stand at the front it would look smaller than it is.
    fn learn(&mut self, signals: &Signals) {
        if self.crowded {
            return;
        }
        let share_since = |first: &Mark| {
            let called = self.called.saturating_sub(first.called);
            let came = signals.admitted.saturating_sub(first.admitted);
            let is_telling =
                called >= TELLING_CALLS && signals.now.0 - first.at >= SHOW_WINDOW_MILLIS;
            is_telling.then(|| (came as f64 / called as f64).clamp(LEAST_SHOW_SHARE, 1.0))
        };
        let windows = [self.recent.front(), self.marks.front()];
        if let Some(seen) = windows.into_iter().flatten().find_map(share_since) {
            self.show_share += (seen - self.show_share) * 0.1;
        }
    }

    fn fill(&mut self, rules: &ControlRules, signals: &Signals, rate: f64, elapsed: i64) {
        let capacity = (rate * BURST_SECONDS / 60.0).max(1.0);
        let filled = rate * FILL_SHARE * elapsed as f64 / 60_000.0;
        let left = (self.admit_up_to - signals.admitted as f64).max(0.0);
        let allowed = (left + filled).min(capacity).min(room_for(rules, signals));
        self.admit_up_to = signals.admitted as f64 + allowed;
        self.offered = allowed;
    }

    fn call(&mut self, rules: &ControlRules, signals: &Signals, rate: f64) {
        let places = self.offered.floor();
        if places < 1.0 {
            return;
        }
        let begin = signals.now.0 - SHOW_WINDOW_MILLIS;
        let before = self.recent.iter().find(|mark| mark.at >= begin);
        let (called, came) = before.map_or((0, 0), |mark| {
            (
                self.called.saturating_sub(mark.called),
                signals.admitted.saturating_sub(mark.admitted),
            )
        });
        let coming = (called as f64 * self.show_share - came as f64).max(0.0);
        let lead = (rate * LEAD_SECONDS / 60.0).min(room_for(rules, signals));
        // Step by step, not in bursts: the time that people are told has to come true.
        let steady = (rate * FILL_SHARE / 60.0).min(self.offered) / self.show_share;
        self.owed += if self.crowded {
            steady * SLOWER
        } else {
            let wanted = (places.max(lead) - coming) / self.show_share;
            wanted.clamp(0.0, (steady * FASTER).max(1.0))
        };
        let called = self.called.saturating_add(self.owed as u64);
        self.owed = self.owed.fract();
        self.called = called.min(signals.tail.max(self.called));
    }

    fn note(&mut self, rules: &ControlRules, signals: &Signals) {
        let mark = Mark { at: signals.now.0, called: self.called, admitted: signals.admitted };
        let grace = i64::from(rules.grace_seconds) * 1000;
        push(&mut self.recent, mark, 900, RECENT_MILLIS);
        push(&mut self.marks, mark, (grace / MARKS).max(4_900), grace.max(300_000));
    }

    fn expire(&mut self, rules: &ControlRules, now: i64) {
        let begin = now - i64::from(rules.grace_seconds) * 1000;
        let gone = self.marks.iter().take_while(|mark| mark.at <= begin).last();
        if let Some(mark) = gone {
            self.expired_below = self.expired_below.max(mark.called);
        }
    }

    /// Time does not pass while nobody can be let in: turns stay good, and the pace is kept.
    fn stand_still(&mut self, elapsed: i64) {
        for mark in self.recent.iter_mut().chain(&mut self.marks) {
            mark.at += elapsed;
        }
    }

    fn pace(&self, signals: &Signals, rate: f64) -> Pace {
        let expected = || Pace::expected(rate * FILL_SHARE / self.show_share);
        Pace::seen(&self.marks, signals.now, self.called).unwrap_or_else(expected)
    }
}

/// How many more may come in: for passes, and for seats.
fn room_for(rules: &ControlRules, signals: &Signals) -> f64 {
    let passes = f64::from(rules.max_active_passes.saturating_sub(signals.active_passes));
    let shoppers = f64::from(signals.available_seats) * SHOPPERS_PER_SEAT;
    passes.min(shoppers - f64::from(signals.shopping)).max(0.0)
}

fn push(marks: &mut VecDeque<Mark>, mark: Mark, every: i64, keep: i64) {
    if marks.back().is_none_or(|last| mark.at - last.at >= every) {
        marks.push_back(mark);
    }
    // One that is older than what is kept says how things were at the beginning of it.
    while marks.get(1).is_some_and(|second| mark.at - second.at >= keep) {
        marks.pop_front();
    }
}

#[cfg(test)]
#[path = "control_tests.rs"]
mod tests;
