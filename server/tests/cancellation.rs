//! Paid bookings that are cancelled, by their buyers, by the box office, and with their event: the
//! seats go back on sale, and the money to where it came from.

#![allow(clippy::expect_used, missing_docs)]

use std::time::Duration;

use onsale_testkit::{Buyer, Stack, StackOptions, eventually};
use reqwest::StatusCode;
use serde_json::{Value, json};

const EVENT: i64 = 1;
const SETTLED: Duration = Duration::from_secs(60);

/// A fan with a confirmed booking of two seats.
async fn confirmed(stack: &Stack, token: &str) -> (Buyer, String, Vec<String>) {
    let fan = stack.buyer(0);
    let seats = stack.database.available(EVENT, 2).await;
    let booking = fan.reserve(&seats).await.booking_id();
    assert_eq!(fan.pay(&booking, token).await.status, StatusCode::ACCEPTED);
    fan.wait_for(&booking, "confirmed", SETTLED).await;
    (fan, booking, seats)
}

async fn cancel(fan: &Buyer, booking: &str) -> onsale_testkit::Answer {
    fan.post(&format!("/api/bookings/{booking}/cancel"), &Value::Null).await
}

/// Sums of the provider's refunds that succeeded, in minor units, of all currencies.
async fn given_back(stack: &Stack) -> i64 {
    let state = stack.provider_state().await;
    let sums = state["refunds"]["by_status"]["succeeded"]["amount_minor"].as_object();
    sums.map_or(0, |sums| sums.values().filter_map(Value::as_i64).sum())
}

async fn wait_for_rows(stack: &Stack, what: &str, sql: &'static str, rows: i64) {
    eventually(what, SETTLED, || async {
        (stack.database.number(sql).await == rows).then_some(())
    })
    .await;
}

async fn assert_clean(stack: &Stack) {
    let (clean, report) = stack.onsale(&["audit", "--json", "--provider"]).await;
    assert!(clean, "{report}");
    let report: Value = serde_json::from_str(&report).expect("one JSON object");
    assert_eq!(report["broken"], 0);
}

#[tokio::test]
async fn a_cancelled_booking_is_refunded_and_its_seats_are_sold_again() {
    let stack = Stack::start(StackOptions::default()).await;
    let (fan, booking, seats) = confirmed(&stack, "tok_visa").await;
    let path = format!("/api/bookings/{booking}");
    let before = fan.get(&path).await;
    let total = before.body["total"]["amountMinor"].as_i64().expect("a total");
    assert!(before.body["cancellableUntil"]["at"].is_string(), "{}", before.body);

    let stranger = stack.buyer(0);
    assert_eq!(cancel(&stranger, &booking).await.status, StatusCode::NOT_FOUND);
    let answer = cancel(&fan, &booking).await;
    assert_eq!((answer.status, answer.text("status")), (StatusCode::OK, "refund_due"));
    assert_eq!(answer.text("refundReason"), "cancelled");
    assert_eq!(cancel(&fan, &booking).await.status, StatusCode::OK, "once more changes nothing");
    let next = stranger.reserve(&seats).await;
    assert_eq!(next.status, StatusCode::CREATED, "{}", next.body);
    fan.wait_for(&booking, "refunded", SETTLED).await;
    let settled =
        "SELECT count(*) FROM payments WHERE refund_settled_at IS NOT NULL AND provider = 'stripe'";
    wait_for_rows(&stack, "the provider's word that the money is back", settled, 1).await;
    assert_eq!(given_back(&stack).await, total);
    assert_clean(&stack).await;

    let unpaid = cancel(&stranger, &next.booking_id()).await;
    assert_eq!((unpaid.status, unpaid.code()), (StatusCode::CONFLICT, "booking_closed"));
    stack.stop().await;
}

