//! What the system says of processes, and lets them have.

use std::{
    fs,
    time::{Duration, Instant},
};

use onsale_testkit::Running;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::BenchError;

/// Memory has settled when it stayed the same for so long …
const SETTLED: Duration = Duration::from_secs(12);
/// … but for so many bytes. It is looked at so often.
const STEADY_BYTES: f64 = 1_048_576.0;
const LOOK: Duration = Duration::from_millis(200);

/// A process is calm when it needed the processor for no more than `FEW_TICKS`, hundredths of a second,
/// in so much time.
const CALM: Duration = Duration::from_secs(3);
const FEW_TICKS: u64 = 15;
/// It becomes calm within this time.
const CALM_LIMIT: Duration = Duration::from_secs(300);

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
    let pid = process.pid().ok_or_else(|| BenchError::new("the server", "does not run"))?;
    memory(&pid.to_string())
}

/// The same, once it has stayed as it is for some seconds: a server that has just begun gives back what
/// it needed to build its search index.
pub async fn settled_memory_of(process: &Running) -> Result<f64, BenchError> {
    let (mut known, mut since) = (memory_of(process)?, Instant::now());
    while since.elapsed() < SETTLED {
        tokio::time::sleep(LOOK).await;
        let now = memory_of(process)?;
        if (now - known).abs() > STEADY_BYTES {
            (known, since) = (now, Instant::now());
        }
    }
    Ok(known)
}

/// Waits until a process has done what it had to do.
pub async fn calm(process: &Running) -> Result<(), BenchError> {
    let (mut known, mut since) = (ticks_of(process)?, Instant::now());
    let begun = Instant::now();
    while since.elapsed() < CALM {
        tokio::time::sleep(LOOK).await;
        let now = ticks_of(process)?;
        if now - known > FEW_TICKS {
            (known, since) = (now, Instant::now());
        }
        if begun.elapsed() > CALM_LIMIT {
            return Err(BenchError::new("the server", "does not come to rest"));
        }
    }
    Ok(())
}

/// The processor time of a process, in hundredths of a second.
fn ticks_of(process: &Running) -> Result<u64, BenchError> {
    let pid = process.pid().ok_or_else(|| BenchError::new("the server", "does not run"))?;
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"));
    let stat = stat.map_err(|error| BenchError::new("the time of a process", error))?;
    // After the name, which is in brackets and may hold blanks, come the fields from the third on.
    let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields);
    let ticks: Vec<u64> =
        fields.split_whitespace().skip(11).take(2).filter_map(|it| it.parse().ok()).collect();
    match ticks[..] {
        [user, system] => Ok(user + system),
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
