//! The payments worker: applies webhooks, finds out what became of payments nobody heard of,
//! cancels intents that nobody waits for, and gives money back that has no seats.

use std::{sync::Arc, time::Duration};

use futures::StreamExt;
use onsale_bus::WorkMessage;
use onsale_domain::{
    BookingId, Currency, Money,
    payment::{IntentStanding, PaymentDue},
};
use onsale_messages::{
    InvalidPayload, SETTLE_SUBJECT, Settle, WebhookReceived, decode, encode,
    topology::{PAYMENTS_CONSUMER, PAYMENTS_STREAM},
};
use onsale_payments::{
    IntentStatus, NewRefund, PaymentIntent, ProviderError,
    webhook::{EventKind, EventObject, WebhookEvent},
};
use onsale_store::{BookingRecord, PaymentRecord, Settlement, StoreError};
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
        messages
            .take_until(stop.clone().cancelled_owned())
            .for_each_concurrent(shop.settings.workers.payment_concurrency, |message| {
                handle(&shop, message)
            })
    };
    with_messages(&shop, PAYMENTS_STREAM, PAYMENTS_CONSUMER, &stop, work).await;
}

/// What a message asks for.
enum Job {
    /// Apply a webhook of the inbox.
    Apply(WebhookReceived),
    /// Look at the payment of a booking.
    LookAt(BookingId),
}

fn read(message: &WorkMessage) -> Result<Job, InvalidPayload> {
    if message.subject.as_str() == SETTLE_SUBJECT {
        let Settle { booking } = decode(&message.payload)?;
        return Ok(Job::LookAt(booking));
    }
    decode(&message.payload).map(Job::Apply)
}

async fn handle(shop: &Workshop, message: WorkMessage) {
    let request_id = onsale_bus::request_id(message.headers.as_ref()).to_owned();
    let span = tracing::info_span!("payment", request_id);
    let decision = async {
        let job = match read(&message) {
            Ok(job) => job,
            Err(error) => return Decision::DeadLetter(error.to_string()),
        };
        let worked = match &job {
            Job::Apply(webhook) => apply_webhook(shop, webhook).await,
            Job::LookAt(booking) => look_at(shop, *booking).await,
        };
        match worked {
            Ok(()) => Decision::Ack,
            Err(failure) => decide_about(shop, &job, failure, deliveries(&message)).await,
        }
    };
    let decision = decision.instrument(span).await;
    act(&message, decision).await;
}

fn deliveries(message: &WorkMessage) -> i64 {
    message.info().map_or(1, |about| about.delivered)
}

async fn decide_about(shop: &Workshop, job: &Job, failure: Failure, deliveries: i64) -> Decision {
    tracing::warn!(error = %failure, deliveries, "a payment could not be worked on");
    let pause = match &failure {
        Failure::Store(error) if error.is_transient() => STORE_PAUSE,
        Failure::Provider(error) if error.is_retryable() => PROVIDER_PAUSE,
        _ => return give_up(shop, job, &failure).await,
    };
    // What is due stands in the database: the sweep asks for it again, long after an outage.
    if deliveries >= MOST_TRIES { Decision::Ack } else { Decision::RetryIn(pause) }
}

/// Nobody is to ask for the same again at once, only to see it fail the same way.
async fn give_up(shop: &Workshop, job: &Job, failure: &Failure) -> Decision {
    let noted = match job {
        Job::Apply(WebhookReceived { provider, event_id }) => {
            shop.store.webhook_given_up(provider, event_id).await
        }
        Job::LookAt(booking) => shop.store.set_payment_aside(*booking, SET_ASIDE).await,
    };
    match noted {
        Ok(()) => Decision::DeadLetter(failure.to_string()),
        Err(_) => Decision::RetryIn(STORE_PAUSE),
    }
}

async fn apply_webhook(shop: &Workshop, received: &WebhookReceived) -> Result<(), Failure> {
    let (provider, event_id) = (&received.provider, &received.event_id);
    let Some(entry) = shop.store.webhook(provider, event_id).await? else {
        return Err(Failure::Unreadable(format!("webhook {event_id} is not in the inbox")));
    };
    if entry.processed {
        return Ok(());
    }
    let event = WebhookEvent::parse(&entry.body)
        .map_err(|error| Failure::Unreadable(format!("webhook {event_id}: {error}")))?;
    if let EventObject::PaymentIntent(intent) = &event.object {
        apply_event(shop, &event.kind, intent).await?;
    }
    shop.store.webhook_processed(provider, event_id).await?;
    Ok(())
}

