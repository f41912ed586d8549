//! Taking: reserving, paying, looking at a booking and giving it back.

use std::sync::Arc;

use axum::{
    Extension, Json,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use onsale_app::{
    api::{
        BookOnce, BookingDetail, BookingStatus, ConfirmRequest, Problem, ProblemCode,
        ReserveRequest,
    },
    backend::{Backend, BookingAccess, Viewer},
};
use onsale_domain::{BookingId, EventId};

use super::{
    Shared,
    extract::{Access, ApiJson, ApiPath, idempotency_key},
    problem::ProblemResponse,
};
use crate::{Edge, middleware::observe::RequestId, office::Counter, waiting_room::Presented};

type Answer = Result<Response, ProblemResponse>;
type WithRequestId = Extension<RequestId>;

fn counter(
    edge: Arc<Edge>,
    Extension(RequestId(request_id)): WithRequestId,
    presented: Presented,
) -> Counter {
    Counter { edge, request_id, presented }
}

/// Holds seats: named ones, all or none, or the best that are left.
///
/// With an `Idempotency-Key` the same request can be sent again and finds the same booking.
#[utoipa::path(post, path = "/api/bookings/reserve", tag = "bookings",
    params(("Idempotency-Key" = Option<String>, Header,
        description = "1–128 characters of your choice, one for each booking"),
        ("Admission-Pass" = Option<String>, Header,
            description = "While the event has a queue; browsers have it in a cookie")),
    request_body = ReserveRequest,
    responses((status = 201, body = BookingDetail), (status = 400, body = Problem),
        (status = 403, body = Problem, description = "admission_required: there is a queue"),
        (status = 409, body = Problem, description = "seat_taken names the seats"),
        (status = 422, body = Problem), (status = 429, body = Problem),
        (status = 503, body = Problem)))]
pub async fn reserve(
    State(edge): Shared,
    request_id: WithRequestId,
    Extension(viewer): Extension<Viewer>,
    headers: HeaderMap,
    ApiJson(request): ApiJson<ReserveRequest>,
) -> Answer {
    let key = idempotency_key(&headers)?;
    let booking = counter(edge, request_id, Presented::read(&headers))
        .reserve(viewer, key.as_deref(), &request)
        .await?;
    let location = HeaderValue::from_str(&format!("/api/bookings/{}", booking.booking_id));
    let mut response = (StatusCode::CREATED, Json(booking)).into_response();
    if let Ok(location) = location {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

/// Starts the payment of a booking. 202 while the payment is under way, 200 once it is confirmed.
#[utoipa::path(post, path = "/api/bookings/{bookingId}/confirm", tag = "bookings",
    params(("bookingId" = String, Path, description = "The booking"),
        ("key" = Option<String>, Query, description = "The key of the booking's link; without it, only its owner's cookie opens it")),
    request_body = ConfirmRequest,
    responses((status = 202, body = BookingDetail), (status = 200, body = BookingDetail),
        (status = 402, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 410, body = Problem),
        (status = 503, body = Problem)))]
pub async fn confirm(
    State(edge): Shared,
    request_id: WithRequestId,
    Access(access): Access,
    ApiPath(id): ApiPath<BookingId>,
    ApiJson(request): ApiJson<ConfirmRequest>,
) -> Answer {
    Ok(in_progress_or_done(
        counter(edge, request_id, Presented::default()).confirm(&access, id, &request).await?,
    ))
}

