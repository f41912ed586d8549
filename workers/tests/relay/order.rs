//! Workers, PostgreSQL and NATS die while thousands of transactions are committed and as many are
//! undone.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use onsale_messages::relay::BookingStep;
use onsale_testkit::{Cluster, Stack, Tracks, eventually};
use tokio::{task::JoinSet, time::sleep};

use crate::support::{
    SETTLED, assert_in_commit_order, bookings_told, relay_only, telling, titles_told,
};

const EVENTS: i64 = 4;
const WRITERS: i64 = 8;
const TRANSACTIONS: i64 = 3_000;

/// Commits transactions, half of which are followed by one that is undone, until so many were
/// tried by all writers together.
async fn write(tracks: Tracks, event: i64, tried: Arc<AtomicI64>) {
    while tried.fetch_add(1, Ordering::Relaxed) < TRANSACTIONS {
        match tracks.leave(event).await {
            Some(number) if number % 2 == 0 => tracks.leave_none(event).await,
            Some(_) => {}
            // The database is away for a moment.
            None => sleep(Duration::from_millis(20)).await,
        }
    }
}

async fn reached(tried: &AtomicI64, count: i64) {
    eventually(&format!("{count} transactions"), SETTLED, || async {
        (tried.load(Ordering::Relaxed) >= count).then_some(())
    })
    .await;
}

/// Each event was told every number from 1 to the one in the table, in order, and nothing else.
fn assert_numbers(told: &[(i64, String)], last: &BTreeMap<i64, i64>) {
    let mut seen: BTreeMap<i64, i64> = BTreeMap::new();
    for (event, title) in told {
        let next = seen.entry(*event).or_default();
        *next += 1;
        assert_eq!(*title, next.to_string(), "event {event}");
    }
    assert_eq!(&seen, last);
}

async fn numbers_in_table(stack: &Stack) -> BTreeMap<i64, i64> {
    let titled = "SELECT id || ' ' || title FROM events WHERE id <= 4";
    let numbers = stack.database.list(titled).await.into_iter().map(|line| {
        let (event, title) = line.split_once(' ').expect("an id and a title");
        (event.parse().expect("an id"), title.parse().expect("a number"))
    });
    numbers.collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_swapped_or_made_up_whatever_dies() {
    let mut cluster = Cluster::start("").await;
    let mut stack = Stack::start_in(cluster.environment.clone(), relay_only()).await;
    telling(&stack, 0).await;
    let tried = Arc::new(AtomicI64::new(0));
    let mut writers = JoinSet::new();
    for writer in 0..WRITERS {
        let event = writer % EVENTS + 1;
        writers.spawn(write(stack.database.tracks(), event, Arc::clone(&tried)));
    }
    for kill in 1..=3 {
        reached(&tried, kill * 400).await;
        stack.workers[0].kill();
        stack.workers[0].start_again();
    }
    reached(&tried, 1_700).await;
    cluster.crash();
    cluster.start_again().await;
    reached(&tried, 2_300).await;
    stack.nats.kill();
    reached(&tried, 2_500).await;
    stack.nats.start_again();
    while let Some(ended) = writers.join_next().await {
        ended.expect("a writer came to its end");
    }
    let last = numbers_in_table(&stack).await;
    let committed: i64 = last.values().sum();
    assert!(committed > TRANSACTIONS / 2, "most were committed: {committed}");
    let told = eventually(&format!("{committed} titles\n{}", stack.logs()), SETTLED, || async {
        let told = titles_told(&stack).await?;
        (told.len() >= usize::try_from(committed).ok()?).then_some(told)
    })
    .await;
    assert_numbers(&told, &last);
    let made = "SELECT id::text FROM bookings WHERE fingerprint = 'track' ORDER BY id";
    let made = stack.database.list(made).await;
    assert!(made.len() > 1_000, "seats were booked: {}", made.len());
    let bookings = eventually("all bookings", SETTLED, || async {
        bookings_told(&stack).await.filter(|told| told.len() >= made.len())
    })
    .await;
    assert!(bookings.iter().all(|told| told.step == BookingStep::Held && told.seats.is_some()));
    let mut told: Vec<String> = bookings.iter().map(|told| told.booking.to_string()).collect();
    told.sort_unstable();
    assert_eq!(told, made);
    for stream in ["CDC", "BOOKINGS"] {
        assert_in_commit_order(&stack, stream).await;
    }
    stack.stop().await;
}
