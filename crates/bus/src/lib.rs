//! The connection to NATS: it declares streams and consumers, publishes work, asks the writers of
//! the booking engine, and carries the id of the HTTP request from one process to the next.

mod asking;
pub mod dead_letters;
mod figures;
mod listening;
mod ordered;
mod tailing;
mod topology;

use std::{sync::Arc, time::Duration};

use async_nats::{
    ConnectOptions, Event, HeaderMap,
    connection::State,
    jetstream::{self, message::PublishMessage},
};
use onsale_messages::REQUEST_ID_HEADER;
use tokio::sync::watch;

pub use asking::Question;
pub use async_nats::jetstream::{AckKind, Message as WorkMessage};
pub use figures::Bucket;
pub use listening::Heard;
pub use ordered::OrderedStream;
pub use tailing::{StreamSpan, Tail, Told};
pub use topology::TopologyError;

/// How long JetStream may take to acknowledge a message.
const PUBLISH_ACK_TIMEOUT: Duration = Duration::from_secs(2);
/// How long a process that ends waits for NATS to take its last messages.
const FLUSH_LIMIT: Duration = Duration::from_secs(5);
/// Messages that may wait for their acknowledgement at once; more are refused, not queued.
const MAX_UNACKNOWLEDGED: usize = 20_000;

/// What can go wrong between two processes.
#[derive(Debug, thiserror::Error)]
pub enum BusError {
    /// The address cannot be used.
    #[error("cannot connect to NATS: {0}")]
    Connect(#[from] async_nats::ConnectError),
    /// There is no connection at the moment; the client keeps trying.
    #[error("NATS is not connected")]
    Disconnected,
    /// JetStream did not take the message.
    #[error("JetStream did not take the message: {0}")]
    Publish(#[from] async_nats::jetstream::context::PublishError),
    /// Nobody listens on the subject at the moment: nothing was done.
    #[error("nobody listens")]
    NobodyListens,
    /// Nobody answered in time; something may have been done.
    #[error("no answer in time")]
    NoAnswer,
    /// A question or an answer could not be sent.
    #[error("NATS did not take the message: {0}")]
    Client(String),
    /// A stream cannot be opened.
    #[error("stream {name}: {reason}")]
    Stream {
        /// The stream.
        name: String,
        /// The server's words.
        reason: String,
    },
    /// Streams or consumers are not as declared.
    #[error(transparent)]
    Topology(#[from] TopologyError),
}

/// A connection to NATS, cheap to clone.
#[derive(Clone)]
pub struct Bus {
    client: async_nats::Client,
    jetstream: jetstream::Context,
    interruptions: Arc<watch::Sender<u64>>,
}

impl Bus {
    /// Connects, or begins to: when no server answers yet, the client keeps trying in the
    /// background and [`Bus::is_connected`] says how it stands. `name` is shown in the server's
    /// lists.
    ///
    /// # Errors
    /// [`BusError::Connect`] for an address that cannot be used.
    pub async fn connect(urls: &str, name: &str) -> Result<Self, BusError> {
        let interruptions = Arc::new(watch::Sender::new(0));
        let told = Arc::clone(&interruptions);
        let servers: Vec<&str> = urls.split(',').map(str::trim).collect();
        let client = ConnectOptions::new()
            .name(name)
            .retry_on_initial_connect()
            .connection_timeout(Duration::from_secs(2))
            .ping_interval(Duration::from_secs(5))
            .reconnect_delay_callback(|attempts| {
                Duration::from_millis((50_u64 << attempts.min(5)).min(1_000))
            })
            .event_callback(move |event| {
                tracing::info!(%event, "NATS");
                if matches!(event, Event::Connected | Event::SlowConsumer(_)) {
                    told.send_modify(|count| *count += 1);
                }
                std::future::ready(())
            })
            .connect(servers)
            .await?;
        let jetstream = jetstream::context::ContextBuilder::new()
            .timeout(Duration::from_secs(5))
            .ack_timeout(PUBLISH_ACK_TIMEOUT)
            .max_ack_inflight(MAX_UNACKNOWLEDGED)
            .backpressure_on_inflight(false)
            .build(client.clone());
        Ok(Self { client, jetstream, interruptions })
    }

    /// Whether a server is connected at this moment.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.client.connection_state() == State::Connected
    }

    /// Declares every stream and consumer of `nats/` with `replicas` copies. What exists and
    /// differs is changed to what is declared.
    ///
    /// # Errors
    /// [`TopologyError`] names the stream or consumer that the server refuses.
    pub async fn declare_topology(&self, replicas: usize) -> Result<(), TopologyError> {
        topology::declare(&self.jetstream, replicas).await
    }

    /// The messages of a durable consumer, as they come.
    ///
    /// # Errors
    /// [`TopologyError`] when the consumer does not exist.
    pub async fn work(
        &self,
        stream: &str,
        consumer: &str,
    ) -> Result<jetstream::consumer::pull::Stream, TopologyError> {
        topology::messages(&self.jetstream, stream, consumer).await
    }

    /// Gives work to whoever consumes `subject`, and returns once JetStream has stored it.
    /// A second message with the same `message_id` within the stream's window is dropped.
    ///
    /// # Errors
    /// [`BusError::Disconnected`] or [`BusError::Publish`]; the message may then be stored or not.
    pub async fn publish_work(
        &self,
        subject: String,
        body: Vec<u8>,
        message_id: &str,
        request_id: Option<&str>,
    ) -> Result<(), BusError> {
        if !self.is_connected() {
            return Err(BusError::Disconnected);
        }
        let mut message = PublishMessage::build().payload(body.into()).message_id(message_id);
        if let Some(request_id) = request_id {
            message = message.header(REQUEST_ID_HEADER, request_id);
        }
        self.jetstream.send_publish(subject, message).await?.await?;
        Ok(())
    }

    /// Tells whoever listens to `subject` at this moment. Nobody keeps it.
    ///
    /// # Errors
    /// [`BusError::Disconnected`], or [`BusError::Client`] when it cannot be sent.
    pub async fn tell(&self, subject: String, body: Vec<u8>) -> Result<(), BusError> {
        if !self.is_connected() {
            return Err(BusError::Disconnected);
        }
        self.client
            .publish(subject, body.into())
            .await
            .map_err(|error| BusError::Client(error.to_string()))
    }

    /// Sends what is still buffered. Called before a process ends, which does not wait for long where
    /// NATS is away.
    pub async fn flush(&self) {
        match tokio::time::timeout(FLUSH_LIMIT, self.client.flush()).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "NATS did not take the last messages"),
            Err(_) => tracing::warn!("NATS is away and did not take the last messages"),
        }
    }
}

/// The id of the HTTP request that caused a message, for its log lines.
#[must_use]
pub fn request_id(headers: Option<&HeaderMap>) -> &str {
    header(headers, REQUEST_ID_HEADER).unwrap_or("-")
}

fn header<'h>(headers: Option<&'h HeaderMap>, name: &str) -> Option<&'h str> {
    headers?.get(name).map(async_nats::HeaderValue::as_str)
}
