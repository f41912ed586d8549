//! Joins over HTTP: ours and the sorted set, behind the same edge, in turns.

use std::{
    cell::{Cell, RefCell},
    net::SocketAddr,
    rc::Rc,
    time::{Duration, Instant},
};

use tokio::task::LocalSet;

use super::open_room;
use crate::{BenchError, client::Client, figures::Latencies, process::memory_of};

/// Fans at the same time, each with a connection kept alive.
const CONNECTIONS: usize = 64;

/// What one side did.
struct Joined {
    per_second: f64,
    p50_ms: f64,
    p99_ms: f64,
    grown: f64,
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
                "{program}: {:.0} joins/s over HTTP, p50 {:.2} ms, p99 {:.2} ms, the server grew by {:.0} kB",
                joined.per_second,
                joined.p50_ms,
                joined.p99_ms,
                joined.grown / 1024.0
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
    let address = stack.url(0).trim_start_matches("http://").parse::<SocketAddr>();
    let address = address.map_err(|error| BenchError::new("the server's address", error))?;
    crowd(address, path, Duration::from_secs(2)).await?;
    let before = memory_of(&stack.servers[0])?;
    let began = Instant::now();
    let mut took = crowd(address, path, duration).await?;
    let seconds = began.elapsed().as_secs_f64();
    let joined = Joined {
        per_second: took.count() as f64 / seconds,
        p50_ms: took.quantile_ms(0.5),
        p99_ms: took.quantile_ms(0.99),
        grown: memory_of(&stack.servers[0])? - before,
    };
    stack.stop().await;
    Ok(joined)
}

/// Everybody joins as a new guest, again and again. Returns how long each took.
async fn crowd(
    address: SocketAddr,
    path: &'static str,
    duration: Duration,
) -> Result<Latencies, BenchError> {
    let ends = Instant::now() + duration;
    let (took, refused) = (Rc::<RefCell<Latencies>>::default(), Rc::new(Cell::new(0_usize)));
    let why = Rc::<RefCell<String>>::default();
    let local = LocalSet::new();
    let fans: Vec<_> = (0..CONNECTIONS)
        .map(|_| {
            let (took, refused, why) = (Rc::clone(&took), Rc::clone(&refused), Rc::clone(&why));
            local.spawn_local(async move {
                let mut client = Client::connect(address).await?;
                while Instant::now() < ends {
                    let asked = Instant::now();
                    let answer = client.post(path, "", "{}").await?;
                    if answer.status == 201 {
                        took.borrow_mut().add(asked.elapsed());
                    } else {
                        refused.set(refused.get() + 1);
                        why.replace(answer.body);
                    }
                }
                Ok::<_, std::io::Error>(())
            })
        })
        .collect();
    local.await;
    for fan in fans {
        let ended = fan.await.map_err(|error| BenchError::new("a client", error))?;
        ended.map_err(|error| BenchError::new("a client", error))?;
    }
    let took = took.take();
    if refused.get() * 100 > took.count() {
        let (refused, took) = (refused.get(), took.count());
        let why = format!("{refused} were refused and {took} not: {}", why.borrow());
        return Err(BenchError::new("joins", why));
    }
    Ok(took)
}
