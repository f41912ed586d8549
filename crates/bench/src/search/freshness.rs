//! How long it takes until a change is right in the results.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use onsale_testkit::Stack;

use super::{catalogue::Catalogue, load::FIRST_ID};
use crate::{BenchError, client::Client, figures::Latencies};

/// Changes.
const CHANGES: usize = 200;
/// One so often.
const PACE: Duration = Duration::from_millis(50);
/// Longer than this is lost.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long it took.
#[derive(Debug, Default)]
pub struct Fresh {
    pub p99_ms: f64,
}

/// Renames every second event and cancels the others, 20 a second, and looks until each new name is
/// found; in the end, every event is compared.
pub async fn measure(
    stack: &Stack,
    address: SocketAddr,
    catalogue: &Catalogue,
) -> Result<Fresh, BenchError> {
    let mut changes = tokio::task::JoinSet::new();
    for number in 0..CHANGES.min(catalogue.events.len()) {
        let pool = stack.database.pool.clone();
        changes.spawn(async move {
            tokio::time::sleep(PACE * u32::try_from(number).unwrap_or_default()).await;
            let id = FIRST_ID + number as i64;
            let word = format!("xqz{number}unheard");
            if number % 2 == 1 {
                // It must be gone at the end, when every event is compared.
                sqlx::query("UPDATE events SET cancelled_at = now() WHERE id = $1")
                    .bind(id)
                    .execute(&pool)
                    .await?;
                return Ok(None);
            }
            sqlx::query("UPDATE events SET title = $2 WHERE id = $1")
                .bind(id)
                .bind(&word)
                .execute(&pool)
                .await?;
            let committed = Instant::now();
            let path = format!("/api/events/search?keyword={word}%20&start=2036-12-31");
            let mut client = Client::connect(address)
                .await
                .map_err(|error| BenchError::new("the server", error))?;
            loop {
                let answer = client.get(&path).await;
                let answer = answer.map_err(|error| BenchError::new("the server", error))?;
                if answer.body.contains(&word) {
                    return Ok(Some(committed.elapsed()));
                }
                if committed.elapsed() > PATIENCE {
                    return Err(BenchError::new(&word, "was not found within 30 s"));
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        });
    }
    let mut latencies = Latencies::default();
    while let Some(changed) = changes.join_next().await {
        let changed = changed.map_err(|error| BenchError::new("a change", error))?;
        if let Some(took) = changed? {
            latencies.add(took);
        }
    }
    let (is_equal, report) = stack.onsale(&["search", "check"]).await;
    println!("{report}");
    if !is_equal {
        return Err(BenchError::new("the index", "differs from the database"));
    }
    let (p50, p99) = (latencies.quantile_ms(0.5), latencies.quantile_ms(0.99));
    println!("Visible {p50:.0} ms after the commit (p50), {p99:.0} ms (p99), at 20 changes/s");
    Ok(Fresh { p99_ms: p99 })
}
