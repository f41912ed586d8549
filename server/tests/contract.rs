//! The calls of the contract, one after the other, as a program would make them.

#![allow(clippy::expect_used, missing_docs)]

use std::{collections::BTreeSet, time::Duration};

use onsale_testkit::{Stack, StackOptions, eventually};
use reqwest::{Method, StatusCode};
use serde_json::json;

const EVENT: i64 = 1;
const SETTLED: Duration = Duration::from_secs(20);

#[tokio::test]
async fn a_fan_looks_reserves_pays_and_holds_tickets() {
    let stack = Stack::start(StackOptions::default()).await;
    let fan = stack.buyer(0);

    let found = fan.get("/api/events/search?keyword=nadia%20okafor&pageSize=5").await;
    assert_eq!(found.status, StatusCode::OK);
    assert_eq!(found.body["events"][0]["id"], "1", "{}", found.body);
    let event = fan.get("/api/events/1").await;
    assert_eq!(event.body["event"]["title"], "Nadia Okafor Quartet");
    assert_eq!(event.body["venue"]["seatMap"]["seatCount"], 1200);
    assert_eq!(event.body["tickets"].as_array().map(Vec::len), Some(1200));
    assert!(event.body["performers"].as_array().is_some_and(|list| !list.is_empty()));

    let seats = stack.database.available(EVENT, 2).await;
    let held = fan.reserve(&seats).await;
    assert_eq!(held.status, StatusCode::CREATED, "{}", held.body);
    assert_eq!(held.text("status"), "in_progress");
    assert!(held.body["expiresAt"].is_string());
    let listed: Vec<&str> = held.body["seats"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|seat| seat["id"].as_str())
        .collect();
    assert_eq!(listed, seats);

    let booking = held.booking_id();
    let paying = fan.pay(&booking, "tok_visa").await;
    assert_eq!(paying.status, StatusCode::ACCEPTED, "{}", paying.body);
    assert_eq!(paying.text("status"), "in_progress", "only the webhook confirms");
    let confirmed = fan.wait_for(&booking, "confirmed", SETTLED).await;
    assert_eq!(confirmed.text("payment"), "succeeded");
    assert!(confirmed.body["expiresAt"].is_null());
    let again = fan.pay(&booking, "tok_visa").await;
    assert_eq!(again.status, StatusCode::OK, "paying again changes nothing: {}", again.body);

    let sold = stack.database.number("SELECT count(*) FROM tickets WHERE event_id = 1 AND status = 'sold' AND booking_id IN (SELECT id FROM bookings WHERE email = 'fan@example.com')").await;
    assert_eq!(sold, 2);
    let (ledger_is_clean, report) = stack.audit().await;
    assert!(ledger_is_clean, "{report}");
    assert_eq!(stack.payments_that_succeeded().await, 1);
    stack.stop().await;
}

#[tokio::test]
async fn best_available_and_the_one_call_form() {
    let stack = Stack::start(StackOptions::default()).await;
    let fan = stack.buyer(0);
    let best = json!({ "eventId": "1", "quantity": 3, "priceCategory": "Stalls" });
    let held = fan.post("/api/bookings/reserve", &best).await;
    assert_eq!(held.status, StatusCode::CREATED, "{}", held.body);
    let seats = held.body["seats"].as_array().cloned().unwrap_or_default();
    assert_eq!(seats.len(), 3);
    assert!(seats.iter().all(|seat| seat["row"] == seats[0]["row"]), "side by side: {seats:?}");
    assert!(seats.iter().all(|seat| seat["priceCategory"] == "Stalls"));

    let released = fan.delete(&format!("/api/bookings/{}", held.booking_id())).await;
    assert_eq!(released.text("status"), "released");
    let ids: Vec<String> =
        seats.iter().filter_map(|seat| seat["id"].as_str().map(str::to_owned)).collect();
    let other = stack.buyer(0);
    let at_once = other.reserve(&ids).await;
    assert_eq!(at_once.status, StatusCode::CREATED, "given back is free: {}", at_once.body);

    let one = stack.buyer(0);
    let tickets = stack.database.available(EVENT, 4).await;
    let body = json!({ "ticketIds": tickets, "paymentDetails": { "paymentToken": "tok_visa" } });
    let request = one.request(Method::POST, "/api/bookings/1").json(&body);
    let booked = one.send(request.header("Idempotency-Key", "one-call-1")).await;
    assert_eq!(booked.status, StatusCode::ACCEPTED, "{}", booked.body);
    one.wait_for(&booked.booking_id(), "confirmed", SETTLED).await;
    stack.stop().await;
}

