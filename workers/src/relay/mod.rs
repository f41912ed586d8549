//! The relay: what was committed leaves by the write-ahead log, in the order of the commits and at
//! least once. Rows of the catalogue and what happened to bookings go into streams; changes of
//! availability are told to whoever listens.
//!
//! Nothing that sells a seat waits for it. When it cannot work it says so and tries again.

mod begin;
mod follow;
mod inventory;
mod lane;
mod ledger;
mod snapshot;

use std::{sync::Arc, time::Duration};

use onsale_bus::{BusError, TopologyError};
use onsale_messages::InvalidPayload;
use onsale_store::{Duty, Leadership, LogRefused, StoreError};
use onsale_wal::WalError;
use tokio_util::sync::CancellationToken;

use crate::{
    Workshop,
    runner::{RETRY_PAUSE, elected, pause},
};
use follow::Follower;

/// How long to wait before looking again whether an operator has made the log readable.
const REFUSED_PAUSE: Duration = Duration::from_secs(5);
/// How often the relay looks after itself.
const WATCH_INTERVAL: Duration = Duration::from_secs(1);

/// Why nothing is told at the moment.
#[derive(Debug, thiserror::Error)]
enum RelayError {
    #[error(transparent)]
    Refused(#[from] LogRefused),
    #[error("the slot {0} is of another database or plugin: choose another name in relay.slot")]
    ForeignSlot(String),
    #[error("the slot {0} was removed while it was being used")]
    NoSlot(String),
    #[error("another process has become the relay")]
    NotElected,
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Wal(#[from] WalError),
    #[error(transparent)]
    Bus(#[from] BusError),
    #[error(transparent)]
    Topology(#[from] TopologyError),
    #[error(transparent)]
    Payload(#[from] InvalidPayload),
}

impl RelayError {
    /// Whether trying again is in vain until an operator has done something.
    const fn needs_operator(&self) -> bool {
        matches!(self, Self::Refused(_) | Self::ForeignSlot(_))
    }
}

/// Waits to become the relay, then tells what is committed until `stop` is cancelled.
pub async fn run(shop: Arc<Workshop>, stop: CancellationToken) {
    is_telling(false);
    if !shop.settings.relay.enabled {
        tracing::info!("the relay is switched off");
        return;
    }
    while let Some(leadership) = elected(&shop, Duty::Relay, &stop).await {
        lead(&shop, leadership, &stop).await;
        pause(RETRY_PAUSE, &stop).await;
    }
}

/// Tells what is committed for as long as this process is the relay.
async fn lead(shop: &Workshop, mut leadership: Leadership, stop: &CancellationToken) {
    let mut complaint = String::new();
    while leadership.still_holds().await {
        let told = tell(shop, &mut leadership, stop).await;
        is_telling(false);
        if stop.is_cancelled() {
            leadership.resign().await;
            return;
        }
        let Err(error) = told else { continue };
        let words = error.to_string();
        // The same complaint every half second would hide all others.
        match words == complaint {
            true => tracing::debug!(error = words, "the relay still cannot tell anything"),
            false => {
                tracing::error!(error = words, "the relay cannot tell anything; selling goes on")
            }
        }
        complaint = words;
        pause(if error.needs_operator() { REFUSED_PAUSE } else { RETRY_PAUSE }, stop).await;
    }
}

/// Tells what is committed until something fails, or a new epoch is wanted.
async fn tell(
    shop: &Workshop,
    leadership: &mut Leadership,
    stop: &CancellationToken,
) -> Result<(), RelayError> {
    let begun = tokio::select! {
        () = stop.cancelled() => return Ok(()),
        begun = begin::begin(shop) => begun?,
    };
    is_telling(true);
    metrics::gauge!("onsale_relay_epoch").set(begun.epoch as f64);
    let mut follower = Follower::new(shop, begun);
    let ended = tokio::select! {
        () = stop.cancelled() => Ok(()),
        Err(error) = follower.follow() => Err(error),
        watched = watch(shop, leadership) => watched,
    };
    follower.close().await;
    ended
}

/// Looks every second whether this process is still the relay, and whether somebody wants a new
/// epoch: then it returns.
async fn watch(shop: &Workshop, leadership: &mut Leadership) -> Result<(), RelayError> {
    loop {
        tokio::time::sleep(WATCH_INTERVAL).await;
        if !leadership.still_holds().await {
            return Err(RelayError::NotElected);
        }
        match shop.store.relay_state().await {
            Ok(state) if state.is_requested => return Ok(()),
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "the relay could not look at its state"),
        }
        match shop.store.slot(&shop.settings.relay.slot).await {
            Ok(Some(slot)) => {
                metrics::gauge!("onsale_relay_lag_bytes").set(slot.lag_bytes as f64);
                for status in ["reserved", "extended", "unreserved", "lost"] {
                    let is_it = f64::from(u8::from(slot.wal_status == status));
                    metrics::gauge!("onsale_relay_slot_wal_status", "status" => status).set(is_it);
                }
            }
            Ok(None) => return Err(RelayError::NoSlot(shop.settings.relay.slot.clone())),
            Err(error) => tracing::warn!(%error, "the relay could not look at its slot"),
        }
    }
}

/// Says in the metrics whether anything is told at the moment.
fn is_telling(yes: bool) {
    metrics::gauge!("onsale_relay_telling").set(f64::from(u8::from(yes)));
}
