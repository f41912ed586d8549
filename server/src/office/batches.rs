//! Working in batches: whatever has come while the last ones were being worked on is taken
//! together. When it is quiet each thing is taken at once and alone; the busier it gets, the less
//! each costs.

use std::{future::Future, sync::Arc};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

/// The place of a batch. The next batch is taken when it is dropped.
pub type Place = OwnedSemaphorePermit;

/// Takes what comes, `max_together` things at most in a batch and `at_once` batches at the same
/// time, until nobody can send any more. With a second batch on its way whoever works on them is
/// never idle; with more of them each would carry less.
///
/// `begin` is done with one batch before the next is taken, so that none is overtaken; `work`, on what
/// it returns, is done beside the next batches.
pub async fn in_batches<T, U, B, G, W, F>(
    mut things: mpsc::Receiver<T>,
    max_together: usize,
    at_once: usize,
    begin: B,
    work: W,
) where
    B: Fn(Vec<T>) -> G,
    G: Future<Output = U>,
    W: Fn(U, Place) -> F,
    F: Future<Output = ()> + Send + 'static,
{
    let places = Arc::new(Semaphore::new(at_once));
    while let Ok(place) = Arc::clone(&places).acquire_owned().await {
        let mut batch = Vec::with_capacity(max_together);
        if things.recv_many(&mut batch, max_together).await == 0 {
            return;
        }
        tokio::spawn(work(begin(batch).await, place));
    }
}