/// The writer does not hear of what is given back; it must ask before it says that nothing is left, and
/// not only when it reads all seats anew, every ten seconds.
#[tokio::test]
async fn seats_that_come_back_are_found_by_who_asks_for_the_best() {
    let stack = Stack::start(StackOptions::default()).await;
    let all_but_one = "UPDATE tickets SET status = 'blocked'
                        WHERE event_id = 1 AND status = 'available' AND seat <>
                              (SELECT max(seat) FROM tickets
                                WHERE event_id = 1 AND status = 'available')";
    stack.database.run(all_but_one).await;
    let best = json!({ "eventId": "1", "quantity": 1 });
    let first = stack.buyer(0);
    let held = first.post("/api/bookings/reserve", &best).await;
    assert_eq!(held.status, StatusCode::CREATED, "{}", held.body);
    let second = stack.buyer(0);
    let refused = second.post("/api/bookings/reserve", &best).await;
    assert_eq!(refused.text("code"), "not_enough_seats", "{}", refused.body);

    first.delete(&format!("/api/bookings/{}", held.booking_id())).await;
    let found = eventually("the seats are found", Duration::from_secs(5), async || {
        let asked = second.post("/api/bookings/reserve", &best).await;
        (asked.status == StatusCode::CREATED).then_some(asked)
    });
    assert_eq!(found.await.body["seats"], held.body["seats"]);
    stack.stop().await;
}

/// The locks in Redis of a hold must live before its buyer can give it back, or they would outlive
/// it and keep everybody from seats that are free.
#[tokio::test]
async fn what_is_given_back_at_once_is_free() {
    let stack = Stack::start(StackOptions::default()).await;
    let best = json!({ "eventId": "1", "quantity": 2 });
    let come_and_go = async |_| {
        let mut had = Vec::new();
        for _ in 0..15 {
            let fan = stack.buyer(0);
            let held = fan.post("/api/bookings/reserve", &best).await;
            assert_eq!(held.status, StatusCode::CREATED, "{}", held.body);
            let seats = held.body["seats"].as_array().cloned().unwrap_or_default();
            had.extend(seats.iter().filter_map(|seat| seat["id"].as_str().map(str::to_owned)));
            fan.delete(&format!("/api/bookings/{}", held.booking_id())).await;
        }
        had
    };
    let had = futures::future::join_all((0..24).map(come_and_go)).await;
    // Everybody is gone.
    let had: BTreeSet<String> = had.into_iter().flatten().collect();
    for seat in had {
        let next = stack.buyer(0).reserve(std::slice::from_ref(&seat)).await;
        assert_eq!(next.status, StatusCode::CREATED, "{seat}: {}", next.body);
    }
    stack.stop().await;
}

#[tokio::test]
async fn the_same_key_makes_one_booking() {
    let stack = Stack::start(StackOptions::default()).await;
    let fan = stack.buyer(0);
    // The first answer brings the cookie; keys belong to the user it names.
    fan.post("/api/bookings/reserve", &json!({ "eventId": "1", "quantity": 1 })).await;
    let seats = stack.database.available(EVENT, 3).await;
    let reserve = |tickets: &[String]| {
        let request = fan.request(Method::POST, "/api/bookings/reserve");
        request.header("Idempotency-Key", "k-1").json(&json!({ "ticketIds": tickets }))
    };
    let answers = futures::future::join_all((0..20).map(|_| fan.send(reserve(&seats[..2])))).await;
    let first = answers[0].booking_id();
    for answer in &answers {
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
        assert_eq!(answer.booking_id(), first);
    }
    let other = fan.send(reserve(&seats[2..])).await;
    assert_eq!(other.code(), "idempotency_conflict");
    let bookings = stack
        .database
        .number(
            "SELECT count(*) FROM bookings WHERE cardinality(seats) = 2 AND status = 'in_progress'",
        )
        .await;
    assert_eq!(bookings, 1);
    stack.stop().await;
}

