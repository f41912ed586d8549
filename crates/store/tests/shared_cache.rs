//! The cache that servers share: which version is given out, who makes it, and what happens when
//! Redis is away.

#![allow(clippy::expect_used, missing_docs)]

use std::time::{Duration, Instant};

use onsale_store::{SharedCache, SharedFound, SharedLease};
use onsale_testkit::Redis;

const TIMEOUT: Duration = Duration::from_millis(250);
const LIFE: Duration = Duration::from_secs(30);

fn open(redis: &Redis) -> SharedCache {
    SharedCache::open(&redis.url, TIMEOUT).expect("an address")
}

async fn lease(cache: &SharedCache, name: &str) -> SharedLease {
    match cache.find(name).await {
        SharedFound::Missing(lease) => lease,
        other => panic!("{name} should be missing: {other:?}"),
    }
}

async fn found(cache: &SharedCache, name: &str) -> Option<Vec<u8>> {
    match cache.find(name).await {
        SharedFound::Made { body, age } => {
            assert!(age < LIFE, "{age:?}");
            Some(body)
        }
        _ => None,
    }
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

#[tokio::test]
async fn what_one_has_made_the_others_find() {
    let redis = Redis::start().await;
    let (one, other) = (open(&redis), open(&redis));
    let making = lease(&one, "/events/1").await;
    assert!(one.keep("/events/1", &making, &words(&["event-1"]), b"a page", LIFE).await);
    assert_eq!(found(&other, "/events/1").await.as_deref(), Some(&b"a page"[..]));
}

#[tokio::test]
async fn one_makes_it_and_the_others_wait() {
    let redis = Redis::start().await;
    let (one, other) = (open(&redis), open(&redis));
    let making = lease(&one, "page").await;
    let waiting = tokio::spawn(async move { found(&other, "page").await });
    tokio::task::yield_now().await;
    assert!(one.keep("page", &making, &words(&["event-1"]), b"made once", LIFE).await);
    assert_eq!(waiting.await.expect("no panic").as_deref(), Some(&b"made once"[..]));
}

#[tokio::test]
async fn nobody_waits_for_ever_for_somebody_who_died() {
    let redis = Redis::start().await;
    let (one, other) = (open(&redis), open(&redis));
    lease(&one, "page").await;
    let since = Instant::now();
    assert_eq!(other.find("page").await, SharedFound::Nobody, "make it yourself");
    assert!(since.elapsed() < Duration::from_secs(2));
}

#[tokio::test]
async fn an_older_version_never_takes_the_place_of_a_newer_one() {
    let redis = Redis::start().await;
    let cache = open(&redis);
    let older = lease(&cache, "page").await;
    // The first one is slow, and its lease runs out.
    let newer = onsale_testkit::eventually("the lease to end", Duration::from_secs(10), || async {
        match cache.find("page").await {
            SharedFound::Missing(lease) => Some(lease),
            _ => None,
        }
    })
    .await;
    let event = words(&["event-1"]);
    assert!(cache.keep("page", &newer, &event, b"newer", LIFE).await);
    assert!(!cache.keep("page", &older, &event, b"older", LIFE).await);
    assert_eq!(found(&cache, "page").await.as_deref(), Some(&b"newer"[..]));
}

#[tokio::test]
async fn what_changed_is_not_given_out_and_not_taken_in() {
    let redis = Redis::start().await;
    let cache = open(&redis);
    let both = words(&["event-1", "venue-2"]);
    let making = lease(&cache, "page").await;
    assert!(cache.keep("page", &making, &both, b"before", LIFE).await);
    cache.mark(&words(&["venue-9"])).await;
    assert!(found(&cache, "page").await.is_some(), "that was another venue");
    cache.mark(&words(&["venue-2"])).await;
    let making = lease(&cache, "page").await;
    // While it is being made, it changes again.
    cache.mark(&words(&["event-1"])).await;
    assert!(!cache.keep("page", &making, &both, b"between", LIFE).await);
    let making = lease(&cache, "page").await;
    assert!(cache.keep("page", &making, &both, b"after", LIFE).await);
    assert_eq!(found(&cache, "page").await.as_deref(), Some(&b"after"[..]));
    cache.mark_everything().await;
    lease(&cache, "page").await;
}

#[tokio::test]
async fn without_redis_everybody_makes_it_and_nothing_old_is_believed_afterwards() {
    let mut redis = Redis::start().await;
    let (one, other) = (open(&redis), open(&redis));
    let making = lease(&one, "page").await;
    assert!(one.keep("page", &making, &words(&["event-1"]), b"before", LIFE).await);
    redis.server.kill();
    let since = Instant::now();
    for _ in 0..50 {
        assert_eq!(one.find("page").await, SharedFound::Nobody);
    }
    assert!(since.elapsed() < Duration::from_secs(3), "Redis is left alone: {:?}", since.elapsed());
    // A change that cannot be marked: whatever is in Redis when it is back may be of before.
    other.mark(&words(&["event-1"])).await;
    redis.server.start_again();
    onsale_testkit::eventually("Redis to be back", Duration::from_secs(20), || async {
        matches!(one.find("page").await, SharedFound::Missing(_)).then_some(())
    })
    .await;
    assert_eq!(other.find("page").await, SharedFound::Nobody);
}
