//! Two servers and the cache that they share; and what goes on when it is away.

#![allow(clippy::expect_used, missing_docs)]

use std::time::Duration;

use onsale_testkit::{Running, Stack, StackOptions, eventually};
use reqwest::{Method, StatusCode};

const EVENT: i64 = 1;
const SETTLED: Duration = Duration::from_secs(60);

/// Titles, and the statements that give them.
const CHANGES: [(&str, &str); 4] = [
    ("First Night", "UPDATE events SET title = 'First Night' WHERE id = 1"),
    ("Second Night", "UPDATE events SET title = 'Second Night' WHERE id = 1"),
    ("Third Night", "UPDATE events SET title = 'Third Night' WHERE id = 1"),
    ("Last Night", "UPDATE events SET title = 'Last Night' WHERE id = 1"),
];

fn two_servers() -> StackOptions {
    StackOptions { servers: 2, shared_cache: true, ..StackOptions::default() }
}

async fn page(stack: &Stack, server: usize, path: &str) -> (StatusCode, String) {
    let request = stack.buyer(server).request(Method::GET, path);
    let answer = request.send().await.expect("an answer");
    (answer.status(), answer.text().await.expect("a page"))
}

#[tokio::test]
async fn what_one_server_has_rendered_the_other_sends() {
    let stack = Stack::start(two_servers()).await;
    let (status, first) = page(&stack, 0, "/search?keyword=okafor").await;
    assert_eq!(status, StatusCode::OK);
    // A page is worth two seconds, so the second server may have to ask again.
    eventually("the second server to take it", SETTLED, || async {
        page(&stack, 0, "/search?keyword=okafor").await;
        let (_, second) = page(&stack, 1, "/search?keyword=okafor").await;
        assert_eq!(first, second);
        let taken = stack.server_count(1, "onsale_shared_cache_total", "made").await;
        (taken > 0.0).then_some(())
    })
    .await;
    let (_, event) = page(&stack, 0, "/events/1").await;
    let (_, same) = page(&stack, 1, "/events/1").await;
    assert_eq!(event, same);
    stack.stop().await;
}

#[tokio::test]
async fn a_change_is_on_both_servers() {
    let stack = Stack::start(StackOptions { relay: true, ..two_servers() }).await;
    eventually("the relay to tell", SETTLED, || async {
        (stack.metric(0, "onsale_relay_telling").await == Some(1.0)).then_some(())
    })
    .await;
    for (title, change) in CHANGES {
        for server in [0, 1] {
            assert_eq!(page(&stack, server, "/events/1").await.0, StatusCode::OK);
        }
        stack.database.run(change).await;
        for server in [0, 1] {
            eventually("both to show it", Duration::from_secs(2), || async {
                page(&stack, server, "/events/1").await.1.contains(title).then_some(())
            })
            .await;
        }
        // And no older version comes back from the other one.
        for server in [0, 1, 0, 1] {
            let (_, shown) = page(&stack, server, "/events/1").await;
            assert!(shown.contains(title), "server {server} went back");
        }
    }
    stack.stop().await;
}

#[tokio::test]
async fn without_redis_everything_works() {
    let mut stack = Stack::start(two_servers()).await;
    assert_eq!(page(&stack, 0, "/events/1").await.0, StatusCode::OK);
    stack.redis.iter_mut().for_each(Running::kill);
    for server in [0, 1] {
        for path in ["/", "/events/1", "/events/2", "/search", "/venues/1", "/performers/1"] {
            assert_eq!(page(&stack, server, path).await.0, StatusCode::OK, "{path}");
        }
        let seats = stack.database.available(EVENT, 1).await;
        let held = stack.buyer(server).reserve(&seats).await;
        assert_eq!(held.status, StatusCode::CREATED, "{}", held.body);
    }
    stack.redis.iter_mut().for_each(Running::start_again);
    eventually("the cache to be shared again", SETTLED, || async {
        let before = stack.server_count(1, "onsale_shared_cache_total", "made").await;
        page(&stack, 0, "/search?keyword=jazz").await;
        page(&stack, 1, "/search?keyword=jazz").await;
        let after = stack.server_count(1, "onsale_shared_cache_total", "made").await;
        (after > before).then_some(())
    })
    .await;
    stack.stop().await;
}

#[tokio::test]
async fn without_nats_people_look_and_hold_seats() {
    let mut stack = Stack::start(StackOptions { relay: true, ..StackOptions::default() }).await;
    stack.nats.kill();
    for path in ["/", "/events/1", "/events/2", "/search", "/api/events/1/seats.bin"] {
        let answer = stack.buyer(0).request(Method::GET, path).send().await.expect("an answer");
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
    }
    let held = stack.buyer(0).reserve(&stack.database.available(EVENT, 2).await).await;
    assert_eq!(held.status, StatusCode::CREATED, "{}", held.body);
    stack.nats.start_again();
    stack.ready().await;
    stack.stop().await;
}
