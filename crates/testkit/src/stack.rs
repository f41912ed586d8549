//! The whole box office.

use std::{fmt::Write as _, path::PathBuf, time::Duration};

use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{
    Buyer, Database, Environment, Running, edge, eventually, nats, process::free_port, redis,
};

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
    /// The program that serves.
    pub server_program: &'static str,
    /// What is logged, in the syntax of `RUST_LOG`.
    pub log: &'static str,
    /// Whether what was committed survives the death of PostgreSQL. The cluster of the tests may
    /// give that up to be quick.
    pub durable: bool,
    /// Whether the clock of the last worker is an hour ahead.
    pub wrong_clock: bool,
    /// The template that the database is copied from; the small demo when absent.
    pub template: Option<String>,
    /// Whether the workers run the relay. PostgreSQL decodes the log of the whole cluster for
    /// each, so only tests that look at it should have one.
    pub relay: bool,
    /// Payments and webhooks that share a transaction at most.
    pub max_writes_together: u16,
    /// Whether Varnish stands in front of the first server, and is told what to forget.
    pub edge: bool,
    /// Whether servers share what they load, through another database of Redis.
    pub shared_cache: bool,
    /// More settings of servers and workers, by their environment variables.
    pub settings: Vec<(&'static str, String)>,
}

impl Default for StackOptions {
    fn default() -> Self {
        Self {
            hold_ttl_seconds: 600,
            servers: 1,
            workers: 1,
            redis: true,
            server_program: "onsale-server",
            log: "info,onsale=debug",
            durable: false,
            wrong_clock: false,
            template: None,
            relay: false,
            max_writes_together: 256,
            edge: false,
            shared_cache: false,
            settings: Vec::new(),
        }
    }
}

