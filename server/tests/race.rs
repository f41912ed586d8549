//! Many buyers, few seats: each seat is sold once and paid once, and everybody knows how it
//! ended, whatever dies meanwhile. With the guard taken out, the same race sells seats twice.

#![allow(clippy::expect_used, missing_docs)]

use std::time::Duration;

use onsale_testkit::{Answer, Buyer, Stack, StackOptions, eventually};
use reqwest::{Method, StatusCode};
use serde_json::json;

const EVENT: i64 = 1;
const BUYERS: usize = 200;
const SEATS: usize = 50;
const SETTLED: Duration = Duration::from_secs(60);

/// How it ended for one buyer.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Ending {
    Confirmed { booking: String, seat: String },
    Lost,
}

/// Tries one seat after the other until one is had, then pays for it. Every call is repeated, with
/// the same key, until an answer comes: that is all that a client has to do about a crash.
async fn buy_one(buyer: Buyer, number: usize, seats: Vec<String>) -> Ending {
    for step in 0..seats.len() {
        let seat = seats[(number * 7 + step) % seats.len()].clone();
        let key = format!("buyer-{number}-{seat}");
        let body = json!({ "ticketIds": [seat] });
        let held = insist(&buyer, || {
            let request = buyer.request(Method::POST, "/api/bookings/reserve");
            request.header("Idempotency-Key", &key).json(&body)
        })
        .await;
        if held.status == StatusCode::CREATED {
            let booking = held.booking_id();
            if pay(&buyer, &booking).await {
                return Ending::Confirmed { booking, seat };
            }
            continue;
        }
        assert_eq!(held.code(), "seat_taken", "a clear answer: {}", held.body);
        assert_eq!(held.body["tickets"], json!([seat]), "that names the seat");
    }
    Ending::Lost
}

async fn pay(buyer: &Buyer, booking: &str) -> bool {
    let path = format!("/api/bookings/{booking}/confirm");
    let body = json!({ "paymentToken": "tok_visa" });
    insist(buyer, || buyer.request(Method::POST, &path).json(&body)).await;
    let path = format!("/api/bookings/{booking}");
    let settled = eventually(&format!("booking {booking} to settle"), SETTLED, || async {
        let answer = buyer.try_send(buyer.request(Method::GET, &path)).await?;
        match answer.text("status") {
            "confirmed" | "expired" | "refunded" => Some(answer),
            // The process that was paying died before the provider was asked: pay again.
            "in_progress" if answer.text("payment") != "processing" => {
                let path = format!("{path}/confirm");
                let body = json!({ "paymentToken": "tok_visa" });
                buyer.try_send(buyer.request(Method::POST, &path).json(&body)).await;
                None
            }
            _ => None,
        }
    })
    .await;
    settled.text("status") == "confirmed"
}

/// Sends a request until somebody answers it with something else than "not now".
async fn insist(buyer: &Buyer, request: impl Fn() -> reqwest::RequestBuilder) -> Answer {
    eventually("an answer", SETTLED, || async {
        let answer = buyer.try_send(request()).await?;
        (!answer.status.is_server_error()).then_some(answer)
    })
    .await
}

async fn with_cookie(stack: &Stack, server: usize) -> Buyer {
    let buyer = stack.buyer(server);
    // An empty wish is refused, and brings the cookie that makes the keys this buyer's own.
    buyer.post("/api/bookings/reserve", &json!({})).await;
    buyer
}

async fn race(stack: &Stack, servers: usize) -> Vec<Ending> {
    let seats = stack.database.available(EVENT, i64::try_from(SEATS).expect("few")).await;
    assert_eq!(seats.len(), SEATS);
    let mut running = Vec::with_capacity(BUYERS);
    for number in 0..BUYERS {
        let buyer = with_cookie(stack, number % servers).await;
        running.push(tokio::spawn(buy_one(buyer, number, seats.clone())));
    }
    let mut endings = Vec::with_capacity(BUYERS);
    for ending in running {
        endings.push(ending.await.expect("a buyer came to an end"));
    }
    endings
}

