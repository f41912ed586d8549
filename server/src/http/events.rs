//! Looking: events, their sections, seat maps and availability.

use axum::{
    Extension, Json,
    extract::{Path, State},
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use onsale_app::api::{
    EventDetail, PerformerPage, PerformerSummary, Problem, ProblemCode, SearchPage, SearchQuery,
    SectionDetail, SuggestPage, SuggestQuery, Ticket, VenueDetail, VenuePage,
};
use onsale_domain::{EventId, PerformerId, Timestamp, VenueId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    Shared,
    extract::{ApiPath, ApiQuery},
    problem::ProblemResponse,
};

/// A stream is one browser's, and no proxy may gather it.
const NEVER: HeaderValue = HeaderValue::from_static("no-store, no-transform");
const EVENTS: HeaderValue = HeaderValue::from_static("text/event-stream");
const BINARY: HeaderValue = HeaderValue::from_static("application/octet-stream");

/// An event with its tickets.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EventWithTickets {
    event: EventDetail,
    venue: VenueDetail,
    performers: Vec<PerformerSummary>,
    tickets: Vec<Ticket>,
    /// While the box office cannot be asked: when the tickets were like this. Buying is paused.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    last_known_at: Option<Timestamp>,
}

/// Which tickets of an event are listed.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct TicketChoice {
    /// Only the tickets of the section with this number; those of all sections when absent.
    section: Option<u32>,
}

/// An event with its venue, seat map, performers and tickets.
#[utoipa::path(get, path = "/api/events/{eventId}", tag = "events",
    params(("eventId" = String, Path, description = "The event", example = "1"), TicketChoice),
    responses((status = 200, body = EventWithTickets), (status = 404, body = Problem)))]
pub async fn event(
    State(edge): Shared,
    ApiPath(id): ApiPath<EventId>,
    ApiQuery(choice): ApiQuery<TicketChoice>,
) -> Result<Json<EventWithTickets>, ProblemResponse> {
    let page = edge.office.event_page(id).await?;
    let tickets = edge.office.tickets(id, choice.section).await?;
    Ok(Json(EventWithTickets {
        event: page.event,
        venue: page.venue,
        performers: page.performers,
        tickets,
        last_known_at: page.last_known.map(|last| last.at),
    }))
}

/// Finds events. Without `start`, events that are over are left out.
#[utoipa::path(get, path = "/api/events/search", tag = "events", params(SearchQuery),
    responses((status = 200, body = SearchPage), (status = 400, body = Problem),
        (status = 422, body = Problem)))]
pub async fn search(
    State(edge): Shared,
    ApiQuery(query): ApiQuery<SearchQuery>,
) -> Result<Json<SearchPage>, ProblemResponse> {
    Ok(Json(edge.office.search(&query).await?))
}

/// Offers events, performers, venues and cities that the beginning of a search may mean.
#[utoipa::path(get, path = "/api/events/suggest", tag = "events", params(SuggestQuery),
    responses((status = 200, body = SuggestPage), (status = 400, body = Problem),
        (status = 422, body = Problem)))]
pub async fn suggest(
    State(edge): Shared,
    ApiQuery(query): ApiQuery<SuggestQuery>,
) -> Result<Json<SuggestPage>, ProblemResponse> {
    Ok(Json(edge.office.suggest(&query).await?))
}

/// A section of an event with its rows and seats.
#[utoipa::path(get, path = "/api/events/{eventId}/sections/{section}", tag = "events",
    params(("eventId" = String, Path, description = "The event", example = "1"),
        ("section" = u32, Path, description = "The number of the section", example = 0)),
    responses((status = 200, body = SectionDetail), (status = 404, body = Problem)))]
pub async fn section(
    State(edge): Shared,
    Path((id, section)): Path<(String, String)>,
) -> Result<Json<SectionDetail>, ProblemResponse> {
    let not_found = |detail: String| Problem::new(ProblemCode::NotFound, detail);
    let id: EventId = id.parse().map_err(|error| not_found(format!("{error}")))?;
    let section = section.parse().map_err(|_| not_found("There is no such section.".into()))?;
    Ok(Json(edge.office.section(id, section).await?))
}

