//! Every setting, with its unit and its default.
//!
//! Settings come from three places, the later winning: the defaults below, the TOML file named by
//! `ONSALE_CONFIG`, and the environment variables of [`ENVIRONMENT`]. `docs/configuration.md`
//! lists them for operators; a test holds that page against this file.

use std::{env, fmt, fs, net::SocketAddr, path::PathBuf};

use serde::Deserialize;

pub use crate::{
    edge_settings::{CacheSettings, EdgeSettings, PurgeForm},
    relay_settings::RelaySettings,
    search_settings::{SearchEngine, SearchSettings},
    waiting_room_settings::WaitingRoomSettings,
};

/// A text that must not appear in logs.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Wraps a secret.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The secret itself, for the one place that needs it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// All settings.
#[derive(Debug, Clone, Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// PostgreSQL, the only truth.
    pub database: DatabaseSettings,
    /// NATS with JetStream.
    pub nats: NatsSettings,
    /// Redis, for holds.
    pub redis: RedisSettings,
    /// The cache that servers share.
    pub cache: CacheSettings,
    /// The web server.
    pub server: ServerSettings,
    /// The edge in front of the servers.
    pub edge: EdgeSettings,
    /// The workers.
    pub workers: WorkerSettings,
    /// Holds and bookings.
    pub booking: BookingSettings,
    /// The payment provider.
    pub payments: PaymentSettings,
    /// The waiting room.
    pub waiting_room: WaitingRoomSettings,
    /// The relay of events.
    pub relay: RelaySettings,
    /// Search.
    pub search: SearchSettings,
    /// Logs.
    pub log: LogSettings,
}

/// PostgreSQL.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DatabaseSettings {
    /// `postgres://user:password@host:port/database`
    pub url: Secret,
    /// Connections that one process opens at most.
    pub max_connections: u32,
    /// How long a request waits for a connection, in milliseconds.
    pub acquire_timeout_ms: u64,
    /// How long one statement may take, in milliseconds.
    pub statement_timeout_ms: u64,
    /// Payments and webhooks that share a transaction at most, when many come at once.
    pub max_writes_together: u16,
}

impl Default for DatabaseSettings {
    fn default() -> Self {
        Self {
            url: Secret::new("postgres://onsale@127.0.0.1:5432/onsale"),
            max_connections: 16,
            acquire_timeout_ms: 3_000,
            statement_timeout_ms: 10_000,
            max_writes_together: 256,
        }
    }
}

/// NATS.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NatsSettings {
    /// `nats://host:port`, several separated by commas.
    pub url: Secret,
    /// Copies of each stream: 1 on one machine, 3 in a cluster.
    pub replicas: usize,
}

impl Default for NatsSettings {
    fn default() -> Self {
        Self { url: Secret::new("nats://127.0.0.1:4222"), replicas: 1 }
    }
}

/// Redis.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RedisSettings {
    /// `redis://host:port/number`. Must not evict: `maxmemory-policy noeviction`.
    pub url: Secret,
    /// How long a booking waits for Redis before it goes on without, in milliseconds.
    pub timeout_ms: u64,
}

impl Default for RedisSettings {
    fn default() -> Self {
        Self { url: Secret::new("redis://127.0.0.1:6379/0"), timeout_ms: 150 }
    }
}

/// The web server.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServerSettings {
    /// Where it listens.
    pub address: SocketAddr,
    /// Its address as people type it, without a slash at the end. Secure cookies are used when it
    /// begins with `https`.
    pub public_url: String,
    /// The folder with the built site: `pkg/` and the files of `public/`.
    pub site_root: PathBuf,
    /// Signs cookies and booking links; at least 32 characters.
    pub secret: Secret,
    /// How long a request may take, in milliseconds.
    pub request_timeout_ms: u64,
    /// Requests that are worked on at once; more are answered 503. Those who look may have half of
    /// the places, those who buy three quarters, and payments all.
    pub max_concurrent_requests: usize,
    /// Browsers that may hear of changes at once; more are told to ask now and then.
    pub max_live_listeners: usize,
    /// Writes that one address may send, per second, sustained; short bursts may be 4 times that.
    pub writes_per_second_per_address: u32,
    /// Writes one fan may send in a second on average.
    pub writes_per_second_per_fan: u32,
    /// Whether the last address in `X-Forwarded-For` is the client's: only behind a proxy of ours
    /// that sets it.
    pub trust_forwarded_for: bool,
}