/// Each seat once, each with its payment, and what clients believe is what the ledger says.
async fn assert_sold_once(stack: &Stack, endings: &[Ending]) {
    let mut won: Vec<&String> = endings
        .iter()
        .filter_map(|ending| match ending {
            Ending::Confirmed { seat, .. } => Some(seat),
            Ending::Lost => None,
        })
        .collect();
    let winners = won.len();
    won.sort();
    won.dedup();
    assert_eq!(won.len(), winners, "no two clients believe to have one seat");
    assert_eq!(winners, SEATS, "every seat was sold");
    let paid = stack.database.number("SELECT count(*) FROM tickets t JOIN bookings b ON b.id = t.booking_id JOIN payments p ON p.booking_id = b.id WHERE t.status = 'sold' AND b.status = 'confirmed' AND p.provider = 'stripe' AND p.succeeded_at IS NOT NULL AND p.amount_minor = b.total_minor").await;
    assert_eq!(usize::try_from(paid), Ok(SEATS), "each sold seat has its payment");
    for ending in endings {
        if let Ending::Confirmed { booking, .. } = ending {
            assert!(!booking.is_empty());
        }
    }
    let (ledger_is_clean, report) = stack.audit().await;
    assert!(ledger_is_clean, "{report}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_buyers_for_fifty_seats() {
    let stack = Stack::start(StackOptions::default()).await;
    let endings = race(&stack, 1).await;
    assert_sold_once(&stack, &endings).await;
    assert_eq!(stack.payments_that_succeeded().await, SEATS as u64);
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_and_workers_are_killed_in_the_middle_of_it() {
    let options = StackOptions { servers: 2, workers: 2, ..StackOptions::default() };
    let mut stack = Stack::start(options).await;
    let seats = stack.database.available(EVENT, i64::try_from(SEATS).expect("few")).await;
    let mut running = Vec::with_capacity(BUYERS);
    for number in 0..BUYERS {
        let buyer = with_cookie(&stack, number % 2).await;
        running.push(tokio::spawn(buy_one(buyer, number, seats.clone())));
    }
    // Each process dies once holds and payments are under way, and comes back.
    for round in 0..4_i64 {
        let database = &stack.database;
        eventually("the sale to go on", SETTLED, || async {
            let sold =
                "SELECT count(*) FROM bookings WHERE fingerprint <> '' AND status <> 'released'";
            (database.number(sold).await >= 8 * (round + 1)).then_some(())
        })
        .await;
        let number = usize::from(round % 2 == 1);
        if round < 2 {
            stack.workers[number].kill();
            stack.workers[number].start_again();
        } else {
            stack.servers[number].kill();
            stack.servers[number].start_again();
        }
    }
    let mut endings = Vec::with_capacity(BUYERS);
    for ending in running {
        endings.push(ending.await.expect("a buyer came to an end"));
    }
    assert_sold_once(&stack, &endings).await;
    stack.stop().await;
}

/// Without the guard: a view in the place of the table tells every statement that its seat is
/// available. The programs are the same; only what their `WHERE` sees is a lie.
const WITHOUT_GUARD: &str = "
    ALTER TABLE tickets RENAME TO unguarded_tickets;
    CREATE VIEW tickets AS
        SELECT event_id, seat, category, 'available'::ticket_status AS status, booking_id,
               held_until FROM unguarded_tickets;
    CREATE FUNCTION write_without_looking() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        UPDATE unguarded_tickets
           SET status = NEW.status, booking_id = NEW.booking_id, held_until = NEW.held_until
         WHERE event_id = OLD.event_id AND seat = OLD.seat;
        RETURN NEW;
    END $$;
    CREATE TRIGGER write_without_looking INSTEAD OF UPDATE ON tickets
        FOR EACH ROW EXECUTE FUNCTION write_without_looking();";

const SEATS_CLAIMED_TWICE: &str = "
    SELECT count(*) FROM (
        SELECT seat FROM bookings, unnest(seats) AS seat
         WHERE event_id = 1 AND fingerprint <> '' AND status IN ('in_progress', 'confirmed')
         GROUP BY seat HAVING count(*) > 1) AS twice";

/// Two servers, no Redis, no worker: nothing but the guard stands between buyers and seats.
async fn race_for_the_guard_alone(guarded: bool) -> (i64, usize) {
    let options = StackOptions { servers: 2, redis: false, ..StackOptions::default() };
    let mut stack = Stack::start(options).await;
    stack.workers[0].kill();
    let seats = stack.database.available(EVENT, 5).await;
    let mut buyers = Vec::new();
    for number in 0..40 {
        buyers.push(with_cookie(&stack, number % 2).await);
    }
    if !guarded {
        stack.database.run(WITHOUT_GUARD).await;
    }
    let tries = buyers.iter().zip(seats.iter().cycle()).map(|(buyer, seat)| {
        let seat = seat.clone();
        async move { buyer.reserve(&[seat]).await.status == StatusCode::CREATED }
    });
    let held = futures::future::join_all(tries).await.into_iter().filter(|held| *held).count();
    let twice = stack.database.number(SEATS_CLAIMED_TWICE).await;
    stack.stop().await;
    (twice, held)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_guard_alone_sells_no_seat_twice() {
    assert_eq!(race_for_the_guard_alone(true).await, (0, 5));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_guard_the_same_race_sells_seats_twice() {
    let (twice, held) = race_for_the_guard_alone(false).await;
    assert!(twice > 0 && held > 5, "the race must be able to fail: {twice} twice, {held} held");
}
