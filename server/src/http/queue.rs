//! The waiting room over HTTP: joining, watching, coming to the front.

use axum::{
    Extension, Json,
    extract::{FromRequestParts, Request, State, WebSocketUpgrade},
    http::{HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Redirect, Response},
};
use onsale_app::{
    api::{
        Admission, ExchangePlace, JoinQueue, Problem, ProblemCode, QueueChallenge, QueueNow,
        QueuePlace, RecoverPlace,
    },
    backend::Viewer,
};
use onsale_domain::EventId;

use super::{
    Shared,
    extract::{ApiJson, ApiPath},
    problem::ProblemResponse,
};
use crate::{
    Edge, copies::SURROGATE_KEY, middleware::Next, sharing::PRIVATE, together::words_of,
    waiting_room::Presented,
};

type Answer = Result<Response, ProblemResponse>;

/// For everybody, for a second; an old one is better than none.
const A_SECOND: HeaderValue = HeaderValue::from_static(
    "public, max-age=1, s-maxage=1, stale-while-revalidate=5, stale-if-error=60",
);
/// The way to the queue is the same for everybody without a pass.
const TO_THE_QUEUE: HeaderValue = HeaderValue::from_static("public, max-age=0, s-maxage=2");
const JSON: HeaderValue = HeaderValue::from_static("application/json");
/// What a browser may say, and what is kept ready to read it: it says next to nothing. The library's
/// 128 kB for each socket would be gigabytes.
const SOCKET_BYTES: usize = 1_024;
/// What a browser may leave unread before it is let go.
const MOST_UNSENT_BYTES: usize = 16 * 1_024;

impl<S: Send + Sync> FromRequestParts<S> for Presented {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        Ok(Self::read(&parts.headers))
    }
}

/// An answer that leaves something in the browser.
pub fn with_cookie(mut response: Response, cookie: &str) -> Response {
    if let Ok(cookie) = HeaderValue::from_str(cookie) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// How the queue of an event stands: the same for everybody, made to be kept by an edge.
#[utoipa::path(get, path = "/api/events/{eventId}/queue/now.json", tag = "queue",
    params(("eventId" = String, Path, description = "The event", example = "1")),
    responses((status = 200, body = QueueNow), (status = 404, body = Problem)))]
pub async fn now(State(edge): Shared, ApiPath(event): ApiPath<EventId>) -> Answer {
    if !edge.rooms.board.is_known() {
        return Err(crate::office::unavailable().into());
    }
    let headers = [(header::CONTENT_TYPE, JSON), (header::CACHE_CONTROL, A_SECOND)];
    Ok((headers, edge.rooms.board.told(event)).into_response())
}

/// Sets a puzzle that has to be solved before joining while many do.
#[utoipa::path(post, path = "/api/events/{eventId}/queue/challenge", tag = "queue",
    params(("eventId" = String, Path, description = "The event", example = "1")),
    responses((status = 200, body = QueueChallenge), (status = 409, body = Problem)))]
pub async fn challenge(
    State(edge): Shared,
    Extension(viewer): Extension<Viewer>,
    ApiPath(event): ApiPath<EventId>,
) -> Result<Json<QueueChallenge>, ProblemResponse> {
    Ok(Json(edge.rooms.challenge(event, viewer.user)?))
}

/// Joins the queue. Whoever is in it already gets the place they have.
#[utoipa::path(post, path = "/api/events/{eventId}/queue", tag = "queue",
    params(("eventId" = String, Path, description = "The event", example = "1")),
    request_body = JoinQueue,
    responses((status = 201, body = QueuePlace), (status = 403, body = Problem),
        (status = 409, body = Problem, description = "queue_not_open: too early, too late, or no queue"),
        (status = 429, body = Problem)))]
pub async fn join(
    State(edge): Shared,
    Extension(viewer): Extension<Viewer>,
    presented: Presented,
    ApiPath(event): ApiPath<EventId>,
    ApiJson(request): ApiJson<JoinQueue>,
) -> Answer {
    let place = edge.rooms.join(event, viewer.user, &presented, &request).await?;
    let cookie = edge.rooms.place_cookie(event, &place.token);
    Ok(with_cookie((StatusCode::CREATED, Json(place)).into_response(), &cookie))
}

/// The place that this browser has.
#[utoipa::path(get, path = "/api/events/{eventId}/queue", tag = "queue",
    params(("eventId" = String, Path, description = "The event", example = "1")),
    responses((status = 200, body = QueuePlace), (status = 403, body = Problem)))]
pub async fn mine(
    State(edge): Shared,
    viewer: Option<Extension<Viewer>>,
    presented: Presented,
    ApiPath(event): ApiPath<EventId>,
) -> Result<Json<QueuePlace>, ProblemResponse> {
    let Extension(viewer) = viewer.ok_or_else(no_place)?;
    Ok(Json(edge.rooms.my_place(event, viewer.user, &presented)?))
}

/// Brings a place to this device, by the key of its recovery link.
#[utoipa::path(post, path = "/api/events/{eventId}/queue/recover", tag = "queue",
    params(("eventId" = String, Path, description = "The event", example = "1")),
    request_body = RecoverPlace,
    responses((status = 200, body = QueuePlace), (status = 403, body = Problem)))]
