//! The whole box office.

use std::{fmt::Write as _, path::PathBuf, time::Duration};

use tempfile::TempDir;

use crate::{Buyer, Database, Environment, Running, eventually, process::free_port};

/// The secret with which the stack's webhooks are signed.
pub const WEBHOOK_SECRET: &str = "whsec_of_the_test_stack";
const API_KEY: &str = "sk_test_of_the_test_stack";
const COOKIE_SECRET: &str = "a secret of the test stack, long enough";
const START_LIMIT: Duration = Duration::from_secs(60);

/// What a test wants to be different.
#[derive(Debug, Clone)]
pub struct StackOptions {
    /// How long seats are held, in seconds.
    pub hold_ttl_seconds: u32,
    /// Servers side by side.
    pub servers: usize,
    /// Worker processes side by side.
    pub workers: usize,
    /// Whether Redis runs.
    pub redis: bool,
    /// Whether the workers run the relay. PostgreSQL decodes the log of the whole cluster for
    /// each, so only tests that look at it should have one.
    pub relay: bool,
}

impl Default for StackOptions {
    fn default() -> Self {
        Self { hold_ttl_seconds: 600, servers: 1, workers: 1, redis: true, relay: false }
    }
}

/// A running box office. Fields are in the order in which they end.
#[derive(Debug)]
pub struct Stack {
    /// The servers.
    pub servers: Vec<Running>,
    /// The workers.
    pub workers: Vec<Running>,
    /// The sandbox payment provider.
    pub sandbox: Running,
    /// NATS.
    pub nats: Running,
    /// Redis, if it runs.
    pub redis: Option<Running>,
    /// The database.
    pub database: Database,
    /// Where the program `onsale` and the others are.
    pub environment: Environment,
    nats_port: u16,
    server_ports: Vec<u16>,
    worker_ports: Vec<u16>,
    sandbox_port: u16,
    folder: TempDir,
}

impl Stack {
    /// Starts a box office with the small demo and waits until it is ready.
    ///
    /// # Panics
    /// When a part does not start.
    pub async fn start(options: StackOptions) -> Self {
        Self::start_in(Environment::read(), options).await
    }

    /// The same in a given environment, for example with a PostgreSQL of the test's own.
    ///
    /// # Panics
    /// When a part does not start.
    pub async fn start_in(environment: Environment, options: StackOptions) -> Self {
        let database = Database::create(&environment).await;
        let mut folder =
            tempfile::Builder::new().prefix("onsale-test-").tempdir().expect("a folder");
        // Kept, so that the logs of a failed test can be read; see `Drop`.
        folder.disable_cleanup(true);
        let logs = folder.path().to_owned();
        let (nats_port, redis_port, sandbox_port) = (free_port(), free_port(), free_port());
        let nats = start_nats(&environment, nats_port, &folder);
        let redis = options.redis.then(|| start_redis(&environment, redis_port, &folder));
        let server_ports: Vec<u16> = (0..options.servers).map(|_| free_port()).collect();
        let worker_ports: Vec<u16> = (0..options.workers).map(|_| free_port()).collect();
        let first_server = server_ports.first().copied().unwrap_or_default();
        let sandbox = Running::start(
            "sandbox",
            &environment.program("onsale-sandbox"),
            &[],
            &[
                ("SANDBOX_ADDR", format!("127.0.0.1:{sandbox_port}")),
                ("SANDBOX_API_KEY", API_KEY.into()),
                ("SANDBOX_WEBHOOK_SECRET", WEBHOOK_SECRET.into()),
                (
                    "SANDBOX_WEBHOOK_URL",
                    format!("http://127.0.0.1:{first_server}/api/webhooks/payments"),
                ),
                ("SANDBOX_JOURNAL", logs.join("sandbox.journal").to_string_lossy().into_owned()),
            ],
            &logs,
        );
        let shared = [
            ("DATABASE_URL", database.url.clone()),
            ("NATS_URL", format!("nats://127.0.0.1:{nats_port}")),
            ("REDIS_URL", format!("redis://127.0.0.1:{redis_port}/0")),
            ("PAYMENTS_URL", format!("http://127.0.0.1:{sandbox_port}")),
            ("PAYMENTS_API_KEY", API_KEY.into()),
            ("PAYMENTS_WEBHOOK_SECRET", WEBHOOK_SECRET.into()),
            ("ONSALE_SECRET", COOKIE_SECRET.into()),
            ("ONSALE_SITE_ROOT", environment.site_root.to_string_lossy().into_owned()),
            ("ONSALE_RELAY_ENABLED", options.relay.to_string()),
            ("ONSALE_RELAY_SLOT", database.slot()),
            ("ONSALE_HOLD_TTL_SECONDS", options.hold_ttl_seconds.to_string()),
            ("ONSALE_WRITES_PER_SECOND_PER_ADDRESS", "100000".into()),
            ("RUST_LOG", "info,onsale=debug".into()),
        ];
        let start = |kind: &str, number: usize, port: u16| {
            let (program, variable) = match kind {
                "server" => ("onsale-server", "ONSALE_ADDR"),
                _ => ("onsale-workers", "ONSALE_WORKERS_ADDR"),
            };
            let mut own = shared.to_vec();
            own.push((variable, format!("127.0.0.1:{port}")));
            own.push(("ONSALE_PUBLIC_URL", format!("http://127.0.0.1:{first_server}")));
            let name = format!("{kind}-{number}");
            Running::start(&name, &environment.program(program), &[], &own, &logs)
        };
        let workers = (0..).zip(&worker_ports).map(|(n, port)| start("worker", n, *port)).collect();
        let servers = (0..).zip(&server_ports).map(|(n, port)| start("server", n, *port)).collect();
        let stack = Self {
            servers,
            workers,
            sandbox,
            nats,
            redis,
            database,
            environment,
            nats_port,
            server_ports,
            worker_ports,
            sandbox_port,
            folder,
        };
        stack.ready().await;
        stack
    }