impl Default for ServerSettings {
    fn default() -> Self {
        Self {
            address: SocketAddr::from(([127, 0, 0, 1], 3000)),
            public_url: "http://127.0.0.1:3000".into(),
            site_root: "target/site".into(),
            secret: Secret::new(""),
            request_timeout_ms: 15_000,
            max_concurrent_requests: 4_096,
            max_live_listeners: 20_000,
            writes_per_second_per_address: 100,
            writes_per_second_per_fan: 20,
            trust_forwarded_for: false,
        }
    }
}

/// The workers.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WorkerSettings {
    /// Where `/healthz`, `/readyz` and `/metrics` are answered.
    pub address: SocketAddr,
    /// Payments that one process works on at once.
    pub payment_concurrency: usize,
    /// How often the sweep looks for lapsed holds and forgotten work, in milliseconds.
    pub sweep_interval_ms: u64,
    /// How long work may lie before the sweep asks for it again, in milliseconds.
    pub forgotten_after_ms: u64,
}

impl Default for WorkerSettings {
    fn default() -> Self {
        Self {
            address: SocketAddr::from(([127, 0, 0, 1], 3001)),
            payment_concurrency: 16,
            sweep_interval_ms: 500,
            forgotten_after_ms: 5_000,
        }
    }
}

/// Holds and bookings.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BookingSettings {
    /// How long seats are held for a buyer, in seconds.
    pub hold_ttl_seconds: u32,
    /// Hold that a payment needs, in seconds; a shorter rest is extended once.
    pub payment_window_seconds: u32,
    /// No hold lives longer, extension included, in seconds.
    pub max_hold_seconds: u32,
    /// Tickets that one user may hold or have bought of one event.
    pub max_tickets_per_user_and_event: u32,
    /// Until so many hours before the start a buyer may cancel a paid booking; 1000000 for never.
    pub cancellable_until_hours: u32,
    /// How long the server waits for the writer before it asks the database itself, in
    /// milliseconds.
    pub writer_timeout_ms: u64,
}

impl Default for BookingSettings {
    fn default() -> Self {
        Self {
            hold_ttl_seconds: 600,
            payment_window_seconds: 120,
            max_hold_seconds: 900,
            max_tickets_per_user_and_event: 10,
            cancellable_until_hours: 24,
            writer_timeout_ms: 2_000,
        }
    }
}

/// The payment provider.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PaymentSettings {
    /// Base address of the provider's API.
    pub url: String,
    /// Key of the API.
    pub api_key: Secret,
    /// Secret with which webhooks are signed.
    pub webhook_secret: Secret,
    /// Whether the provider is the sandbox: pages then offer test cards and say so.
    pub sandbox: bool,
}

impl Default for PaymentSettings {
    fn default() -> Self {
        Self {
            url: "http://127.0.0.1:3002".into(),
            api_key: Secret::new(""),
            webhook_secret: Secret::new(""),
            sandbox: true,
        }
    }
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// For people.
    Text,
}

/// Logs.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogSettings {
    /// `json` or `text`.
    pub format: LogFormat,
    /// What is logged, in the syntax of `RUST_LOG`, which wins over it.
    pub filter: String,
}

impl Default for LogSettings {
    fn default() -> Self {
        Self { format: LogFormat::Json, filter: "info".into() }
    }
}

