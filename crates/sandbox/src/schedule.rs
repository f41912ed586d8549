//! The two tasks that do things in their time: payments settle, webhooks leave.

use std::{sync::Arc, time::Duration};

use onsale_ops::clock::unix_millis;
use tokio::sync::{Notify, Semaphore};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{courier::Courier, ledger::Ledger, limits::MAX_DELIVERIES};

/// However far away the next thing is, the clock is read again after this long: somebody may
/// have set it.
const LONGEST_WAIT_MS: i64 = 60_000;
/// The pause after the journal could not be written.
const JOURNAL_PAUSE_MS: i64 = 1_000;

/// Ends payments and refunds when their time has come, until `stop`.
pub async fn settle(ledger: Arc<Ledger>, stop: CancellationToken) {
    while !stop.is_cancelled() {
        let now_ms = unix_millis();
        let next_ms = ledger.settle_due(now_ms).unwrap_or_else(|error| {
            tracing::error!(%error, "payments cannot be settled: the journal cannot be written");
            Some(now_ms + JOURNAL_PAUSE_MS)
        });
        wait_until(next_ms, &ledger.settlements_changed, &stop).await;
    }
}

/// Delivers events when they are due, some of them at once, until `stop`. Attempts under way are
/// left to `tasks`.
pub async fn deliver(
    ledger: Arc<Ledger>,
    courier: Courier,
    tasks: TaskTracker,
    stop: CancellationToken,
) {
    let slots = Arc::new(Semaphore::new(MAX_DELIVERIES));
    while !stop.is_cancelled() {
        let slot = tokio::select! {
            () = stop.cancelled() => return,
            slot = Arc::clone(&slots).acquire_owned() => slot,
        };
        let event = match ledger.take_delivery(unix_millis()) {
            Ok(event) => event,
            Err(next_ms) => {
                wait_until(next_ms, &ledger.deliveries_changed, &stop).await;
                continue;
            }
        };
        let (ledger, courier) = (Arc::clone(&ledger), courier.clone());
        tasks.spawn(async move {
            let delivered = courier.deliver(&event, unix_millis() / 1000).await;
            ledger.finish_delivery(&event, delivered, unix_millis());
            drop(slot);
        });
    }
}

/// Waits until the time has come, something has changed, or `stop`.
async fn wait_until(due_ms: Option<i64>, changed: &Notify, stop: &CancellationToken) {
    let wait_ms = due_ms.map_or(LONGEST_WAIT_MS, |due_ms| due_ms - unix_millis());
    let wait_ms = wait_ms.clamp(0, LONGEST_WAIT_MS).unsigned_abs();
    tokio::select! {
        () = stop.cancelled() => {}
        () = changed.notified() => {}
        () = tokio::time::sleep(Duration::from_millis(wait_ms)) => {}
    }
}
