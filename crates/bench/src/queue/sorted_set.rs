//! The same crowd in a sorted set: what it takes in memory, and how fast its front is popped.

use std::time::Instant;

use onsale_testkit::Stack;
use uuid::Uuid;

use crate::BenchError;

/// Members that are sent together; one by one it would take minutes.
const TOGETHER: u64 = 10_000;
const POPS: usize = 20_000;

/// Returns the JSON of the figures.
pub async fn measure(stack: &Stack, fans: u64) -> Result<String, BenchError> {
    let broken = |error: redis::RedisError| BenchError::new("Redis", error);
    let client = redis::Client::open(stack.setting("REDIS_URL")).map_err(broken)?;
    let mut connection = client.get_multiplexed_async_connection().await.map_err(broken)?;
    let before = used_memory(&mut connection).await.map_err(broken)?;
    let mut came = 0.0;
    let mut left = fans;
    while left > 0 {
        let mut pipe = redis::pipe();
        for _ in 0..left.min(TOGETHER) {
            came += 1.0;
            let member = Uuid::new_v4().to_string();
            pipe.cmd("ZADD").arg("queue").arg("NX").arg(came).arg(member).ignore();
        }
        pipe.query_async::<()>(&mut connection).await.map_err(broken)?;
        left -= left.min(TOGETHER);
    }
    let grown = used_memory(&mut connection).await.map_err(broken)?.saturating_sub(before);
    let began = Instant::now();
    for _ in 0..POPS {
        let mut pop = redis::cmd("ZPOPMIN");
        pop.arg("queue").query_async::<redis::Value>(&mut connection).await.map_err(broken)?;
    }
    let pops = POPS as f64 / began.elapsed().as_secs_f64();
    println!("sorted set of {fans}: {grown} bytes; ZPOPMIN one by one {pops:.0}/s");
    Ok(format!(
        "{{\"part\":\"sorted set\",\"members\":{fans},\"grownBytes\":{grown},\"popsPerSecond\":{pops:.0}}}"
    ))
}

async fn used_memory(
    connection: &mut redis::aio::MultiplexedConnection,
) -> redis::RedisResult<u64> {
    let text: String = redis::cmd("INFO").arg("memory").query_async(connection).await?;
    let line = text.lines().find_map(|line| line.strip_prefix("used_memory:"));
    Ok(line.and_then(|text| text.trim().parse().ok()).unwrap_or_default())
}
