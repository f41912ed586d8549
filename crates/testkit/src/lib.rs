//! A whole box office for one test: a database of its own, NATS, Redis, the sandbox payment
//! provider, servers and workers, each a real process that a test can kill.
//!
//! `cargo xtask test` says through the environment where programs and services are. A [`Stack`]
//! ends when it is dropped; its logs stay in the folder that a failing test prints.

mod buyer;
pub mod changes;
mod cluster;
mod database;
mod edge;
mod environment;
mod faults;
mod nats;
mod process;
mod redis;
mod stack;
pub mod streams;
mod tracks;
mod waiting;

pub use buyer::{Answer, Buyer, client_builder};
pub use cluster::Cluster;
pub use database::{Database, TableLock};
pub use environment::Environment;
pub use faults::Fault;
pub use nats::Nats;
pub use process::{Running, free_port};
pub use redis::Redis;
pub use stack::{Stack, StackOptions, WEBHOOK_SECRET};
pub use tracks::Tracks;
pub use waiting::eventually;
