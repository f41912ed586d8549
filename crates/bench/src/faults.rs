//! `bench faults`: fans hold, pay and give back while everything is killed, in turn and together.
//! In the end the ledger is audited, and each fan's belief is compared with it.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeSet,
    net::SocketAddr,
    rc::Rc,
    time::{Duration, Instant},
};

use onsale_testkit::{Fault, Stack, StackOptions};
use tokio::task::LocalSet;
use uuid::Uuid;

use crate::{
    BenchError,
    client::{Answer, Client},
    house::SEATS,
};

/// Short, so that many holds lapse, and lapse in the middle of a fault.
const HOLD_TTL_SECONDS: u32 = 8;
/// Something is broken for so long.
const OUTAGE: Duration = Duration::from_millis(1_500);
/// Between two tries of a fan who got no clear answer.
const TRY_AGAIN: Duration = Duration::from_millis(50);
/// Until then everybody must know how it ended.
const SETTLED: Duration = Duration::from_secs(180);

/// How much of it.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// Holds to be attempted.
    pub attempts: u64,
    /// Fans at the same time.
    pub clients: usize,
    /// Events that are sold.
    pub events: i64,
    /// Seats of each.
    pub seats: u32,
    /// Between two faults.
    pub pause: Duration,
}

impl Plan {
    /// Each fault once, in two minutes.
    pub const QUICK: Self =
        Self { attempts: 1, clients: 256, pause: Duration::from_secs(6), ..Self::MILLION };

    /// A million attempts on the events of the measurements.
    pub const MILLION: Self = Self {
        attempts: 1_000_000,
        clients: 1_024,
        events: 16,
        seats: SEATS,
        pause: Duration::from_secs(15),
    };
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Report {
    /// Holds that were attempted, each brought to a clear answer.
    pub attempts: u64,
    /// Those that succeeded.
    pub holds: u64,
    /// Requests that had to be sent again because no clear answer came.
    pub repeats: u64,
    /// Bookings that their fans know to be confirmed.
    pub confirmed: u64,
    /// Faults, in order.
    pub faults: Vec<Fault>,
    /// What is wrong. Nothing should be.
    pub violations: Vec<String>,
    /// How long it took, in seconds.
    pub seconds: f64,
}

struct Sale {
    addresses: Vec<SocketAddr>,
    plan: Plan,
    started: Cell<u64>,
    report: RefCell<Report>,
    /// Bookings that fans believe to be confirmed.
    confirmed: RefCell<BTreeSet<Uuid>>,
}

/// Runs the sale and the faults until all attempts are made and every fault was had.
pub async fn run(template: Option<String>, plan: Plan) -> Result<Report, BenchError> {
    let mut stack = Stack::start(StackOptions {
        servers: 2,
        workers: 2,
        wrong_clock: true,
        durable: true,
        hold_ttl_seconds: HOLD_TTL_SECONDS,
        log: "warn",
        template,
        ..StackOptions::default()
    })
    .await;
    let addresses = (0..2).map(|server| stack.url(server).replace("http://", "").parse());
    let addresses: Result<Vec<SocketAddr>, _> = addresses.collect();
    let sale = Rc::new(Sale {
        addresses: addresses.map_err(|error| BenchError::new("an address", error))?,
        plan,
        started: Cell::new(0),
        report: RefCell::default(),
        confirmed: RefCell::default(),
    });
    let begun = Instant::now();
    let local = LocalSet::new();
    let fans: Vec<_> = (0..plan.clients)
        .map(|number| {
            let sale = Rc::clone(&sale);
            local.spawn_local(async move { sale.fan(number).await })
        })
        .collect();
    local.run_until(disturb(&mut stack, &sale)).await?;
    local.run_until(futures::future::join_all(fans)).await;
    sale.compare_with_ledger(&stack).await?;
    let mut report = sale.report.take();
    report.seconds = begun.elapsed().as_secs_f64();
    stack.stop().await;
    Ok(report)
}

/// One fault after the other until all attempts are made, and at least one of each.
async fn disturb(stack: &mut Stack, sale: &Sale) -> Result<(), BenchError> {
    for (number, fault) in Fault::ALL.iter().cycle().enumerate() {
        tokio::time::sleep(sale.plan.pause).await;
        let all_made = sale.started.get() >= sale.plan.attempts;
        if all_made && number >= Fault::ALL.len() {
            return Ok(());
        }
        stack.suffer(*fault, OUTAGE).await;
        let (clean, audit) = stack.audit().await;
        let mut report = sale.report.borrow_mut();
        report.faults.push(*fault);
        println!("{fault}: {} attempts so far, audit {}", report.attempts, verdict(clean));
        if !clean {
            report.violations.push(format!("after {fault}:\n{audit}"));
        }
    }
    Ok(())
}

fn verdict(clean: bool) -> &'static str {
    if clean { "clean" } else { "NOT CLEAN" }
}

/// Somebody with a cookie, at whatever server answers.
struct Fan<'s> {
    sale: &'s Sale,
    server: usize,
    client: Option<Client>,
    cookie: String,
    random: fastrand::Rng,
}

impl Sale {
    /// Holds until all attempts are made. Goes on through the last fault, however early the
    /// attempts are made.
    async fn fan(&self, number: usize) {
        let random = fastrand::Rng::with_seed(number as u64);
        let mut fan =
            Fan { sale: self, server: number, client: None, cookie: String::new(), random };
        while self.started.get() < self.plan.attempts
            || self.report.borrow().faults.len() < Fault::ALL.len()
        {
            self.started.set(self.started.get() + 1);
            fan.attempt().await;
        }
    }

