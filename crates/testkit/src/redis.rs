//! Redis.

use std::{path::Path, time::Duration};

use tempfile::TempDir;
use tokio::net::TcpStream;

use crate::{Environment, Running, eventually, process::free_port};

const START_LIMIT: Duration = Duration::from_secs(20);

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
    pub async fn start() -> Self {
        let folder = tempfile::Builder::new().prefix("onsale-test-").tempdir().expect("a folder");
        let port = free_port();
        let server = start(&Environment::read(), port, folder.path());
        eventually("Redis to listen", START_LIMIT, || async {
            TcpStream::connect(("127.0.0.1", port)).await.ok()
        })
        .await;
        Self { server, url: format!("redis://127.0.0.1:{port}/0"), _folder: folder }
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
