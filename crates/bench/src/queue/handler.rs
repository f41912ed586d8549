//! Ten million joins through the code that the server runs for each, with a real PostgreSQL behind
//! it that leases the numbers; then exchanges and checks of passes.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use axum::http::{HeaderMap, HeaderValue};
use onsale_app::api::JoinQueue;
use onsale_domain::{EventId, UserId};
use onsale_ops::Settings;
use onsale_server::{
    Limit,
    waiting_room::{Entry, Presented, WaitingRooms},
};
use onsale_store::{Store, StoreOptions, Workload};
use onsale_testkit::Stack;
use uuid::Uuid;

use crate::{BenchError, process::own_memory};

const EVENT: EventId = EventId(1);
/// Fans who join at the same time.
const TASKS: u64 = 64;
/// The first fans fill what has a fixed size.
const WARM_UP: u64 = 100_000;
/// Numbers that are exchanged, as each is a transaction.
const EXCHANGES: u64 = 20_000;
const PASS_CHECKS: u64 = 200_000;

/// All numbers of the largest room, spent: what their bits take in PostgreSQL.
const FILL_BITS: &str = "
    INSERT INTO waiting_room_spent
    SELECT 999, 1, page, decode(repeat('ff', 512), 'hex') FROM generate_series(0, 2441) AS page";

fn problem(what: &str) -> impl Fn(onsale_app::api::Problem) -> BenchError {
    move |problem| BenchError::new(what, problem)
}

/// Returns the JSON of the figures, and how much of what must hold did not.
pub async fn measure(stack: &Stack, fans: u64) -> Result<(String, u64), BenchError> {
    let options = StoreOptions {
        max_connections: 16,
        acquire_timeout: Duration::from_secs(10),
        statement_timeout: Duration::from_secs(10),
        workload: Workload::Online,
    };
    let store = Store::open(&stack.database.url, "bench", options)
        .map_err(|error| BenchError::new("the store", error))?;
    let mut settings = Settings::default();
    settings.server.secret = onsale_ops::settings::Secret::new("s".repeat(32));
    // Puzzles are measured for themselves.
    settings.waiting_room.calm_joins_per_second = u32::MAX;
    let rooms = Arc::new(WaitingRooms::new(&settings, store.clone(), &Limit::new(0)));
    refresh(&rooms, &store).await?;

    join_many(&rooms, WARM_UP.min(fans / 2)).await?;
    let before = own_memory()?;
    let began = Instant::now();
    let highest = join_many(&rooms, fans).await?;
    let joins = fans as f64 / began.elapsed().as_secs_f64();
    let grown = (own_memory()? - before).max(0.0);
    println!(
        "{fans} joins at handler level: {joins:.0}/s, the process grew by {grown:.0} bytes; highest number {highest}"
    );
    let issued = WARM_UP.min(fans / 2) + fans;
    // Numbers that never repeat: as many as were joined, plus what was skipped at the end.
    let repeated = u64::from(highest + 1 < issued);

    let (exchanged, checks, violations) = exchange_many(stack, &rooms, &store).await?;
    stack.database.run(FILL_BITS).await;
    stack.database.run("VACUUM waiting_room_spent").await;
    let bits = stack.database.number("SELECT pg_total_relation_size('waiting_room_spent')").await;
    println!(
        "exchanges {exchanged:.0}/s, passes checked {checks:.0}/s (one core); bits of 10 million numbers in PostgreSQL {bits} bytes"
    );
    let json = format!(
        "{{\"part\":\"handler\",\"joined\":{fans},\"joinsPerSecond\":{joins:.0},\"grownBytes\":{grown:.0},\
         \"exchangesPerSecond\":{exchanged:.0},\"passesCheckedPerSecond\":{checks:.0},\"bitsInPostgresBytes\":{bits}}}"
    );
    Ok((json, violations + repeated))
}