/// A running box office. Fields are in the order in which they end.
#[derive(Debug)]
pub struct Stack {
    /// The servers.
    pub servers: Vec<Running>,
    /// The workers.
    pub workers: Vec<Running>,
    /// Varnish, if it runs.
    pub edge: Option<Running>,
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
    edge_port: u16,
    server_ports: Vec<u16>,
    worker_ports: Vec<u16>,
    sandbox_port: u16,
    redis_port: u16,
    settings: Vec<(&'static str, String)>,
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
        let database = match &options.template {
            Some(template) => Database::copy(&environment, template).await,
            None => Database::create(&environment).await,
        };
        if options.durable {
            database.make_durable().await;
        }
        let mut folder =
            tempfile::Builder::new().prefix("onsale-test-").tempdir().expect("a folder");
        // Kept, so that the logs of a failed test can be read; see `Drop`.
        folder.disable_cleanup(true);
        let logs = folder.path().to_owned();
        let (nats_port, redis_port, sandbox_port) = (free_port(), free_port(), free_port());
        let nats = nats::start(&environment, nats_port, &logs);
        let redis = options.redis.then(|| redis::start(&environment, redis_port, &logs));
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
        let edge_port = free_port();
        let edge = options.edge.then(|| edge::start(&environment, edge_port, first_server, &logs));
        let mut settings = vec![
            ("DATABASE_URL", database.url.clone()),
            ("NATS_URL", format!("nats://127.0.0.1:{nats_port}")),
            ("REDIS_URL", format!("redis://127.0.0.1:{redis_port}/0")),
            ("PAYMENTS_URL", format!("http://127.0.0.1:{sandbox_port}")),
            ("PAYMENTS_API_KEY", API_KEY.into()),
            ("PAYMENTS_WEBHOOK_SECRET", WEBHOOK_SECRET.into()),
            ("ONSALE_SECRET", COOKIE_SECRET.into()),
            ("ONSALE_SITE_ROOT", environment.site_root.to_string_lossy().into_owned()),
            ("ONSALE_SEARCH_FOLDER", logs.join("search").to_string_lossy().into_owned()),
            ("ONSALE_RELAY_ENABLED", options.relay.to_string()),
            ("ONSALE_RELAY_SLOT", database.slot()),
            ("ONSALE_HOLD_TTL_SECONDS", options.hold_ttl_seconds.to_string()),
            ("ONSALE_WRITES_PER_SECOND_PER_ADDRESS", "1000000".into()),
            ("ONSALE_MAX_WRITES_TOGETHER", options.max_writes_together.to_string()),
            ("RUST_LOG", options.log.into()),
        ];
        if options.edge {
            settings.push(("ONSALE_EDGE_PURGE_URL", format!("http://127.0.0.1:{edge_port}/")));
        }
        if options.shared_cache {
            settings.push(("ONSALE_CACHE_URL", format!("redis://127.0.0.1:{redis_port}/1")));
        }
        settings.extend(options.settings);
        let start = |kind: &str, number: usize, port: u16| {
            let (program, variable) = match kind {
                "server" => (options.server_program, "ONSALE_ADDR"),
                _ => ("onsale-workers", "ONSALE_WORKERS_ADDR"),
            };
            let mut own = settings.clone();
            own.push((variable, format!("127.0.0.1:{port}")));
            own.push(("ONSALE_PUBLIC_URL", format!("http://127.0.0.1:{first_server}")));
            if kind == "worker" && options.wrong_clock && number + 1 == options.workers {
                own.push(("LD_PRELOAD", environment.faketime_lib.to_string_lossy().into()));
                own.push(("FAKETIME", "+1h".into()));
                // Only the clock on the wall is wrong: no kernel gets the other one wrong.
                own.push(("FAKETIME_DONT_FAKE_MONOTONIC", "1".into()));
            }
            let name = format!("{kind}-{number}");
            Running::start(&name, &environment.program(program), &[], &own, &logs)
        };
        let workers = (0..).zip(&worker_ports).map(|(n, port)| start("worker", n, *port)).collect();
        let servers = (0..).zip(&server_ports).map(|(n, port)| start("server", n, *port)).collect();
        let stack = Self {
            servers,
            workers,
            edge,
            sandbox,
            nats,
            redis,
            database,
            environment,
            nats_port,
            edge_port,
            server_ports,
            worker_ports,
            sandbox_port,
            redis_port,
            settings,
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
        if self.edge.is_some() {
            let url = format!("{}/favicon.svg", self.edge_url());
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

    /// Makes Redis forget everything.
    ///
    /// # Panics
    /// When it does not answer.
    pub async fn flush_redis(&self) {
        let address = ("127.0.0.1", self.redis_port);
        let mut connection = TcpStream::connect(address).await.expect("Redis answers");
        connection.write_all(b"*1\r\n$8\r\nFLUSHALL\r\n").await.expect("Redis listens");
        let mut answer = [0; 5];
        connection.read_exact(&mut answer).await.expect("Redis answers");
        assert_eq!(&answer, b"+OK\r\n");
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
        let said = metrics_of(self.worker_ports[worker]).await?;
        said.iter().find(|(line, _)| line.split('{').next() == Some(name)).map(|(_, value)| *value)
    }

    /// The sum of what a server says in its metrics under a name and with these words in its labels,
    /// such as `found="loaded"`; 0 when it says nothing of it.
    ///
    /// # Panics
    /// When there is no server with this number, or it does not answer.
    pub async fn server_count(&self, server: usize, name: &str, labels: &str) -> f64 {
        let said = metrics_of(self.server_ports[server]).await.expect("the server's metrics");
        let is_it = |line: &str| line.split('{').next() == Some(name) && line.contains(labels);
        said.iter().filter(|(line, _)| is_it(line)).map(|(_, value)| value).sum()
    }

    /// The address of a server.
    ///
    /// # Panics
    /// When there is no server with this number.
    #[must_use]
    pub fn url(&self, server: usize) -> String {
        format!("http://127.0.0.1:{}", self.server_ports[server])
    }

    /// The address of Varnish.
    #[must_use]
    pub fn edge_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.edge_port)
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
        self.tell_provider("/sandbox/faults", &faults).await;
    }

    /// Gives the sandbox payment provider an order behind its back.
    ///
    /// # Panics
    /// When it does not take the order.
    pub async fn tell_provider(&self, path: &str, order: &serde_json::Value) {
        let url = format!("http://127.0.0.1:{}{path}", self.sandbox_port);
        let answer = reqwest_client().post(url).bearer_auth(API_KEY).json(order).send().await;
        assert!(answer.expect("the sandbox answers").status().is_success());
    }

    /// A setting of the stack's servers and workers, by its environment variable.
    ///
    /// # Panics
    /// When they are not told this one.
    #[must_use]
    pub fn setting(&self, variable: &str) -> &str {
        let found = self.settings.iter().find(|(name, _)| *name == variable);
        found.map(|(_, value)| value.as_str()).expect(variable)
    }

    /// Runs the operator's command `onsale` and returns whether it succeeded, and what it printed.
    ///
    /// # Panics
    /// When the program cannot be run.
    pub async fn onsale(&self, arguments: &[&str]) -> (bool, String) {
        self.onsale_with(arguments, &[]).await
    }

    /// The same, with more in its environment.
    ///
    /// # Panics
    /// When the program cannot be run.
    pub async fn onsale_with(
        &self,
        arguments: &[&str],
        environment: &[(&str, &str)],
    ) -> (bool, String) {
        let output = tokio::process::Command::new(self.environment.program("onsale"))
            .args(arguments)
            .envs(self.settings.iter().map(|(name, value)| (*name, value)))
            .envs(environment.iter().copied())
            .output()
            .await
            .expect("onsale runs");
        let mut report = String::from_utf8_lossy(&output.stdout).into_owned();
        report.push_str(&String::from_utf8_lossy(&output.stderr));
        (output.status.success(), report)
    }

    /// Runs `onsale audit` and returns whether every rule holds, and the report.
    ///
    /// # Panics
    /// When the program cannot be run.
    pub async fn audit(&self) -> (bool, String) {
        self.onsale(&["audit"]).await
    }

    /// The ends of all logs, for the message of a failed assertion.
    #[must_use]
    pub fn logs(&self) -> String {
        let mut text = format!("logs are in {}\n", self.folder.path().display());
        for process in
            self.servers.iter().chain(&self.workers).chain(&self.edge).chain([&self.sandbox])
        {
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

/// Every line of a process' metrics: name with labels, and value.
async fn metrics_of(port: u16) -> Option<Vec<(String, f64)>> {
    let url = format!("http://127.0.0.1:{port}/metrics");
    let text = reqwest_client().get(url).send().await.ok()?.text().await.ok()?;
    let lines = text.lines().filter_map(|line| {
        let (name, value) = line.rsplit_once(' ')?;
        Some((name.to_owned(), value.parse().ok()?))
    });
    Some(lines.collect())
}

pub(crate) fn reqwest_client() -> reqwest::Client {
    crate::buyer::client_builder().build().expect("an HTTP client")
}
