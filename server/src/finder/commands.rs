//! What operators ask of every server: what its index holds, and to make it anew.

use std::{sync::Arc, time::Duration};

use futures::{Stream, StreamExt};
use onsale_bus::Question;
use onsale_messages::{
    decode, encode,
    search::{
        IndexedEvent, REBUILD_SUBJECT, RebuildProgress, SURVEY_SUBJECT, Survey, Surveyed, part_of,
        sums,
    },
};
use onsale_search::embedded::Digests;
use tokio_util::sync::CancellationToken;

use super::{Finder, index::blocking};
use crate::hearing::keep_hearing;

/// How often progress is told.
const PROGRESS: Duration = Duration::from_millis(500);

/// Answers what the index holds, until `stop`.
pub async fn answer_surveys(finder: &Arc<Finder>, stop: &CancellationToken) {
    each_question(finder, SURVEY_SUBJECT, stop, |question| async move {
        let Ok(survey) = decode::<Survey>(question.body()) else { return };
        let Some(surveyed) = survey_of(finder, survey).await else { return };
        answer(&question, encode(&surveyed)).await;
    })
    .await;
}

/// Makes the index anew when asked to, and tells how far it is, until `stop`.
pub async fn answer_rebuilds(finder: &Arc<Finder>, stop: &CancellationToken) {
    each_question(finder, REBUILD_SUBJECT, stop, |question| async move {
        let before = finder.status().generation;
        finder.wants_rebuild.notify_one();
        loop {
            let status = finder.status();
            let is_over = status.generation > before;
            let (done, about) = match (is_over, status.building) {
                (true, _) => {
                    let events = finder.current().map_or(0, |view| view.event_count());
                    (events, events)
                }
                (false, building) => building.unwrap_or_default(),
            };
            let server = finder.name.clone();
            let progress = RebuildProgress { server, done, about, is_over };
            answer(&question, encode(&progress)).await;
            if is_over {
                return;
            }
            tokio::time::sleep(PROGRESS).await;
        }
    })
    .await;
}

async fn each_question<F: Future<Output = ()>>(
    finder: &Finder,
    subject: &str,
    stop: &CancellationToken,
    answer: impl Fn(Question) -> F,
) {
    let open = || finder.bus.questions_to_all(subject.to_owned());
    let hear = |questions| one_by_one(questions, &answer);
    keep_hearing(stop, "operators are not heard", open, hear).await;
}

async fn one_by_one<F: Future<Output = ()>>(
    questions: impl Stream<Item = Question>,
    answer: impl Fn(Question) -> F,
) {
    let mut questions = std::pin::pin!(questions);
    while let Some(question) = questions.next().await {
        answer(question).await;
    }
}

async fn answer(question: &Question, body: Result<Vec<u8>, onsale_messages::InvalidPayload>) {
    let Ok(body) = body else { return };
    if let Err(error) = question.answer(body).await {
        tracing::debug!(%error, "an operator was not answered");
    }
}

async fn survey_of(finder: &Finder, survey: Survey) -> Option<Surveyed> {
    let status = finder.status();
    let mut surveyed = Surveyed {
        server: finder.name.clone(),
        is_ready: false,
        generation: status.generation,
        sequence: status.sequence,
        events: 0,
        sums: Vec::new(),
        part: Vec::new(),
    };
    let Some(view) = finder.current() else { return Some(surveyed) };
    surveyed.is_ready = true;
    surveyed.events = view.event_count();
    let digests = blocking(move || view.digests()).await;
    let digests = digests.inspect_err(|error| tracing::error!(%error, "the index cannot be read"));
    let events = digests.ok()?.into_iter().map(indexed);
    match survey.part {
        Some(part) => surveyed.part = events.filter(|it| part_of(it.event) == part).collect(),
        None => surveyed.sums = sums(events),
    }
    Some(surveyed)
}

fn indexed(digests: Digests) -> IndexedEvent {
    let Digests { event, listing, is_sold_out } = digests;
    IndexedEvent { event, digest: listing, is_sold_out }
}
