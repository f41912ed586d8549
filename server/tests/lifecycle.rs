//! What time does to bookings: holds lapse, money comes late.

#![allow(clippy::expect_used, missing_docs)]

use std::time::Duration;

use onsale_testkit::{Answer, Buyer, Stack, StackOptions, eventually};
use reqwest::StatusCode;
use serde_json::{Value, json};

const EVENT: i64 = 1;
const SETTLED: Duration = Duration::from_secs(60);

fn short_holds() -> StackOptions {
    StackOptions { hold_ttl_seconds: 2, ..StackOptions::default() }
}

#[tokio::test]
async fn a_hold_lapses_and_the_seat_is_sold_to_the_next() {
    let stack = Stack::start(short_holds()).await;
    let (slow, next) = (stack.buyer(0), stack.buyer(0));
    let seats = stack.database.available(EVENT, 2).await;
    let first = slow.reserve(&seats).await;
    assert_eq!(first.status, StatusCode::CREATED);
    assert_eq!(next.reserve(&seats).await.code(), "seat_taken");
    slow.wait_for(&first.booking_id(), "expired", SETTLED).await;
    let second = once_free(&next, &seats).await;
    let late = slow.pay(&first.booking_id(), "tok_visa").await;
    assert_eq!((late.status, late.code()), (StatusCode::GONE, "hold_expired"));
    assert_eq!(next.pay(&second.booking_id(), "tok_visa").await.status, StatusCode::ACCEPTED);
    next.wait_for(&second.booking_id(), "confirmed", SETTLED).await;
    let (ledger_is_clean, report) = stack.audit().await;
    assert!(ledger_is_clean, "{report}");
    stack.stop().await;
}

/// Whoever names seats locks them, also when the writer refuses them then: of the seats that can be had they
/// have to let go, and of those that are taken the others are told without asking the writer.
#[tokio::test]
async fn what_somebody_named_in_vain_can_be_had_at_once() {
    let stack = Stack::start(StackOptions::default()).await;
    let told_by_redis = || stack.server_count(0, "onsale_lock_refusals_total", "");
    let (first, refused, next) = (stack.buyer(0), stack.buyer(0), stack.buyer(0));
    let best = json!({ "eventId": EVENT.to_string(), "quantity": 1 });
    let held = first.post("/api/bookings/reserve", &best).await;
    let gone = held.body["seats"][0]["id"].as_str().expect("a seat").to_owned();
    let free = stack.database.available(EVENT, 1).await.remove(0);
    let both = refused.reserve(&[gone.clone(), free.clone()]).await;
    assert_eq!((both.code(), &both.body["tickets"]), ("seat_taken", &json!([gone])));
    assert!(told_by_redis().await < 1.0, "it had no lock");
    assert_eq!(next.reserve(std::slice::from_ref(&gone)).await.code(), "seat_taken");
    assert!(told_by_redis().await >= 1.0, "it has the lock of the refused");
    // Half the life of a lock.
    eventually("the other seat to be had", Duration::from_secs(4), || async {
        let answer = next.reserve(std::slice::from_ref(&free)).await;
        (answer.status == StatusCode::CREATED).then_some(())
    })
    .await;
    first.delete(&format!("/api/bookings/{}", held.booking_id())).await;
    let again = next.reserve(&[gone]).await;
    assert_eq!(again.status, StatusCode::CREATED, "given back, it is nobody's: {}", again.body);
    stack.stop().await;
}

#[tokio::test]
async fn seats_cannot_be_given_back_while_they_are_paid_nor_after() {
    let stack = Stack::start(StackOptions::default()).await;
    let fan = stack.buyer(0);
    let seats = stack.database.available(EVENT, 1).await;
    let booking = fan.reserve(&seats).await.booking_id();
    assert_eq!(fan.pay(&booking, "tok_slow").await.status, StatusCode::ACCEPTED);
    let path = format!("/api/bookings/{booking}");
    assert_eq!(fan.delete(&path).await.code(), "payment_in_progress");
    fan.wait_for(&booking, "confirmed", SETTLED).await;
    assert_eq!(fan.delete(&path).await.code(), "booking_closed");
    stack.stop().await;
}

