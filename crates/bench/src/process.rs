//! What the system says of processes, and lets them have.

use std::fs;

use onsale_testkit::Running;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::BenchError;

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

/// The same of this process.
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