/// Reserves and pays in one call. When the payment is declined, the problem comes with the
/// booking's address in `Location`, and the seats are still held.
#[utoipa::path(post, path = "/api/bookings/{eventId}", tag = "bookings",
    params(("eventId" = String, Path, description = "The event", example = "1"),
        ("Idempotency-Key" = Option<String>, Header,
            description = "1–128 characters of your choice, one for each booking")),
    request_body = BookOnce,
    responses((status = 202, body = BookingDetail), (status = 200, body = BookingDetail),
        (status = 400, body = Problem), (status = 402, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn book_once(
    State(edge): Shared,
    request_id: WithRequestId,
    Extension(viewer): Extension<Viewer>,
    ApiPath(event): ApiPath<EventId>,
    headers: HeaderMap,
    ApiJson(request): ApiJson<BookOnce>,
) -> Answer {
    let key = idempotency_key(&headers)?;
    let wish = ReserveRequest {
        ticket_ids: Some(request.ticket_ids),
        event_id: Some(event),
        ..ReserveRequest::default()
    };
    let counter = counter(edge, request_id, Presented::read(&headers));
    let held = counter.reserve(viewer, key.as_deref(), &wish).await?;
    let access = BookingAccess::Owner(viewer.user);
    let paid = counter.confirm(&access, held.booking_id, &request.payment_details).await;
    let mut response = match paid {
        Ok(booking) => in_progress_or_done(booking),
        Err(problem) => ProblemResponse(problem).into_response(),
    };
    if let Ok(location) = HeaderValue::from_str(&format!("/api/bookings/{}", held.booking_id)) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

/// A booking and where it stands.
#[utoipa::path(get, path = "/api/bookings/{bookingId}", tag = "bookings",
    params(("bookingId" = String, Path, description = "The booking"),
        ("key" = Option<String>, Query, description = "The key of the booking's link")),
    responses((status = 200, body = BookingDetail), (status = 404, body = Problem)))]
pub async fn booking(
    State(edge): Shared,
    Access(access): Access,
    ApiPath(id): ApiPath<BookingId>,
) -> Answer {
    Ok(Json(edge.office.booking(&access, id).await?).into_response())
}

/// Gives the seats of an unpaid booking back. Doing so again changes nothing.
#[utoipa::path(delete, path = "/api/bookings/{bookingId}", tag = "bookings",
    params(("bookingId" = String, Path, description = "The booking"),
        ("key" = Option<String>, Query, description = "The key of the booking's link")),
    responses((status = 200, body = BookingDetail), (status = 404, body = Problem),
        (status = 409, body = Problem)))]
pub async fn release(
    State(edge): Shared,
    Access(access): Access,
    ApiPath(id): ApiPath<BookingId>,
) -> Answer {
    Ok(Json(edge.office.release(&access, id).await?).into_response())
}

/// Cancels a paid booking: its seats go back on sale, and its money to the buyer. Doing so again
/// changes nothing.
#[utoipa::path(post, path = "/api/bookings/{bookingId}/cancel", tag = "bookings",
    params(("bookingId" = String, Path, description = "The booking"),
        ("key" = Option<String>, Query, description = "The key of the booking's link")),
    responses((status = 200, body = BookingDetail), (status = 404, body = Problem),
        (status = 409, body = Problem, description = "too_late_to_cancel, or it is not confirmed")))]
pub async fn cancel(
    State(edge): Shared,
    Access(access): Access,
    ApiPath(id): ApiPath<BookingId>,
) -> Answer {
    Ok(Json(edge.office.cancel(&access, id).await?).into_response())
}

/// The bookings of whoever the cookie names, newest first, at most 50.
#[utoipa::path(get, path = "/api/bookings", tag = "bookings",
    responses((status = 200, body = Vec<BookingDetail>), (status = 404, body = Problem)))]
pub async fn mine(State(edge): Shared, viewer: Option<Extension<Viewer>>) -> Answer {
    let Some(Extension(viewer)) = viewer else {
        let detail = "You have no bookings on this device.";
        return Err(Problem::new(ProblemCode::BookingNotFound, detail).into());
    };
    Ok(Json(edge.office.bookings_of(viewer).await?).into_response())
}

fn in_progress_or_done(booking: BookingDetail) -> Response {
    let status = match booking.status {
        BookingStatus::InProgress => StatusCode::ACCEPTED,
        _ => StatusCode::OK,
    };
    (status, Json(booking)).into_response()
}
