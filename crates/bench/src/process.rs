//! What the system says of processes, and lets them have.

use std::{
    fs,
    time::{Duration, Instant},
};

use onsale_testkit::Running;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::BenchError;

/// What is read of a process has settled when it stayed the same, but for a margin, for so long. A
/// server that has just begun still gives back what it needed to build its search index.
const SETTLED: Duration = Duration::from_secs(12);
/// It settles within this time.
const SETTLE_LIMIT: Duration = Duration::from_secs(300);
/// The pause between two looks: nobody tells when a process comes to rest.
const LOOK: Duration = Duration::from_millis(200);
/// The margin of memory, in bytes.
const STEADY_BYTES: f64 = 1_048_576.0;
/// The margin of processor time, in seconds: a server that does nothing else needs less to keep its
/// connections.
const CALM_SECONDS: f64 = 0.6;
/// Linux tells processor time in hundredths of a second.
const TICKS_PER_SECOND: f64 = 100.0;

/// Files for the connections of both ends, and some more.
const FILES: u64 = 262_144;

/// Two files for each listener are open in this process and the server together; both may have
/// as many as the system allows. What is started from here inherits it.
pub fn raise_file_limit() {
    let limit = getrlimit(Resource::Nofile);
    let most = limit.maximum.map_or(FILES, |most| most.max(FILES));
    let raised = Rlimit { current: Some(most), maximum: Some(most) };
    // Whoever may not raise the limit may use it up.
    if setrlimit(Resource::Nofile, raised).is_err() {
        let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit });
    }
}

/// Bytes of memory that are the process' own.
pub fn memory_of(process: &Running) -> Result<f64, BenchError> {
    memory(&pid_of(process)?)
}

/// The same, once it has settled.
pub async fn settled_memory_of(process: &Running) -> Result<f64, BenchError> {
    settled(process, memory_of, STEADY_BYTES).await
}

/// Waits until a process has done what it had to do.
pub async fn calm(process: &Running) -> Result<(), BenchError> {
    settled(process, seconds_of, CALM_SECONDS).await.map(drop)
}

async fn settled(
    process: &Running,
    read: fn(&Running) -> Result<f64, BenchError>,
    margin: f64,
) -> Result<f64, BenchError> {
    let begun = Instant::now();
    let (mut known, mut since) = (read(process)?, begun);
    while since.elapsed() < SETTLED {
        if begun.elapsed() > SETTLE_LIMIT {
            return Err(BenchError::new("the server", "does not come to rest"));
        }
        tokio::time::sleep(LOOK).await;
        let now = read(process)?;
        if (now - known).abs() > margin {
            (known, since) = (now, Instant::now());
        }
    }
    Ok(known)
}

fn pid_of(process: &Running) -> Result<String, BenchError> {
    let pid = process.pid().ok_or_else(|| BenchError::new("the server", "does not run"))?;
    Ok(pid.to_string())
}

/// Seconds of processor time that a process has needed.
fn seconds_of(process: &Running) -> Result<f64, BenchError> {
    let stat = fs::read_to_string(format!("/proc/{}/stat", pid_of(process)?));
    let stat = stat.map_err(|error| BenchError::new("the time of a process", error))?;
    // After the name, which is in brackets and may hold blanks, come the fields from the third on.
    let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields);
    let ticks: Vec<f64> =
        fields.split_whitespace().skip(11).take(2).filter_map(|it| it.parse().ok()).collect();
    match ticks[..] {
        [user, system] => Ok((user + system) / TICKS_PER_SECOND),
        _ => Err(BenchError::new("the time of a process", "is not told")),
    }
}

/// Bytes of memory that are this process' own.
pub fn own_memory() -> Result<f64, BenchError> {
    memory("self")
}

fn memory(pid: &str) -> Result<f64, BenchError> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"));
    let status = status.map_err(|error| BenchError::new("the memory of a process", error))?;
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
    let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse().ok());
    let kilobytes: f64 = kilobytes.ok_or_else(|| BenchError::new("RssAnon", "is not told"))?;
    Ok(kilobytes * 1024.0)
}
