//! What must not work: each mistake and each attack gets its documented problem code.

#![allow(clippy::expect_used, missing_docs)]

use onsale_payments::{
    Secret,
    webhook::{SIGNATURE_HEADER, sign},
};
use onsale_testkit::{Answer, Stack, StackOptions, WEBHOOK_SECRET};
use reqwest::{Method, StatusCode};
use serde_json::json;

const EVENT: i64 = 1;

fn assert_problem(answer: &Answer, status: u16, code: &str) {
    assert_eq!((answer.status.as_u16(), answer.code()), (status, code), "{}", answer.body);
    assert_eq!(answer.body["type"], format!("/problems/{code}"));
    assert!(!answer.text("detail").is_empty());
    assert!(!answer.text("requestId").is_empty());
}

#[tokio::test]
async fn requests_that_cannot_be_read() {
    let stack = Stack::start(StackOptions::default()).await;
    let fan = stack.buyer(0);
    let raw = |body: &'static str| {
        fan.request(Method::POST, "/api/bookings/reserve")
            .header("content-type", "application/json")
            .body(body)
    };
    for body in ["", "{", "[]", "null", "\"x\"", "{\"ticketIds\":\"1-1\"}"] {
        assert_problem(&fan.send(raw(body)).await, 400, "invalid_request");
    }
    let wrong = fan.send(raw("{\"ticketIds\":[\"1-1\",\"seat\"]}")).await;
    assert_problem(&wrong, 400, "invalid_request");
    assert_eq!(wrong.text("field"), "ticketIds[1]");
    let unknown = fan.send(raw("{\"tickets\":[\"1-1\"]}")).await;
    assert_problem(&unknown, 400, "invalid_request");
    assert!(unknown.text("detail").contains("tickets"));
    let plain = fan.request(Method::POST, "/api/bookings/reserve").body("{}");
    assert_problem(&fan.send(plain).await, 415, "unsupported_media_type");
    let huge = json!({ "ticketIds": vec!["1-1"; 60_000] });
    assert_problem(&fan.post("/api/bookings/reserve", &huge).await, 413, "body_too_large");
    let many: Vec<String> = (0..10_000).map(|seat| format!("1-{seat}")).collect();
    let many = fan.reserve(&many).await;
    assert_problem(&many, 422, "limit_exceeded");
    assert_eq!(many.text("field"), "ticketIds");
    for query in ["pageSize=0", "pageSize=101", "page=0", "keyword=a b c d e f g h i j k l m"] {
        let answer = fan.get(&format!("/api/events/search?{query}")).await;
        assert_problem(&answer, 422, "limit_exceeded");
    }
    let date = fan.get("/api/events/search?start=yesterday").await;
    assert_problem(&date, 400, "invalid_request");
    assert_eq!(date.text("field"), "start");
    let backwards = fan.get("/api/events/search?start=2027-01-02&end=2027-01-01").await;
    assert_problem(&backwards, 400, "invalid_request");
    stack.stop().await;
}

#[tokio::test]
async fn what_does_not_exist_or_is_somebody_elses() {
    let stack = Stack::start(StackOptions::default()).await;
    let (owner, stranger) = (stack.buyer(0), stack.buyer(0));
    for path in ["/api/events/999999", "/api/events/zero", "/api/events/-1", "/api/nothing"] {
        assert_problem(&owner.get(path).await, 404, "not_found");
    }
    assert_problem(&owner.reserve(&["999999-1".into()]).await, 404, "not_found");
    let no_seat = owner.reserve(&["1-1200".into()]).await;
    assert_problem(&no_seat, 404, "not_found");
    assert_eq!(no_seat.body["tickets"], json!(["1-1200"]));
    let method = owner.send(owner.request(Method::PUT, "/api/bookings/reserve")).await;
    assert_problem(&method, 405, "method_not_allowed");
    let nowhere = json!({ "eventId": "1", "quantity": 2, "priceCategory": "Moon" });
    let nowhere = owner.post("/api/bookings/reserve", &nowhere).await;
    assert_problem(&nowhere, 400, "invalid_request");
    assert_eq!(nowhere.text("field"), "priceCategory");

    let seats = stack.database.available(EVENT, 1).await;
    let held = owner.reserve(&seats).await;
    let path = format!("/api/bookings/{}", held.booking_id());
    stranger.reserve(&seats).await;
    assert_problem(&stranger.get(&path).await, 404, "booking_not_found");
    assert_problem(&stranger.delete(&path).await, 404, "booking_not_found");
    assert_problem(&stranger.pay(&held.booking_id(), "tok_visa").await, 404, "booking_not_found");
    let forged = stranger.get(&format!("{path}?key=AAAAAAAAAAAAAAAAAAAAAA")).await;
    assert_problem(&forged, 404, "booking_not_found");
    let secret = held.text("secretUrl").rsplit_once('?').map(|(_, key)| key.to_owned());
    let by_link = stranger.get(&format!("{path}?{}", secret.unwrap_or_default())).await;
    assert_eq!(by_link.status, StatusCode::OK, "the link opens it anywhere");
    let none = "/api/bookings/0190f3e4-0000-7000-8000-000000000001";
    assert_problem(&owner.get(none).await, 404, "booking_not_found");
    stack.stop().await;
}

