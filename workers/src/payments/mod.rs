//! The payments worker: applies webhooks, finds out what became of payments nobody heard of,
//! cancels intents that nobody waits for, and gives money back that has no seats.
//!
//! Webhooks need the database only and are applied many at a time; looking at a payment asks the
//! provider and is done for each on its own. Neither waits for the other.

mod refunds;
mod settle;
mod webhooks;

use std::{sync::Arc, time::Duration};

use futures::StreamExt;
use onsale_bus::WorkMessage;
use onsale_domain::BookingId;
use onsale_messages::{
    InvalidPayload, SETTLE_SUBJECT, Settle, WebhookReceived, decode, encode,
    topology::{PAYMENTS_CONSUMER, PAYMENTS_STREAM},
};
use onsale_payments::ProviderError;
use onsale_store::{InboxKey, StoreError};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use crate::{
    Workshop,
    runner::{Decision, MessageStream, act, with_messages},
};

/// How long the provider is left alone after it did not answer.
const PROVIDER_PAUSE: Duration = Duration::from_secs(3);
/// How long the database is left alone after it did not answer.
const STORE_PAUSE: Duration = Duration::from_secs(1);

/// A message is tried so often; then it is left to the sweep. Below the consumer's `max_deliver`,
/// so that an outage makes no dead letters.
const MOST_TRIES: i64 = 8;
/// How long the sweep leaves a payment alone that was given up.
const SET_ASIDE: Duration = Duration::from_secs(3600);
/// A try that is younger may still be on its way to the provider, who has ten seconds to answer.
const TRY_PATIENCE: Duration = Duration::from_secs(15);

/// Why a piece of work is not done.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Provider(#[from] ProviderError),
    #[error("{0}")]
    Unreadable(String),
}

/// Works until `stop` is cancelled; what was begun is finished.
pub async fn run(shop: Arc<Workshop>, stop: CancellationToken) {
    let work = |messages: MessageStream| {
        let (shop, stop) = (&shop, &stop);
        async move {
            let (told, news) =
                mpsc::channel(usize::from(shop.settings.database.max_writes_together.max(1)));
            let reading = async move {
                messages
                    .take_until(stop.clone().cancelled_owned())
                    .for_each_concurrent(shop.settings.workers.payment_concurrency, |message| {
                        take(shop, message, &told)
                    })
                    .await;
                // What was taken is finished: the channel ends after the last of it.
                drop(told);
            };
            tokio::join!(reading, webhooks::apply(shop, news));
        }
    };
    with_messages(&shop, PAYMENTS_STREAM, PAYMENTS_CONSUMER, &stop, work).await;
}

/// What a message asks for.
enum Job {
    /// Apply a webhook of the inbox.
    Apply(InboxKey),
    /// Look at the payment of a booking.
    LookAt(BookingId),
}

/// A webhook that is to be applied, and the message that told of it.
struct Told {
    webhook: InboxKey,
    message: WorkMessage,
}

fn read(message: &WorkMessage) -> Result<Job, InvalidPayload> {
    if message.subject.as_str() == SETTLE_SUBJECT {
        let Settle { booking } = decode(&message.payload)?;
        return Ok(Job::LookAt(booking));
    }
    let WebhookReceived { provider, event_id } = decode(&message.payload)?;
    Ok(Job::Apply(InboxKey { provider, event_id }))
}

async fn take(shop: &Workshop, message: WorkMessage, told: &mpsc::Sender<Told>) {
    let request_id = onsale_bus::request_id(message.headers.as_ref()).to_owned();
    let span = tracing::info_span!("payment", request_id);
    match read(&message) {
        Ok(Job::Apply(webhook)) => {
            // The receiver is there until the last sender is gone.
            let _ = told.send(Told { webhook, message }).await;
        }
        Ok(Job::LookAt(booking)) => {
            let looked = settle::look_at(shop, booking, TRY_PATIENCE);
            let decision = match looked.instrument(span.clone()).await {
                Ok(()) => Decision::Ack,
                Err(failure) => {
                    let given_up = shop.store.set_payment_aside(booking, SET_ASIDE);
                    decide_about(failure, &message, given_up).instrument(span).await
                }
            };
            act(&message, decision).await;
        }
        Err(error) => act(&message, Decision::DeadLetter(error.to_string())).await,
    }
}

/// What becomes of a message whose work failed. `given_up` notes that nobody is to ask for the same
/// again at once, only to see it fail the same way.
async fn decide_about(
    failure: Failure,
    message: &WorkMessage,
    given_up: impl Future<Output = Result<(), StoreError>>,
) -> Decision {
    let deliveries = message.info().map_or(1, |about| about.delivered);
    tracing::warn!(error = %failure, deliveries, "a payment could not be worked on");
    let pause = match &failure {
        Failure::Store(error) if error.is_transient() => STORE_PAUSE,
        Failure::Provider(error) if error.is_retryable() => PROVIDER_PAUSE,
        _ => {
            return match given_up.await {
                Ok(()) => Decision::DeadLetter(failure.to_string()),
                Err(_) => Decision::RetryIn(STORE_PAUSE),
            };
        }
    };
    // What is due stands in the database: the sweep asks for it again, long after an outage.
    if deliveries >= MOST_TRIES { Decision::Ack } else { Decision::RetryIn(pause) }
}

/// Asks for a payment to be looked at. When nobody hears it, the sweep asks again.
pub async fn ask_to_settle(shop: &Workshop, booking: BookingId) {
    let asked = async {
        let body = encode(&Settle { booking }).map_err(|error| error.to_string())?;
        // No message id: each wish to look again counts, and looking twice does no harm.
        let message_id = format!("settle-{booking}-{}", onsale_ops::clock::unix_millis());
        shop.bus
            .publish_work(SETTLE_SUBJECT.into(), body, &message_id, None)
            .await
            .map_err(|error| error.to_string())
    };
    if let Err(error) = asked.await {
        tracing::debug!(%booking, error, "the payment will be looked at later");
    }
}
