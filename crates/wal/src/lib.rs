//! PostgreSQL's write-ahead log as typed changes: committed transactions, whole and in the order
//! of their commits.
//!
//! The transport is the replication protocol (`pgwire-replication`), the messages are those of
//! `pgoutput` (`pg_walstream`). What becomes of a change is not decided here.

mod address;
mod change;
mod decoder;
mod error;
mod feed;
mod rows;

pub use change::{Change, Step, Transaction};
pub use error::WalError;
pub use feed::{Feed, FeedEvent, Source};
pub use rows::row_of;