#[tokio::test]
async fn a_declined_card_keeps_the_seats_for_another_one() {
    let stack = Stack::start(StackOptions::default()).await;
    let fan = stack.buyer(0);
    let seats = stack.database.available(EVENT, 2).await;
    let booking = fan.reserve(&seats).await.booking_id();
    let declined = fan.pay(&booking, "tok_declined").await;
    assert_eq!(
        (declined.status, declined.code()),
        (StatusCode::PAYMENT_REQUIRED, "payment_declined")
    );
    let still = fan.get(&format!("/api/bookings/{booking}")).await;
    assert_eq!((still.text("status"), still.text("payment")), ("in_progress", "declined"));
    let unknown = fan.pay(&booking, "tok_of_no_card").await;
    assert_eq!(unknown.code(), "invalid_request");
    assert_eq!(unknown.text("field"), "paymentToken");
    let paid = fan.pay(&booking, "tok_visa").await;
    assert_eq!(paid.status, StatusCode::ACCEPTED, "{}", paid.body);
    fan.wait_for(&booking, "confirmed", SETTLED).await;
    stack.stop().await;
}

#[tokio::test]
async fn webhooks_that_come_twice_out_of_order_or_never_confirm_once() {
    let stack = Stack::start(StackOptions::default()).await;
    let fan = stack.buyer(0);
    for token in ["tok_duplicated", "tok_reordered", "tok_lost"] {
        let seats = stack.database.available(EVENT, 1).await;
        let booking = fan.reserve(&seats).await.booking_id();
        let paid = fan.pay(&booking, token).await;
        assert_eq!(paid.status, StatusCode::ACCEPTED, "{token}: {}", paid.body);
        fan.wait_for(&booking, "confirmed", Duration::from_secs(40)).await;
    }
    let (ledger_is_clean, report) = stack.audit().await;
    assert!(ledger_is_clean, "{report}");
    stack.stop().await;
}

#[tokio::test]
async fn the_limit_of_tickets_for_each_buyer_holds_across_bookings() {
    let stack = Stack::start(StackOptions::default()).await;
    let fan = stack.buyer(0);
    for expected in [StatusCode::CREATED, StatusCode::UNPROCESSABLE_ENTITY] {
        let seats = stack.database.available(EVENT, 6).await;
        let answer = fan.reserve(&seats).await;
        assert_eq!(answer.status, expected, "{}", answer.body);
    }
    stack.stop().await;
}

#[tokio::test]
async fn seats_are_held_without_redis_and_without_a_worker() {
    let options = StackOptions { redis: false, workers: 1, ..StackOptions::default() };
    let mut stack = Stack::start(options).await;
    for worker in &mut stack.workers {
        worker.kill();
    }
    let fan = stack.buyer(0);
    let seats = stack.database.available(EVENT, 2).await;
    let held = fan.reserve(&seats).await;
    assert_eq!(held.status, StatusCode::CREATED, "the guard alone decides: {}", held.body);
    let rival = stack.buyer(0).reserve(&seats[1..]).await;
    assert_eq!(rival.code(), "seat_taken");
    assert_eq!(rival.body["tickets"], json!([seats[1]]));
    stack.stop().await;
}

#[tokio::test]
async fn nats_comes_back_without_its_memory() {
    let mut stack = Stack::start(StackOptions::default()).await;
    let fan = stack.buyer(0);
    let seats = stack.database.available(EVENT, 2).await;
    stack.lose_nats();
    let held = fan.reserve(&seats).await;
    assert_eq!(held.status, StatusCode::CREATED, "the server decides directly: {}", held.body);
    let booking = held.booking_id();
    let paying = fan.pay(&booking, "tok_visa").await;
    assert_eq!(paying.status, StatusCode::ACCEPTED, "{}", paying.body);
    let stored = "SELECT count(*) FROM webhook_inbox WHERE kind = 'payment_intent.succeeded'";
    eventually("the webhook to be stored", SETTLED, || async {
        (stack.database.number(stored).await == 1).then_some(())
    })
    .await;
    stack.nats.start_again();
    fan.wait_for(&booking, "confirmed", Duration::from_secs(40)).await;
    stack.stop().await;
}
