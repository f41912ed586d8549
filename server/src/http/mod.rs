//! The router: every path of the server, and what is wrapped around them.

pub mod bookings;
mod events;
mod extract;
mod openapi;
mod posters;
mod probes;
pub mod problem;
mod webhooks;

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware::{from_fn, from_fn_with_state},
    routing::{MethodRouter, get, post},
};
use onsale_domain::limits::MAX_REQUEST_BODY_BYTES;
use onsale_pages::{BackendFor, PageSettings};
use tower::ServiceBuilder;
use tower_http::{catch_panic::CatchPanicLayer, compression::CompressionLayer};

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
};

/// What handlers of the API and the pages share.
pub type Shared = axum::extract::State<Arc<Edge>>;

/// Every path of the server, with everything that is wrapped around them.
///
/// What is wrapped is stacked before it is given to the router: the router puts every layer that it
/// is given into a box of its own, and each request would copy all boxes inside of each box.
pub async fn router(edge: Arc<Edge>, api: Router<Arc<Edge>>) -> Router {
    let timeout = Duration::from_millis(edge.settings.server.request_timeout_ms);
    let places = Places::new(edge.settings.server.max_concurrent_requests, timeout);

    let people = Router::new()
        .merge(api)
        .with_state(Arc::clone(&edge))
        .merge(onsale_pages::routes(&page_settings(&edge), backend_of(&edge)))
        .layer(
            ServiceBuilder::new()
                .layer(from_fn(same_origin))
                .layer(from_fn_with_state(WriteLimit::new(Arc::clone(&edge)), limit_writes))
                .layer(from_fn_with_state(Arc::clone(&edge), recognise)),
        );
    let of_pages = onsale_pages::page_headers(people.clone()).await;
    edge.copies.set_release(&of_pages);

    // The provider is neither a fan nor a browser.
    let provider = Router::new()
        .route("/api/webhooks/payments", post(webhooks::receive))
        .with_state(Arc::clone(&edge));

    // The operator's probes are answered when everything else is shed.
    let machines = Router::new()
        .route("/healthz", get(probes::healthz))
        .route("/readyz", get(probes::readyz))
        .route("/metrics", get(probes::metrics))
        .with_state(Arc::clone(&edge));

    let shared = provider.merge(people).layer(from_fn_with_state(places, shed));
    shared.merge(machines).method_not_allowed_fallback(problem::method_not_allowed).layer(
        ServiceBuilder::new()
            // Outside of everything: what is prepared for all is sent as it is.
            .layer(from_fn_with_state(edge, copied))
            .layer(from_fn(observe))
            .layer(CatchPanicLayer::custom(problem::after_panic))
            .layer(from_fn(problem::add_request_id))
            .layer(from_fn_with_state(of_pages, secure))
            .layer(CompressionLayer::new())
            .layer(DefaultBodyLimit::max(MAX_REQUEST_BODY_BYTES)),
    )
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
        Arc::new(Counter { edge: Arc::clone(&edge), request_id })
    })
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
        // Paths of the API that do not exist are told so in its own words. Forms of pages are
        // registered with the pages.
        .route("/api/{*path}", get(problem::unknown_path).delete(problem::unknown_path))
}
