//! Looking: copies that everybody shares, changes that are told, and a database that goes away.

#![allow(clippy::expect_used, missing_docs)]

use std::time::{Duration, Instant};

use futures::StreamExt;
use onsale_testkit::{Cluster, Stack, StackOptions, client_builder, eventually};
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
    for word in ["public", "stale-while-revalidate=", "stale-if-error="] {
        assert!(text(&plain, "cache-control").contains(word), "{:?}", plain.headers());
    }
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

/// What each kind of address says about who may keep the answer.
const KEPT: [(&str, &str); 14] = [
    ("/", "s-maxage=2"),
    ("/search?keyword=jazz", "s-maxage=1"),
    ("/events/1", "s-maxage=2"),
    ("/venues/1", "s-maxage=2"),
    ("/performers/1", "s-maxage=2"),
    ("/api/events/search", "s-maxage=1"),
    ("/api/events/suggest?keyword=ja", "s-maxage=1"),
    ("/api/events/1?section=0", "s-maxage=1"),
    ("/api/events/1/sections/0", "s-maxage=1"),
    ("/api/events/1/seats.bin", "s-maxage=1"),
    ("/api/venues/1", "s-maxage=2"),
    ("/api/performers/1", "s-maxage=2"),
    ("/posters/1.svg?g=Jazz", "max-age=86400"),
    ("/favicon.svg", "no-cache"),
];

#[tokio::test]
async fn everything_says_who_may_keep_it_and_for_how_long() {
    let stack = Stack::start(StackOptions::default()).await;
    for (path, expected) in KEPT {
        let answer = get(&stack, path, &[]).await;
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        let said = text(&answer, "cache-control");
        assert!(said.starts_with("public") && said.contains(expected), "{path}: {said}");
        let shared = expected.starts_with("s-maxage");
        assert_eq!(
            said.contains("stale-if-error="),
            shared || path.starts_with("/posters"),
            "{path}"
        );
    }
    for path in ["/bookings", "/api/bookings", "/healthz", "/metrics", "/api/nothing"] {
        let answer = get(&stack, path, &[]).await;
        assert_eq!(text(&answer, "cache-control"), "private, no-store", "{path}");
    }
    let event = get(&stack, "/api/events/1", &[]).await.json::<serde_json::Value>().await;
    let geometry = event.expect("an event")["venue"]["seatMap"]["geometryUrl"].clone();
    let geometry = get(&stack, geometry.as_str().expect("an address"), &[]).await;
    assert!(text(&geometry, "cache-control").contains("immutable"));
    stack.stop().await;
}

#[tokio::test]
async fn what_a_page_loads_is_hinted_and_kept_for_ever() {
    let stack = Stack::start(StackOptions::default()).await;
    let page = get(&stack, "/events/1", &[]).await;
    let links = text(&page, "link").to_owned();
    let policy = text(&page, "content-security-policy").to_owned();
    let html = page.text().await.expect("a page");
    let hinted: Vec<&str> = links.split(", ").collect();
    for kind in ["as=style", "as=font", "rel=modulepreload", "as=fetch"] {
        assert!(hinted.iter().any(|hint| hint.contains(kind)), "{kind} in {links}");
    }
    for hint in hinted {
        let path = hint.split(['<', '>']).nth(1).expect("an address");
        assert!(html.contains(path), "{path} is on the page");
        let file = get(&stack, path, &[(header::ACCEPT_ENCODING, "br")]).await;
        assert_eq!(file.status(), StatusCode::OK, "{path}");
        assert!(text(&file, "cache-control").contains("immutable"), "{path}");
    }
    // Scripts are allowed by their hashes: a page that is kept has no nonce.
    assert!(policy.contains("'sha256-") && !policy.contains("nonce"), "{policy}");
    assert!(!policy.contains("'unsafe-inline'"), "{policy}");
    stack.stop().await;
}

#[tokio::test]
async fn one_port_speaks_both_versions_of_http() {
    let stack = Stack::start(StackOptions::default()).await;
    let client = client_builder().http2_prior_knowledge().build().expect("a client");
    let ask = || async {
        let request = client.get(format!("{}/events/1", stack.url(0)));
        request.send().await.expect("an answer")
    };
    let answers = futures::future::join_all((0..20).map(|_| ask())).await;
    for answer in answers {
        assert_eq!((answer.status(), answer.version()), (StatusCode::OK, reqwest::Version::HTTP_2));
    }
    let plain = get(&stack, "/events/1", &[]).await;
    assert_eq!(plain.version(), reqwest::Version::HTTP_11);
    stack.stop().await;
}

