//! `bench reserve`: fans who hold seats of one event over HTTP, each with a connection of its own
//! and without a pause. When an event is nearly sold, all go on to the next, which is like it; after
//! the last one the measurement ends, however soon that is.

use std::{
    cell::{Cell, RefCell},
    net::SocketAddr,
    rc::Rc,
    time::{Duration, Instant},
};

use onsale_testkit::{Stack, StackOptions};
use tokio::task::LocalSet;

use crate::{
    BenchError,
    client::{Answer, Client},
    figures::{Outcome, head},
    house::{EVENTS, SEATS},
};

/// The fans go on when so many of an event's seats are held.
const ENOUGH_OF_EVENT: u32 = SEATS * 9 / 10;
/// … and, when they name them, of its popular ones: the more of those are gone the more fans are
/// refused, so both sides must be measured at the same stages of a sale, however fast they are.
const ENOUGH_NAMED: u32 = SEATS / 5;
/// Seats of popularity one, a half, a third …
const ZIPF_EXPONENT: f64 = 0.8;
/// In the churn, this share of the holds is paid for; the others lapse.
const PAID_SHARE: f64 = 0.6;
/// In the churn, holds live so long, in seconds.
const CHURN_TTL: u32 = 3;

/// How fans choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// One to four of the best.
    Best,
    /// One to four seats beside each other, popular ones more often.
    Named,
    /// The best; most are paid for, the others lapse and are held again.
    Churn,
}

/// One measurement.
#[derive(Debug, Clone, Copy)]
pub struct Scenario {
    /// How fans choose.
    pub wish: Wish,
    /// Fans at the same time.
    pub clients: usize,
    /// How long they do so.
    pub duration: Duration,
}

/// Fans who hold seats as fast as they get answers.
pub struct Crowd {
    address: SocketAddr,
    scenario: Scenario,
    last_event: i64,
    event: Cell<i64>,
    held_of_event: Cell<u32>,
    is_sold_through: Cell<bool>,
    ends: Cell<Instant>,
    outcome: RefCell<Outcome>,
    popularity: Vec<f64>,
}

/// Measures Onsale (`onsale-server`) or the baseline (`baseline`) in one scenario.
pub async fn measure(
    template: &str,
    server_program: &'static str,
    scenario: Scenario,
) -> Result<Outcome, BenchError> {
    let options = StackOptions {
        server_program,
        log: "error",
        template: Some(template.to_owned()),
        hold_ttl_seconds: if scenario.wish == Wish::Churn { CHURN_TTL } else { 600 },
        ..StackOptions::default()
    };
    let stack = Stack::start(options).await;
    let address = stack.url(0).trim_start_matches("http://").parse::<SocketAddr>();
    let address = address.map_err(|error| BenchError::new("the server's address", error))?;
    open_events(address, EVENTS).await?;
    let crowd = Rc::new(Crowd::new(address, scenario, EVENTS));
    // The first seconds warm connections, plans and caches.
    crowd.clone().run(Duration::from_secs(2)).await?;
    crowd.outcome.take();
    let before = committed(&stack).await;
    let started = Instant::now();
    crowd.clone().run(scenario.duration).await?;
    let mut outcome = crowd.outcome.take();
    outcome.seconds = started.elapsed().as_secs_f64();
    outcome.transactions = committed(&stack).await - before;
    let (clean, report) = stack.audit().await;
    if !clean {
        println!("{report}");
        outcome.violations = 1;
    }
    stack.stop().await;
    Ok(outcome)
}

/// Somebody holds a seat of each event, so that whoever sells them knows them all: that an event is
/// followed by another belongs to the measurement, not to a sale.
async fn open_events(address: SocketAddr, last: i64) -> Result<(), BenchError> {
    let broken = |error| BenchError::new("the first holds", error);
    for event in 1..=last {
        let mut client = Client::connect(address).await.map_err(broken)?;
        let body = format!("{{\"eventId\":\"{event}\",\"quantity\":1}}");
        let answer = client.post("/api/bookings/reserve", "", &body).await.map_err(broken)?;
        if answer.status != 201 {
            return Err(BenchError::new("the first holds", answer.body));
        }
    }
    Ok(())
}

async fn committed(stack: &Stack) -> i64 {
    stack
        .database
        .number("SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()")
        .await
}