    /// Everybody either has their booking or knows that they have not.
    async fn compare_with_ledger(&self, stack: &Stack) -> Result<(), BenchError> {
        let confirmed: Vec<Uuid> = sqlx::query_scalar(
            "SELECT id FROM bookings WHERE status = 'confirmed' AND fingerprint <> ''",
        )
        .fetch_all(&stack.database.pool)
        .await?;
        let confirmed: BTreeSet<Uuid> = confirmed.into_iter().collect();
        let (clean, audit) = stack.audit().await;
        let believed = self.confirmed.borrow();
        let mut report = self.report.borrow_mut();
        for booking in believed.difference(&confirmed) {
            report.violations.push(format!("{booking} is confirmed only in its fan's belief"));
        }
        for booking in confirmed.difference(&believed) {
            report.violations.push(format!("{booking} is confirmed and its fan does not know"));
        }
        report.confirmed = believed.len() as u64;
        if !clean {
            report.violations.push(format!("in the end:\n{audit}"));
        }
        Ok(())
    }
}

impl Fan<'_> {
    async fn attempt(&mut self) {
        if self.cookie.is_empty() {
            self.become_somebody().await;
        }
        let key = format!("Idempotency-Key: {}\r\n", Uuid::new_v4());
        let body = self.wish();
        let answer = self.insist("POST", "/api/bookings/reserve", &key, &body).await;
        {
            let mut report = self.sale.report.borrow_mut();
            report.attempts += 1;
            report.holds += u64::from(answer.status == 201);
        }
        match (answer.status, answer.text("bookingId")) {
            (201, Some(booking)) => {
                let booking = booking.to_owned();
                match self.random.u8(0..100) {
                    0..4 => self.pay(&booking).await,
                    4..25 => {
                        self.insist("DELETE", &format!("/api/bookings/{booking}"), "", "").await;
                    }
                    _ => {}
                }
            }
            (409 | 404 | 410, _) => {}
            // Too many tickets: somebody else goes on.
            (422, _) => self.cookie.clear(),
            (status, _) => {
                let text = format!("unexpected answer {status} to a hold: {}", answer.body);
                self.sale.report.borrow_mut().violations.push(text);
            }
        }
    }

    fn wish(&mut self) -> String {
        let event = self.random.i64(1..=self.sale.plan.events);
        let quantity = self.random.u32(1..=4);
        if self.random.bool() {
            return format!("{{\"eventId\":\"{event}\",\"quantity\":{quantity}}}");
        }
        // A tenth of the house, so that many want the same.
        let first = self.random.u32(0..self.sale.plan.seats / 10);
        let seats = (first..first + quantity).map(|seat| format!("\"{event}-{seat}\""));
        format!("{{\"ticketIds\":[{}]}}", seats.collect::<Vec<_>>().join(","))
    }

    /// An empty wish is refused, and brings a cookie.
    async fn become_somebody(&mut self) {
        let answer = self.insist("POST", "/api/bookings/reserve", "", "{}").await;
        self.cookie = answer.cookie().unwrap_or_default().to_owned();
    }

    /// Pays, and stays until it is known how it ended.
    async fn pay(&mut self, booking: &str) {
        let confirm = format!("/api/bookings/{booking}/confirm");
        let token = "{\"paymentToken\":\"tok_visa\"}";
        self.insist("POST", &confirm, "", token).await;
        let deadline = Instant::now() + SETTLED;
        loop {
            let answer = self.insist("GET", &format!("/api/bookings/{booking}"), "", "").await;
            match answer.text("status") {
                Some("confirmed") => {
                    if let Ok(id) = booking.parse() {
                        self.sale.confirmed.borrow_mut().insert(id);
                    }
                    return;
                }
                Some("refunded") => return,
                // As long as a payment is under way, how it ended is not known.
                Some("expired" | "released") if answer.text("payment") == Some("none") => return,
                // Whoever was paying died before the provider was asked.
                Some("in_progress") if answer.text("payment") != Some("processing") => {
                    self.insist("POST", &confirm, "", token).await;
                }
                _ => {}
            }
            if Instant::now() > deadline {
                let text = format!("{booking} did not settle: {}", answer.body);
                self.sale.report.borrow_mut().violations.push(text);
                return;
            }
            tokio::time::sleep(TRY_AGAIN).await;
        }
    }

    /// Sends the same request until a clear answer comes, to one server after the other.
    async fn insist(&mut self, method: &str, path: &str, headers: &str, body: &str) -> Answer {
        let cookie = match self.cookie.as_str() {
            "" => String::new(),
            cookie => format!("Cookie: {cookie}\r\n"),
        };
        let headers = format!("{cookie}{headers}");
        loop {
            if let Some(answer) = self.send(method, path, &headers, body).await
                && answer.status < 500
                && answer.status != 429
            {
                return answer;
            }
            self.client = None;
            self.server += 1;
            self.sale.report.borrow_mut().repeats += 1;
            tokio::time::sleep(TRY_AGAIN).await;
        }
    }

    async fn send(
        &mut self,
        method: &str,
        path: &str,
        headers: &str,
        body: &str,
    ) -> Option<Answer> {
        if self.client.is_none() {
            let address = self.sale.addresses[self.server % self.sale.addresses.len()];
            self.client = Client::connect(address).await.ok();
        }
        let client = self.client.as_mut()?;
        client.send(method, path, headers, body).await.ok()
    }
}