/// Asks for pages as fast as answers come, until told to stop; returns how many came, and those that
/// were complaints of ours.
async fn keep_looking(stack: &Stack, until: Instant) -> (usize, Vec<String>) {
    let look = |visitor: usize| async move {
        let (mut looked, mut complaints) = (0, Vec::new());
        while Instant::now() < until {
            let path = LOOKED_AT[(looked + visitor) % LOOKED_AT.len()];
            let status = get(stack, path, &[]).await.status();
            if status.is_server_error() {
                complaints.push(format!("{path}: {status}"));
            }
            looked += 1;
        }
        (looked, complaints)
    };
    let all = futures::future::join_all((0..8).map(look)).await;
    all.into_iter().fold((0, Vec::new()), |(count, mut complaints), (looked, mine)| {
        complaints.extend(mine);
        (count + looked, complaints)
    })
}

const LOOKED_AT: [&str; 10] = [
    "/",
    "/events/1",
    "/events/1?section=0",
    "/search",
    "/venues/1",
    "/performers/1",
    "/api/events/1",
    "/api/events/1/seats.bin",
    "/api/events/search",
    "/api/events/search?keyword=okafor",
];

/// How long the database is away, in seconds.
fn outage() -> Duration {
    let seconds = std::env::var("ONSALE_TEST_OUTAGE_SECONDS").ok();
    Duration::from_secs(seconds.and_then(|text| text.parse().ok()).unwrap_or(15))
}

#[tokio::test]
async fn people_go_on_looking_while_the_database_is_away() {
    let mut cluster = Cluster::start("").await;
    let options = StackOptions { shared_cache: true, ..StackOptions::default() };
    let stack = Stack::start_in(cluster.environment.clone(), options).await;
    let wish = json!({ "eventId": "1", "quantity": 1 });
    for path in LOOKED_AT {
        assert_eq!(get(&stack, path, &[]).await.status(), StatusCode::OK, "{path}");
    }
    cluster.crash();
    let buyer = stack.buyer(0);
    let paused = async {
        eventually("buying to be paused", SETTLED, || async {
            let answer = buyer.post("/api/bookings/reserve", &wish).await;
            let is_paused = answer.status == StatusCode::SERVICE_UNAVAILABLE;
            (is_paused && answer.code() == "sales_paused").then_some(())
        })
        .await;
        eventually("the page to say so", SETTLED, || async {
            let page = get(&stack, "/events/1", &[]).await.text().await.ok()?;
            page.contains("Buying is paused for a moment").then_some(())
        })
        .await;
        let event = buyer.get("/api/events/1").await.body;
        assert!(event["lastKnownAt"].is_string(), "{}", event["event"]);
    };
    // Well beyond the time for which anything is fresh.
    let looking = keep_looking(&stack, Instant::now() + outage());
    let ((), (looked, complaints)) = tokio::join!(paused, looking);
    assert!(complaints.is_empty(), "{} of {looked}: {:?}", complaints.len(), complaints.first());
    assert!(looked > 500, "{looked} answers are no service");

    cluster.start_again().await;
    let returned = Instant::now();
    eventually("seats to be sold again", SETTLED, || async {
        let answer = buyer.post("/api/bookings/reserve", &wish).await;
        (answer.status == StatusCode::CREATED).then_some(())
    })
    .await;
    let held = buyer.get("/api/bookings").await.body[0]["seats"][0]["id"].clone();
    eventually("the map to show what was sold since", Duration::from_secs(5), || async {
        let event = buyer.get("/api/events/1").await.body;
        let ticket = event["tickets"].as_array()?.iter().find(|ticket| ticket["id"] == held)?;
        (ticket["status"] == "held" && event["lastKnownAt"].is_null()).then_some(())
    })
    .await;
    eventually("the page to say no more that buying is paused", Duration::from_secs(5), || async {
        let page = get(&stack, "/events/1", &[]).await.text().await.ok()?;
        (!page.contains("Buying is paused for a moment")).then_some(())
    })
    .await;
    println!("right again {:?} after PostgreSQL answered", returned.elapsed());
    stack.stop().await;
}
