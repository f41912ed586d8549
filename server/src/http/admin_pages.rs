//! The pages of the admin area, as plain forms.

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use onsale_app::{
    Document, admin,
    api::{Problem, ProblemCode, RoomOrder, RoomRulesChange, SearchQuery, SignIn},
};
use onsale_domain::EventId;
use serde::Deserialize;

use super::{
    Shared,
    extract::{ApiForm, ApiPath, ApiQuery},
    problem::ProblemResponse,
    queue::with_cookie,
    queue_pages::light,
};
use crate::{
    Edge,
    office::invalid,
    sharing::PRIVATE,
    staff::{self, Session},
};

/// A form that only proves where it comes from.
#[derive(Deserialize)]
pub struct Proven {
    #[serde(default)]
    csrf: String,
}

/// A switch that was pressed.
#[derive(Deserialize)]
pub struct CommandForm {
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    command: String,
    joins_at: Option<String>,
    opens_at: Option<String>,
}

/// How a room shall be run.
#[derive(Deserialize)]
pub struct RulesForm {
    #[serde(default)]
    csrf: String,
    rate_per_minute: u32,
    max_active_passes: u32,
    pass_seconds: u32,
    grace_seconds: u32,
    hold_budget: u16,
    proof_bits: u8,
    tell_all: Option<String>,
}

/// Events in the list at the beginning.
const EVENTS_LISTED: u32 = 20;

/// The event that somebody looks for.
#[derive(Deserialize)]
pub struct Sought {
    #[serde(default)]
    keyword: String,
}

fn page(edge: &Edge, status: u16, page: Document) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    (status, [(header::CACHE_CONTROL, PRIVATE)], light(edge, page)).into_response()
}

/// Who sent a request; whoever is not signed in is sent to the door.
async fn session(edge: &Edge, headers: &HeaderMap) -> Result<Session, Response> {
    Session::of(edge, headers).await.map_err(|problem| match problem.code {
        ProblemCode::SignInRequired => Redirect::to("/admin/sign-in").into_response(),
        _ => ProblemResponse(problem).into_response(),
    })
}

fn refused(edge: &Edge, session: &Session, problem: &Problem) -> Response {
    page(edge, problem.status, admin::refused_page(&session.operator(edge), problem))
}

/// `GET /admin/sign-in`
pub async fn sign_in_form(State(edge): Shared) -> Response {
    page(&edge, 200, admin::sign_in_page(None))
}

/// `POST /admin/sign-in`
pub async fn sign_in(State(edge): Shared, ApiForm(given): ApiForm<SignIn>) -> Response {
    match staff::sign_in(&edge, &given).await {
        Ok((_, secret)) => {
            let next = Redirect::to("/admin").into_response();
            with_cookie(next, &staff::cookie(&edge, Some(&secret)))
        }
        Err(problem) => page(&edge, problem.status, admin::sign_in_page(Some(&problem))),
    }
}

/// `POST /admin/sign-out`
pub async fn sign_out(
    State(edge): Shared,
    headers: HeaderMap,
    ApiForm(form): ApiForm<Proven>,
) -> Result<Response, Response> {
    let session = session(&edge, &headers).await?;
    let ended = match session.check_csrf(&edge, &form.csrf) {
        Ok(()) => session.end(&edge).await,
        Err(problem) => Err(problem),
    };
    if let Err(problem) = ended {
        return Ok(refused(&edge, &session, &problem));
    }
    let next = Redirect::to("/admin/sign-in").into_response();
    Ok(with_cookie(next, &staff::cookie(&edge, None)))
}

/// `GET /admin`
pub async fn home(
    State(edge): Shared,
    headers: HeaderMap,
    ApiQuery(Sought { keyword }): ApiQuery<Sought>,
) -> Result<Response, Response> {
    let session = session(&edge, &headers).await?;
    let shown = async {
        let query = SearchQuery {
            keyword: Some(keyword.clone()).filter(|keyword| !keyword.trim().is_empty()),
            page_size: Some(EVENTS_LISTED),
            ..SearchQuery::default()
        };
        let rooms = staff::rooms(&edge).await?;
        let found = edge.office.search(&query).await?;
        Ok(admin::home_page(&session.operator(&edge), &rooms, &keyword, &found.events))
    };
    Ok(match shown.await {
        Ok(found) => page(&edge, 200, found),
        Err(problem) => refused(&edge, &session, &problem),
    })
}

