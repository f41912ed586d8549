//! The writer of a partition: the only process that places holds for its events, as long as it
//! lives. Servers ask it over core NATS, many commands with one message; the engine decides
//! whatever has come and writes all winners with one statement and one commit.
//!
//! That there is only one is for speed. Should there be two, or none, the guard of the statement is
//! the judge all the same.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use futures::{Stream, StreamExt};
use onsale_bus::Question;
use onsale_engine::{Engine, EngineRules};
use onsale_messages::{
    ReserveBatch, ReserveCommand, ReserveReplies, ReserveReply, decode, encode,
    reservations_subject,
};
use onsale_store::{Duty, Leadership};
use tokio_util::sync::CancellationToken;

use crate::{Workshop, runner::RETRY_PAUSE};

/// How often a writer asks whether it still is the one.
const LEADERSHIP_CHECK: Duration = Duration::from_secs(1);
/// Messages that are decided together at most: one from each of a few servers.
const MAX_MESSAGES: usize = 4;

/// Waits to become the writer of a partition, then writes until `stop` is cancelled.
pub async fn run(shop: Arc<Workshop>, partition: u8, stop: CancellationToken) {
    while !stop.is_cancelled() {
        let elected = tokio::select! {
            () = stop.cancelled() => return,
            elected = shop.store.lead(Duty::Writer { partition }) => elected,
        };
        match elected {
            Ok(leadership) => {
                tracing::info!(partition, "this process is the writer of the partition");
                write_while_leading(&shop, partition, leadership, &stop).await;
            }
            Err(error) => {
                tracing::warn!(partition, %error, "no election without the database");
                pause(&stop).await;
            }
        }
    }
}

async fn pause(stop: &CancellationToken) {
    tokio::select! {
        () = stop.cancelled() => {}
        () = tokio::time::sleep(RETRY_PAUSE) => {}
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
    let writing = write(shop, partition, &term);
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

async fn write(shop: &Workshop, partition: u8, term: &CancellationToken) {
    let rules = EngineRules {
        hold_ttl_seconds: shop.settings.booking.hold_ttl_seconds,
        max_tickets_per_user_and_event: shop.settings.booking.max_tickets_per_user_and_event,
    };
    let mut engine = Engine::new(shop.store.clone(), rules, shop.maps.clone());
    while !term.is_cancelled() {
        match shop.bus.questions(reservations_subject(partition)).await {
            Ok(questions) => answer_all(&mut engine, questions, term).await,
            Err(error) => {
                tracing::warn!(partition, %error, "the writer cannot be asked yet");
                pause(term).await;
            }
        }
    }
}

/// Decides what has come, batch by batch. A batch that was begun is finished and answered.
async fn answer_all(
    engine: &mut Engine,
    questions: impl Stream<Item = Question>,
    term: &CancellationToken,
) {
    let arrived = questions.map(|question| (question, Instant::now()));
    let batches = arrived.ready_chunks(MAX_MESSAGES);
    tokio::pin!(batches);
    loop {
        let batch = tokio::select! {
            () = term.cancelled() => return,
            batch = batches.next() => batch,
        };
        let Some(batch) = batch else { return };
        answer(engine, batch).await;
    }
}

async fn answer(engine: &mut Engine, batch: Vec<(Question, Instant)>) {
    let mut askers: Vec<(Question, usize)> = Vec::with_capacity(batch.len());
    let mut commands: Vec<ReserveCommand> = Vec::new();
    for (question, arrived) in batch {
        match decode::<ReserveBatch>(question.body()) {
            Ok(asked) if is_too_late(&asked, arrived) => {
                metrics::counter!("onsale_commands_too_late_total")
                    .increment(asked.commands.len() as u64);
            }
            Ok(asked) => {
                askers.push((question, asked.commands.len()));
                commands.extend(asked.commands);
            }
            Err(error) => tracing::error!(%error, "commands cannot be read"),
        }
    }
    let mut replies = engine.decide(commands).await.into_iter();
    for (question, count) in askers {
        let replies: Vec<ReserveReply> = replies.by_ref().take(count).collect();
        let sent = match encode(&ReserveReplies { replies }) {
            Ok(body) => question.answer(body).await.map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        if let Err(error) = sent {
            tracing::warn!(error, "answers could not be sent; their askers will ask again");
        }
    }
}

/// Whether everybody has given up who waits for the answer. Two servers with the same commands, one
/// of them by the direct path, would only get in each other's way.
fn is_too_late(asked: &ReserveBatch, arrived: Instant) -> bool {
    arrived.elapsed() > Duration::from_millis(u64::from(asked.patience_ms))
}
