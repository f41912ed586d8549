//! Taking work from a durable consumer. A handler returns a decision and the runner acts on it.

use std::{future::Future, time::Duration};

use futures::{Stream, StreamExt};
use onsale_bus::{AckKind, WorkMessage};
use tokio_util::sync::CancellationToken;

use crate::Workshop;

/// How long to wait before asking for work again after NATS or PostgreSQL failed.
pub const RETRY_PAUSE: Duration = Duration::from_millis(500);

/// What becomes of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// It is done.
    Ack,
    /// Somebody should try again then.
    RetryIn(Duration),
    /// It can never be done. It is kept for an operator to look at.
    DeadLetter(String),
}

/// Runs `work` with the messages of a durable consumer until `stop` is cancelled. When NATS is
/// gone, or came back without its memory, streams and consumers are declared again.
pub async fn with_messages<F, Fut>(
    shop: &Workshop,
    stream: &str,
    consumer: &str,
    stop: &CancellationToken,
    work: F,
) where
    F: Fn(MessageStream) -> Fut,
    Fut: Future<Output = ()>,
{
    while !stop.is_cancelled() {
        match open(shop, stream, consumer).await {
            Ok(messages) => work(messages).await,
            Err(error) => tracing::warn!(consumer, %error, "no work can be taken yet"),
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(RETRY_PAUSE) => {}
        }
    }
}

/// Messages as they come. It ends when the consumer has to be looked for again.
pub type MessageStream = std::pin::Pin<Box<dyn Stream<Item = WorkMessage> + Send>>;

async fn open(
    shop: &Workshop,
    stream: &str,
    consumer: &str,
) -> Result<MessageStream, onsale_bus::BusError> {
    if !shop.bus.is_connected() {
        return Err(onsale_bus::BusError::Disconnected);
    }
    shop.bus.declare_topology(shop.settings.nats.replicas).await?;
    let messages = shop.bus.work(stream, consumer).await?;
    let consumer = consumer.to_owned();
    let until_error = messages.scan((), move |(), message| {
        let message = message.inspect_err(|error| {
            tracing::warn!(consumer, %error, "the consumer has to be looked for again");
        });
        futures::future::ready(message.ok())
    });
    Ok(Box::pin(until_error))
}

/// Tells NATS what became of a message.
pub async fn act(message: &WorkMessage, decision: Decision) {
    let told = match decision {
        Decision::Ack => message.ack().await,
        Decision::RetryIn(delay) => message.ack_with(AckKind::Nak(Some(delay))).await,
        Decision::DeadLetter(reason) => {
            tracing::error!(subject = %message.subject, reason, "a message was given up");
            metrics::counter!("onsale_dead_letters_total").increment(1);
            message.ack_with(AckKind::Term).await
        }
    };
    if let Err(error) = told {
        // It will be delivered again, and handled again: handlers expect that.
        tracing::warn!(%error, "a message could not be acknowledged");
    }
}
