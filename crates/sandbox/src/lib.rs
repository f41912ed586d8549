//! The sandbox: a payment provider for development and tests, as a process of its own.
//!
//! It speaks the wire format of Stripe's PaymentIntents, takes made-up payment tokens that pay,
//! decline, dawdle and get their webhooks lost, and tells the box office by signed webhooks how a
//! payment ended. No money moves. The `README.md` beside this crate lists settings, tokens,
//! faults and limits.

mod api;
mod config;
mod courier;
mod error;
mod faults;
mod form;
mod journal;
mod ledger;
pub mod limits;
mod model;
mod rules;
mod schedule;
mod state;
mod token;

use std::{future::IntoFuture as _, sync::Arc, time::Duration};

use tokio::net::TcpListener;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

pub use config::{Config, InvalidConfig};
pub use journal::JournalError;

use courier::Courier;
use ledger::Ledger;

/// How long answers and deliveries under way may take to finish after `stop`.
const GRACE: Duration = Duration::from_secs(5);

/// Why the sandbox could not run.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// The journal cannot be used.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// Webhooks could not be sent to the configured address.
    #[error("the webhook client cannot be set up: {0}")]
    Webhooks(#[from] onsale_payments::SetupError),
    /// The listener failed.
    #[error("the listener failed: {0}")]
    Listener(#[from] std::io::Error),
}

/// Reads the journal back, then answers on `listener` and delivers webhooks until `stop` is
/// cancelled.
///
/// # Errors
/// [`SandboxError`] when it cannot start or the listener fails.
pub async fn serve(
    listener: TcpListener,
    config: Config,
    stop: CancellationToken,
) -> Result<(), SandboxError> {
    let courier = Courier::new(config.webhook_url, config.webhook_secret)?;
    let ledger = Arc::new(Ledger::open(config.journal.as_deref())?);
    let tasks = TaskTracker::new();
    tasks.spawn(schedule::settle(Arc::clone(&ledger), stop.clone()));
    tasks.spawn(schedule::deliver(Arc::clone(&ledger), courier, tasks.clone(), stop.clone()));
    tracing::info!(address = %listener.local_addr()?, "listening");

    let router = api::router(ledger, config.api_key, stop.clone());
    let server =
        axum::serve(listener, router).with_graceful_shutdown(stop.clone().cancelled_owned());
    let out_of_patience = async {
        stop.cancelled().await;
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        served = server.into_future() => served?,
        () = out_of_patience => tracing::warn!("some answers were cut off"),
    }
    stop.cancel();
    tasks.close();
    if tokio::time::timeout(GRACE, tasks.wait()).await.is_err() {
        tracing::warn!("some webhooks were cut off");
    }
    Ok(())
}
