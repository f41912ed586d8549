//! What can go wrong between the log and us.

use onsale_domain::ids::InvalidId;

/// Why the log cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum WalError {
    /// The database's URL cannot be used for replication.
    #[error("the address of the database cannot be used: {0}")]
    Address(String),
    /// The connection broke, or PostgreSQL refused.
    #[error("the log cannot be read now: {0}")]
    Connection(#[from] pgwire_replication::PgWireError),
    /// The stream did not begin in time.
    #[error("the log's stream did not begin within {0:?}")]
    Slow(std::time::Duration),
    /// PostgreSQL ended the stream, as it does when it shuts down.
    #[error("PostgreSQL ended the stream")]
    Ended,
    /// A message of the log cannot be read.
    #[error("a message of the log cannot be read: {0}")]
    Message(#[from] pg_walstream::ReplicationError),
    /// A row is not of the shape that this program knows.
    #[error("a row of {table} cannot be read: {column} {reason}")]
    Row {
        /// The table.
        table: String,
        /// The column.
        column: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// An id is none.
    #[error("a row has a wrong id: {0}")]
    Id(#[from] InvalidId),
}
