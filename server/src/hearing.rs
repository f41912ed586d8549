//! Hearing what NATS says for as long as the server runs, whatever becomes of NATS meanwhile.

use std::{fmt::Display, future::Future, time::Duration};

use tokio_util::sync::CancellationToken;

/// The pause before listening again after NATS refused or fell silent.
const RETRY_PAUSE: Duration = Duration::from_millis(500);

/// Has `hear` done with what `open` brings, and again with what it brings next, until `stop`; then it
/// is broken off. `complaint` is logged when nothing is brought.
pub async fn keep_hearing<S, E, O, H>(
    stop: &CancellationToken,
    complaint: &str,
    open: impl Fn() -> O,
    hear: impl Fn(S) -> H,
) where
    E: Display,
    O: Future<Output = Result<S, E>>,
    H: Future<Output = ()>,
{
    while !stop.is_cancelled() {
        match open().await {
            Ok(said) => tokio::select! {
                () = stop.cancelled() => return,
                () = hear(said) => {}
            },
            Err(error) => tracing::warn!(%error, "{complaint}"),
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(RETRY_PAUSE) => {}
        }
    }
}
