//! Who is turned away first when there is more to do than can be done.

#![allow(clippy::expect_used, missing_docs)]

use std::time::Duration;

use onsale_payments::{Secret, webhook};
use onsale_testkit::{Buyer, Stack, StackOptions, WEBHOOK_SECRET, eventually};
use reqwest::{Method, StatusCode};
use serde_json::json;
use tokio::task::JoinSet;

/// Places of the server: looking may fill four of them, buying six, payments all.
const PLACES: usize = 8;
const SETTLED: Duration = Duration::from_secs(20);

async fn status(visitor: &Buyer, path: &str) -> StatusCode {
    visitor.request(Method::GET, path).send().await.expect("an answer").status()
}

/// Sends requests, each after the answer to the one before, until the set is dropped.
fn keep_sending<F>(crowd: &mut JoinSet<()>, make: F)
where
    F: Fn() -> reqwest::RequestBuilder + Send + 'static,
{
    crowd.spawn(async move {
        loop {
            // Whether it was turned away is counted by the server.
            let _ = make().send().await;
        }
    });
}

async fn shed(stack: &Stack, lane: &str) -> f64 {
    stack.server_count(0, "onsale_shed_total", &format!("lane=\"{lane}\"")).await
}

async fn webhook(stack: &Stack, id: &str) -> StatusCode {
    let body = json!({
        "id": id, "object": "event", "type": "payment_intent.succeeded", "created": 1,
        "data": { "object": {
            "id": "pi_1", "object": "payment_intent", "status": "succeeded", "amount": 1,
            "currency": "eur", "created": 1, "metadata": { "booking_id": "nobody" },
        } },
    })
    .to_string();
    let secret = Secret::parse(WEBHOOK_SECRET).expect("a secret");
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let now = i64::try_from(now.expect("after 1970").as_secs()).expect("before 2200");
    let signature = webhook::sign(&secret, now, body.as_bytes());
    let request = stack.buyer(0).request(Method::POST, "/api/webhooks/payments");
    let request = request.header("stripe-signature", signature).body(body);
    request.send().await.expect("an answer").status()
}

#[tokio::test]
async fn those_who_look_are_turned_away_before_those_who_buy_and_payments_last() {
    let options = StackOptions {
        settings: vec![("ONSALE_MAX_CONCURRENT_REQUESTS", PLACES.to_string())],
        ..StackOptions::default()
    };
    let stack = Stack::start(options).await;
    let fan = stack.buyer(0);
    assert_eq!(status(&fan, "/events/1").await, StatusCode::OK);

    // The database takes its time over events and bookings, so whoever asks for one keeps a place.
    let lock = stack.database.lock("events, bookings").await;
    let mut lookers = JoinSet::new();
    for _ in 0..6 {
        let fan = fan.clone();
        keep_sending(&mut lookers, move || {
            // Nobody has a copy of that.
            let event = fastrand::u32(1_000..);
            fan.request(Method::GET, &format!("/api/events/{event}"))
        });
    }
    eventually("some who look to be turned away", SETTLED, || async {
        (shed(&stack, "browse").await >= 1.0).then_some(())
    })
    .await;
    assert_eq!(status(&fan, "/events/1").await, StatusCode::OK, "there is a copy of that");
    assert_eq!(shed(&stack, "buy").await, 0.0);

    let mut buyers = JoinSet::new();
    for _ in 0..4 {
        let fan = stack.buyer(0);
        keep_sending(&mut buyers, move || {
            let wish = json!({ "eventId": "1", "quantity": 1 });
            fan.request(Method::POST, "/api/bookings/reserve").json(&wish)
        });
    }
    eventually("some who buy to be turned away", SETTLED, || async {
        (shed(&stack, "buy").await >= 1.0).then_some(())
    })
    .await;
    // The provider's word is taken all the same.
    assert_eq!(webhook(&stack, "evt_in_the_crowd").await, StatusCode::OK);
    assert_eq!(status(&fan, "/healthz").await, StatusCode::OK);
    assert_eq!(shed(&stack, "pay").await, 0.0);
    let stored = "SELECT count(*) FROM webhook_inbox WHERE event_id = 'evt_in_the_crowd'";
    assert_eq!(stack.database.number(stored).await, 1);
    drop((lookers, buyers));
    lock.give_back().await;
    eventually("everybody to be served again", SETTLED, || async {
        let path = format!("/search?keyword={}", fastrand::u64(..));
        (status(&fan, &path).await == StatusCode::OK).then_some(())
    })
    .await;
    stack.stop().await;
}