    /// Waits until every part of the stack is ready.
    ///
    /// # Panics
    /// When one is not within a minute.
    pub async fn ready(&self) {
        let probes = self.server_ports.iter().chain(&self.worker_ports).chain([&self.sandbox_port]);
        for port in probes {
            let url = format!("http://127.0.0.1:{port}/readyz");
            eventually(&format!("{url}\n{}", self.logs()), START_LIMIT, || async {
                let answer = reqwest_client().get(&url).send().await.ok()?;
                answer.status().is_success().then_some(())
            })
            .await;
        }
    }

    /// Kills NATS and throws away everything that it has stored.
    ///
    /// # Panics
    /// When its folder cannot be removed.
    pub fn lose_nats(&mut self) {
        self.nats.kill();
        std::fs::remove_dir_all(self.folder.path().join("nats")).expect("the store of NATS");
    }

    /// The address of NATS.
    #[must_use]
    pub fn nats_url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.nats_port)
    }

    /// What a worker says in its metrics under a name; `None` when it says nothing.
    ///
    /// # Panics
    /// When there is no worker with this number.
    pub async fn metric(&self, worker: usize, name: &str) -> Option<f64> {
        let url = format!("http://127.0.0.1:{}/metrics", self.worker_ports[worker]);
        let text = reqwest_client().get(url).send().await.ok()?.text().await.ok()?;
        let line = text.lines().find(|line| line.split([' ', '{']).next() == Some(name))?;
        line.rsplit(' ').next()?.parse().ok()
    }

    /// The address of a server.
    ///
    /// # Panics
    /// When there is no server with this number.
    #[must_use]
    pub fn url(&self, server: usize) -> String {
        format!("http://127.0.0.1:{}", self.server_ports[server])
    }

    /// Somebody with a cookie jar of their own, at a server.
    #[must_use]
    pub fn buyer(&self, server: usize) -> Buyer {
        Buyer::new(self.url(server))
    }

    /// What the sandbox payment provider knows.
    ///
    /// # Panics
    /// When it does not answer.
    pub async fn provider_state(&self) -> serde_json::Value {
        let url = format!("http://127.0.0.1:{}/sandbox/state", self.sandbox_port);
        let answer = reqwest_client().get(url).bearer_auth(API_KEY).send().await;
        answer.expect("the sandbox answers").json().await.expect("its state")
    }

    /// How many intents were paid at the sandbox payment provider.
    ///
    /// # Panics
    /// When it does not answer.
    pub async fn payments_that_succeeded(&self) -> u64 {
        let state = self.provider_state().await;
        state["intents"]["by_status"]["succeeded"]["count"].as_u64().unwrap_or_default()
    }

    /// Tells the sandbox payment provider to misbehave.
    ///
    /// # Panics
    /// When it does not take the order.
    pub async fn provider_faults(&self, faults: serde_json::Value) {
        let url = format!("http://127.0.0.1:{}/sandbox/faults", self.sandbox_port);
        let answer = reqwest_client().post(url).bearer_auth(API_KEY).json(&faults).send().await;
        assert!(answer.expect("the sandbox answers").status().is_success());
    }

    /// Runs `onsale audit` and returns whether every rule holds, and the report.
    ///
    /// # Panics
    /// When the program cannot be run.
    pub async fn audit(&self) -> (bool, String) {
        let output = tokio::process::Command::new(self.environment.program("onsale"))
            .arg("audit")
            .env("DATABASE_URL", &self.database.url)
            .output()
            .await
            .expect("onsale runs");
        let mut report = String::from_utf8_lossy(&output.stdout).into_owned();
        report.push_str(&String::from_utf8_lossy(&output.stderr));
        (output.status.success(), report)
    }

    /// The ends of all logs, for the message of a failed assertion.
    #[must_use]
    pub fn logs(&self) -> String {
        let mut text = format!("logs are in {}\n", self.folder.path().display());
        for process in self.servers.iter().chain(&self.workers).chain([&self.sandbox]) {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{}", process.log_tail());
        }
        text
    }

    /// Ends everything and drops the database.
    pub async fn stop(mut self) {
        self.servers.clear();
        self.workers.clear();
        let folder: PathBuf = self.folder.path().to_owned();
        self.database.drop_now().await;
        // What stays in the folder for temporary files is in the way of nobody.
        let _ = std::fs::remove_dir_all(folder);
    }
}

fn start_nats(environment: &Environment, port: u16, folder: &TempDir) -> Running {
    let store = folder.path().join("nats");
    let config = folder.path().join("nats.conf");
    let text = format!(
        "host: 127.0.0.1\nport: {port}\njetstream {{ store_dir: {:?}, sync_interval: 1s }}\n",
        store.to_string_lossy()
    );
    std::fs::write(&config, text).expect("the configuration of NATS");
    let arguments = ["-c", &config.to_string_lossy()];
    Running::start("nats", &environment.nats_server, &arguments, &[], folder.path())
}

fn start_redis(environment: &Environment, port: u16, folder: &TempDir) -> Running {
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
        &folder.path().to_string_lossy(),
    ];
    Running::start("redis", &environment.redis_server, &arguments, &[], folder.path())
}

pub(crate) fn reqwest_client() -> reqwest::Client {
    crate::buyer::client_builder().build().expect("an HTTP client")
}
