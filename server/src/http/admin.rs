//! The admin area by API: the same orders as on its pages. A program signs in, keeps the cookie and
//! sends the token of the answer as `X-CSRF-Token` with each change.

use axum::{
    Json,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use onsale_app::{
    admin::AuditLine,
    api::{Problem, ProblemCode, RoomBoard, RoomOrder, RoomRulesChange, SignIn, SignedIn},
};
use onsale_domain::{EventId, waiting_room::QueueNumber};

use super::{
    Shared,
    extract::{ApiJson, ApiPath},
    problem::ProblemResponse,
    queue::with_cookie,
};
use crate::{
    Edge,
    staff::{self, Session},
};

type Answer = Result<Response, ProblemResponse>;
type BoardAnswer = Result<Json<RoomBoard>, ProblemResponse>;

fn signed_in(edge: &Edge, session: &Session) -> SignedIn {
    SignedIn {
        email: session.member.email.clone(),
        role: session.member.role.as_str().to_owned(),
        csrf_token: session.csrf_token(edge),
    }
}

/// Who is signed in.
#[utoipa::path(get, path = "/api/admin/session", tag = "admin",
    responses((status = 200, body = SignedIn), (status = 401, body = Problem)))]
pub async fn session(State(edge): Shared, headers: HeaderMap) -> Answer {
    let session = Session::of(&edge, &headers).await?;
    Ok(Json(signed_in(&edge, &session)).into_response())
}

/// Signs an operator in.
#[utoipa::path(post, path = "/api/admin/session", tag = "admin", request_body = SignIn,
    responses((status = 201, body = SignedIn), (status = 401, body = Problem),
        (status = 429, body = Problem)))]
pub async fn sign_in(State(edge): Shared, ApiJson(given): ApiJson<SignIn>) -> Answer {
    let (session, secret) = staff::sign_in(&edge, &given).await?;
    let answer = (StatusCode::CREATED, Json(signed_in(&edge, &session))).into_response();
    Ok(with_cookie(answer, &staff::cookie(&edge, Some(&secret))))
}

/// Signs out.
#[utoipa::path(delete, path = "/api/admin/session", tag = "admin",
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem)))]
pub async fn sign_out(State(edge): Shared, headers: HeaderMap) -> Answer {
    let session = Session::of(&edge, &headers).await?;
    session.check_header(&edge, &headers)?;
    session.end(&edge).await?;
    Ok(with_cookie(StatusCode::NO_CONTENT.into_response(), &staff::cookie(&edge, None)))
}

/// Every waiting room that is on, with its live figures.
#[utoipa::path(get, path = "/api/admin/waiting-rooms", tag = "admin",
    responses((status = 200, body = Vec<RoomBoard>), (status = 401, body = Problem)))]
pub async fn rooms(
    State(edge): Shared,
    headers: HeaderMap,
) -> Result<Json<Vec<RoomBoard>>, ProblemResponse> {
    Session::of(&edge, &headers).await?;
    Ok(Json(staff::rooms(&edge).await?))
}

/// The waiting room of an event, with its live figures.
#[utoipa::path(get, path = "/api/admin/events/{eventId}/waiting-room", tag = "admin",
    params(("eventId" = String, Path, description = "The event", example = "1")),
    responses((status = 200, body = RoomBoard), (status = 401, body = Problem)))]
pub async fn room(
    State(edge): Shared,
    headers: HeaderMap,
    ApiPath(event): ApiPath<EventId>,
) -> BoardAnswer {
    Session::of(&edge, &headers).await?;
    Ok(Json(staff::room(&edge, event).await?))
}

/// Switches a waiting room on or off, plans a draw, pauses, resumes, drains, closes or resets.
#[utoipa::path(post, path = "/api/admin/events/{eventId}/waiting-room", tag = "admin",
    params(("eventId" = String, Path, description = "The event", example = "1")),
    request_body = RoomOrder,
    responses((status = 200, body = RoomBoard), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 409, body = Problem)))]
pub async fn command(
    State(edge): Shared,
    headers: HeaderMap,
    ApiPath(event): ApiPath<EventId>,
    ApiJson(order): ApiJson<RoomOrder>,
) -> BoardAnswer {
    let session = Session::of(&edge, &headers).await?;
    session.check_header(&edge, &headers)?;
    Ok(Json(staff::command(&edge, &session, event, &order).await?))
}

/// Changes how a waiting room is run; what is absent stays.
#[utoipa::path(patch, path = "/api/admin/events/{eventId}/waiting-room", tag = "admin",
    params(("eventId" = String, Path, description = "The event", example = "1")),
    request_body = RoomRulesChange,
    responses((status = 200, body = RoomBoard), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 422, body = Problem)))]
pub async fn set_rules(
    State(edge): Shared,
    headers: HeaderMap,
    ApiPath(event): ApiPath<EventId>,
    ApiJson(change): ApiJson<RoomRulesChange>,
) -> BoardAnswer {
    let session = Session::of(&edge, &headers).await?;
    session.check_header(&edge, &headers)?;
    Ok(Json(staff::set_rules(&edge, &session, event, &change).await?))
}

/// Ends the admission pass of a number before its time.
#[utoipa::path(delete, path = "/api/admin/events/{eventId}/waiting-room/passes/{number}",
    tag = "admin",
    params(("eventId" = String, Path, description = "The event", example = "1"),
        ("number" = u64, Path, description = "The number in the queue", example = 0)),
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem)))]
pub async fn revoke(
    State(edge): Shared,
    headers: HeaderMap,
    Path((event, number)): Path<(String, String)>,
) -> Answer {
    let session = Session::of(&edge, &headers).await?;
    session.check_header(&edge, &headers)?;
    let event = event.parse().map_err(|error| Problem::new(ProblemCode::NotFound, error))?;
    let number = number.parse().map(QueueNumber);
    let number = number.map_err(|_| Problem::new(ProblemCode::NotFound, "No such number."))?;
    staff::revoke(&edge, &session, event, number).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// What operators did lately, newest first.
#[utoipa::path(get, path = "/api/admin/audit-log", tag = "admin",
    responses((status = 200, body = Vec<AuditLine>), (status = 401, body = Problem),
        (status = 403, body = Problem)))]
pub async fn audit_log(
    State(edge): Shared,
    headers: HeaderMap,
) -> Result<Json<Vec<AuditLine>>, ProblemResponse> {
    let session = Session::of(&edge, &headers).await?;
    Ok(Json(staff::audit_log(&edge, &session).await?))
}
