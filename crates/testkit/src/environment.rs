//! Where programs and services are.

use std::{env, path::PathBuf};

/// What `cargo xtask test` has prepared.
#[derive(Debug, Clone)]
pub struct Environment {
    /// A superuser's URL of the database `postgres`.
    pub postgres_url: String,
    /// The program `nats-server`.
    pub nats_server: PathBuf,
    /// The program `redis-server`.
    pub redis_server: PathBuf,
    /// The folder with our own programs.
    pub programs: PathBuf,
    /// The folder with the built site.
    pub site_root: PathBuf,
    /// libfaketime, which gives a process a wrong clock.
    pub faketime_lib: PathBuf,
    /// The program `varnishd`.
    pub varnishd: PathBuf,
}

impl Environment {
    /// Reads the environment.
    ///
    /// # Panics
    /// When the test was not started by `cargo xtask test`.
    #[must_use]
    pub fn read() -> Self {
        let read = |name: &str| match env::var_os(name) {
            Some(value) => value,
            None => panic!("{name} is not set: start the tests with `cargo xtask test`"),
        };
        Self {
            postgres_url: read("ONSALE_TEST_POSTGRES_URL").to_string_lossy().into_owned(),
            nats_server: read("ONSALE_NATS_SERVER").into(),
            redis_server: read("ONSALE_REDIS_SERVER").into(),
            programs: read("ONSALE_BIN_DIR").into(),
            site_root: read("ONSALE_SITE_ROOT").into(),
            faketime_lib: read("ONSALE_FAKETIME_LIB").into(),
            varnishd: read("ONSALE_VARNISHD").into(),
        }
    }

    /// One of our own programs.
    #[must_use]
    pub fn program(&self, name: &str) -> PathBuf {
        self.programs.join(name)
    }

    /// The URL of another database of the cluster.
    #[must_use]
    pub fn database_url(&self, name: &str) -> String {
        let url = &self.postgres_url;
        let (address, options) = url.split_once('?').unwrap_or((url, ""));
        let (server, _) = address.rsplit_once('/').unwrap_or((address, ""));
        let mark = if options.is_empty() { "" } else { "?" };
        format!("{server}/{name}{mark}{options}")
    }
}
