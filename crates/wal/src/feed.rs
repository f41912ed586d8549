//! The stream of transactions of a replication slot.

use std::time::Duration;

use onsale_domain::Timestamp;
use onsale_messages::Lsn;
use pgwire_replication::{ReplicationClient, ReplicationConfig, ReplicationEvent};
use tokio::time::timeout;

use crate::{Transaction, WalError, address::Address, decoder::Decoder};

/// How long PostgreSQL may take to begin the stream.
const START_LIMIT: Duration = Duration::from_secs(15);
/// How long the stream may take to end in order.
const CLOSE_LIMIT: Duration = Duration::from_secs(2);
/// How often PostgreSQL is told what it may forget.
const STATUS_INTERVAL: Duration = Duration::from_secs(1);
/// 2000-01-01T00:00:00Z, from which PostgreSQL counts microseconds.
const POSTGRES_EPOCH_MILLIS: i64 = 946_684_800_000;

/// Which log is read.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// The URL of the database; its user must have the right `REPLICATION`.
    pub database_url: &'a str,
    /// The slot, which must exist.
    pub slot: &'a str,
    /// The publications, which must have existed before the slot.
    pub publications: &'a [&'a str],
    /// What PostgreSQL shows in its list of connections.
    pub name: &'a str,
}

/// What comes next.
#[derive(Debug, Clone, PartialEq)]
pub enum FeedEvent {
    /// A transaction was committed.
    Committed(Transaction),
    /// Up to this position there was nothing else for us.
    Reached(Lsn),
}

/// The stream of a slot, from where PostgreSQL was last told that it may forget.
pub struct Feed {
    client: ReplicationClient,
    decoder: Decoder,
    open: Option<Transaction>,
}

impl Feed {
    /// Begins to read. From then on the slot is this feed's alone.
    ///
    /// # Errors
    /// [`WalError`] when PostgreSQL cannot be reached or refuses, for example because somebody
    /// else reads the slot.
    pub async fn open(source: Source<'_>) -> Result<Self, WalError> {
        let config = configuration(source)?;
        let mut client = ReplicationClient::connect(config).await?;
        match timeout(START_LIMIT, client.wait_started()).await {
            Ok(started) => started?,
            Err(_) => {
                client.abort();
                return Err(WalError::Slow(START_LIMIT));
            }
        }
        Ok(Self { client, decoder: Decoder::new(), open: None })
    }

    /// Waits for what comes next. When the wait is given up, nothing is lost.
    ///
    /// # Errors
    /// [`WalError`] when the stream has ended or cannot be read; a new feed goes on from where
    /// PostgreSQL was last told that it may forget.
    pub async fn next(&mut self) -> Result<FeedEvent, WalError> {
        loop {
            match self.client.recv().await?.ok_or(WalError::Ended)? {
                ReplicationEvent::Begin { .. } => {
                    let (end, committed_at) = (Lsn(0), Timestamp(0));
                    self.open = Some(Transaction { end, committed_at, changes: Vec::new() });
                }
                ReplicationEvent::XLogData { data, .. } => {
                    let change = self.decoder.read(data)?;
                    if let (Some(change), Some(open)) = (change, &mut self.open) {
                        open.changes.push(change);
                    }
                }
                ReplicationEvent::Commit { end_lsn, commit_time_micros, .. } => {
                    let Some(open) = self.open.take() else { continue };
                    let millis = commit_time_micros.div_euclid(1000) + POSTGRES_EPOCH_MILLIS;
                    let (end, committed_at) = (Lsn(end_lsn.as_u64()), Timestamp(millis));
                    return Ok(FeedEvent::Committed(Transaction { end, committed_at, ..open }));
                }
                // In the middle of a transaction the position says nothing about its end.
                ReplicationEvent::KeepAlive { wal_end, .. } if self.open.is_none() => {
                    return Ok(FeedEvent::Reached(Lsn(wal_end.as_u64())));
                }
                _ => {}
            }
        }
    }

    /// Tells PostgreSQL, within a second, that it may forget everything up to `position`.
    pub fn confirm(&self, position: Lsn) {
        self.client.update_applied_lsn(pgwire_replication::Lsn(position.0));
    }

    /// Ends the stream, so that another feed may follow at once.
    pub async fn close(mut self) {
        match timeout(CLOSE_LIMIT, self.client.shutdown()).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::debug!(%error, "the log's stream had ended"),
            Err(_) => self.client.abort(),
        }
    }
}

fn configuration(source: Source<'_>) -> Result<ReplicationConfig, WalError> {
    let address = Address::parse(source.database_url)?;
    let publications: Vec<&str> = source.publications.to_vec();
    let mut config = ReplicationConfig::new(
        address.host,
        address.user,
        address.password,
        address.database,
        source.slot,
        publications,
    );
    config.port = address.port;
    config.status_interval = STATUS_INTERVAL;
    // Times come as text, and rows of a snapshot are read by the same code.
    config.options = Some("-c TimeZone=UTC -c DateStyle=ISO".to_owned());
    config.application_name = Some(source.name.to_owned());
    Ok(config)
}
