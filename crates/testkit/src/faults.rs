//! Everything that can be killed while a sale goes on.

use std::{fmt, fs, os::unix::process::CommandExt, path::PathBuf, process::Command, time::Duration};

use sqlx::{Connection, PgConnection};

use crate::{Stack, eventually};

/// How long PostgreSQL may take to recover.
const RECOVERY_LIMIT: Duration = Duration::from_secs(60);

/// Something that goes wrong. Whatever is killed is killed as `kill -9` does, and comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// One of the servers.
    Server(usize),
    /// One of the workers.
    Worker(usize),
    /// All workers at once: nobody writes, pays or sweeps.
    AllWorkers,
    /// NATS, which keeps what it has stored.
    Nats,
    /// NATS, which comes back with an empty store.
    NatsWithItsStore,
    /// Redis, which comes back empty.
    Redis,
    /// Redis forgets everything and goes on.
    RedisFlushed,
    /// PostgreSQL, in the way that asks nobody (`SIGQUIT`, "immediate").
    Postgres,
    /// All of them at once.
    Everything,
}

impl Fault {
    /// Every fault, for a stack of two servers and two workers.
    pub const ALL: [Self; 11] = [
        Self::Server(0),
        Self::Server(1),
        Self::Worker(0),
        Self::Worker(1),
        Self::AllWorkers,
        Self::Nats,
        Self::NatsWithItsStore,
        Self::Redis,
        Self::RedisFlushed,
        Self::Postgres,
        Self::Everything,
    ];
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Server(number) => write!(f, "server {number} killed"),
            Self::Worker(number) => write!(f, "worker {number} killed"),
            Self::AllWorkers => f.write_str("all workers killed"),
            Self::Nats => f.write_str("NATS killed"),
            Self::NatsWithItsStore => f.write_str("NATS killed and its store deleted"),
            Self::Redis => f.write_str("Redis killed"),
            Self::RedisFlushed => f.write_str("Redis flushed"),
            Self::Postgres => f.write_str("PostgreSQL stopped at once"),
            Self::Everything => f.write_str("everything killed together"),
        }
    }
}

impl Stack {
    /// Lets something go wrong, leaves it so for `outage`, brings it back and waits until every
    /// part is ready again.
    ///
    /// PostgreSQL is the cluster of the whole test run: a test that kills it has to be alone.
    ///
    /// # Panics
    /// When something does not come back.
    pub async fn suffer(&mut self, fault: Fault, outage: Duration) {
        let postgres = match fault {
            Fault::Postgres | Fault::Everything => Some(Postmaster::find(self).await),
            _ => None,
        };
        self.break_down(fault, postgres.as_ref()).await;
        tokio::time::sleep(outage).await;
        if let Some(postgres) = &postgres {
            postgres.start_again(self).await;
        }
        self.repair();
        self.ready().await;
    }

    async fn break_down(&mut self, fault: Fault, postgres: Option<&Postmaster>) {
        if let Some(postgres) = postgres {
            postgres.stop_at_once();
        }
        match fault {
            Fault::Server(number) => self.servers[number].kill(),
            Fault::Worker(number) => self.workers[number].kill(),
            Fault::AllWorkers => self.workers.iter_mut().for_each(crate::Running::kill),
            Fault::Nats => self.nats.kill(),
            Fault::NatsWithItsStore => self.lose_nats(),
            Fault::Redis => self.redis.iter_mut().for_each(crate::Running::kill),
            Fault::RedisFlushed => self.flush_redis().await,
            Fault::Postgres => {}
            Fault::Everything => {
                self.servers.iter_mut().chain(&mut self.workers).for_each(crate::Running::kill);
                self.redis.iter_mut().for_each(crate::Running::kill);
                self.lose_nats();
            }
        }
    }

    /// Starts whatever does not run.
    fn repair(&mut self) {
        let processes = self.servers.iter_mut().chain(&mut self.workers).chain(&mut self.redis);
        for process in processes.chain([&mut self.nats]) {
            if process.has_ended() {
                process.start_again();
            }
        }
    }
}

/// The running PostgreSQL, as the kernel knows it: enough to stop it and to start it again.
struct Postmaster {
    pid: u32,
    program: PathBuf,
    arguments: Vec<String>,
    folder: PathBuf,
    user: u32,
    group: u32,
}

impl Postmaster {
    async fn find(stack: &Stack) -> Self {
        let folder: String = sqlx::query_scalar("SHOW data_directory")
            .fetch_one(&stack.database.pool)
            .await
            .expect("PostgreSQL answers");
        let folder = PathBuf::from(folder);
        let lines = fs::read_to_string(folder.join("postmaster.pid")).expect("it says who it is");
        let pid: u32 = lines.lines().next().and_then(|pid| pid.parse().ok()).expect("a pid");
        let process = PathBuf::from(format!("/proc/{pid}"));
        let arguments = fs::read_to_string(process.join("cmdline")).expect("its arguments");
        let status = fs::read_to_string(process.join("status")).expect("its status");
        let id = |name: &str| {
            let line = status.lines().find(|line| line.starts_with(name)).expect("its owner");
            line.split_whitespace().nth(1).and_then(|id| id.parse().ok()).expect("a number")
        };
        Self {
            pid,
            program: fs::read_link(process.join("exe")).expect("its program"),
            arguments: arguments.split('\0').skip(1).filter(|a| !a.is_empty()).map(Into::into).collect(),
            user: id("Uid:"),
            group: id("Gid:"),
            folder,
        }
    }

    fn stop_at_once(&self) {
        let killed = Command::new("kill").args(["-QUIT", &self.pid.to_string()]).status();
        assert!(killed.expect("kill runs").success(), "PostgreSQL was there to be killed");
    }

    async fn start_again(&self, stack: &Stack) {
        let process = PathBuf::from(format!("/proc/{}/cmdline", self.pid));
        eventually("PostgreSQL to be gone", RECOVERY_LIMIT, || async {
            // A process that has ended and that nobody has asked about has no command line.
            fs::read(&process).map_or(true, |line| line.is_empty()).then_some(())
        })
        .await;
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).current_dir(&self.folder);
        command.stdin(std::process::Stdio::null());
        command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
        if fs::metadata("/proc/self").map(|me| std::os::unix::fs::MetadataExt::uid(&me)).ok()
            != Some(self.user)
        {
            command.uid(self.user).gid(self.group);
        }
        // It outlives the test, as the one before would have done.
        let _postgres = command.spawn().expect("PostgreSQL starts");
        eventually("PostgreSQL to answer again", RECOVERY_LIMIT, || async {
            PgConnection::connect(&stack.database.url).await.ok()
        })
        .await;
    }
}