/// Settings that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum InvalidSettings {
    /// The file cannot be read.
    #[error("the settings file {path} cannot be read: {source}")]
    Unreadable {
        /// The file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not TOML, or has an unknown or mistyped setting; the message names it.
    #[error("the settings file {path} is wrong: {message}")]
    Malformed {
        /// The file.
        path: String,
        /// Where and why.
        message: String,
    },
    /// An environment variable has a value that cannot be used.
    #[error("{variable} is wrong: {reason}")]
    Variable {
        /// The variable.
        variable: &'static str,
        /// Why.
        reason: String,
    },
    /// A setting that has no safe default is missing.
    #[error("{0}")]
    Missing(&'static str),
}

type Apply = fn(&mut Settings, String) -> Result<(), String>;

fn parsed<T: std::str::FromStr<Err: fmt::Display>>(text: &str) -> Result<T, String> {
    text.parse().map_err(|error: T::Err| error.to_string())
}

macro_rules! sets {
    ($($field:ident).+, secret) => {
        |settings, text| { settings.$($field).+ = Secret(text); Ok(()) }
    };
    ($($field:ident).+) => {
        |settings, text| { settings.$($field).+ = parsed(&text)?; Ok(()) }
    };
}

/// The environment variables that are read, and what each of them sets.
pub const ENVIRONMENT: &[(&str, Apply)] = &[
    ("DATABASE_URL", sets!(database.url, secret)),
    ("ONSALE_MAX_WRITES_TOGETHER", sets!(database.max_writes_together)),
    ("NATS_URL", sets!(nats.url, secret)),
    ("NATS_REPLICAS", sets!(nats.replicas)),
    ("REDIS_URL", sets!(redis.url, secret)),
    ("ONSALE_CACHE_URL", sets!(cache.url, secret)),
    ("PAYMENTS_URL", sets!(payments.url)),
    ("PAYMENTS_API_KEY", sets!(payments.api_key, secret)),
    ("PAYMENTS_WEBHOOK_SECRET", sets!(payments.webhook_secret, secret)),
    ("ONSALE_SECRET", sets!(server.secret, secret)),
    ("ONSALE_ADDR", sets!(server.address)),
    ("ONSALE_WORKERS_ADDR", sets!(workers.address)),
    ("ONSALE_PUBLIC_URL", sets!(server.public_url)),
    ("ONSALE_SITE_ROOT", sets!(server.site_root)),
    ("ONSALE_MAX_CONCURRENT_REQUESTS", sets!(server.max_concurrent_requests)),
    ("ONSALE_MAX_LIVE_LISTENERS", sets!(server.max_live_listeners)),
    ("ONSALE_EDGE_PURGE_URL", sets!(edge.purge_url)),
    ("ONSALE_EDGE_PURGE_TOKEN", sets!(edge.purge_token, secret)),
    ("ONSALE_RELAY_ENABLED", sets!(relay.enabled)),
    ("ONSALE_RELAY_SLOT", sets!(relay.slot)),
    ("ONSALE_SEARCH_FOLDER", sets!(search.folder)),
    ("ONSALE_SEARCH_ENGINE", sets!(search.engine)),
    ("ONSALE_SEARCH_QUICKWIT_URL", sets!(search.quickwit_url)),
    ("ONSALE_SEARCH_QUICKWIT_INDEX", sets!(search.quickwit_index)),
    ("ONSALE_HOLD_TTL_SECONDS", sets!(booking.hold_ttl_seconds)),
    ("ONSALE_CALM_JOINS_PER_SECOND", sets!(waiting_room.calm_joins_per_second)),
    ("ONSALE_WRITES_PER_SECOND_PER_ADDRESS", sets!(server.writes_per_second_per_address)),
    ("ONSALE_WRITES_PER_SECOND_PER_FAN", sets!(server.writes_per_second_per_fan)),
    ("ONSALE_TRUST_FORWARDED_FOR", sets!(server.trust_forwarded_for)),
];

impl Settings {
    /// Reads the file named by `ONSALE_CONFIG`, if any, and the environment.
    ///
    /// # Errors
    /// [`InvalidSettings`] names the file or the variable and what is wrong with it.
    pub fn load() -> Result<Self, InvalidSettings> {
        let mut settings = match env::var("ONSALE_CONFIG") {
            Ok(path) => Self::from_file(&path)?,
            Err(_) => Self::default(),
        };
        settings.apply_environment(|variable| env::var(variable).ok())?;
        Ok(settings)
    }

    fn from_file(path: &str) -> Result<Self, InvalidSettings> {
        let text = fs::read_to_string(path)
            .map_err(|source| InvalidSettings::Unreadable { path: path.into(), source })?;
        Self::from_toml(&text)
            .map_err(|message| InvalidSettings::Malformed { path: path.into(), message })
    }

    fn from_toml(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|error| error.to_string())
    }

    fn apply_environment(
        &mut self,
        value_of: impl Fn(&str) -> Option<String>,
    ) -> Result<(), InvalidSettings> {
        for (variable, apply) in ENVIRONMENT {
            if let Some(text) = value_of(variable) {
                apply(self, text)
                    .map_err(|reason| InvalidSettings::Variable { variable, reason })?;
            }
        }
        Ok(())
    }

    /// Checks what a server or a worker cannot do without.
    ///
    /// # Errors
    /// [`InvalidSettings::Missing`] says what is missing and how to give it.
    pub fn require_secrets(&self) -> Result<(), InvalidSettings> {
        if self.server.secret.expose().len() < 32 {
            return Err(InvalidSettings::Missing(
                "ONSALE_SECRET (server.secret) must have at least 32 characters",
            ));
        }
        if self.payments.api_key.expose().is_empty() {
            return Err(InvalidSettings::Missing("PAYMENTS_API_KEY (payments.api_key) is not set"));
        }
        if self.payments.webhook_secret.expose().is_empty() {
            return Err(InvalidSettings::Missing(
                "PAYMENTS_WEBHOOK_SECRET (payments.webhook_secret) is not set",
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
#[path = "settings_tests.rs"]
mod tests;