async fn apply_event(
    shop: &Workshop,
    kind: &EventKind,
    intent: &PaymentIntent,
) -> Result<(), Failure> {
    let Some(booking) = booking_of(intent) else {
        tracing::info!(intent = intent.id, "the intent belongs to no booking of ours");
        return Ok(());
    };
    match kind {
        EventKind::PaymentSucceeded => money_came(shop, booking, intent).await,
        // The buyer may have tried another card since: how the intent stands now is what counts.
        EventKind::PaymentFailed => look_at(shop, booking).await,
        EventKind::PaymentCanceled => {
            shop.store.intent_cancelled(booking).await?;
            Ok(())
        }
        _ => Ok(()),
    }
}

fn booking_of(intent: &PaymentIntent) -> Option<BookingId> {
    intent.booking_id()?.parse().ok()
}

async fn money_came(
    shop: &Workshop,
    booking: BookingId,
    intent: &PaymentIntent,
) -> Result<(), Failure> {
    let currency = Currency::parse(&intent.currency)
        .map_err(|error| Failure::Unreadable(format!("currency: {error}")))?;
    let paid = Money::new(intent.amount_minor, currency);
    let settlement = shop.store.payment_succeeded(booking, paid).await?;
    match settlement {
        Settlement::Confirmed => {
            metrics::counter!("onsale_bookings_confirmed_total").increment(1);
            tracing::info!(%booking, "confirmed");
        }
        Settlement::RefundDue(reason) => {
            metrics::counter!("onsale_refunds_due_total").increment(1);
            tracing::warn!(%booking, reason = reason.as_str(), "the money must go back");
            ask_to_settle(shop, booking).await;
        }
        Settlement::Unchanged => {}
        Settlement::UnknownBooking => {
            tracing::error!(%booking, intent = intent.id, "money came for an unknown booking");
        }
    }
    Ok(())
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

/// Finds out how a booking's payment stands, and does what is due.
async fn look_at(shop: &Workshop, booking: BookingId) -> Result<(), Failure> {
    let Some(record) = shop.store.booking(booking).await? else { return Ok(()) };
    match shop.store.payment(booking).await? {
        Some(PaymentRecord { intent_id: Some(intent_id), .. }) => {
            settle_intent(shop, &record, &intent_id).await
        }
        // The provider was never asked, or its answer never came: no money can have moved,
        // because an intent is paid only after its id was stored.
        _ => {
            shop.store.payment_failed(booking, "none").await?;
            Ok(())
        }
    }
}

async fn settle_intent(
    shop: &Workshop,
    booking: &BookingRecord,
    intent_id: &str,
) -> Result<(), Failure> {
    if booking.state.must_give_back() {
        return give_back(shop, booking, intent_id).await;
    }
    let intent = shop.provider.retrieve_intent(intent_id).await?;
    match booking.state.due(standing_of(&intent)) {
        PaymentDue::TakeMoney => money_came(shop, booking.id, &intent).await,
        PaymentDue::CancelIntent => cancel(shop, booking.id, intent_id).await,
        PaymentDue::NoteCancelled => {
            shop.store.intent_cancelled(booking.id).await?;
            shop.store.payment_failed(booking.id, "declined").await?;
            Ok(())
        }
        PaymentDue::NoteFailure => {
            shop.store.payment_failed(booking.id, "declined").await?;
            Ok(())
        }
        // Its webhook will come, or the sweep asks again.
        PaymentDue::Wait => Ok(()),
    }
}

const fn standing_of(intent: &PaymentIntent) -> IntentStanding {
    match intent.status {
        IntentStatus::Succeeded => IntentStanding::Paid,
        IntentStatus::Canceled => IntentStanding::Cancelled,
        IntentStatus::RequiresPaymentMethod => IntentStanding::Open,
        _ => IntentStanding::Processing,
    }
}

/// Cancels an intent that nobody waits for. When its money is already under way it cannot be
/// cancelled; then it comes late and is dealt with then.
async fn cancel(shop: &Workshop, booking: BookingId, intent_id: &str) -> Result<(), Failure> {
    match shop.provider.cancel_intent(intent_id).await {
        Ok(_) => {
            shop.store.intent_cancelled(booking).await?;
            Ok(())
        }
        Err(ProviderError::Rejected { code, .. }) => {
            tracing::info!(%booking, code, "the intent cannot be cancelled now");
            Ok(())
        }
        Err(error) => Err(error.into()),
    }
}

async fn give_back(
    shop: &Workshop,
    booking: &BookingRecord,
    intent_id: &str,
) -> Result<(), Failure> {
    let idempotency_key = format!("refund-{}", booking.id);
    let refund = NewRefund { intent_id, amount_minor: None, idempotency_key: &idempotency_key };
    let refund = shop.provider.refund(&refund).await?;
    shop.store.refunded(booking.id, &refund.id).await?;
    metrics::counter!("onsale_refunds_total").increment(1);
    tracing::info!(booking = %booking.id, refund = refund.id, "the money went back");
    Ok(())
}