/// Money that arrives after the hold has ended: the same seats when they are free, else it goes
/// back. The end of the hold is written into the database, since the rules would extend it.
async fn pay_late(stack: &Stack, taken_by_another: bool) -> (Buyer, String) {
    let fan = stack.buyer(0);
    let seats = stack.database.available(EVENT, 1).await;
    let booking = fan.reserve(&seats).await.booking_id();
    assert_eq!(fan.pay(&booking, "tok_late_4").await.status, StatusCode::ACCEPTED);
    end_holds(stack).await;
    let told = fan.get(&format!("/api/bookings/{booking}")).await;
    assert_eq!(told.body["status"], "expired");
    assert_eq!(told.body["payment"], "processing", "nobody can say that nothing was paid");
    let again = fan.pay(&booking, "tok_visa").await;
    assert_eq!(again.body["payment"], "processing", "and it is not paid twice: {}", again.body);
    if taken_by_another {
        once_free(&stack.buyer(0), &seats).await;
    }
    (fan, booking)
}

/// Holds seats whose hold has ended. Their locks in Redis may still stand, until the sweep has been there.
async fn once_free(next: &Buyer, seats: &[String]) -> Answer {
    eventually("the seats to be had again", SETTLED, || async {
        let answer = next.reserve(seats).await;
        (answer.status == StatusCode::CREATED).then_some(answer)
    })
    .await
}

/// Lets all holds run out, and waits for the sweep.
async fn end_holds(stack: &Stack) {
    let end = "UPDATE bookings SET held_until = now() WHERE status = 'in_progress';
               UPDATE tickets SET held_until = now() WHERE status = 'held';";
    stack.database.run(end).await;
    let expired = "SELECT count(*) FROM bookings WHERE status = 'expired'";
    eventually("the sweep to end the hold", SETTLED, || async {
        (stack.database.number(expired).await == 1).then_some(())
    })
    .await;
}

/// The booking, once its fan is told how its payment ended.
async fn ending(fan: &Buyer, booking: &str) -> Value {
    eventually("the end of the payment", SETTLED, || async {
        let told = fan.get(&format!("/api/bookings/{booking}")).await.body;
        (told["payment"] != "processing").then_some(told)
    })
    .await
}

#[tokio::test]
async fn nothing_was_paid_is_said_only_once_nothing_can_be() {
    let stack = Stack::start(StackOptions::default()).await;
    let fan = stack.buyer(0);
    let seats = stack.database.available(EVENT, 1).await;
    let booking = fan.reserve(&seats).await.booking_id();
    assert_eq!(fan.pay(&booking, "tok_declined").await.code(), "payment_declined");
    end_holds(&stack).await;
    let told = ending(&fan, &booking).await;
    assert_eq!((&told["status"], &told["payment"]), (&"expired".into(), &"none".into()));
    let cancelled = "SELECT count(*) FROM payments WHERE cancelled_at IS NOT NULL";
    assert_eq!(stack.database.number(cancelled).await, 1);
    stack.stop().await;
}

#[tokio::test]
async fn money_that_comes_late_gets_the_same_seats_when_they_are_free() {
    let stack = Stack::start(StackOptions::default()).await;
    let (fan, booking) = pay_late(&stack, false).await;
    assert_eq!(ending(&fan, &booking).await["status"], "confirmed");
    let (ledger_is_clean, report) = stack.audit().await;
    assert!(ledger_is_clean, "{report}");
    stack.stop().await;
}

#[tokio::test]
async fn money_that_comes_too_late_goes_back() {
    let stack = Stack::start(StackOptions::default()).await;
    let (fan, booking) = pay_late(&stack, true).await;
    let told = ending(&fan, &booking).await;
    assert!(told["status"] == "refund_due" || told["status"] == "refunded", "{told}");
    let refunded = "SELECT count(*) FROM bookings b JOIN payments p ON p.booking_id = b.id WHERE b.status = 'refunded' AND b.refund_reason = 'seats_gone' AND p.refunded_at IS NOT NULL";
    eventually("the money to go back", SETTLED, || async {
        (stack.database.number(refunded).await == 1).then_some(())
    })
    .await;
    let (ledger_is_clean, report) = stack.audit().await;
    assert!(ledger_is_clean, "{report}");
    stack.stop().await;
}
