//! Joins over HTTP: ours and the sorted set, behind the same edge, in turns.

use std::{
    cell::Cell,
    net::SocketAddr,
    rc::Rc,
    time::{Duration, Instant},
};

use tokio::task::LocalSet;

use super::{open_room, resident_bytes_of};
use crate::{BenchError, client::Client};

/// Fans at the same time, each with a connection kept alive.
const CONNECTIONS: usize = 64;

/// What one side did.
struct Joined {
    per_second: f64,
    p50_ms: f64,
    p99_ms: f64,
    grown: u64,
}

/// Returns the JSON of the figures, and how many times the baseline we are.
pub async fn measure(template: &str, quick: bool) -> Result<(String, f64), BenchError> {
    let duration = Duration::from_secs(if quick { 3 } else { 10 });
    let sides = [
        ("onsale-bench-queue-baseline", "/api/events/1/sorted-set"),
        ("onsale-server", "/api/events/1/queue"),
    ];
    let mut best: [Option<Joined>; 2] = [None, None];
    for _ in 0..if quick { 1 } else { 2 } {
        for (side, (program, path)) in sides.iter().enumerate() {
            let joined = join(template, program, path, duration).await?;
            println!(
                "{program}: {:.0} joins/s over HTTP, p50 {:.2} ms, p99 {:.2} ms, the server grew by {} kB",
                joined.per_second,
                joined.p50_ms,
                joined.p99_ms,
                joined.grown / 1024
            );
            if best[side].as_ref().is_none_or(|known| joined.per_second > known.per_second) {
                best[side] = Some(joined);
            }
        }
    }
    let [Some(theirs), Some(ours)] = best else {
        return Err(BenchError::new("joins", "nothing was measured"));
    };
    let ratio = ours.per_second / theirs.per_second;
    let json = format!(
        "{{\"part\":\"http\",\"connections\":{CONNECTIONS},\"joinsPerSecond\":{:.0},\"baseline\":{:.0},\
         \"ratio\":{ratio:.2},\"p50Ms\":{:.2},\"baselineP50Ms\":{:.2},\"p99Ms\":{:.2},\"baselineP99Ms\":{:.2}}}",
        ours.per_second, theirs.per_second, ours.p50_ms, theirs.p50_ms, ours.p99_ms, theirs.p99_ms
    );
    Ok((json, ratio))
}

async fn join(
    template: &str,
    program: &'static str,
    path: &'static str,
    duration: Duration,
) -> Result<Joined, BenchError> {
    let stack = open_room(template, program).await;
    stack.database.run("UPDATE waiting_rooms SET proof_bits = 0 WHERE event_id = 1").await;
    let address = stack.url(0).trim_start_matches("http://").parse::<SocketAddr>();
    let address = address.map_err(|error| BenchError::new("the server's address", error))?;
    crowd(address, path, Duration::from_secs(2)).await?;
    let process = stack.servers[0].pid().map(|id| id.to_string()).unwrap_or_default();
    let before = resident_bytes_of(&process);
    let began = Instant::now();
    let mut took = crowd(address, path, duration).await?;
    let seconds = began.elapsed().as_secs_f64();
    let grown = resident_bytes_of(&process).saturating_sub(before);
    took.sort_unstable();
    let quantile = |share: f64| {
        let at = (took.len().saturating_sub(1) as f64 * share) as usize;
        took.get(at).map_or(0.0, |micros| f64::from(*micros) / 1000.0)
    };
    let joined = Joined {
        per_second: took.len() as f64 / seconds,
        p50_ms: quantile(0.5),
        p99_ms: quantile(0.99),
        grown,
    };
    stack.stop().await;
    Ok(joined)
}

/// Everybody joins as a new guest, again and again. Returns how long each took, in microseconds.
async fn crowd(
    address: SocketAddr,
    path: &'static str,
    duration: Duration,
) -> Result<Vec<u32>, BenchError> {
    let ends = Instant::now() + duration;
    let refused = Rc::new(Cell::new(0_u64));
    let local = LocalSet::new();
    let fans: Vec<_> = (0..CONNECTIONS)
        .map(|_| {
            let refused = Rc::clone(&refused);
            local.spawn_local(async move {
                let mut client = Client::connect(address).await?;
                let mut took = Vec::new();
                while Instant::now() < ends {
                    let asked = Instant::now();
                    let answer = client.post(path, "", "{}").await?;
                    if answer.status == 201 {
                        took.push(u32::try_from(asked.elapsed().as_micros()).unwrap_or(u32::MAX));
                    } else {
                        refused.set(refused.get() + 1);
                    }
                }
                Ok::<_, std::io::Error>(took)
            })
        })
        .collect();
    local.await;
    let mut all = Vec::new();
    for fan in fans {
        let took = fan.await.map_err(|error| BenchError::new("a client", error))?;
        all.extend(took.map_err(|error| BenchError::new("a client", error))?);
    }
    if refused.get() * 100 > all.len() as u64 {
        let why = format!("{} of {} were refused", refused.get(), all.len());
        return Err(BenchError::new("joins", why));
    }
    Ok(all)
}
