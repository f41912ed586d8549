//! NATS, with JetStream.

use std::path::Path;

use tempfile::TempDir;

use crate::{Environment, Running, process::free_port};

/// A server of its own for a test that needs nothing else.
#[derive(Debug)]
pub struct Nats {
    /// The server.
    pub server: Running,
    /// Where it listens.
    pub url: String,
    _folder: TempDir,
}

impl Nats {
    /// Starts a server with an empty store.
    ///
    /// # Panics
    /// When it cannot be started.
    #[must_use]
    pub fn start() -> Self {
        let folder = tempfile::Builder::new().prefix("onsale-test-").tempdir().expect("a folder");
        let port = free_port();
        let server = start(&Environment::read(), port, folder.path());
        Self { server, url: format!("nats://127.0.0.1:{port}"), _folder: folder }
    }
}

/// Starts a server that keeps its store, its configuration and its log in `folder`.
pub fn start(environment: &Environment, port: u16, folder: &Path) -> Running {
    let store = folder.join("nats");
    let config = folder.join("nats.conf");
    // Our streams reserve 12 GiB. By default JetStream promises three quarters of what is free on
    // the disk, so that a small disk would refuse streams that never hold more than megabytes here.
    let text = format!(
        "host: 127.0.0.1\nport: {port}\n\
         jetstream {{ store_dir: {:?}, sync_interval: 1s, max_file_store: 32GB }}\n",
        store.to_string_lossy()
    );
    std::fs::write(&config, text).expect("the configuration of NATS");
    let arguments = ["-c", &config.to_string_lossy()];
    Running::start("nats", &environment.nats_server, &arguments, &[], folder)
}