/// `GET /admin/events/{event}`
pub async fn room(
    State(edge): Shared,
    headers: HeaderMap,
    ApiPath(event): ApiPath<EventId>,
) -> Result<Response, Response> {
    let session = session(&edge, &headers).await?;
    Ok(show_room(&edge, &session, event, None).await)
}

async fn show_room(
    edge: &Edge,
    session: &Session,
    event: EventId,
    problem: Option<&Problem>,
) -> Response {
    match staff::room(edge, event).await {
        Ok(room) => {
            let status = problem.map_or(200, |problem| problem.status);
            page(edge, status, admin::room_page(&session.operator(edge), &room, problem))
        }
        Err(problem) => refused(edge, session, &problem),
    }
}

/// What a field for a time sends, which leaves out the zone, and the seconds when they are none.
fn utc(text: &str) -> String {
    match text.len() {
        16 => format!("{text}:00Z"),
        19 => format!("{text}Z"),
        _ => text.to_owned(),
    }
}

/// `POST /admin/events/{event}/command`
pub async fn command(
    State(edge): Shared,
    headers: HeaderMap,
    ApiPath(event): ApiPath<EventId>,
    ApiForm(form): ApiForm<CommandForm>,
) -> Result<Response, Response> {
    let session = session(&edge, &headers).await?;
    let done = async {
        session.check_csrf(&edge, &form.csrf)?;
        let time = |field: &str, text: &Option<String>| {
            let text = text.as_deref().map(str::trim).filter(|text| !text.is_empty());
            text.map(|text| utc(text).parse().map_err(|error| invalid(field, error))).transpose()
        };
        let order = RoomOrder {
            command: form.command.clone(),
            joins_at: time("joinsAt", &form.joins_at)?,
            opens_at: time("opensAt", &form.opens_at)?,
        };
        staff::command(&edge, &session, event, &order).await
    };
    Ok(match done.await {
        Ok(_) => Redirect::to(&format!("/admin/events/{event}")).into_response(),
        Err(problem) => show_room(&edge, &session, event, Some(&problem)).await,
    })
}

/// `POST /admin/events/{event}/rules`
pub async fn set_rules(
    State(edge): Shared,
    headers: HeaderMap,
    ApiPath(event): ApiPath<EventId>,
    ApiForm(form): ApiForm<RulesForm>,
) -> Result<Response, Response> {
    let session = session(&edge, &headers).await?;
    let done = async {
        session.check_csrf(&edge, &form.csrf)?;
        let change = RoomRulesChange {
            rate_per_minute: Some(form.rate_per_minute),
            max_active_passes: Some(form.max_active_passes),
            pass_seconds: Some(form.pass_seconds),
            grace_seconds: Some(form.grace_seconds),
            hold_budget: Some(form.hold_budget),
            proof_bits: Some(form.proof_bits),
            tell_all: Some(form.tell_all.is_some()),
        };
        staff::set_rules(&edge, &session, event, &change).await
    };
    Ok(match done.await {
        Ok(_) => Redirect::to(&format!("/admin/events/{event}")).into_response(),
        Err(problem) => show_room(&edge, &session, event, Some(&problem)).await,
    })
}

/// `GET /admin/audit-log`
pub async fn audit_log(State(edge): Shared, headers: HeaderMap) -> Result<Response, Response> {
    let session = session(&edge, &headers).await?;
    Ok(match staff::audit_log(&edge, &session).await {
        Ok(lines) => page(&edge, 200, admin::audit_log_page(&session.operator(&edge), &lines)),
        Err(problem) => refused(&edge, &session, &problem),
    })
}