/// A venue with what is coming up there, the soonest first.
#[utoipa::path(get, path = "/api/venues/{venueId}", tag = "events",
    params(("venueId" = String, Path, description = "The venue", example = "1")),
    responses((status = 200, body = VenuePage), (status = 404, body = Problem)))]
pub async fn venue(
    State(edge): Shared,
    ApiPath(id): ApiPath<VenueId>,
) -> Result<Json<VenuePage>, ProblemResponse> {
    Ok(Json(edge.office.venue_page(id).await?))
}

/// A performer with what is coming up with them, the soonest first.
#[utoipa::path(get, path = "/api/performers/{performerId}", tag = "events",
    params(("performerId" = String, Path, description = "The performer", example = "1")),
    responses((status = 200, body = PerformerPage), (status = 404, body = Problem)))]
pub async fn performer(
    State(edge): Shared,
    ApiPath(id): ApiPath<PerformerId>,
) -> Result<Json<PerformerPage>, ProblemResponse> {
    Ok(Json(edge.office.performer_page(id).await?))
}

/// The seat map's geometry in its binary form; the hash is part of the address, so it never
/// changes.
#[utoipa::path(get, path = "/api/events/{eventId}/geometry/{hash}", tag = "events",
    params(("eventId" = String, Path, description = "The event", example = "1"),
        ("hash" = String, Path, description = "As in venue.seatMap.geometryUrl of the event")),
    responses((status = 200, content_type = "application/octet-stream"),
        (status = 404, body = Problem)))]
pub async fn geometry(
    State(edge): Shared,
    Path((id, hash)): Path<(String, String)>,
) -> Result<Response, ProblemResponse> {
    let not_found = |detail: String| Problem::new(ProblemCode::NotFound, detail);
    let id: EventId = id.parse().map_err(|error| not_found(format!("{error}")))?;
    let facts = edge.office.facts(id).await?;
    if facts.event.seat_map_hash != hash {
        let detail = "The event has another seat map. Ask for the event again.";
        return Err(not_found(detail.into()).into());
    }
    Ok(([(header::CONTENT_TYPE, BINARY)], facts.map().to_bytes()).into_response())
}

/// The availability of an event, two bits a seat, with its version.
#[utoipa::path(get, path = "/api/events/{eventId}/seats.bin", tag = "events",
    params(("eventId" = String, Path, description = "The event", example = "1")),
    responses((status = 200, content_type = "application/octet-stream"),
        (status = 404, body = Problem)))]
pub async fn seats(
    State(edge): Shared,
    ApiPath(id): ApiPath<EventId>,
) -> Result<Response, ProblemResponse> {
    let availability = edge.office.availability(id).await?;
    Ok(([(header::CONTENT_TYPE, BINARY)], availability.to_bytes()).into_response())
}

/// What changes of an event's availability, as server-sent events: `delta` with the bytes of a delta
/// in base64, `pulse`, `resync`. Listen first, then ask for `seats.bin`.
#[utoipa::path(get, path = "/api/events/{eventId}/live", tag = "events",
    params(("eventId" = String, Path, description = "The event", example = "1")),
    responses((status = 200, content_type = "text/event-stream"),
        (status = 404, body = Problem), (status = 503, body = Problem)))]
pub async fn live(
    State(edge): Shared,
    ApiPath(id): ApiPath<EventId>,
) -> Result<Response, ProblemResponse> {
    edge.office.facts(id).await?;
    let Some(handover) = edge.live.listen(id) else {
        let detail = "More people are listening than this server can tell. The map asks instead.";
        return Err(Problem::new(ProblemCode::Unavailable, detail).retry_after(30).into());
    };
    let headers = [(header::CONTENT_TYPE, EVENTS), (header::CACHE_CONTROL, NEVER)];
    let body = handover.to_body();
    Ok((headers, Extension(handover), body).into_response())
}
