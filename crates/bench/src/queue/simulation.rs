//! An on-sale on a simulated clock: ten million fans in front of the real draw and the real rule that
//! lets them in. Only people are made up: when they come, whether they show up, what they buy.

use std::{cmp::Reverse, collections::BinaryHeap};

use onsale_domain::{
    Timestamp,
    waiting_room::{ControlRules, Controller, Draw, QueueNumber, Seed, Signals, Step, eta},
};

/// Fans who join before the sale opens, and after.
pub const EARLY: u64 = 7_000_000;
pub const LATE: u64 = 3_000_000;
/// Of every hundred numbers, one was skipped by a server that died with it.
const SKIPPED_EVERY: u64 = 100;
/// Those who join early do so in the last half hour, most of them at its end.
const EARLY_SECONDS: u64 = 1_800;
const LATE_SECONDS: u64 = 3_600;
/// The house, and how fast it is sold.
const SEATS: u32 = 120_000;
pub const RATE_PER_MINUTE: u32 = 2_500;
const PASS_SECONDS: i64 = 600;
const HOLD_SECONDS: i64 = 600;
/// What people do.
const SHOWS_UP: f64 = 0.7;
const BUYS: f64 = 0.65;
const DOES_NOT_PAY: f64 = 0.1;
/// Holds become slow for a while: the rate must follow.
const SLOW_FROM: i64 = 20 * 60;
const SLOW_UNTIL: i64 = 22 * 60;
/// The simulation ends so long after the opening, in seconds.
const LASTS: i64 = 75 * 60;
/// The edge: so many points of presence, each asking the origin once a second at most; browsers ask
/// it every thirty seconds.
const EDGES: u64 = 50;
pub const POLL_SECONDS: u64 = 30;
/// The fans whose estimates are checked: one of each thousand among the next so many thousand, so
/// that every fan counts as much as another.
const WATCHED_THOUSANDS: u64 = 24;
/// The rate is stable when it has been the same for so long, in seconds.
const STABLE: i64 = 300;

/// What happens at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Happening {
    ComesToTheDoor,
    LeavesWithoutSeats,
    Holds { seats: u32 },
    Pays { seats: u32 },
    LetsGo { seats: u32 },
}

/// A row of the report, once a minute.
#[derive(Debug, Clone, Copy)]
pub struct Minute {
    pub at: i64,
    pub called: u64,
    pub admitted: u64,
    pub sold: u32,
    pub rate: f64,
    pub active: u32,
}

/// A checked estimate.
#[derive(Debug, Clone, Copy)]
pub struct Estimate {
    pub likely: f64,
    pub truth: f64,
    pub within_spread: bool,
}

impl Estimate {
    pub fn error(&self) -> f64 {
        (self.likely - self.truth).abs() / self.truth.max(1.0)
    }
}

/// What came of it.
#[derive(Debug)]
pub struct Outcome {
    pub minutes: Vec<Minute>,
    pub estimates: Vec<Estimate>,
    pub most_in_a_minute: u64,
    pub sold: u32,
    pub sold_out_at: Option<i64>,
    pub peak_joins: u64,
    pub peak_exchanges: u64,
    /// Rows: tenths by arrival; columns: tenths by position.
    pub deciles: [[u64; 10]; 10],
    pub chi_square: f64,
    pub kendall_tau: f64,
    pub late_stay_behind: bool,
}

impl Outcome {
    /// Share of the estimates that are within 15% of the truth.
    pub fn within(&self, share: f64) -> f64 {
        let good = self.estimates.iter().filter(|estimate| estimate.error() <= share).count();
        good as f64 / self.estimates.len().max(1) as f64
    }

    /// Share of the estimates whose truth lay in the spread that was told.
    pub fn within_spread(&self) -> f64 {
        let good = self.estimates.iter().filter(|estimate| estimate.within_spread).count();
        good as f64 / self.estimates.len().max(1) as f64
    }

    /// Requests a second at the origin at the worst moment.
    pub const fn peak_origin(&self) -> u64 {
        let busier = if self.peak_joins > self.peak_exchanges {
            self.peak_joins
        } else {
            self.peak_exchanges
        };
        busier + EDGES
    }
}

struct Sale {
    random: fastrand::Rng,
    controller: Controller,
    happenings: BinaryHeap<Reverse<(i64, u64, Happening)>>,
    ordinal: u64,
    now: i64,
    at_the_door: u64,
    admitted: u64,
    passes: BinaryHeap<Reverse<i64>>,
    shopping: u32,
    available: u32,
    held: u32,
    sold: u32,
}

/// An estimate that was told, before its truth is known.
struct Told {
    at: i64,
    position: u64,
    likely: f64,
    soonest: f64,
    latest: f64,
}

/// What is noted while the sale runs.
#[derive(Default)]
struct Notes {
    /// When how many had been called.
    called_at: Vec<(i64, u64)>,
    told: Vec<Told>,
    admitted_each_second: Vec<u64>,
    /// The rate, and since when it has been this.
    rate: (f64, i64),
}

