//! Everything that can be killed while a sale goes on.

use std::{fmt, process::Command, time::Duration};

use crate::Stack;

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
    /// PostgreSQL crashes: one of its processes is killed, so it ends all others, whatever they
    /// are doing, and recovers from its write-ahead log.
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
            Self::Postgres => f.write_str("PostgreSQL crashed"),
            Self::Everything => f.write_str("everything killed together"),
        }
    }
}

impl Stack {
    /// Lets something go wrong, leaves it so for `outage`, brings it back and waits until every
    /// part is ready again.
    ///
    /// PostgreSQL is the cluster of the whole test run: a test that crashes it has to be alone.
    ///
    /// # Panics
    /// When something does not come back.
    pub async fn suffer(&mut self, fault: Fault, outage: Duration) {
        if matches!(fault, Fault::Postgres | Fault::Everything) {
            self.crash_postgres().await;
        }
        self.break_down(fault).await;
        tokio::time::sleep(outage).await;
        self.repair();
        self.ready().await;
    }

    async fn crash_postgres(&self) {
        let walwriter = "SELECT pid FROM pg_stat_activity WHERE backend_type = 'walwriter'";
        let pid: i32 = sqlx::query_scalar(walwriter)
            .fetch_one(&self.database.pool)
            .await
            .expect("PostgreSQL answers");
        let killed = Command::new("kill").args(["-KILL", &pid.to_string()]).status();
        assert!(killed.expect("kill runs").success(), "PostgreSQL was there to be crashed");
    }

    async fn break_down(&mut self, fault: Fault) {
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
