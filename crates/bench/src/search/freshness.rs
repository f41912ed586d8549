//! How long it takes until a change is right in the results.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    time::{Duration, Instant},
};

use onsale_testkit::Stack;
use sqlx::PgPool;

use super::{catalogue::Catalogue, load::FIRST_ID};
use crate::{BenchError, client::Client, figures::Latencies};

/// Changes, of each kind a quarter.
const CHANGES: usize = 400;
/// One so often.
const PACE: Duration = Duration::from_millis(50);
/// Longer than this is lost.
const PATIENCE: Duration = Duration::from_secs(30);
/// The pause between two looks.
const LOOK: Duration = Duration::from_millis(10);

/// How long it took.
#[derive(Debug, Default)]
pub struct Fresh {
    pub p99_ms: f64,
}

/// What happens to an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Created,
    Renamed,
    Cancelled,
    SoldOut,
}

impl Kind {
    const ALL: [Self; 4] = [Self::Created, Self::Renamed, Self::Cancelled, Self::SoldOut];

    const fn name(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Renamed => "renamed",
            Self::Cancelled => "cancelled",
            Self::SoldOut => "sold out",
        }
    }

    /// Changes event `$1`, or makes one like it. `$2` is a new title.
    const fn statement(self) -> &'static str {
        match self {
            Self::Created => {
                "INSERT INTO events (key, venue_id, seat_map_hash, title, genre, starts_at,
                                     on_sale_at, currency)
                 SELECT $2, venue_id, seat_map_hash, $2, genre, starts_at, on_sale_at, currency
                   FROM events WHERE id = $1"
            }
            Self::Renamed => "UPDATE events SET title = $2 WHERE id = $1",
            Self::Cancelled => {
                "UPDATE events SET cancelled_at = now() WHERE id = $1 AND title <> $2"
            }
            Self::SoldOut => {
                "UPDATE tickets SET status = 'blocked' WHERE event_id = $1 AND $2 <> ''"
            }
        }
    }

    /// Whether an answer to a search for the word shows the change.
    fn is_right(self, body: &str, word: &str) -> bool {
        body.contains(word) != (self == Self::Cancelled)
    }
}

/// The title that an event has before it is changed, or while it is not.
fn old_word(number: usize) -> String {
    format!("vqz{number}before")
}

/// Lets events be created, renamed, cancelled and sold out, 20 a second, and looks until the results
/// show each; in the end, every event is compared.
pub async fn measure(
    stack: &Stack,
    address: SocketAddr,
    catalogue: &Catalogue,
) -> Result<Fresh, BenchError> {
    let count = CHANGES.min(catalogue.events.len());
    prepare(&stack.database.pool, address, count).await?;
    let mut changes = tokio::task::JoinSet::new();
    let begun = Instant::now();
    for number in 0..count {
        let pool = stack.database.pool.clone();
        changes.spawn(async move {
            let at = begun + PACE * u32::try_from(number).unwrap_or_default();
            tokio::time::sleep_until(at.into()).await;
            let kind = Kind::ALL[number % Kind::ALL.len()];
            change(&pool, address, kind, number).await.map(|took| (kind, took))
        });
    }
    let (mut all, mut kinds) = (Latencies::default(), BTreeMap::<Kind, Latencies>::new());
    while let Some(changed) = changes.join_next().await {
        let (kind, took) = changed.map_err(|error| BenchError::new("a change", error))??;
        all.add(took);
        kinds.entry(kind).or_default().add(took);
    }
    let (is_equal, report) = stack.onsale(&["search", "check"]).await;
    println!("{report}");
    if !is_equal {
        return Err(BenchError::new("the index", "differs from the database"));
    }
    for (kind, mut took) in kinds {
        let (p50, p99) = (took.quantile_ms(0.5), took.quantile_ms(0.99));
        println!("{:<10} right {p50:.0} ms after the commit (p50), {p99:.0} ms (p99)", kind.name());
    }
    let (p50, p99) = (all.quantile_ms(0.5), all.quantile_ms(0.99));
    println!(
        "all        right {p50:.0} ms after the commit (p50), {p99:.0} ms (p99), at 20 changes/s"
    );
    Ok(Fresh { p99_ms: p99 })
}

/// Gives the events that will be changed a title of their own and a seat, and waits for that to be
/// found.
async fn prepare(pool: &PgPool, address: SocketAddr, count: usize) -> Result<(), BenchError> {
    let last = FIRST_ID + count as i64 - 1;
    sqlx::query(
        "UPDATE events SET title = 'vqz' || (id - $1) || 'before' WHERE id BETWEEN $1 AND $2",
    )
    .bind(FIRST_ID)
    .bind(last)
    .execute(pool)
    .await?;
    sqlx::query(
        "INSERT INTO tickets (event_id, seat, category)
         SELECT id, 0, 1 FROM events WHERE id BETWEEN $1 AND $2",
    )
    .bind(FIRST_ID)
    .bind(last)
    .execute(pool)
    .await?;
    let mut client = connect(address).await?;
    for number in 0..count {
        let word = old_word(number);
        // Not on sale until it has seats, for search as well.
        let path = format!("/api/events/search?keyword={word}%20&sale=on_sale");
        look(&mut client, &path, &word, |body| body.contains(&word)).await?;
    }
    Ok(())
}

/// Changes an event, and tells how long after the commit the results were right.
async fn change(
    pool: &PgPool,
    address: SocketAddr,
    kind: Kind,
    number: usize,
) -> Result<Duration, BenchError> {
    let new = format!("xqz{number}unheard");
    let mut client = connect(address).await?;
    sqlx::query(kind.statement()).bind(FIRST_ID + number as i64).bind(&new).execute(pool).await?;
    let committed = Instant::now();
    let (word, filter) = match kind {
        Kind::Created | Kind::Renamed => (new, ""),
        Kind::Cancelled => (old_word(number), ""),
        Kind::SoldOut => (old_word(number), "&sale=sold_out"),
    };
    let path = format!("/api/events/search?keyword={word}%20{filter}");
    look(&mut client, &path, &word, |body| kind.is_right(body, &word)).await?;
    Ok(committed.elapsed())
}

async fn connect(address: SocketAddr) -> Result<Client, BenchError> {
    Client::connect(address).await.map_err(|error| BenchError::new("the server", error))
}

/// Asks until the answer is right.
async fn look(
    client: &mut Client,
    path: &str,
    word: &str,
    is_right: impl Fn(&str) -> bool,
) -> Result<(), BenchError> {
    let begun = Instant::now();
    loop {
        let answer = client.get(path).await;
        let answer = answer.map_err(|error| BenchError::new("the server", error))?;
        let found = serde_json::from_str::<serde_json::Value>(&answer.body);
        // What was asked may be repeated in the answer; what was found is in its events.
        let events = found.ok().filter(|found| found["events"].is_array());
        if events.is_some_and(|found| is_right(&found["events"].to_string())) {
            return Ok(());
        }
        if begun.elapsed() > PATIENCE {
            return Err(BenchError::new(word, format!("is not right after 30 s: {}", answer.body)));
        }
        tokio::time::sleep(LOOK).await;
    }
}
