//! Searches of a server that has no index, answered by one that has. An index that was lost, or was
//! never there, takes a while to build, and nobody who searches should have to know.

use std::time::Duration;

use futures::{Stream, StreamExt};
use onsale_app::api::{Problem, SearchQuery, SuggestQuery};
use onsale_bus::Question;
use onsale_messages::{InvalidPayload, decode, encode, search::PEERS_SUBJECT};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use tokio_util::sync::CancellationToken;

use super::{BoxOffice, internal, unavailable};
use crate::{Edge, hearing::keep_hearing};

/// How long another server may take.
const PATIENCE: Duration = Duration::from_secs(2);
/// Questions of others that are answered at the same time.
const AT_ONCE: usize = 64;

/// What one server asks another.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Asked {
    /// To find events.
    Search(Box<SearchQuery>),
    /// To offer what may be meant.
    Suggest(SuggestQuery),
    /// Nothing but to answer.
    Presence,
}

/// The body of a question.
#[derive(Serialize, Deserialize)]
struct Asking<A> {
    asked: A,
}

/// The body of an answer.
#[derive(Serialize, Deserialize)]
struct Answer<T> {
    answer: Result<T, Problem>,
}

impl BoxOffice {
    /// The answer of a server that has an index.
    pub(super) async fn ask_peer<T: DeserializeOwned>(&self, asked: &Asked) -> Result<T, Problem> {
        let body = encode(&Asking { asked }).map_err(|error| unreadable(&error))?;
        let answer = self.bus.ask(PEERS_SUBJECT.to_owned(), body, PATIENCE).await;
        let answer = answer.map_err(|error| {
            tracing::debug!(%error, "no server has a search index");
            unavailable()
        })?;
        metrics::counter!("onsale_search_by_peers_total").increment(1);
        decode::<Answer<T>>(&answer).map_err(|error| unreadable(&error))?.answer
    }

    async fn answer_peer(&self, question: Question) {
        let answer = match decode(question.body()).map(|Asking { asked }| asked) {
            Ok(Asked::Search(query)) => encode(&Answer { answer: self.search_here(&query).await }),
            Ok(Asked::Suggest(query)) => {
                encode(&Answer { answer: self.suggest_here(&query).await })
            }
            Ok(Asked::Presence) => encode(&Answer { answer: Ok(()) }),
            Err(error) => encode(&Answer::<()> { answer: Err(unreadable(&error)) }),
        };
        let Ok(answer) = answer else { return };
        if let Err(error) = question.answer(answer).await {
            tracing::debug!(%error, "another server was not answered");
        }
    }
}

/// Both servers are of one release but for a moment.
fn unreadable(error: &InvalidPayload) -> Problem {
    tracing::error!(%error, "what servers say to each other about searches cannot be read");
    internal()
}

/// Answers other servers from the moment at which there is an index, until `stop`.
pub async fn answer(edge: &Edge, stop: &CancellationToken) {
    let office = &edge.office;
    tokio::select! {
        () = stop.cancelled() => return,
        () = office.finder.first_index() => {}
    }
    let open = || office.bus.questions(PEERS_SUBJECT.to_owned());
    let hear = |questions| answer_all(office, questions);
    keep_hearing(stop, "other servers are not heard", open, hear).await;
}

async fn answer_all(office: &BoxOffice, questions: impl Stream<Item = Question>) {
    questions.for_each_concurrent(AT_ONCE, |question| office.answer_peer(question)).await;
}
