//! Waiting for a condition instead of for a while.

use std::{future::Future, time::Duration};

use tokio::time::{Instant, sleep};

/// Between two looks.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// Waits until `look` finds something, for at most `limit`.
///
/// # Panics
/// When it does not; `what` says what was waited for.
pub async fn eventually<T, F, Fut>(what: &str, limit: Duration, mut look: F) -> T
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Option<T>>,
{
    let deadline = Instant::now() + limit;
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(Instant::now() < deadline, "waited {limit:?} in vain for: {what}");
        sleep(LOOK_AGAIN).await;
    }
}