/// Prints the table of all scenarios and the closing line. Words such as `best`, `churn` or `2000`
/// leave only the scenarios of those names. `false` when a rule of the ledger was broken.
pub async fn run(template: &str, words: &[String], quick: bool) -> Result<bool, BenchError> {
    let duration = Duration::from_secs(if quick { 4 } else { 12 });
    let scenario = |wish, clients| Scenario { wish, clients, duration };
    let scenarios = [
        scenario(Wish::Best, 64),
        scenario(Wish::Best, 2000),
        scenario(Wish::Named, 64),
        scenario(Wish::Named, 2000),
        scenario(Wish::Churn, 64),
        scenario(Wish::Churn, 2000),
    ];
    println!("{}", head());
    let (mut ratios, mut violations, mut tail) = (Vec::new(), 0, Vec::new());
    for scenario in scenarios.into_iter().filter(|scenario| scenario.is_asked_for(words)) {
        let name = format!("{:?}, {} clients", scenario.wish, scenario.clients);
        let mut baseline = measure(template, "onsale-bench-baseline", scenario).await?;
        println!("{}", baseline.row(&format!("{name}: baseline")));
        let mut ours = measure(template, "onsale-server", scenario).await?;
        println!("{}", ours.row(&format!("{name}: ours")));
        for (side, outcome) in [("baseline", &baseline), ("ours", &ours)] {
            for (failure, count) in &outcome.failures {
                println!("  {side}: {count} answers were {failure}");
            }
        }
        let ratio = ours.holds_per_second() / baseline.holds_per_second();
        println!("  {name}: {ratio:.2} times the baseline");
        violations += ours.violations;
        ratios.push((scenario, ratio));
        tail.push(format!(
            "{{\"wish\":\"{:?}\",\"clients\":{},\"ratio\":{ratio:.2},\"ours\":{:.0},\"baseline\":{:.0},\
             \"p50_ms\":{:.1},\"baseline_p50_ms\":{:.1},\"p99_ms\":{:.1},\"baseline_p99_ms\":{:.1}}}",
            scenario.wish,
            scenario.clients,
            ours.holds_per_second(),
            baseline.holds_per_second(),
            ours.latencies.quantile_ms(0.5),
            baseline.latencies.quantile_ms(0.5),
            ours.latencies.quantile_ms(0.99),
            baseline.latencies.quantile_ms(0.99),
        ));
    }
    let crowded = ratios.iter().find(|(s, _)| s.wish == Wish::Best && s.clients == 2000);
    let ratio = crowded.map_or(0.0, |(_, ratio)| *ratio);
    println!(
        "{{\"bench\":\"reserve\",\"ratio\":{ratio:.2},\"baseline\":\"one SKIP LOCKED statement a request\",\
         \"unit\":\"holds/s, best available, 2000 clients\",\"violations\":{violations},\"scenarios\":[{}]}}",
        tail.join(",")
    );
    Ok(violations == 0)
}

impl Scenario {
    fn is_asked_for(&self, words: &[String]) -> bool {
        let wish = format!("{:?}", self.wish).to_lowercase();
        let clients = self.clients.to_string();
        let given = |names: &[&str]| words.iter().any(|word| names.contains(&word.as_str()));
        (given(&[&wish]) || !given(&["best", "named", "churn"]))
            && (given(&[&clients]) || !given(&["64", "2000"]))
    }
}

/// Running sums of the popularity of each seat.
fn popularity() -> Vec<f64> {
    let mut sum = 0.0;
    let weight = |rank: u32| f64::from(rank).powf(-ZIPF_EXPONENT);
    let add = |rank| {
        sum += weight(rank);
        sum
    };
    (1..=SEATS).map(add).collect()
}

impl Crowd {
    /// Fans of the events from 1 to `last_event`.
    pub fn new(address: SocketAddr, scenario: Scenario, last_event: i64) -> Self {
        Self {
            address,
            scenario,
            last_event,
            event: Cell::new(1),
            held_of_event: Cell::new(0),
            is_sold_through: Cell::new(false),
            ends: Cell::new(Instant::now()),
            outcome: RefCell::default(),
            popularity: popularity(),
        }
    }

