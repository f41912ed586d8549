//! The sweep: ends holds that ran out, and asks again for work that somebody forgot.
//!
//! Everything it finds is done by the same code that does it when it is told in time.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::{Duration, Instant},
};

use onsale_domain::{EventId, SeatIndex};
use onsale_messages::{WebhookReceived, encode, webhook_subject};
use onsale_store::{Duty, StoreError};
use tokio_util::sync::CancellationToken;

use crate::{
    Workshop,
    payments::ask_to_settle,
    runner::{elected, pause},
};

/// Holds ended in one transaction, and pieces of work asked for in one round, at most.
const ROUND_LIMIT: i64 = 500;

/// A cancelled event is looked at so long: holds that were placed before everybody had heard of it
/// have ended by then, and payments with them.
const CANCELLED_QUIET: Duration = Duration::from_secs(3600);

/// Waits to become the one that sweeps, then sweeps until `stop` is cancelled.
pub async fn run(shop: Arc<Workshop>, stop: CancellationToken) {
    let interval = Duration::from_millis(shop.settings.workers.sweep_interval_ms);
    while let Some(mut leadership) = elected(&shop, Duty::Sweep, &stop).await {
        let mut asked = Asked::default();
        while leadership.still_holds().await {
            let is_more_to_do = sweep(&shop, &mut asked).await;
            if !is_more_to_do {
                pause(interval, &stop).await;
            }
            if stop.is_cancelled() {
                leadership.resign().await;
                return;
            }
        }
    }
}

/// Webhooks that were asked for lately: provider and event id. Whoever was asked is given time to
/// apply them.
#[derive(Default)]
struct Asked(HashMap<(String, String), Instant>);

impl Asked {
    /// Whether it is time to ask for this webhook, for the first time or again.
    fn is_due(&mut self, webhook: &(String, String), patience: Duration) -> bool {
        let now = Instant::now();
        if self.0.get(webhook).is_some_and(|asked| now.duration_since(*asked) < patience) {
            return false;
        }
        self.0.insert(webhook.clone(), now);
        true
    }

    fn forget_older_than(&mut self, patience: Duration) {
        self.0.retain(|_, asked| asked.elapsed() < patience);
    }
}

/// One round of each kind of work. However much there is of one, or whatever keeps it from being
/// done, the others have their turn. `true` when a round was not enough.
async fn sweep(shop: &Workshop, asked: &mut Asked) -> bool {
    let rounds = tokio::join!(
        expire(shop),
        clear_cancelled_events(shop),
        ask_for_the_forgotten(shop, asked)
    );
    let (expired, cleared, asked) = rounds;
    let enough = usize::try_from(ROUND_LIMIT).unwrap_or(usize::MAX);
    [expired, cleared, asked.map(|()| 0)].into_iter().fold(
        false,
        |is_more_to_do, round| match round {
            Ok(done) => is_more_to_do || done >= enough,
            Err(error) => {
                tracing::warn!(%error, "the sweep could not look everywhere");
                is_more_to_do
            }
        },
    )
}

/// Asks for work that lies.
async fn ask_for_the_forgotten(shop: &Workshop, asked: &mut Asked) -> Result<(), StoreError> {
    let age = Duration::from_millis(shop.settings.workers.forgotten_after_ms);
    let forgotten = shop.store.forgotten(age, ROUND_LIMIT).await?;
    asked.forget_older_than(age);
    let webhooks = forgotten.webhooks.into_iter().filter(|webhook| asked.is_due(webhook, age));
    for (provider, event_id) in webhooks {
        ask_to_apply(shop, provider, event_id).await;
    }
    for booking in forgotten.payments {
        ask_to_settle(shop, booking).await;
    }
    Ok(())
}

/// Ends holds that ran out, and says how many.
async fn expire(shop: &Workshop) -> Result<usize, StoreError> {
    let expired = shop.store.expire_lapsed(ROUND_LIMIT).await?;
    metrics::counter!("onsale_holds_expired_total").increment(expired.len() as u64);
    let mut seats_of: BTreeMap<EventId, Vec<SeatIndex>> = BTreeMap::new();
    for (booking, event, seats) in &expired {
        tracing::debug!(%booking, "the hold ran out");
        seats_of.entry(*event).or_default().extend(seats);
    }
    for (event, seats) in seats_of {
        // Somebody may have named them in vain just now, and locked them for the others.
        if let Err(error) = shop.locks.give_back(event, &seats).await {
            tracing::debug!(%error, "the locks end by themselves");
            break;
        }
    }
    Ok(expired.len())
}

/// Serves those who had seats of events that were called off, and says how many.
async fn clear_cancelled_events(shop: &Workshop) -> Result<usize, StoreError> {
    let (served, refunds) = shop.store.clear_cancelled_events(ROUND_LIMIT, CANCELLED_QUIET).await?;
    for booking in &refunds {
        ask_to_settle(shop, *booking).await;
    }
    if served > 0 {
        tracing::info!(served, refunds = refunds.len(), "bookings of a cancelled event");
    }
    Ok(served)
}

async fn ask_to_apply(shop: &Workshop, provider: String, event_id: String) {
    let subject = webhook_subject(&provider);
    let message_id = format!("again-{event_id}-{}", onsale_ops::clock::unix_millis());
    let Ok(body) = encode(&WebhookReceived { provider, event_id }) else { return };
    if let Err(error) = shop.bus.publish_work(subject, body, &message_id, None).await {
        tracing::debug!(%error, "the webhook will be applied later");
    }
}
