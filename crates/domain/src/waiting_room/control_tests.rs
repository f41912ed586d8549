//! The rule on a simulated clock.

use super::*;

const RULES: ControlRules = ControlRules {
    rate_per_minute: 600,
    max_active_passes: 100_000,
    grace_seconds: 600,
    target_hold_ms: 500,
};

/// A crowd in front of the rule: who is called comes with some share, a few seconds later.
struct Front {
    controller: Controller,
    signals: Signals,
    /// When and how many come.
    coming: VecDeque<(i64, u64)>,
    at_the_door: u64,
    /// Percents of a fan.
    undecided: u64,
    show_percent: u64,
    admitted_at: VecDeque<(i64, u64)>,
    most_in_a_minute: u64,
}

impl Front {
    fn new(tail: u64, show_percent: u64) -> Self {
        Self {
            controller: Controller::default(),
            signals: Signals {
                now: Timestamp(1_000_000),
                calling: true,
                tail,
                admitted: 0,
                active_passes: 0,
                shopping: 0,
                available_seats: 1_000_000,
                held_seats: 0,
                hold_ms: Some(10),
            },
            coming: VecDeque::new(),
            at_the_door: 0,
            undecided: 0,
            show_percent,
            admitted_at: VecDeque::new(),
            most_in_a_minute: 0,
        }
    }

    fn second(&mut self, rules: &ControlRules) -> Step {
        self.signals.now = self.signals.now.plus_seconds(1);
        let now = self.signals.now.0;
        let before = self.controller.called();
        let step = self.controller.step(rules, &self.signals);
        let called = step.called - before;
        self.undecided += called * self.show_percent;
        let come = self.undecided / 100;
        self.undecided %= 100;
        for (delay, count) in [(2, come / 2), (6, come - come / 2)] {
            self.coming.push_back((now + delay * 1000, count));
        }
        let (here, later): (VecDeque<_>, VecDeque<_>) =
            self.coming.iter().partition(|(at, _)| *at <= now);
        self.coming = later;
        self.at_the_door += here.iter().map(|(_, count)| count).sum::<u64>();
        let places = step.admit_up_to.saturating_sub(self.signals.admitted);
        let enter = places.min(self.at_the_door);
        if self.signals.calling {
            self.at_the_door -= enter;
            self.signals.admitted += enter;
        }
        self.admitted_at.push_back((now, enter));
        while self.admitted_at.front().is_some_and(|(at, _)| now - at >= 60_000) {
            self.admitted_at.pop_front();
        }
        let minute = self.admitted_at.iter().map(|(_, count)| count).sum();
        self.most_in_a_minute = self.most_in_a_minute.max(minute);
        step
    }
}

#[test]
fn no_minute_exceeds_the_rate_and_most_of_it_is_used() {
    for rate_per_minute in [1, 7, 60, 600, 20_000] {
        for show_percent in [100, 60, 20] {
            let rules = ControlRules { rate_per_minute, ..RULES };
            let mut front = Front::new(u64::MAX / 2, show_percent);
            for _ in 0..1_800 {
                front.second(&rules);
            }
            let most = front.most_in_a_minute;
            assert!(most <= u64::from(rate_per_minute), "{most} of {rate_per_minute}");
            let used = front.signals.admitted as f64 / (f64::from(rate_per_minute) * 30.0);
            // One at a time, there is nothing to be called ahead.
            let least = if rate_per_minute < 60 { 0.25 } else { 0.75 };
            assert!(used > least, "{used:.2} of {rate_per_minute} with {show_percent}%");
        }
    }
}

#[test]
fn a_crowd_that_all_comes_at_once_after_many_did_not_is_no_burst() {
    let mut front = Front::new(u64::MAX / 2, 20);
    for _ in 0..600 {
        front.second(&RULES);
    }
    front.at_the_door += 50_000;
    front.show_percent = 100;
    for _ in 0..600 {
        front.second(&RULES);
    }
    assert!(front.most_in_a_minute <= 600, "{}", front.most_in_a_minute);
}

#[test]
fn nobody_is_called_while_the_room_stands_and_turns_stay_good() {
    let mut front = Front::new(u64::MAX / 2, 100);
    for _ in 0..700 {
        front.second(&RULES);
    }
    let before = front.second(&RULES);
    front.signals.calling = false;
    for _ in 0..3_600 {
        let step = front.second(&RULES);
        assert_eq!((step.called, step.expired_below), (before.called, before.expired_below));
        assert!(step.admit_up_to <= front.signals.admitted);
    }
    assert!(before.expired_below > 0, "earlier turns had gone");
}