#[tokio::test]
async fn a_refund_that_fails_is_tried_again_until_the_money_is_back() {
    let stack = Stack::start(StackOptions::default()).await;
    let (fan, booking, _) = confirmed(&stack, "tok_refund_fails").await;
    let total =
        cancel(&fan, &booking).await.body["total"]["amountMinor"].as_i64().expect("a total");
    // How many refunds failed before the one that did not.
    let failed = "SELECT coalesce(sum(p.refund_attempts), 0)
        FROM bookings b JOIN payments p ON p.booking_id = b.id
        WHERE b.status = 'refunded' AND p.refund_settled_at IS NOT NULL";
    wait_for_rows(&stack, "the second refund", failed, 1).await;
    assert_eq!(given_back(&stack).await, total);

    // A bank can send money back long after the provider has called the refund done.
    let state = stack.provider_state().await;
    let refunds = state["refunds"]["data"].as_array().expect("refunds");
    let done = refunds.iter().find(|refund| refund["status"] == "succeeded").expect("one");
    let path = format!("/sandbox/refunds/{}/fail", done["id"].as_str().expect("its id"));
    stack.tell_provider(&path, &json!({})).await;
    wait_for_rows(&stack, "the third refund", failed, 2).await;
    assert_eq!(given_back(&stack).await, total);
    assert_clean(&stack).await;
    stack.stop().await;
}

#[tokio::test]
async fn near_the_event_only_the_box_office_cancels() {
    let stack = Stack::start(StackOptions::default()).await;
    let (fan, booking, _) = confirmed(&stack, "tok_visa").await;
    stack
        .database
        .run("UPDATE events SET starts_at = now() + interval '2 hours', doors_at = NULL WHERE id = 1")
        .await;
    let answer = cancel(&fan, &booking).await;
    assert_eq!((answer.status, answer.code()), (StatusCode::CONFLICT, "too_late_to_cancel"));
    let (done, report) = stack.onsale(&["bookings", "cancel", &booking]).await;
    assert!(done, "{report}");
    fan.wait_for(&booking, "refunded", SETTLED).await;
    let (shown, report) = stack.onsale(&["bookings", "show", &booking]).await;
    assert!(shown && report.contains("cancelled") && report.contains("refund    re_"), "{report}");
    assert_clean(&stack).await;
    stack.stop().await;
}

#[tokio::test]
async fn everybody_is_served_when_an_event_is_called_off() {
    let stack = Stack::start(StackOptions::default()).await;
    let (paid, paid_booking, _) = confirmed(&stack, "tok_visa").await;
    let (holding, paying) = (stack.buyer(0), stack.buyer(0));
    let held = holding.reserve(&stack.database.available(EVENT, 1).await).await.booking_id();
    let under_way = paying.reserve(&stack.database.available(EVENT, 1).await).await.booking_id();
    assert_eq!(paying.pay(&under_way, "tok_late_3").await.status, StatusCode::ACCEPTED);

    let (done, report) = stack.onsale(&["events", "cancel", "1"]).await;
    assert!(done, "{report}");
    paid.wait_for(&paid_booking, "refunded", SETTLED).await;
    holding.wait_for(&held, "released", SETTLED).await;
    paying.wait_for(&under_way, "refunded", SETTLED).await;
    // Whoever still gets a hold from a writer that has not heard of it cannot pay for it.
    let wish = json!({ "eventId": "1", "quantity": 1 });
    eventually("the event to be sold no more", SETTLED, || async {
        let late = stack.buyer(0);
        let held = late.post("/api/bookings/reserve", &wish).await;
        if held.status == StatusCode::CREATED {
            let refused = late.pay(&held.booking_id(), "tok_visa").await;
            // The sweep may have ended the hold already.
            assert!(
                ["not_on_sale", "booking_closed"].contains(&refused.code()),
                "{}",
                refused.body
            );
        }
        (held.code() == "not_on_sale").then_some(())
    })
    .await;
    let (again, _) = stack.onsale(&["events", "cancel", "1"]).await;
    assert!(!again, "it is called off once");
    assert_clean(&stack).await;
    stack.stop().await;
}
