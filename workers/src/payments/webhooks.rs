//! Applying webhooks. Whatever has come while the last ones were written is written together: one
//! transaction for all the money of a moment.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use futures::{StreamExt, future::join_all, stream};
use onsale_domain::{BookingId, Currency, Money};
use onsale_payments::{
    PaymentIntent, Refund,
    webhook::{EventKind, EventObject, WebhookEvent},
};
use onsale_store::{InboxEntry, InboxKey, MoneyCame, Settlement};
use tokio::sync::{Semaphore, mpsc};

use super::{Failure, Told, ask_to_settle, decide_about, refunds, settle::look_at};
use crate::{
    Workshop,
    runner::{Decision, act},
};

/// Transactions at the same time: while one is written, the next is read.
const AT_ONCE: usize = 2;
/// Webhooks of one batch that ask the provider something at the same time.
const QUESTIONS_AT_ONCE: usize = 8;

/// What a webhook asks for.
enum Wish {
    /// Money has come.
    Money(MoneyCame),
    /// Something that is done for each on its own.
    Own(Own),
    /// Nothing.
    Nothing,
}

enum Own {
    /// A try to pay failed. The buyer may have tried another card since: how the intent stands now
    /// is what counts.
    LookAt(BookingId),
    Cancelled(BookingId),
    Refund(Refund),
}

/// Applies what is told until nobody tells any more.
pub async fn apply(shop: &Arc<Workshop>, mut news: mpsc::Receiver<Told>) {
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let max_together = usize::from(shop.settings.database.max_writes_together.max(1));
    let mut batches = tokio::task::JoinSet::new();
    while let Ok(place) = Arc::clone(&places).acquire_owned().await {
        let mut batch = Vec::with_capacity(max_together);
        if news.recv_many(&mut batch, max_together).await == 0 {
            break;
        }
        let shop = Arc::clone(shop);
        batches.spawn(async move {
            apply_batch(&shop, batch).await;
            drop(place);
        });
        while batches.try_join_next().is_some() {}
    }
    batches.join_all().await;
}

async fn apply_batch(shop: &Workshop, batch: Vec<Told>) {
    let keys: Vec<InboxKey> = batch.iter().map(|told| told.webhook.clone()).collect();
    if batch.len() > 1 && apply_together(shop, &keys).await.is_ok() {
        join_all(batch.iter().map(|told| act(&told.message, Decision::Ack))).await;
        return;
    }
    // One of them may be what nobody can apply: the others must not wait for it.
    for told in batch {
        let decision = match apply_together(shop, std::slice::from_ref(&told.webhook)).await {
            Ok(()) => Decision::Ack,
            Err(failure) => {
                let given_up = shop.store.webhook_given_up(&told.webhook);
                decide_about(failure, &told.message, given_up).await
            }
        };
        act(&told.message, decision).await;
    }
}

/// Applies webhooks, all or none of their money.
async fn apply_together(shop: &Workshop, keys: &[InboxKey]) -> Result<(), Failure> {
    let entries = shop.store.webhooks(keys).await?;
    let known: HashSet<&str> = entries.iter().map(|entry| entry.event_id.as_str()).collect();
    if let Some(key) = keys.iter().find(|key| !known.contains(key.event_id.as_str())) {
        return Err(Failure::Unreadable(format!("webhook {} is not in the inbox", key.event_id)));
    }
    let (mut money, mut owns) = (HashMap::new(), Vec::new());
    let mut applied = Vec::with_capacity(entries.len());
    for entry in entries.iter().filter(|entry| !entry.processed) {
        let key = InboxKey { provider: entry.provider.clone(), event_id: entry.event_id.clone() };
        match wish_of(entry)? {
            Wish::Money(came) => {
                money.insert(came.booking, came);
                applied.push(key);
            }
            Wish::Own(own) => owns.push((own, key)),
            Wish::Nothing => applied.push(key),
        }
    }
    let money: Vec<MoneyCame> = money.into_values().collect();
    let settled = shop.store.payments_succeeded(&money, &applied).await?;
    for (came, settlement) in money.iter().zip(settled) {
        tell(shop, came.booking, settlement).await;
    }
    let mut asked = stream::iter(owns)
        .map(|(own, key)| async move {
            do_own(shop, own, &key.provider).await?;
            shop.store.webhook_processed(&key).await.map_err(Failure::Store)
        })
        .buffer_unordered(QUESTIONS_AT_ONCE);
    while let Some(done) = asked.next().await {
        done?;
    }
    Ok(())
}

fn wish_of(entry: &InboxEntry) -> Result<Wish, Failure> {
    let event = WebhookEvent::parse(&entry.body)
        .map_err(|error| Failure::Unreadable(format!("webhook {}: {error}", entry.event_id)))?;
    let intent = match event.object {
        EventObject::PaymentIntent(intent) => intent,
        EventObject::Refund(refund) => return Ok(Wish::Own(Own::Refund(refund))),
        _ => return Ok(Wish::Nothing),
    };
    let Some(booking) = booking_of(&intent) else {
        tracing::info!(intent = intent.id, "the intent belongs to no booking of ours");
        return Ok(Wish::Nothing);
    };
    Ok(match event.kind {
        EventKind::PaymentSucceeded => Wish::Money(money_of(booking, &intent)?),
        EventKind::PaymentFailed => Wish::Own(Own::LookAt(booking)),
        EventKind::PaymentCanceled => Wish::Own(Own::Cancelled(booking)),
        _ => Wish::Nothing,
    })
}

async fn do_own(shop: &Workshop, own: Own, provider: &str) -> Result<(), Failure> {
    match own {
        Own::LookAt(booking) => look_at(shop, booking, Duration::ZERO).await,
        Own::Cancelled(booking) => Ok(shop.store.intent_cancelled(booking).await?),
        Own::Refund(refund) => refunds::apply_news(shop, provider, &refund).await,
    }
}

fn booking_of(intent: &PaymentIntent) -> Option<BookingId> {
    intent.booking_id()?.parse().ok()
}

/// The money that an intent says has come.
pub fn money_of(booking: BookingId, intent: &PaymentIntent) -> Result<MoneyCame, Failure> {
    let currency = Currency::parse(&intent.currency)
        .map_err(|error| Failure::Unreadable(format!("currency: {error}")))?;
    Ok(MoneyCame { booking, paid: Money::new(intent.amount_minor, currency) })
}

/// Counts and logs what became of money, and has it sent back where it must.
pub async fn tell(shop: &Workshop, booking: BookingId, settlement: Settlement) {
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
            tracing::error!(%booking, "money came for an unknown booking");
        }
    }
}
