//! Being the one that does what one process does for all; and taking work from a durable consumer, of
//! which a handler returns a decision that the runner acts on.

use std::{future::Future, time::Duration};

use futures::{Stream, StreamExt};
use onsale_bus::{AckKind, WorkMessage, dead_letters};
use tokio_util::sync::CancellationToken;

use onsale_store::{Duty, Leadership};

use crate::Workshop;

/// How long to wait before asking for work again after NATS or PostgreSQL failed.
pub const RETRY_PAUSE: Duration = Duration::from_millis(500);

/// How long a message waits that should be given up and could not be kept as a dead letter.
const GIVE_UP_AGAIN: Duration = Duration::from_secs(5);

/// Waits until this process is elected for a duty; `None` once `stop` is cancelled.
pub async fn elected(shop: &Workshop, duty: Duty, stop: &CancellationToken) -> Option<Leadership> {
    while !stop.is_cancelled() {
        let elected = tokio::select! {
            () = stop.cancelled() => return None,
            elected = shop.store.lead(duty) => elected,
        };
        match elected {
            Ok(leadership) => {
                tracing::info!(?duty, "this process is elected");
                return Some(leadership);
            }
            Err(error) => tracing::warn!(?duty, %error, "no election without the database"),
        }
        pause(RETRY_PAUSE, stop).await;
    }
    None
}

/// Waits for so long, or until `stop`.
pub async fn pause(time: Duration, stop: &CancellationToken) {
    tokio::select! {
        () = stop.cancelled() => {}
        () = tokio::time::sleep(time) => {}
    }
}

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
        pause(RETRY_PAUSE, stop).await;
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

/// Tells NATS what became of a message. One that is given up is kept as a dead letter first.
pub async fn act(message: &WorkMessage, decision: Decision) {
    let told = match decision {
        Decision::Ack => message.ack().await.map_err(|error| error.to_string()),
        Decision::RetryIn(delay) => retry_in(message, delay).await,
        Decision::DeadLetter(reason) => {
            tracing::error!(subject = %message.subject, reason, "a message is given up");
            match dead_letters::give_up(message, &reason).await {
                Ok(()) => {
                    metrics::counter!("onsale_dead_letters_total").increment(1);
                    Ok(())
                }
                Err(error) => {
                    tracing::warn!(%error, "it could not be kept as a dead letter");
                    retry_in(message, GIVE_UP_AGAIN).await
                }
            }
        }
    };
    if let Err(error) = told {
        // It will be delivered again, and handled again: handlers expect that.
        tracing::warn!(error, "a message could not be acknowledged");
    }
}

async fn retry_in(message: &WorkMessage, delay: Duration) -> Result<(), String> {
    message.ack_with(AckKind::Nak(Some(delay))).await.map_err(|error| error.to_string())
}
