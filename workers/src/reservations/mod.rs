//! The writer of a partition: the only process that places holds for its events, as long as it
//! lives. It takes whatever commands have come, decides them in memory, and writes all winners
//! with one statement and one commit.
//!
//! That there is only one is for speed. Should there be two, the guard of the statement lets one
//! of them win, and the other reads the seats again.

mod batch;
mod desks;

use std::{sync::Arc, time::Duration};

use futures::StreamExt;
use onsale_messages::topology::{RESERVATIONS_STREAM, reservations_consumer};
use onsale_store::Leadership;
use tokio_util::sync::CancellationToken;

use crate::{
    Workshop,
    runner::{MessageStream, RETRY_PAUSE, with_messages},
};
use desks::Desks;

/// How often a writer asks whether it still is the one.
const LEADERSHIP_CHECK: Duration = Duration::from_secs(1);
/// Roles of partitions begin here; the sweep is role 1.
const FIRST_ROLE: i32 = 100;

/// Waits to become the writer of a partition, then writes until `stop` is cancelled.
pub async fn run(shop: Arc<Workshop>, partition: u8, stop: CancellationToken) {
    while !stop.is_cancelled() {
        let elected = tokio::select! {
            () = stop.cancelled() => return,
            elected = shop.store.lead(FIRST_ROLE + i32::from(partition)) => elected,
        };
        match elected {
            Ok(leadership) => {
                tracing::info!(partition, "this process is the writer of the partition");
                write_while_leading(&shop, partition, leadership, &stop).await;
            }
            Err(error) => {
                tracing::warn!(partition, %error, "no election without the database");
                tokio::select! {
                    () = stop.cancelled() => return,
                    () = tokio::time::sleep(RETRY_PAUSE) => {}
                }
            }
        }
    }
}

async fn write_while_leading(
    shop: &Workshop,
    partition: u8,
    mut leadership: Leadership,
    stop: &CancellationToken,
) {
    // Ends with the leadership or with the process, whichever comes first.
    let term = stop.child_token();
    let consumer = reservations_consumer(partition);
    let writing = with_messages(shop, RESERVATIONS_STREAM, &consumer, &term, |messages| {
        write(shop, messages, &term)
    });
    tokio::pin!(writing);
    loop {
        tokio::select! {
            () = &mut writing => break,
            () = tokio::time::sleep(LEADERSHIP_CHECK) => {
                if !leadership.still_holds().await {
                    tracing::warn!(partition, "the leadership ended with its connection");
                    term.cancel();
                    writing.await;
                    return;
                }
            }
        }
    }
    leadership.resign().await;
}

/// Decides commands batch by batch. A batch that was begun is finished.
async fn write(shop: &Workshop, messages: MessageStream, term: &CancellationToken) {
    let mut desks = Desks::default();
    let mut batches = messages.ready_chunks(shop.settings.workers.reservation_batch);
    loop {
        let batch = tokio::select! {
            () = term.cancelled() => return,
            batch = batches.next() => batch,
        };
        let Some(batch) = batch else { return };
        batch::decide(shop, &mut desks, batch).await;
    }
}