#[test]
fn slow_holds_halve_the_rate_and_quick_ones_raise_it_again() {
    let mut front = Front::new(u64::MAX / 2, 100);
    for _ in 0..60 {
        front.second(&RULES);
    }
    assert!((front.second(&RULES).rate_per_minute - 600.0).abs() < 1e-9);
    front.signals.hold_ms = Some(2_000);
    for _ in 0..60 {
        front.second(&RULES);
    }
    let slow = front.second(&RULES).rate_per_minute;
    assert!((slow - 30.0).abs() < 1e-9, "the floor: {slow}");
    front.signals.hold_ms = Some(20);
    for _ in 0..10 {
        front.second(&RULES);
    }
    let better = front.second(&RULES).rate_per_minute;
    assert!(better > 100.0 && better < 200.0, "by steps: {better}");
}

#[test]
fn nobody_is_let_in_for_seats_that_are_gone() {
    let mut front = Front::new(u64::MAX / 2, 100);
    front.signals.available_seats = 0;
    front.signals.held_seats = 3;
    for _ in 0..60 {
        assert!(!front.second(&RULES).sold_out, "held seats may come back");
    }
    assert_eq!(front.signals.admitted, 0);
    front.signals.held_seats = 0;
    assert!(front.second(&RULES).sold_out);
    front.signals.available_seats = 2;
    for _ in 0..60 {
        front.second(&RULES);
        front.signals.shopping = u32::try_from(front.signals.admitted).expect("few");
    }
    assert_eq!(front.signals.admitted, 3, "three for two seats");
}

#[test]
fn nobody_is_called_who_does_not_exist() {
    let mut front = Front::new(40, 100);
    for _ in 0..60 {
        assert!(front.second(&RULES).called <= 40);
    }
    assert_eq!(front.controller.called(), 40, "all of them were");
    front.signals.tail = 41;
    front.second(&RULES);
    assert_eq!(front.controller.called(), 41, "a newcomer to an empty room at once");
}

#[test]
fn a_turn_is_good_for_its_grace() {
    let mut front = Front::new(u64::MAX / 2, 100);
    let mut called = Vec::new();
    for second in 0..1_300_usize {
        let step = front.second(&RULES);
        called.push(step.called);
        if let Some(then) = second.checked_sub(600) {
            assert!(step.expired_below <= called[then], "too early at {second}");
        }
        if let Some(then) = second.checked_sub(620) {
            assert!(step.expired_below >= called[then], "too late at {second}");
        }
    }
}

#[test]
fn whoever_takes_over_goes_on() {
    let mut front = Front::new(u64::MAX / 2, 100);
    for _ in 0..100 {
        front.second(&RULES);
    }
    let stored = serde_json::to_string(&front.controller).expect("JSON");
    assert!(stored.len() < 16_384, "{} bytes", stored.len());
    let mut other: Controller = serde_json::from_str(&stored).expect("the same");
    let next = Signals { now: front.signals.now.plus_seconds(1), ..front.signals };
    let (here, there) = (front.controller.step(&RULES, &next), other.step(&RULES, &next));
    assert_eq!((here.called, here.admit_up_to), (there.called, there.admit_up_to));
}

#[test]
fn the_pace_is_that_of_the_line() {
    let mut front = Front::new(u64::MAX / 2, 50);
    for _ in 0..900 {
        front.second(&RULES);
    }
    let (then, pace) = (front.controller.called(), front.second(&RULES).pace);
    for _ in 0..300 {
        front.second(&RULES);
    }
    let truth = (front.controller.called() - then) as f64 / 5.0;
    let error = (pace.per_minute - truth).abs() / truth;
    assert!(error < 0.1, "{pace:?} against {truth:.0}");
}

#[test]
fn a_rule_without_its_memory_goes_on_where_the_room_stands() {
    let mut front = Front::new(100_000, 70);
    for _ in 0..120 {
        front.second(&RULES);
    }
    let before = front.second(&RULES);
    front.controller =
        Controller::resumed(before.called, before.expired_below, front.signals.admitted);
    let after = front.second(&RULES);
    assert!(after.called >= before.called && after.admit_up_to >= front.signals.admitted);
    let later = (0..10).map(|_| front.second(&RULES)).last().expect("steps");
    assert!(later.called > before.called, "people are called again");
}

#[test]
fn no_turn_passes_while_nobody_steps() {
    let mut front = Front::new(100_000, 70);
    for _ in 0..120 {
        front.second(&RULES);
    }
    let before = front.second(&RULES);
    let outage = i64::from(RULES.grace_seconds) * 2;
    front.signals.now = front.signals.now.plus_seconds(outage);
    assert_eq!(front.second(&RULES).expired_below, before.expired_below);
}
