//! The router: every path of the server, and what is wrapped around them.

mod admin;
mod admin_pages;
pub mod bookings;
mod events;
mod extract;
mod openapi;
mod posters;
mod probes;
pub mod problem;
pub mod queue;
mod queue_pages;
mod webhooks;

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request, State},
    middleware::{self, from_fn_with_state},
    response::Response,
    routing::{MethodRouter, get, post},
};
use onsale_domain::limits::MAX_REQUEST_BODY_BYTES;
use onsale_pages::{BackendFor, PageHeaders, PageSettings};
use tower::ServiceBuilder;
use tower_http::compression::CompressionLayer;

use self::{
    problem::{add_request_id, without_panic},
    queue::{lead_to_queue, let_in},
};
use crate::{
    Edge,
    copies::copied,
    middleware::{
        headers::secure,
        observe::{RequestId, observe},
        origin::same_origin,
        rate_limit::{WriteLimit, limit_writes},
        shed::{Places, shed},
        viewer::recognise,
    },
    office::Counter,
    waiting_room::Presented,
};

/// What handlers of the API and the pages share.
pub type Shared = State<Arc<Edge>>;

/// Every path of the server, with everything that is wrapped around them.
pub async fn router(edge: Arc<Edge>, api: Router<Arc<Edge>>) -> Router {
    let timeout = Duration::from_millis(edge.settings.server.request_timeout_ms);
    let places = Places::new(edge.settings.server.max_concurrent_requests, timeout);

    let limit = WriteLimit::new(Arc::clone(&edge));
    let inside = Inside { edge: Arc::clone(&edge), places: places.clone(), limit };
    let people = Router::new()
        .merge(api)
        .with_state(Arc::clone(&edge))
        .merge(onsale_pages::routes(&page_settings(&edge), backend_of(&edge)))
        .layer(from_fn_with_state(Arc::new(inside), around_people));
    let of_pages = onsale_pages::page_headers(people.clone()).await;
    edge.copies.set_release(&of_pages);

    // The provider is neither a fan nor a browser.
    let provider = Router::new()
        .route("/api/webhooks/payments", post(webhooks::receive))
        .with_state(Arc::clone(&edge))
        .layer(from_fn_with_state(places, around_provider));

    // The operator's probes are answered when everything else is shed.
    let machines = Router::new()
        .route("/healthz", get(probes::healthz))
        .route("/readyz", get(probes::readyz))
        .route("/metrics", get(probes::metrics))
        .with_state(Arc::clone(&edge));

    let outside = Arc::new(Outside { edge, of_pages });
    let all = provider.merge(people).merge(machines);
    all.method_not_allowed_fallback(problem::method_not_allowed).layer(
        ServiceBuilder::new()
            .layer(from_fn_with_state(outside, around_all))
            .layer(CompressionLayer::new())
            .layer(DefaultBodyLimit::max(MAX_REQUEST_BODY_BYTES)),
    )
}

/// What is needed around everything.
struct Outside {
    edge: Arc<Edge>,
    of_pages: PageHeaders,
}

async fn around_all(
    State(outside): State<Arc<Outside>>,
    request: Request,
    next: middleware::Next,
) -> Response {
    // Outside of nearly everything: what is prepared for all is sent as it is.
    copied(Arc::clone(&outside.edge), request, async move |request| {
        let Outside { edge, of_pages } = &*outside;
        let observed = observe(request, |request| {
            without_panic(request, |request| {
                add_request_id(request, |request| {
                    secure(of_pages, request, |request| {
                        lead_to_queue(edge, request, |request| next.run(request))
                    })
                })
            })
        });
        observed.await
    })
    .await
}

/// What is needed around what people ask for.
struct Inside {
    edge: Arc<Edge>,
    places: Places,
    limit: WriteLimit,
}

async fn around_people(
    State(inside): State<Arc<Inside>>,
    request: Request,
    next: middleware::Next,
) -> Response {
    let Inside { edge, places, limit } = &*inside;
    let shed = shed(places, request, |request| {
        same_origin(request, |request| {
            limit_writes(limit, request, |request| {
                recognise(edge, request, |request| {
                    let_in(edge, request, |request| next.run(request))
                })
            })
        })
    });
    shed.await
}

async fn around_provider(
    State(places): State<Places>,
    request: Request,
    next: middleware::Next,
) -> Response {
    shed(&places, request, |request| next.run(request)).await
}

