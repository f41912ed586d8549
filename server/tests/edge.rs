//! Varnish in front of a server: what it keeps, what it forgets, and what it never sees twice.

#![allow(clippy::expect_used, missing_docs)]

mod rooms;

use std::time::{Duration, Instant};

use onsale_testkit::{Buyer, Stack, StackOptions, eventually};
use reqwest::{Method, Response, StatusCode};
use rooms::{Operator, come_in, join};
use serde_json::json;

const EVENT: i64 = 1;
const SETTLED: Duration = Duration::from_secs(60);
/// Changes of an event are at the edge within this time.
const SOON: Duration = Duration::from_secs(2);

async fn get(visitor: &Buyer, path: &str) -> Response {
    visitor.request(Method::GET, path).send().await.expect("an answer")
}

fn text<'r>(response: &'r Response, name: &str) -> &'r str {
    response.headers().get(name).map_or("", |value| value.to_str().expect("text"))
}

async fn loads(stack: &Stack) -> f64 {
    // Fresh copies are handed out at the door, and requests all the same.
    stack.server_count(0, "onsale_copies_total", "").await
}

#[tokio::test]
async fn many_who_look_are_a_few_requests() {
    let stack = Stack::start(StackOptions { edge: true, ..StackOptions::default() }).await;
    let visitor = Buyer::new(stack.edge_url());
    let first = get(&visitor, "/events/1").await;
    assert_eq!(first.status(), StatusCode::OK);
    assert_eq!(text(&first, "surrogate-key"), "", "that is between edge and server");
    let before = loads(&stack).await;
    let until = Instant::now() + Duration::from_secs(3);
    let mut looked = 0;
    while Instant::now() < until {
        let page = get(&visitor, "/events/1").await;
        assert_eq!(page.status(), StatusCode::OK);
        assert!(page.headers().get("set-cookie").is_none());
        looked += 1;
    }
    let asked = loads(&stack).await - before;
    assert!(looked > 100, "{looked} answers in three seconds are no edge");
    assert!(asked <= 4.0, "{asked} requests reached the server for {looked}");

    for coding in ["br", "gzip"] {
        let request = visitor.request(Method::GET, "/events/1").header("accept-encoding", coding);
        let packed = request.send().await.expect("an answer");
        assert_eq!(text(&packed, "content-encoding"), coding);
    }
    let tag = text(&first, "etag").to_owned();
    let request = visitor.request(Method::GET, "/events/1").header("if-none-match", tag);
    let again = request.send().await.expect("an answer");
    assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
    stack.stop().await;
}

#[tokio::test]
async fn what_is_one_persons_is_never_kept() {
    let stack = Stack::start(StackOptions { edge: true, ..StackOptions::default() }).await;
    let (one, other) = (Buyer::new(stack.edge_url()), Buyer::new(stack.edge_url()));
    let held = one.reserve(&stack.database.available(EVENT, 1).await).await;
    assert_eq!(held.status, StatusCode::CREATED, "{}", held.body);
    for _ in 0..2 {
        let mine = one.get("/api/bookings").await.body;
        assert_eq!(mine.as_array().map(Vec::len), Some(1), "{mine}");
        let theirs = other.get("/api/bookings").await.body;
        assert_eq!(theirs.as_array().map(Vec::len).unwrap_or_default(), 0, "{theirs}");
    }
    let page = get(&one, &format!("/bookings/{}", held.booking_id())).await;
    assert_eq!(text(&page, "cache-control"), "private, no-store");
    assert_eq!(text(&page, "x-cache"), "MISS");
    // Whoever shows a cookie gets the page of everybody, and leaves none to others.
    let event = get(&one, "/events/1").await;
    assert!(event.headers().get("set-cookie").is_none());
    for path in ["/metrics", "/readyz", "/healthz"] {
        assert_eq!(get(&one, path).await.status(), StatusCode::NOT_FOUND, "{path}");
    }
    stack.stop().await;
}

#[tokio::test]
async fn a_change_of_an_event_is_at_the_edge_at_once() {
    let options = StackOptions { edge: true, relay: true, ..StackOptions::default() };
    let stack = Stack::start(options).await;
    let visitor = Buyer::new(stack.edge_url());
    eventually("the relay to tell", SETTLED, || async {
        (stack.metric(0, "onsale_relay_telling").await == Some(1.0)).then_some(())
    })
    .await;
    let venue: i64 = stack.database.number("SELECT venue_id FROM events WHERE id = 1").await;
    let performer = "SELECT performer_id FROM event_performers WHERE event_id = 1 LIMIT 1";
    let performer: i64 = stack.database.number(performer).await;
    let pages = [
        "/events/1".to_owned(),
        format!("/venues/{venue}"),
        format!("/performers/{performer}"),
        "/api/events/1?section=0".to_owned(),
    ];
    for path in &pages {
        assert_eq!(get(&visitor, path).await.status(), StatusCode::OK, "{path}");
    }
    stack.database.run("UPDATE events SET title = 'The Third Coming of Disco' WHERE id = 1").await;
    let changed = Instant::now();
    for path in &pages {
        eventually(&format!("{path} to show the new title"), SETTLED, || async {
            let page = get(&visitor, path).await.text().await.ok()?;
            page.contains("The Third Coming of Disco").then_some(())
        })
        .await;
    }
    let took = changed.elapsed();
    assert!(took < SOON, "{took:?}");
    let told = stack.server_count(0, "onsale_edge_purges_total", "told").await;
    assert!(told >= 1.0, "it was the purge, not the passing of time");
    stack.stop().await;
}

