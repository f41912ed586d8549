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

use futures::{FutureExt, Stream, StreamExt};
use onsale_bus::Question;
use onsale_engine::{Engine, EngineRules};
use onsale_messages::{
    MAX_COMMANDS, ReserveBatch, ReserveCommand, ReserveReplies, ReserveReply, decode, encode,
    reservations_subject,
};
use onsale_store::{Duty, Leadership};
use tokio_util::sync::CancellationToken;

use crate::{
    Workshop,
    runner::{RETRY_PAUSE, elected, pause},
};

/// How often a writer asks whether it still is the one.
const LEADERSHIP_CHECK: Duration = Duration::from_secs(1);

/// Waits to become the writer of a partition, then writes until `stop` is cancelled.
pub async fn run(shop: Arc<Workshop>, partition: u8, stop: CancellationToken) {
    while let Some(leadership) = elected(&shop, Duty::Writer { partition }, &stop).await {
        write_while_leading(&shop, partition, leadership, &stop).await;
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
                pause(RETRY_PAUSE, term).await;
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
    let asked = questions.filter_map(|question| std::future::ready(read(question)));
    let asked = asked.peekable();
    tokio::pin!(asked);
    loop {
        let first = tokio::select! {
            () = term.cancelled() => return,
            first = asked.next() => first,
        };
        let Some(first) = first else { return };
        let mut count = first.batch.commands.len();
        let mut together = vec![first];
        // Few commands of several servers are decided together; a whole message is enough by itself,
        // and its server prepares the next one meanwhile.
        let fits = |next: &Asked, count| count + next.batch.commands.len() <= MAX_COMMANDS;
        while let Some(Some(next)) = asked.as_mut().next_if(|next| fits(next, count)).now_or_never()
        {
            count += next.batch.commands.len();
            together.push(next);
        }
        answer(engine, together).await;
    }
}

/// What a server asked, and when that came.
struct Asked {
    question: Question,
    arrived: Instant,
    batch: ReserveBatch<'static>,
}

fn read(question: Question) -> Option<Asked> {
    let arrived = Instant::now();
    match decode::<ReserveBatch<'_>>(question.body()) {
        Ok(batch) => Some(Asked { question, arrived, batch }),
        Err(error) => {
            tracing::error!(%error, "commands cannot be read");
            None
        }
    }
}

async fn answer(engine: &mut Engine, together: Vec<Asked>) {
    let mut askers: Vec<(Question, usize)> = Vec::with_capacity(together.len());
    let mut commands: Vec<ReserveCommand> = Vec::new();
    for Asked { question, arrived, batch } in together {
        if is_too_late(&batch, arrived) {
            metrics::counter!("onsale_commands_too_late_total")
                .increment(batch.commands.len() as u64);
            continue;
        }
        askers.push((question, batch.commands.len()));
        commands.extend(batch.commands.into_owned());
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
fn is_too_late(asked: &ReserveBatch<'_>, arrived: Instant) -> bool {
    arrived.elapsed() > Duration::from_millis(u64::from(asked.patience_ms))
}
