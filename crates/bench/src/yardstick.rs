//! What pages are measured with and against: wrk, which asks, and nginx, which serves the same bytes
//! from disk. Server and asker each have a core of their own.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use onsale_testkit::{Running, free_port};

use crate::BenchError;

/// Connections that wrk keeps alive.
const CONNECTIONS: u32 = 64;
/// The core of whoever is measured.
pub const SERVER_CORE: &str = "0";
/// The core of whoever asks.
const CLIENT_CORE: &str = "1";

/// What wrk saw.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    /// Requests that were answered.
    pub requests: u64,
    /// The same, each second.
    pub per_second: f64,
    /// Answers of 4xx and 5xx, and connections that failed.
    pub failed: u64,
}

/// Asks for an address for a while, as fast as answers come. `headers` are whole lines.
pub fn ask(url: &str, seconds: u32, headers: &[String]) -> Result<Rate, BenchError> {
    let mut command = Command::new("taskset");
    command.args(["-c", CLIENT_CORE, "wrk", "-t1", &format!("-c{CONNECTIONS}")]);
    command.arg(format!("-d{seconds}s"));
    for header in headers {
        command.args(["-H", header]);
    }
    let output = command.arg(url).output().map_err(|error| BenchError::new("wrk", error))?;
    let text = String::from_utf8_lossy(&output.stdout);
    parse(&text).ok_or_else(|| {
        BenchError::new("wrk", format!("{text}{}", String::from_utf8_lossy(&output.stderr)))
    })
}

fn parse(text: &str) -> Option<Rate> {
    let mut rate = Rate { requests: 0, per_second: 0.0, failed: 0 };
    for line in text.lines().map(str::trim) {
        if let Some((count, _)) = line.split_once(" requests in ") {
            rate.requests = count.trim().parse().ok()?;
        } else if let Some(per_second) = line.strip_prefix("Requests/sec:") {
            rate.per_second = per_second.trim().parse().ok()?;
        } else if let Some(count) = line.strip_prefix("Non-2xx or 3xx responses:") {
            rate.failed += count.trim().parse::<u64>().ok()?;
        } else if let Some(errors) = line.strip_prefix("Socket errors:") {
            let counts = errors.split(|letter: char| !letter.is_ascii_digit());
            rate.failed += counts.filter_map(|count| count.parse::<u64>().ok()).sum::<u64>();
        }
    }
    (rate.per_second > 0.0).then_some(rate)
}

/// Keeps a running process, with all its threads, on the core of whoever is measured.
pub fn pin(process: &Running) -> Result<(), BenchError> {
    let pid = process.pid().ok_or_else(|| BenchError::new("taskset", "it does not run"))?;
    let pinned = Command::new("taskset")
        .args(["-a", "-cp", SERVER_CORE, &pid.to_string()])
        .output()
        .map_err(|error| BenchError::new("taskset", error))?;
    if pinned.status.success() {
        Ok(())
    } else {
        Err(BenchError::new("taskset", String::from_utf8_lossy(&pinned.stderr)))
    }
}

/// nginx with one worker, tuned to serve files.
pub struct Nginx {
    _server: Running,
    folder: PathBuf,
    port: u16,
}

impl Nginx {
    /// Starts it with a file of these bytes at `/page`, sent with these headers, and at `/plain`,
    /// sent with as few as nginx does by itself.
    pub fn start(body: &[u8], headers: &[(String, String)]) -> Result<Self, BenchError> {
        let broken = |error| BenchError::new("nginx", error);
        let folder = std::env::temp_dir().join(format!("onsale-nginx-{}", std::process::id()));
        fs::create_dir_all(&folder).map_err(broken)?;
        for name in ["page", "plain"] {
            fs::write(folder.join(name), body).map_err(broken)?;
        }
        let port = free_port();
        let file = folder.join("nginx.conf");
        fs::write(&file, configuration(&folder, port, headers)).map_err(broken)?;
        let arguments = ["-c", SERVER_CORE, "nginx", "-c", &file.to_string_lossy()];
        let server = Running::start("nginx", Path::new("taskset"), &arguments, &[], &folder);
        Ok(Self { _server: server, folder, port })
    }

    /// The address of a file.
    pub fn url(&self, name: &str) -> String {
        format!("http://127.0.0.1:{}/{name}", self.port)
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // What stays in the folder for temporary files is in the way of nobody.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn configuration(folder: &Path, port: u16, headers: &[(String, String)]) -> String {
    let folder = folder.display();
    let headers: String = headers
        .iter()
        .map(|(name, value)| format!("add_header {name} '{}';\n", value.replace('\'', "\\'")))
        .collect();
    // No master that a kill would leave workers behind of, and one worker.
    format!(
        "user root;\nworker_processes 1;\ndaemon off;\nmaster_process off;\n\
         pid {folder}/pid;\nerror_log {folder}/error.log;\n\
         events {{ worker_connections 1024; }}\n\
         http {{\n access_log off;\n sendfile on;\n tcp_nopush on;\n tcp_nodelay on;\n\
         keepalive_requests 1000000000;\n open_file_cache max=100 inactive=60s;\n\
         open_file_cache_valid 60s;\n open_file_cache_min_uses 1;\n types {{}}\n\
         default_type 'text/html; charset=utf-8';\n\
         server {{\n listen 127.0.0.1:{port};\n root {folder};\n\
         location = /page {{\n{headers}}}\n location = /plain {{}}\n}}\n}}\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_wrk_says_is_understood() {
        let text = "Running 2s test\n  80000 requests in 2.00s, 900.00MB read\n\
                    Socket errors: connect 0, read 1, write 0, timeout 2\n\
                    Non-2xx or 3xx responses: 4\nRequests/sec:  40000.50\n";
        let expected = Rate { requests: 80_000, per_second: 40_000.5, failed: 7 };
        assert_eq!(parse(text), Some(expected));
        assert_eq!(parse("unable to connect"), None);
    }
}