#[tokio::test]
async fn the_edge_knows_at_once_that_an_event_has_a_queue() {
    let stack = Stack::start(StackOptions { edge: true, ..StackOptions::default() }).await;
    let operator = Operator::admin(&stack).await;
    let (fan, stranger) = (Buyer::new(stack.edge_url()), Buyer::new(stack.edge_url()));
    let leads_to = |visitor: &Buyer, path: &'static str| {
        let request = visitor.request(Method::GET, path);
        async move {
            let answer = request.send().await.expect("an answer");
            let cache = text(&answer, "cache-control").to_owned();
            (answer.url().path().to_owned(), cache)
        }
    };
    // While what the edge has is old, it is shown for thirty seconds more: only a purge is sooner.
    assert_eq!(leads_to(&stranger, "/events/1").await.0, "/events/1");
    operator.order("switch_on").await;
    let switched = Instant::now();
    eventually("the page of the seats to lead to the queue", SETTLED, || async {
        (leads_to(&stranger, "/events/1").await.0 == "/queue/1").then_some(())
    })
    .await;
    assert!(switched.elapsed() < SOON, "{:?}", switched.elapsed());

    // The page of the queue is kept for everybody; a place and the way in are one person's.
    assert!(leads_to(&stranger, "/queue/1").await.1.contains("public"));
    let place = join(&fan).await;
    let mine = fan.get("/api/events/1/queue").await;
    assert_eq!(mine.body["number"], place.body["number"]);
    assert_eq!(stranger.get("/api/events/1/queue").await.code(), "place_invalid");
    come_in(&fan).await;
    let private = "private, no-store".to_owned();
    let seats = ("/events/1".to_owned(), private.clone());
    assert_eq!(leads_to(&fan, "/events/1?admitted=1").await, seats);
    assert_eq!(leads_to(&stranger, "/events/1?admitted=1").await.0, "/queue/1");
    assert_eq!(leads_to(&fan, "/queue/1/place").await.1, private);

    let switched = Instant::now();
    let done = operator.try_order(EVENT, &json!({ "command": "switch_off" })).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.body);
    eventually("the page of the seats to be back", SETTLED, || async {
        (leads_to(&stranger, "/events/1").await.0 == "/events/1").then_some(())
    })
    .await;
    assert!(switched.elapsed() < SOON, "{:?}", switched.elapsed());
    stack.stop().await;
}

#[tokio::test]
async fn strangers_cannot_make_the_edge_forget() {
    let stack = Stack::start(StackOptions { edge: true, ..StackOptions::default() }).await;
    let visitor = Buyer::new(stack.edge_url());
    let purge = |words: Option<&'static str>| {
        let method = Method::from_bytes(b"PURGE").expect("a method");
        let request = visitor.request(method, "/");
        let request = match words {
            Some(words) => request.header("surrogate-key", words),
            None => request,
        };
        async move { request.send().await.expect("an answer").status() }
    };
    // This machine may: it is in the list of the configuration.
    assert_eq!(purge(Some("event-1")).await, StatusCode::OK);
    assert_eq!(purge(None).await, StatusCode::BAD_REQUEST);
    // At the server the method means nothing.
    let method = Method::from_bytes(b"PURGE").expect("a method");
    let answer = stack.buyer(0).request(method, "/events/1").send().await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::METHOD_NOT_ALLOWED);
    stack.stop().await;
}

#[tokio::test]
async fn without_a_server_the_edge_shows_what_it_had() {
    let mut stack = Stack::start(StackOptions { edge: true, ..StackOptions::default() }).await;
    let visitor = Buyer::new(stack.edge_url());
    for path in ["/", "/events/1"] {
        let page = get(&visitor, path).await;
        assert_eq!(page.status(), StatusCode::OK, "{path}");
        // The edge keeps nothing of which the end is missing.
        page.bytes().await.expect("the whole page");
    }
    stack.servers[0].kill();
    let until = Instant::now() + Duration::from_secs(6);
    while Instant::now() < until {
        for path in ["/", "/events/1"] {
            assert_eq!(get(&visitor, path).await.status(), StatusCode::OK, "{path}");
        }
    }
    // What was never kept is told in the words of the API.
    let answer = visitor.get("/api/bookings").await;
    assert_eq!((answer.status, answer.code()), (StatusCode::SERVICE_UNAVAILABLE, "unavailable"));
    stack.stop().await;
}
