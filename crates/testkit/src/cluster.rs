//! A PostgreSQL of a test's own, for tests that crash it.

use std::{
    fs,
    os::unix::{
        fs::{MetadataExt, chown},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use sqlx::{Connection, PgConnection, Row};
use tempfile::TempDir;

use crate::{Environment, Running, eventually, process::free_port};

const START_LIMIT: Duration = Duration::from_secs(60);

/// Commits are durable, because a test counts them; but the machine does not crash with the
/// cluster, so nothing needs to reach the disk.
const CONFIGURATION: &str = "
unix_socket_directories = ''
listen_addresses = '127.0.0.1'
wal_level = logical
fsync = off
full_page_writes = off
max_connections = 100
";

/// A cluster that ends when it is dropped.
#[derive(Debug)]
pub struct Cluster {
    server: Running,
    /// The environment of the test, with this cluster in the place of the shared one.
    pub environment: Environment,
    _folder: TempDir,
}

impl Cluster {
    /// Makes a cluster with the programs of the shared one, and waits until it answers.
    /// `settings` are lines of `postgresql.conf`.
    ///
    /// # Panics
    /// When the shared cluster does not answer, or this one does not start.
    pub async fn start(settings: &str) -> Self {
        let mut environment = Environment::read();
        let (programs, account) = programs_and_account(&environment.postgres_url).await;
        let folder =
            tempfile::Builder::new().prefix("onsale-cluster-").tempdir().expect("a folder");
        chown(folder.path(), Some(account.0), Some(account.1)).expect("the folder's owner");
        let data = folder.path().join("data");
        let created = Command::new(programs.join("initdb"))
            .args(["--username=postgres", "--auth=trust", "--no-sync", "--locale=C.UTF-8"])
            .args(["--encoding=UTF8", "--no-instructions", "--pgdata"])
            .arg(&data)
            .current_dir("/")
            .uid(account.0)
            .gid(account.1)
            .output()
            .expect("initdb runs");
        assert!(created.status.success(), "{}", String::from_utf8_lossy(&created.stderr));
        let port = free_port();
        let configuration = format!("{CONFIGURATION}port = {port}\n{settings}\n");
        let file = data.join("postgresql.conf");
        let text = fs::read_to_string(&file).expect("the cluster's configuration");
        fs::write(&file, text + &configuration).expect("the cluster's configuration");
        let server = Running::start_as(
            account,
            "postgres",
            &programs.join("postgres"),
            &["-D", &data.to_string_lossy()],
            folder.path(),
        );
        environment.postgres_url = format!("postgres://postgres@127.0.0.1:{port}/postgres");
        let cluster = Self { server, environment, _folder: folder };
        cluster.ready().await;
        cluster
    }

    /// Crashes the cluster: what was not committed is gone, and nobody is told.
    pub fn crash(&mut self) {
        self.server.quit();
    }

    /// Starts the cluster again, after it crashed, and waits until it answers.
    ///
    /// # Panics
    /// When it does not answer within a minute.
    pub async fn start_again(&mut self) {
        self.server.start_again();
        self.ready().await;
    }

    async fn ready(&self) {
        let url = &self.environment.postgres_url;
        eventually(&format!("{url}\n{}", self.server.log_tail()), START_LIMIT, || async {
            PgConnection::connect(url).await.ok()
        })
        .await;
    }
}

/// The folder of the shared cluster's programs, and the user and group that it runs as:
/// PostgreSQL refuses to run as root.
async fn programs_and_account(url: &str) -> (PathBuf, (u32, u32)) {
    let mut connection = PgConnection::connect(url).await.expect("the test cluster answers");
    let row = sqlx::query(
        "SELECT (SELECT setting FROM pg_config WHERE name = 'BINDIR') AS programs,
                current_setting('data_directory') AS data",
    )
    .fetch_one(&mut connection)
    .await
    .expect("the folders of the test cluster");
    let (programs, data): (String, String) = (row.get("programs"), row.get("data"));
    let owner = fs::metadata(Path::new(&data)).expect("the test cluster is of this machine");
    (programs.into(), (owner.uid(), owner.gid()))
}