#[tokio::test]
async fn pages_of_other_sites_cannot_book() {
    let stack = Stack::start(StackOptions::default()).await;
    let fan = stack.buyer(0);
    let seats = stack.database.available(EVENT, 1).await;
    let request = fan
        .request(Method::POST, "/api/bookings/reserve")
        .header("origin", "https://evil.example")
        .json(&json!({ "ticketIds": seats }));
    assert_problem(&fan.send(request).await, 403, "cross_origin");
    assert_eq!(fan.reserve(&seats).await.status, StatusCode::CREATED);
    stack.stop().await;
}

#[tokio::test]
async fn webhooks_that_are_forged_or_stale_leave_no_trace() {
    let stack = Stack::start(StackOptions::default()).await;
    let fan = stack.buyer(0);
    let seats = stack.database.available(EVENT, 1).await;
    let held = fan.reserve(&seats).await;
    let body = json!({
        "id": "evt_forged", "object": "event", "type": "payment_intent.succeeded",
        "created": 1_700_000_000,
        "data": { "object": {
            "id": "pi_forged", "object": "payment_intent", "status": "succeeded",
            "amount": held.body["total"]["amountMinor"], "currency": "eur",
            "created": 1_700_000_000, "metadata": { "booking_id": held.booking_id() },
        } },
    })
    .to_string();
    let now = onsale_ops::clock::unix_millis() / 1000;
    let ours = Secret::parse(WEBHOOK_SECRET).expect("a secret");
    let theirs = Secret::parse("whsec_guessed").expect("a secret");
    let signatures = [
        String::new(),
        "nonsense".to_owned(),
        format!("t={now},v1={}", "0".repeat(64)),
        sign(&theirs, now, body.as_bytes()),
        sign(&ours, now - 301, body.as_bytes()),
        sign(&ours, now + 600, body.as_bytes()),
        sign(&ours, now, b"another body"),
    ];
    for signature in signatures {
        let request = fan
            .request(Method::POST, "/api/webhooks/payments")
            .header(SIGNATURE_HEADER, &signature)
            .body(body.clone());
        assert_problem(&fan.send(request).await, 400, "invalid_signature");
    }
    let unsigned = fan.request(Method::POST, "/api/webhooks/payments").body(body.clone());
    assert_problem(&fan.send(unsigned).await, 400, "invalid_signature");
    let unreadable = fan
        .request(Method::POST, "/api/webhooks/payments")
        .header(SIGNATURE_HEADER, sign(&ours, now, b"{}"))
        .body("{}");
    assert_problem(&fan.send(unreadable).await, 400, "invalid_request");
    assert_eq!(stack.database.number("SELECT count(*) FROM webhook_inbox").await, 0);
    let still = fan.get(&format!("/api/bookings/{}", held.booking_id())).await;
    assert_eq!(still.text("status"), "in_progress");
    stack.stop().await;
}

#[tokio::test]
async fn pages_say_everything_before_a_script_runs_and_carry_a_policy() {
    let stack = Stack::start(StackOptions::default()).await;
    let fan = stack.buyer(0);
    let answer = fan.request(Method::GET, "/events/1").send().await.expect("a page");
    assert_eq!(answer.status(), StatusCode::OK);
    let policy = answer.headers()["content-security-policy"].to_str().expect("text").to_owned();
    assert!(policy.contains("'sha256-") && !policy.contains("unsafe-inline"), "{policy}");
    assert!(!answer.headers().contains_key("set-cookie"), "a cached page names nobody");
    let cached = answer.headers()["cache-control"].to_str().expect("text").to_owned();
    assert!(cached.starts_with("public"), "{cached}");
    let html = answer.text().await.expect("text");
    for text in [
        "Nadia Okafor Quartet",
        "Kestrel Hall",
        "Lisbon",
        "Stalls",
        "Circle",
        "Gallery",
        "€64",
        "€42",
        "€28",
    ] {
        assert!(html.contains(text), "{text} is in the page");
    }
    assert!(html.contains("section=0"), "the list of sections");
    let nothing = fan.request(Method::GET, "/no/such/page").send().await.expect("a page");
    assert_eq!(nothing.status(), StatusCode::NOT_FOUND);
    let nothing = fan.request(Method::GET, "/events/999999").send().await.expect("a page");
    assert_eq!(nothing.status(), StatusCode::NOT_FOUND);
    stack.stop().await;
}