fn page_settings(edge: &Edge) -> PageSettings {
    let server = &edge.settings.server;
    PageSettings {
        site_root: server.site_root.clone(),
        address: server.address,
        public_url: server.public_url.clone(),
    }
}

fn backend_of(edge: &Arc<Edge>) -> BackendFor {
    let edge = Arc::clone(edge);
    Arc::new(move |parts| {
        let request_id = parts.extensions.get::<RequestId>();
        let request_id = request_id.map(|id| id.0.clone()).unwrap_or_default();
        let presented = Presented::read(&parts.headers);
        Arc::new(Counter { edge: Arc::clone(&edge), request_id, presented })
    })
}

fn queue_routes() -> Router<Arc<Edge>> {
    Router::new()
        .route("/api/events/{event_id}/queue", get(queue::mine).post(queue::join))
        .route("/api/events/{event_id}/queue/now.json", get(queue::now))
        .route("/api/events/{event_id}/queue/challenge", post(queue::challenge))
        .route("/api/events/{event_id}/queue/recover", post(queue::recover))
        .route("/api/events/{event_id}/queue/exchange", post(queue::exchange))
        .route("/api/events/{event_id}/queue/ws", get(queue::socket))
        .route("/api/queue/pass-key", get(queue::pass_key))
        .route("/queue/{event_id}", get(queue_pages::waiting).post(queue_pages::join))
        .route("/queue/{event_id}/place", get(queue_pages::place).post(queue_pages::enter))
        .route("/queue/{event_id}/return", get(queue_pages::come_back).post(queue_pages::recover))
        .route("/queue/{event_id}/verify", get(queue_pages::verify))
}

fn admin_routes() -> Router<Arc<Edge>> {
    Router::new()
        .route(
            "/api/admin/session",
            get(admin::session).post(admin::sign_in).delete(admin::sign_out),
        )
        .route("/api/admin/waiting-rooms", get(admin::rooms))
        .route(
            "/api/admin/events/{event_id}/waiting-room",
            get(admin::room).post(admin::command).patch(admin::set_rules),
        )
        .route(
            "/api/admin/events/{event_id}/waiting-room/passes/{number}",
            axum::routing::delete(admin::revoke),
        )
        .route("/api/admin/audit-log", get(admin::audit_log))
        .route("/admin", get(admin_pages::home))
        .route("/admin/sign-in", get(admin_pages::sign_in_form).post(admin_pages::sign_in))
        .route("/admin/sign-out", post(admin_pages::sign_out))
        .route("/admin/events/{event_id}", get(admin_pages::room))
        .route("/admin/events/{event_id}/command", post(admin_pages::command))
        .route("/admin/events/{event_id}/rules", post(admin_pages::set_rules))
        .route("/admin/audit-log", get(admin_pages::audit_log))
}

/// The paths of the API, with `reserve` at the one that holds seats.
pub fn api(reserve: MethodRouter<Arc<Edge>>) -> Router<Arc<Edge>> {
    Router::new()
        .route("/api/events/search", get(events::search))
        .route("/api/events/suggest", get(events::suggest))
        .route("/api/events/{event_id}", get(events::event))
        .route("/api/events/{event_id}/sections/{section}", get(events::section))
        .route("/api/events/{event_id}/geometry/{hash}", get(events::geometry))
        .route("/api/events/{event_id}/seats.bin", get(events::seats))
        .route("/api/events/{event_id}/live", get(events::live))
        .route("/api/venues/{venue_id}", get(events::venue))
        .route("/api/performers/{performer_id}", get(events::performer))
        .route("/api/bookings", get(bookings::mine))
        .route("/api/bookings/reserve", reserve)
        .route(
            "/api/bookings/{id}",
            get(bookings::booking).delete(bookings::release).post(bookings::book_once),
        )
        .route("/api/bookings/{id}/confirm", post(bookings::confirm))
        .route("/api/bookings/{id}/cancel", post(bookings::cancel))
        .route("/api/openapi.json", get(openapi::document))
        .route("/api", get(openapi::page))
        .route("/posters/{name}", get(posters::poster))
        .merge(queue_routes())
        .merge(admin_routes())
        // Paths of the API that do not exist are told so in its own words. Forms of pages are
        // registered with the pages.
        .route("/api/{*path}", get(problem::unknown_path).delete(problem::unknown_path))
}
