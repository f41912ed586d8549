//! Redis.

use std::path::Path;

use tempfile::TempDir;

use crate::{Environment, Running, process::free_port};

/// A server of its own for a test that needs nothing else.
#[derive(Debug)]
pub struct Redis {
    /// The server.
    pub server: Running,
    /// Where it listens.
    pub url: String,
    _folder: TempDir,
}

impl Redis {
    /// Starts an empty server.
    ///
    /// # Panics
    /// When it cannot be started.
    #[must_use]
    pub fn start() -> Self {
        let folder = tempfile::Builder::new().prefix("onsale-test-").tempdir().expect("a folder");
        let port = free_port();
        let server = start(&Environment::read(), port, folder.path());
        wait_until_it_listens(port);
        Self { server, url: format!("redis://127.0.0.1:{port}/0"), _folder: folder }
    }
}

fn wait_until_it_listens(port: u16) {
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(std::time::Instant::now() < deadline, "Redis does not listen");
        std::thread::yield_now();
    }
}

/// Starts a server that keeps its log in `folder`, and nothing else.
pub(crate) fn start(environment: &Environment, port: u16, folder: &Path) -> Running {
    let port = port.to_string();
    let arguments = [
        "--bind",
        "127.0.0.1",
        "--port",
        &port,
        "--save",
        "",
        "--appendonly",
        "no",
        "--maxmemory-policy",
        "noeviction",
        "--dir",
        &folder.to_string_lossy(),
    ];
    Running::start("redis", &environment.redis_server, &arguments, &[], folder)
}