pub async fn recover(
    State(edge): Shared,
    Extension(viewer): Extension<Viewer>,
    ApiPath(event): ApiPath<EventId>,
    ApiJson(request): ApiJson<RecoverPlace>,
) -> Answer {
    let place = edge.rooms.recover(event, viewer.user, &request.key)?;
    let cookie = edge.rooms.place_cookie(event, &place.token);
    Ok(with_cookie(Json(place).into_response(), &cookie))
}

/// Exchanges a place at the front for an admission pass, once. Asking again gives the same pass.
#[utoipa::path(post, path = "/api/events/{eventId}/queue/exchange", tag = "queue",
    params(("eventId" = String, Path, description = "The event", example = "1")),
    request_body = ExchangePlace,
    responses((status = 200, body = Admission), (status = 403, body = Problem),
        (status = 409, body = Problem, description = "not_your_turn says when to try again"),
        (status = 410, body = Problem)))]
pub async fn exchange(
    State(edge): Shared,
    Extension(viewer): Extension<Viewer>,
    presented: Presented,
    ApiPath(event): ApiPath<EventId>,
    ApiJson(request): ApiJson<ExchangePlace>,
) -> Answer {
    let given = request.token.as_deref();
    let (admission, cookie) = edge.rooms.exchange(event, viewer.user, &presented, given).await?;
    Ok(with_cookie(Json::<Admission>(admission).into_response(), &cookie))
}

/// Tells how the queue stands, as often as that changes, over a WebSocket: for those who are near
/// the front. Each message is a `QueueNow`.
#[utoipa::path(get, path = "/api/events/{eventId}/queue/ws", tag = "queue",
    params(("eventId" = String, Path, description = "The event", example = "1")),
    responses((status = 101, description = "the socket is open"), (status = 403, body = Problem),
        (status = 409, body = Problem, description = "not near enough to the front")))]
pub async fn socket(
    State(edge): Shared,
    viewer: Option<Extension<Viewer>>,
    presented: Presented,
    ApiPath(event): ApiPath<EventId>,
    upgrade: Result<WebSocketUpgrade, axum::extract::ws::rejection::WebSocketUpgradeRejection>,
) -> Answer {
    let upgrade = upgrade.map_err(|error| {
        Problem::new(ProblemCode::InvalidRequest, format!("This is a WebSocket: {error}"))
    })?;
    let Extension(viewer) = viewer.ok_or_else(no_place)?;
    let ear = edge.rooms.ear(event, viewer.user, &presented)?;
    let upgrade = upgrade
        .max_message_size(SOCKET_BYTES)
        .read_buffer_size(SOCKET_BYTES)
        .write_buffer_size(0)
        .max_write_buffer_size(MOST_UNSENT_BYTES);
    Ok(upgrade.on_upgrade(|socket| ear.tell(socket)))
}

/// The key with which an edge can check passes, in hexadecimal (Ed25519).
#[utoipa::path(get, path = "/api/queue/pass-key", tag = "queue",
    responses((status = 200, content_type = "text/plain")))]
pub async fn pass_key(State(edge): Shared) -> String {
    edge.rooms.pass_key()
}

fn no_place() -> ProblemResponse {
    Problem::new(ProblemCode::PlaceInvalid, "You have no place in this queue here.").into()
}

/// The event whose seats are shown at a path, while they have a queue. Copies for everybody are not
/// handed out there.
pub fn queued_event(edge: &Edge, path: &str) -> Option<EventId> {
    let event = path.strip_prefix("/events/")?.parse().ok()?;
    edge.rooms.board.is_on(event).then_some(event)
}

/// Sends those who come to the seats of an event to its queue. Those who were let in have an address
/// of their own, which no edge keeps a copy of; whether they were is found out later, where it is
/// counted how much is done at once.
pub async fn lead_to_queue(edge: &Edge, request: Request, next: impl Next) -> Response {
    let queued = queued_event(edge, request.uri().path());
    let Some(event) = queued.filter(|_| !is_for_the_admitted(&request)) else {
        return next.run(request).await;
    };
    let mut response = to_the_queue(event);
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, TO_THE_QUEUE);
    if let Ok(key) = HeaderValue::from_str(&words_of::event(event)) {
        headers.insert(SURROGATE_KEY, key);
    }
    response
}

/// Lets those see the seats of an event with a queue who may take some.
pub async fn let_in(edge: &Edge, request: Request, next: impl Next) -> Response {
    let queued = queued_event(edge, request.uri().path());
    let Some(event) = queued.filter(|_| is_for_the_admitted(&request)) else {
        return next.run(request).await;
    };
    let mut response = match request.extensions().get::<Viewer>() {
        Some(viewer) => {
            let presented = Presented::read(request.headers());
            match edge.rooms.enter(event, viewer.user, &presented).await {
                Ok(_) => next.run(request).await,
                Err(_) => to_the_queue(event),
            }
        }
        None => to_the_queue(event),
    };
    response.headers_mut().insert(header::CACHE_CONTROL, PRIVATE);
    response
}

fn is_for_the_admitted(request: &Request) -> bool {
    let query = request.uri().query().unwrap_or_default();
    query.split('&').any(|pair| pair.starts_with("admitted"))
}

fn to_the_queue(event: EventId) -> Response {
    Redirect::to(&format!("/queue/{event}")).into_response()
}
