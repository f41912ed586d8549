//! Looking: copies that everybody shares, changes that are told, and a database that goes away.

#![allow(clippy::expect_used, missing_docs)]

use std::time::{Duration, Instant};

use futures::StreamExt;
use onsale_testkit::{Cluster, Stack, StackOptions, eventually};
use reqwest::{Response, StatusCode, header};
use serde_json::json;

const EVENT: i64 = 1;
const SETTLED: Duration = Duration::from_secs(60);
/// Changes of an event are on its page within this time.
const SOON: Duration = Duration::from_secs(2);

async fn get(stack: &Stack, path: &str, headers: &[(header::HeaderName, &str)]) -> Response {
    let mut request = stack.buyer(0).request(reqwest::Method::GET, path);
    for (name, value) in headers {
        request = request.header(name, *value);
    }
    request.send().await.expect("an answer")
}

fn text<'r>(response: &'r Response, name: &str) -> &'r str {
    response.headers().get(name).map_or("", |value| value.to_str().expect("text"))
}

async fn relay_tells(stack: &Stack) {
    eventually("the relay to tell", SETTLED, || async {
        (stack.metric(0, "onsale_relay_telling").await == Some(1.0)).then_some(())
    })
    .await;
}

#[tokio::test]
async fn everybody_gets_the_same_page_packed_once() {
    let stack = Stack::start(StackOptions::default()).await;
    let plain = get(&stack, "/events/1", &[]).await;
    assert_eq!(plain.status(), StatusCode::OK);
    assert!(text(&plain, "cache-control").contains("s-maxage=2"), "{:?}", plain.headers());
    assert!(text(&plain, "cache-control").contains("stale-if-error"));
    assert!(text(&plain, "surrogate-key").split(' ').any(|key| key == "event-1"));
    assert!(plain.headers().get("set-cookie").is_none(), "a cookie would make it one fan's");
    let tag = text(&plain, "etag").to_owned();
    let plain = plain.bytes().await.expect("a page");

    for coding in ["br", "gzip"] {
        let packed = get(&stack, "/events/1", &[(header::ACCEPT_ENCODING, coding)]).await;
        assert_eq!(text(&packed, "content-encoding"), coding);
        assert_eq!(text(&packed, "vary"), "accept-encoding");
        assert_ne!(text(&packed, "etag"), tag, "codings have tags of their own");
        let packed = packed.bytes().await.expect("a page");
        assert!(packed.len() * 3 < plain.len(), "{} of {}", packed.len(), plain.len());
    }
    let again = get(&stack, "/events/1", &[(header::IF_NONE_MATCH, &tag)]).await;
    assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
    assert!(again.bytes().await.expect("nothing").is_empty());
    // Somebody with a cookie sees the same page as everybody.
    let fan = stack.buyer(0);
    fan.reserve(&stack.database.available(EVENT, 1).await).await;
    let known = fan.request(reqwest::Method::GET, "/events/1").send().await.expect("an answer");
    assert!(known.headers().get("set-cookie").is_none());
    stack.stop().await;
}

#[tokio::test]
async fn a_change_of_an_event_is_on_its_page_at_once() {
    let stack = Stack::start(StackOptions { relay: true, ..StackOptions::default() }).await;
    relay_tells(&stack).await;
    let buyer = stack.buyer(0);
    assert!(buyer.get("/api/events/1").await.body["event"]["title"].is_string());
    get(&stack, "/events/1", &[]).await;
    stack.database.run("UPDATE events SET title = 'The Second Coming of Disco' WHERE id = 1").await;
    let changed = Instant::now();
    eventually("the page to show the new title", SETTLED, || async {
        let page = get(&stack, "/events/1", &[]).await.text().await.ok()?;
        page.contains("The Second Coming of Disco").then_some(())
    })
    .await;
    // Facts are good for half a minute unless somebody tells that they changed.
    let took = changed.elapsed();
    assert!(took < SOON * 2, "{took:?}, so nobody told");
    stack.stop().await;
}

#[tokio::test]
async fn seats_that_go_are_told_to_those_who_look() {
    let stack = Stack::start(StackOptions { relay: true, ..StackOptions::default() }).await;
    relay_tells(&stack).await;
    let told = get(&stack, "/api/events/1/live", &[]).await;
    assert_eq!(text(&told, "content-type"), "text/event-stream");
    assert!(text(&told, "cache-control").contains("no-store"));
    let mut told = told.bytes_stream();
    let mut heard = String::new();
    let listening = async {
        while !heard.contains("event: delta") {
            let frame = told.next().await.expect("the stream goes on").expect("a frame");
            heard.push_str(&String::from_utf8_lossy(&frame));
        }
        Instant::now()
    };
    let taking = async {
        let seats = stack.database.available(EVENT, 1).await;
        let held = stack.buyer(0).reserve(&seats).await;
        assert_eq!(held.status, StatusCode::CREATED);
        Instant::now()
    };
    let both = async { tokio::join!(listening, taking) };
    let (heard_at, held_at) = tokio::time::timeout(SETTLED, both).await.expect("a delta");
    let took = heard_at.saturating_duration_since(held_at);
    assert!(took < Duration::from_secs(1), "{took:?}");
    assert!(heard.contains("event: pulse"), "{heard}");
    assert_eq!(get(&stack, "/api/events/999999/live", &[]).await.status(), StatusCode::NOT_FOUND);
    stack.stop().await;
}

#[tokio::test]
async fn people_go_on_looking_while_the_database_is_away() {
    let mut cluster = Cluster::start("").await;
    let stack = Stack::start_in(cluster.environment.clone(), StackOptions::default()).await;
    let paths = ["/", "/events/1", "/search", "/api/events/1/seats.bin", "/api/events/search"];
    let wish = json!({ "eventId": "1", "quantity": 1 });
    for path in paths {
        assert_eq!(get(&stack, path, &[]).await.status(), StatusCode::OK, "{path}");
    }
    cluster.crash();
    let buyer = stack.buyer(0);
    eventually("buying to be paused", SETTLED, || async {
        let answer = buyer.post("/api/bookings/reserve", &wish).await;
        (answer.status == StatusCode::SERVICE_UNAVAILABLE).then_some(())
    })
    .await;
    // Well beyond the time for which anything is fresh.
    let until = Instant::now() + Duration::from_secs(8);
    let mut looked = 0;
    while Instant::now() < until {
        for path in paths {
            assert_eq!(get(&stack, path, &[]).await.status(), StatusCode::OK, "{path}");
            looked += 1;
        }
    }
    assert!(looked > 20, "{looked} answers in eight seconds are no service");

    cluster.start_again().await;
    eventually("seats to be sold again", SETTLED, || async {
        let answer = buyer.post("/api/bookings/reserve", &wish).await;
        (answer.status == StatusCode::CREATED).then_some(())
    })
    .await;
    let held = buyer.get("/api/bookings").await.body[0]["seats"][0]["id"].clone();
    eventually("the map to show what was sold since", Duration::from_secs(5), || async {
        let event = buyer.get("/api/events/1").await.body;
        let ticket = event["tickets"].as_array()?.iter().find(|ticket| ticket["id"] == held)?;
        (ticket["status"] == "held").then_some(())
    })
    .await;
    stack.stop().await;
}