    /// Holds so far.
    pub fn holds(&self) -> u64 {
        self.outcome.borrow().holds
    }

    /// Lets them do so for a while.
    pub async fn run(self: Rc<Self>, duration: Duration) -> Result<(), BenchError> {
        self.ends.set(Instant::now() + duration);
        let local = LocalSet::new();
        let fans: Vec<_> = (0..self.scenario.clients)
            .map(|number| {
                let crowd = Rc::clone(&self);
                local.spawn_local(async move { crowd.fan(number as u64).await })
            })
            .collect();
        local.await;
        for fan in fans {
            fan.await
                .map_err(|error| BenchError::new("a client", error))?
                .map_err(|error| BenchError::new("a client", error))?;
        }
        Ok(())
    }

    async fn fan(&self, number: u64) -> std::io::Result<()> {
        let mut random = fastrand::Rng::with_seed(number);
        let mut client = Client::connect(self.address).await?;
        while Instant::now() < self.ends.get() && !self.is_sold_through.get() {
            let event = self.event.get();
            let quantity = random.u32(1..=4);
            let body = self.body(event, quantity, &mut random);
            let asked = Instant::now();
            let answer = client.post("/api/bookings/reserve", "", &body).await?;
            let took = asked.elapsed();
            let held = self.note(&answer, event, quantity, took);
            let pays = self.scenario.wish == Wish::Churn && random.f64() < PAID_SHARE;
            if held && pays {
                self.pay(&mut client, &answer).await?;
            }
        }
        Ok(())
    }

    fn body(&self, event: i64, quantity: u32, random: &mut fastrand::Rng) -> String {
        if self.scenario.wish != Wish::Named {
            return format!("{{\"eventId\":\"{event}\",\"quantity\":{quantity}}}");
        }
        let all = self.popularity.last().copied().unwrap_or_default();
        let chosen = random.f64() * all;
        let rank = self.popularity.partition_point(|sum| *sum < chosen) as u32;
        // Neighbours in rank are not neighbours in the house.
        let seat = rank.wrapping_mul(7919) % SEATS;
        let seats = (0..quantity).map(|step| format!("\"{event}-{}\"", (seat + step) % SEATS));
        format!("{{\"ticketIds\":[{}]}}", seats.collect::<Vec<_>>().join(","))
    }

    /// Counts an answer; `true` when it is a hold.
    fn note(&self, answer: &Answer, event: i64, quantity: u32, took: Duration) -> bool {
        let mut outcome = self.outcome.borrow_mut();
        match answer.status {
            201 => {
                outcome.holds += 1;
                outcome.seats += u64::from(quantity);
                outcome.latencies.add(took);
                let enough = match self.scenario.wish {
                    Wish::Best => ENOUGH_OF_EVENT,
                    Wish::Named => ENOUGH_NAMED,
                    Wish::Churn => u32::MAX,
                };
                if event == self.event.get() {
                    self.held_of_event.set(self.held_of_event.get() + quantity);
                    if self.held_of_event.get() > enough {
                        self.go_on(event);
                    }
                }
                return true;
            }
            409 => {
                outcome.refused += 1;
                if answer.text("code") == Some("not_enough_seats") {
                    self.go_on(event);
                }
            }
            _ => outcome.failed(answer),
        }
        false
    }

    fn go_on(&self, from: i64) {
        if self.event.get() != from {
            return;
        }
        if from < self.last_event {
            self.event.set(from + 1);
            self.held_of_event.set(0);
        } else {
            self.is_sold_through.set(true);
        }
    }

    async fn pay(&self, client: &mut Client, held: &Answer) -> std::io::Result<()> {
        let (Some(booking), Some(cookie)) = (held.text("bookingId"), held.cookie()) else {
            return Ok(());
        };
        let path = format!("/api/bookings/{booking}/confirm");
        let cookie = format!("Cookie: {cookie}\r\n");
        let answer = client.post(&path, &cookie, "{\"paymentToken\":\"tok_visa\"}").await?;
        let mut outcome = self.outcome.borrow_mut();
        match answer.status {
            200 | 202 => outcome.paid += 1,
            // The hold lapsed while it waited its turn.
            410 => outcome.refused += 1,
            _ => outcome.failed(&answer),
        }
        Ok(())
    }
}
