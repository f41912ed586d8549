//! The pages of the waiting room. The first and the one that checks the draw are the same for
//! everybody; the others work without scripts.

use axum::{
    Extension,
    extract::State,
    http::{StatusCode, header},
    response::{Html, IntoResponse, Redirect, Response},
};
use onsale_app::{
    Document,
    api::{JoinQueue, Problem, ProblemCode, QueueNow},
    backend::Viewer,
    queue::{self, PlaceView, QueueEvent},
};
use onsale_domain::EventId;
use serde::Deserialize;

use super::{
    Shared,
    extract::{ApiForm, ApiPath, ApiQuery},
    problem::ProblemResponse,
    queue::with_cookie,
};
use crate::{Edge, sharing::PRIVATE, waiting_room::Presented};

type Answer = Result<Response, ProblemResponse>;

/// What the form sends that joins without scripts.
#[derive(Deserialize)]
pub struct JoinForm {
    challenge: Option<String>,
}

/// The key of a recovery link.
#[derive(Deserialize)]
pub struct ReturnKey {
    #[serde(default)]
    key: String,
}

async fn event_of(edge: &Edge, event: EventId) -> Result<QueueEvent, Problem> {
    Ok(QueueEvent::of(&edge.office.event_page(event).await?))
}

fn now_of(edge: &Edge, event: EventId) -> Result<QueueNow, Problem> {
    if !edge.rooms.board.is_known() {
        return Err(crate::office::unavailable());
    }
    let told = edge.rooms.board.told(event);
    serde_json::from_slice(&told).map_err(|_| crate::office::unavailable())
}

/// For one person.
fn own_page(edge: &Edge, status: StatusCode, page: Document) -> Response {
    (status, [(header::CACHE_CONTROL, PRIVATE)], light(edge, page)).into_response()
}

/// The same for everybody: for how long it may be kept is said of all such pages in one place.
fn shared_page(edge: &Edge, page: Document) -> Response {
    light(edge, page).into_response()
}

/// A page without islands: a browser is not to load their code for it.
pub fn light(edge: &Edge, page: Document) -> impl IntoResponse + use<> {
    let links = page.links(&edge.assets);
    ([(header::LINK, links)], Html(page.html(&edge.assets)))
}

/// `GET /queue/{event}`
pub async fn waiting(State(edge): Shared, ApiPath(event): ApiPath<EventId>) -> Answer {
    let (about, now) = (event_of(&edge, event).await?, now_of(&edge, event)?);
    Ok(shared_page(&edge, queue::waiting_page(&about, &now)))
}

/// `GET /queue/{event}/verify`
pub async fn verify(State(edge): Shared, ApiPath(event): ApiPath<EventId>) -> Answer {
    let (about, now) = (event_of(&edge, event).await?, now_of(&edge, event)?);
    Ok(shared_page(&edge, queue::verify_page(&about, &now)))
}

/// `GET /queue/{event}/place`
pub async fn place(
    State(edge): Shared,
    viewer: Option<Extension<Viewer>>,
    presented: Presented,
    ApiPath(event): ApiPath<EventId>,
) -> Answer {
    Ok(show_place(&edge, event, viewer.map(|viewer| viewer.0), &presented, None).await?)
}

async fn show_place(
    edge: &Edge,
    event: EventId,
    viewer: Option<Viewer>,
    presented: &Presented,
    problem: Option<&Problem>,
) -> Result<Response, Problem> {
    let (about, now) = (event_of(edge, event).await?, now_of(edge, event)?);
    let place = viewer.and_then(|viewer| edge.rooms.my_place(event, viewer.user, presented).ok());
    let shown = PlaceView { event: &about, now: &now, place: place.as_ref(), problem };
    let status = problem.and_then(|problem| StatusCode::from_u16(problem.status).ok());
    Ok(own_page(edge, status.unwrap_or(StatusCode::OK), queue::place_page(shown)))
}

/// `POST /queue/{event}`: joins, as the form without scripts does.
pub async fn join(
    State(edge): Shared,
    Extension(viewer): Extension<Viewer>,
    presented: Presented,
    ApiPath(event): ApiPath<EventId>,
    ApiForm(form): ApiForm<JoinForm>,
) -> Answer {
    let request = JoinQueue { challenge: form.challenge, nonce: None };
    match edge.rooms.join(event, viewer.user, &presented, &request).await {
        Ok(place) => {
            let cookie = edge.rooms.place_cookie(event, &place.token);
            let next = Redirect::to(&format!("/queue/{event}/place"));
            Ok(with_cookie(next.into_response(), &cookie))
        }
        // Too early with the challenge it has: the page says how long to wait, with the same one.
        Err(problem) if problem.code == ProblemCode::ProofRequired => {
            let mut challenge = edge.rooms.challenge(event, viewer.user)?;
            if let (Some(text), Some(seconds)) = (request.challenge, problem.retry_after_seconds) {
                challenge.challenge = text;
                challenge.wait_seconds = seconds;
            }
            let about = event_of(&edge, event).await?;
            Ok(own_page(&edge, StatusCode::OK, queue::proof_page(&about, &challenge)))
        }
        Err(problem) => {
            Ok(show_place(&edge, event, Some(viewer), &presented, Some(&problem)).await?)
        }
    }
}

/// `POST /queue/{event}/place`: goes in, as the form without scripts does.
pub async fn enter(
    State(edge): Shared,
    Extension(viewer): Extension<Viewer>,
    presented: Presented,
    ApiPath(event): ApiPath<EventId>,
) -> Answer {
    match edge.rooms.exchange(event, viewer.user, &presented, None).await {
        Ok((admission, cookie)) => {
            Ok(with_cookie(Redirect::to(&admission.event_url).into_response(), &cookie))
        }
        Err(problem) => {
            Ok(show_place(&edge, event, Some(viewer), &presented, Some(&problem)).await?)
        }
    }
}

/// `GET /queue/{event}/return?key=…`: the page behind a recovery link.
pub async fn come_back(
    State(edge): Shared,
    ApiPath(event): ApiPath<EventId>,
    ApiQuery(ReturnKey { key }): ApiQuery<ReturnKey>,
) -> Answer {
    let about = event_of(&edge, event).await?;
    Ok(own_page(&edge, StatusCode::OK, queue::return_page(&about, &key)))
}

/// `POST /queue/{event}/return`: takes the place to this device.
pub async fn recover(
    State(edge): Shared,
    Extension(viewer): Extension<Viewer>,
    presented: Presented,
    ApiPath(event): ApiPath<EventId>,
    ApiForm(ReturnKey { key }): ApiForm<ReturnKey>,
) -> Answer {
    match edge.rooms.recover(event, viewer.user, &key) {
        Ok(place) => {
            let cookie = edge.rooms.place_cookie(event, &place.token);
            let next = Redirect::to(&format!("/queue/{event}#returned"));
            Ok(with_cookie(next.into_response(), &cookie))
        }
        Err(problem) => {
            Ok(show_place(&edge, event, Some(viewer), &presented, Some(&problem)).await?)
        }
    }
}