async fn refresh(rooms: &WaitingRooms, store: &Store) -> Result<(), BenchError> {
    let read = rooms.board.refresh(store).await;
    read.map(drop).map_err(|error| BenchError::new("the board", error))
}

/// Joins, and returns the highest number.
async fn join_many(rooms: &Arc<WaitingRooms>, fans: u64) -> Result<u64, BenchError> {
    let left = Arc::new(AtomicU64::new(fans));
    let tasks = (0..TASKS).map(|_| {
        let (rooms, left) = (Arc::clone(rooms), Arc::clone(&left));
        tokio::spawn(async move {
            let (presented, request) = (Presented::default(), JoinQueue::default());
            let mut highest = 0;
            while left
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1))
                .is_ok()
            {
                let user = UserId(Uuid::new_v4());
                let place = rooms.join(EVENT, user, &presented, &request).await;
                highest = highest.max(place.map_err(problem("a join"))?.number);
            }
            Ok::<u64, BenchError>(highest)
        })
    });
    let mut highest = 0;
    for task in tasks.collect::<Vec<_>>() {
        let last = task.await.map_err(|error| BenchError::new("a fan", error))??;
        highest = highest.max(last);
    }
    Ok(highest)
}

/// Exchanges a second, checks of passes a second, and violations.
async fn exchange_many(
    stack: &Stack,
    rooms: &Arc<WaitingRooms>,
    store: &Store,
) -> Result<(f64, f64, u64), BenchError> {
    let mut places = Vec::new();
    for _ in 0..EXCHANGES {
        let user = UserId(Uuid::new_v4());
        let place = rooms.join(EVENT, user, &Presented::default(), &JoinQueue::default()).await;
        places.push((user, place.map_err(problem("a join"))?));
    }
    let call_all = "UPDATE waiting_rooms SET called = next_number, admit_up_to = 1000000000
                     WHERE event_id = 1";
    stack.database.run(call_all).await;
    refresh(rooms, store).await?;
    let places = Arc::new(places);
    let next = Arc::new(AtomicU64::new(0));
    let began = Instant::now();
    let tasks = (0..TASKS).map(|_| {
        let (rooms, places, next) = (Arc::clone(rooms), Arc::clone(&places), Arc::clone(&next));
        tokio::spawn(async move {
            let mut last = None;
            loop {
                let at = next.fetch_add(1, Ordering::Relaxed) as usize;
                let Some((user, place)) = places.get(at) else { break };
                let token = Some(place.token.as_str());
                let admission = rooms.exchange(EVENT, *user, &Presented::default(), token).await;
                last = Some((*user, admission.map_err(problem("an exchange"))?.0.pass));
            }
            Ok::<_, BenchError>(last)
        })
    });
    let mut pass = None;
    for task in tasks.collect::<Vec<_>>() {
        let last = task.await.map_err(|error| BenchError::new("a fan", error))??;
        pass = last.or(pass);
    }
    let exchanged = EXCHANGES as f64 / began.elapsed().as_secs_f64();
    let count = stack.database.number("SELECT count(*) FROM admission_passes").await;
    let violations = u64::from(count.unsigned_abs() != EXCHANGES);
    let (user, pass) = pass.ok_or_else(|| BenchError::new("exchanges", "nobody got a pass"))?;
    let mut headers = HeaderMap::new();
    let value = HeaderValue::from_str(&pass).map_err(|error| BenchError::new("a pass", error))?;
    headers.insert("admission-pass", value);
    let presented = Presented::read(&headers);
    let began = Instant::now();
    for _ in 0..PASS_CHECKS {
        let entry = rooms.enter(EVENT, user, &presented).await.map_err(problem("a pass"))?;
        if !matches!(entry, Entry::Pass(_)) {
            return Err(BenchError::new("a pass", "it was not needed"));
        }
    }
    Ok((exchanged, PASS_CHECKS as f64 / began.elapsed().as_secs_f64(), violations))
}
