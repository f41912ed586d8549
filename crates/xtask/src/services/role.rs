//! Who is who among the processes.

use std::net::SocketAddr;
use std::time::Duration;

use rustix::process::Signal;

use super::outside::Outside;
use super::probe::Probe;
use super::settings::{Ports, local};

/// PostgreSQL's superuser and the name of Onsale's database.
pub const DATABASE_USER: &str = "onsale";

/// One process of a running Onsale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The only truth.
    Postgres,
    /// NATS with JetStream.
    Nats,
    /// Locks of holds, and the shared cache.
    Redis,
    /// The sandbox payment provider.
    Sandbox,
    /// Pages and API.
    Server,
    /// Consumers.
    Workers,
    /// Varnish, in front of the server.
    Edge,
}

impl Role {
    /// In the order they start; they stop in the reverse.
    pub const ALL: [Self; 7] = [
        Self::Postgres,
        Self::Nats,
        Self::Redis,
        Self::Sandbox,
        Self::Server,
        Self::Workers,
        Self::Edge,
    ];

    /// The word people use on the command line, and the name of its log.
    pub fn name(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::Nats => "nats",
            Self::Redis => "redis",
            Self::Sandbox => "sandbox",
            Self::Server => "server",
            Self::Workers => "workers",
            Self::Edge => "edge",
        }
    }

    /// The role that a word means.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }

    /// Where it listens.
    pub fn address(self, ports: &Ports) -> SocketAddr {
        local(match self {
            Self::Postgres => ports.postgres,
            Self::Nats => ports.nats,
            Self::Redis => ports.redis,
            Self::Sandbox => ports.sandbox,
            Self::Server => ports.server,
            Self::Workers => ports.workers,
            Self::Edge => ports.edge,
        })
    }

    /// How to ask whether it is ready.
    pub fn probe(self, address: SocketAddr) -> Probe {
        match self {
            Self::Postgres => Probe::postgres(address, DATABASE_USER),
            Self::Nats => Probe::nats(address),
            Self::Redis => Probe::redis(address),
            Self::Sandbox | Self::Server | Self::Workers => Probe::http(address, "/readyz"),
            // The operator's pages stay behind it.
            Self::Edge => Probe::http(address, "/favicon.svg"),
        }
    }

    /// Whether the environment names one that runs elsewhere, so that we start none.
    pub fn is_outside(self, outside: &Outside) -> bool {
        match self {
            Self::Postgres => outside.database_url.is_some(),
            Self::Nats => outside.nats_url.is_some(),
            Self::Redis => outside.redis_url.is_some(),
            Self::Sandbox => outside.payments.is_some(),
            Self::Server | Self::Workers | Self::Edge => false,
        }
    }

    /// What asks it to stop in order. PostgreSQL takes SIGTERM for "when the last client has
    /// gone", and SIGINT for "now, cleanly".
    pub fn stop_signal(self) -> Signal {
        match self {
            Self::Postgres => Signal::INT,
            _ => Signal::TERM,
        }
    }

    /// How long an orderly stop may take before it is killed.
    pub fn stop_patience(self) -> Duration {
        Duration::from_secs(match self {
            Self::Postgres => 30,
            // Our own programs finish the work in hand first, within 20 seconds.
            _ => 25,
        })
    }
}