/// Plays it all.
pub fn run(seed: u64) -> Outcome {
    let draw = Draw::new(&Seed([seed as u8; 32]), EARLY);
    println!("  drawing {EARLY} numbers");
    let (deciles, chi_square) = fairness(&draw);
    let mut outcome = Outcome {
        minutes: Vec::new(),
        estimates: Vec::new(),
        most_in_a_minute: 0,
        sold: 0,
        sold_out_at: None,
        peak_joins: peak_joins(),
        peak_exchanges: 0,
        deciles,
        chi_square,
        kendall_tau: kendall(&draw, seed),
        late_stay_behind: (0..1_000)
            .all(|at| draw.position(QueueNumber(EARLY + at * (LATE / 1_000))).is_none()),
    };
    println!("  selling {SEATS} seats");
    let (mut sale, mut notes) = (Sale::new(seed), Notes::default());
    while sale.now < LASTS {
        let before = sale.admitted;
        let (step, attempts) = sale.second();
        outcome.peak_exchanges = outcome.peak_exchanges.max(attempts);
        if step.sold_out && outcome.sold_out_at.is_none() {
            outcome.sold_out_at = Some(sale.now);
        }
        let minute = notes.second(&sale, &step, sale.admitted - before);
        outcome.most_in_a_minute = outcome.most_in_a_minute.max(minute);
        if sale.now % 60 == 0 {
            outcome.minutes.push(sale.minute(&step));
            notes.tell(&sale, &step);
        }
    }
    outcome.sold = sale.sold;
    let flowing_until = outcome.sold_out_at.unwrap_or(LASTS).min(sale.flowing_until());
    outcome.estimates = notes.estimates(flowing_until);
    outcome
}

impl Notes {
    /// Notes a second; returns how many were let in during the last sixty.
    fn second(&mut self, sale: &Sale, step: &Step, admitted: u64) -> u64 {
        self.admitted_each_second.push(admitted);
        if step.called > self.called_at.last().map_or(0, |last| last.1) {
            self.called_at.push((sale.now, step.called));
        }
        if (self.rate.0 - step.rate_per_minute).abs() > 1e-6 {
            self.rate = (step.rate_per_minute, sale.now);
        }
        let from = self.admitted_each_second.len().saturating_sub(60);
        self.admitted_each_second[from..].iter().sum()
    }

    /// Tells those who are watched how long they will wait, once the rate is stable.
    fn tell(&mut self, sale: &Sale, step: &Step) {
        if sale.now - self.rate.1 < STABLE {
            return;
        }
        for ahead in (0..WATCHED_THOUSANDS).map(|thousand| thousand * 1_000 + 500) {
            let Some(eta) = eta(ahead, step.pace) else { continue };
            self.told.push(Told {
                at: sale.now,
                position: step.called + ahead,
                likely: f64::from(eta.likely_seconds),
                soonest: f64::from(eta.soonest_seconds),
                latest: f64::from(eta.latest_seconds),
            });
        }
    }

    /// What was told, beside what came true.
    fn estimates(&self, flowing_until: i64) -> Vec<Estimate> {
        let estimate = |told: &Told| {
            let reached = self.called_at.iter().find(|(_, called)| *called > told.position);
            let (then, _) = reached.filter(|(then, _)| *then <= flowing_until)?;
            // Nobody can foresee that holds will become slow.
            if told.at < SLOW_UNTIL && *then > SLOW_FROM {
                return None;
            }
            let truth = (then - told.at) as f64;
            let within_spread = told.soonest <= truth && truth <= told.latest;
            Some(Estimate { likely: told.likely, truth, within_spread })
        };
        self.told.iter().filter_map(estimate).collect()
    }
}

impl Sale {
    fn new(seed: u64) -> Self {
        Self {
            random: fastrand::Rng::with_seed(seed),
            controller: Controller::default(),
            happenings: BinaryHeap::new(),
            ordinal: 0,
            now: 0,
            at_the_door: 0,
            admitted: 0,
            passes: BinaryHeap::new(),
            shopping: 0,
            available: SEATS,
            held: 0,
            sold: 0,
        }
    }

    fn soon(&mut self, seconds: i64, happening: Happening) {
        self.ordinal += 1;
        self.happenings.push(Reverse((self.now + seconds.max(1), self.ordinal, happening)));
    }

    /// A second passes. Returns what the rule decided, and how many asked to come in.
    fn second(&mut self) -> (Step, u64) {
        self.now += 1;
        while let Some(Reverse((at, _, happening))) = self.happenings.peek().copied() {
            if at > self.now {
                break;
            }
            self.happenings.pop();
            self.happen(happening);
        }
        while self.passes.peek().is_some_and(|Reverse(end)| *end <= self.now) {
            self.passes.pop();
        }
        let rules = ControlRules {
            rate_per_minute: RATE_PER_MINUTE,
            max_active_passes: 40_000,
            grace_seconds: 600,
            target_hold_ms: 750,
        };
        let slow = (SLOW_FROM..SLOW_UNTIL).contains(&self.now);
        let signals = Signals {
            now: Timestamp(1_800_000_000_000).plus_seconds(self.now),
            calling: true,
            tail: EARLY + LATE.min(LATE * self.now.unsigned_abs() / LATE_SECONDS),
            admitted: self.admitted,
            active_passes: u32::try_from(self.passes.len()).unwrap_or(u32::MAX),
            shopping: self.shopping,
            available_seats: self.available,
            held_seats: self.held,
            hold_ms: Some(if slow { 2_400 } else { 40 }),
        };
        let before = self.controller.called();
        let step = self.controller.step(&rules, &signals);
        for position in before..step.called {
            self.called(position);
        }
        // Whoever finds the door closed for the moment asks again after two seconds.
        let attempts = self.at_the_door.div_ceil(2);
        let places = step.admit_up_to.saturating_sub(self.admitted).min(self.at_the_door);
        self.at_the_door -= places;
        for _ in 0..places {
            self.come_in();
        }
        (step, attempts.max(places))
    }

    fn minute(&self, step: &Step) -> Minute {
        Minute {
            at: self.now,
            called: step.called,
            admitted: self.admitted,
            sold: self.sold,
            rate: step.rate_per_minute,
            active: u32::try_from(self.passes.len()).unwrap_or(u32::MAX),
        }
    }

    fn called(&mut self, position: u64) {
        let is_skipped = position % SKIPPED_EVERY == SKIPPED_EVERY - 1;
        if is_skipped || self.random.f64() >= SHOWS_UP {
            return;
        }
        // Most listen on a socket and press the button; some see it at their next look.
        let delay =
            if self.random.f64() < 0.8 { self.random.i64(2..12) } else { self.random.i64(5..40) };
        self.soon(delay, Happening::ComesToTheDoor);
    }

    fn come_in(&mut self) {
        self.admitted += 1;
        self.shopping += 1;
        self.passes.push(Reverse(self.now + PASS_SECONDS));
        if self.random.f64() < BUYS {
            let seats = [1, 2, 2, 2, 3, 4][self.random.usize(0..6)];
            let chooses = self.random.i64(20..240);
            self.soon(chooses, Happening::Holds { seats });
        } else {
            self.soon(PASS_SECONDS, Happening::LeavesWithoutSeats);
        }
    }

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::ComesToTheDoor => self.at_the_door += 1,
            Happening::LeavesWithoutSeats => self.shopping = self.shopping.saturating_sub(1),
            Happening::Holds { seats } => {
                self.shopping = self.shopping.saturating_sub(1);
                if self.available < seats {
                    return;
                }
                self.available -= seats;
                self.held += seats;
                if self.random.f64() < DOES_NOT_PAY {
                    self.soon(HOLD_SECONDS, Happening::LetsGo { seats });
                } else {
                    let pays = self.random.i64(30..240);
                    self.soon(pays, Happening::Pays { seats });
                }
            }
            Happening::Pays { seats } => {
                self.held -= seats;
                self.sold += seats;
            }
            Happening::LetsGo { seats } => {
                self.held -= seats;
                self.available += seats;
            }
        }
    }

    /// The moment from which seats, and not the rate, decide who comes in.
    fn flowing_until(&self) -> i64 {
        let seats_a_minute = f64::from(RATE_PER_MINUTE) * BUYS * 2.33;
        (f64::from(SEATS) / seats_a_minute * 60.0) as i64
    }
}

/// Joins a second at the worst moment before the opening: the crowd grows with the square of time.
fn peak_joins() -> u64 {
    let arrived = |second: u64| {
        let share = second as f64 / EARLY_SECONDS as f64;
        (EARLY as f64 * share * share) as u64
    };
    (0..EARLY_SECONDS).map(|second| arrived(second + 1) - arrived(second)).max().unwrap_or(0)
}

/// Tenths of arrival against tenths of position, over everybody, and the chi-square of that.
fn fairness(draw: &Draw) -> ([[u64; 10]; 10], f64) {
    let mut table = [[0_u64; 10]; 10];
    for number in 0..EARLY {
        let position = draw.position(QueueNumber(number)).map_or(0, |position| position.0);
        let tenth = |at: u64| usize::try_from(at * 10 / EARLY).unwrap_or(9).min(9);
        table[tenth(number)][tenth(position)] += 1;
    }
    let expected = EARLY as f64 / 100.0;
    let chi = table.iter().flatten().map(|seen| (*seen as f64 - expected).powi(2) / expected).sum();
    (table, chi)
}

/// Kendall's tau between arrival and position, over pairs taken by chance: 0 is no relation.
fn kendall(draw: &Draw, seed: u64) -> f64 {
    let mut random = fastrand::Rng::with_seed(seed ^ 0x7a75);
    let pairs = 400_000;
    let mut balance = 0_i64;
    for _ in 0..pairs {
        let (one, two) = (random.u64(0..EARLY), random.u64(0..EARLY));
        let position = |number| draw.position(QueueNumber(number)).map_or(0, |it| it.0);
        let agree = (one < two) == (position(one) < position(two));
        balance += if one == two {
            0
        } else if agree {
            1
        } else {
            -1
        };
    }
    balance as f64 / f64::from(pairs)
}
