//! Copies of what is the same for everybody: pages, availability, geometry, searches. An answer is
//! made once, packed once, and sent to all who ask for it while it is fresh; see [`crate::shelf`].

mod compress;
mod copy;

use std::{sync::Arc, time::Duration};

use axum::{
    body::{Body, Bytes, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use onsale_app::api::{Problem, ProblemCode};

use crate::{
    Edge,
    http::problem::ProblemResponse,
    shelf::{Found, Life, Shelf},
};
use copy::Copy;

/// Bytes that copies take in memory.
const CAPACITY_BYTES: u64 = 256 * 1024 * 1024;
/// About what one copy takes.
const TYPICAL_BYTES: u64 = 64 * 1024;
/// A larger answer is not kept.
const MAX_BYTES: usize = 16 * 1024 * 1024;
/// Longer addresses are answered without keeping a copy: nobody shares those.
const MAX_ADDRESS_CHARS: usize = 512;

/// A page shows a change of its event within this time, even when nobody tells of the change.
const PAGE: Life = Life::fresh_for(Duration::from_secs(2));
/// Searches that many people make.
const SEARCH: Life = Life::fresh_for(Duration::from_secs(2));
/// Availability is worth a second.
const SEATS: Life = Life::fresh_for(Duration::from_millis(700));
/// What never changes under its address.
const IMMUTABLE: Life = Life {
    fresh: Duration::from_secs(86_400),
    old: Duration::from_secs(86_400),
    on_failure: Duration::from_secs(86_400),
};

/// The copies of one server.
pub struct Copies {
    shelf: Shelf<String, Arc<Copy>, Arc<Copy>>,
}

impl Default for Copies {
    fn default() -> Self {
        Self { shelf: Shelf::new(CAPACITY_BYTES / TYPICAL_BYTES, PAGE) }
    }
}

impl Copies {
    /// What shows one of these has changed.
    pub fn outdate(&self, keys: &[String]) {
        self.shelf.outdate_where(|copy| copy.keys.iter().any(|key| keys.contains(key)));
    }

    /// Anything may have changed.
    pub fn outdate_all(&self) {
        self.shelf.outdate_all();
    }
}

/// How long copies of the answer at an address live; `None` when it is not the same for everybody.
fn life_of(uri: &Uri) -> Option<Life> {
    let path = uri.path();
    let mut parts = path.trim_start_matches('/').split('/');
    match (parts.next(), parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(""), None, ..) => Some(PAGE),
        (Some("search"), None, ..) => Some(SEARCH),
        (Some("events"), Some(_), None, ..) => Some(PAGE),
        (Some("queue"), Some(_), None, ..) => Some(PAGE),
        (Some("queue"), Some(_), Some("verify"), None, _) => Some(PAGE),
        (Some("api"), Some("events"), Some("search" | "suggest"), None, _) => Some(SEARCH),
        (Some("api"), Some("events"), Some(_), Some("seats.bin"), None) => Some(SEATS),
        (Some("api"), Some("events"), Some(_), Some("geometry"), Some(_)) => Some(IMMUTABLE),
        (Some("posters"), Some(_), None, ..) => Some(IMMUTABLE),
        _ => None,
    }
}

/// Answers with a copy where there is one, and makes one where there can be.
pub async fn copied(State(edge): State<Arc<Edge>>, request: Request, next: Next) -> Response {
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    let address = request.uri().path_and_query().map_or("/", |address| address.as_str());
    let life = match life_of(request.uri()) {
        Some(life) if is_read && address.len() <= MAX_ADDRESS_CHARS => life,
        _ => return next.run(request).await,
    };
    let key = address.to_owned();
    if let Some(copy) = edge.copies.shelf.fresh(&key) {
        metrics::counter!("onsale_copies_total", "found" => "fresh").increment(1);
        return copy.answer(request.method(), request.headers());
    }
    let (method, asked) = (request.method().clone(), request.headers().clone());
    let load = make(Arc::clone(&edge), request, next);
    let (copy, found) = match edge.copies.shelf.get(&key, Some(life), load).await {
        Ok((copy, found)) => (copy, name_of(found)),
        Err(copy) => (copy, "failed"),
    };
    metrics::counter!("onsale_copies_total", "found" => found).increment(1);
    copy.answer(&method, &asked)
}

const fn name_of(found: Found) -> &'static str {
    match found {
        Found::Fresh => "fresh",
        Found::Old => "old",
        Found::Loaded => "loaded",
        Found::Stale => "stale",
    }
}

/// Has the answer made as for nobody in particular. `Err` with a complaint of ours.
async fn make(edge: Arc<Edge>, request: Request, next: Next) -> Result<Arc<Copy>, Arc<Copy>> {
    let uri = request.uri().clone();
    let (mut parts, _) = request.into_parts();
    parts.method = Method::GET;
    parts.headers = anonymous(&parts.headers);
    let response = next.run(Request::from_parts(parts, Body::empty())).await;
    let copy = match prepare(&edge, &uri, response).await {
        Some(copy) => copy,
        None => prepare(&edge, &uri, too_large()).await.unwrap_or_else(|| {
            let status = StatusCode::INTERNAL_SERVER_ERROR;
            Copy::new(status, HeaderMap::new(), Bytes::new(), Vec::new())
        }),
    };
    if copy.is_good() { Ok(Arc::new(copy)) } else { Err(Arc::new(copy)) }
}

/// What of a request's headers an answer for everybody may depend on.
fn anonymous(headers: &HeaderMap) -> HeaderMap {
    let mut kept = HeaderMap::new();
    kept.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    for name in [header::HOST, header::ACCEPT] {
        if let Some(value) = headers.get(&name) {
            kept.insert(name, value.clone());
        }
    }
    kept
}

async fn prepare(edge: &Edge, uri: &Uri, response: Response) -> Option<Copy> {
    let keys = match response.status() {
        StatusCode::OK => edge.office.surrogate_keys(uri.path()).await,
        _ => Vec::new(),
    };
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, MAX_BYTES).await.ok()?;
    let prepare = move || Copy::new(parts.status, parts.headers, body, keys);
    // Packing a large answer takes longer than a thread of the runtime may be kept.
    tokio::task::spawn_blocking(prepare).await.ok().inspect(|copy| {
        metrics::histogram!("onsale_copy_bytes").record(copy.size() as f64);
    })
}

fn too_large() -> Response {
    let detail = "The answer is larger than this server sends.";
    ProblemResponse(Problem::new(ProblemCode::Internal, detail)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_the_same_for_everybody_is_copied() {
        let is_copied = |address: &str| life_of(&address.parse().expect("an address")).is_some();
        for address in [
            "/",
            "/search?keyword=jazz",
            "/events/1",
            "/queue/1",
            "/queue/1/verify",
            "/api/events/search",
            "/api/events/1/seats.bin",
            "/api/events/1/geometry/abc",
            "/posters/1.svg",
        ] {
            assert!(is_copied(address), "{address}");
        }
        for address in [
            "/bookings",
            "/bookings/1",
            "/events/1/more",
            "/queue/1/place",
            "/queue/1/return?key=x",
            "/admin",
            "/api/bookings",
            "/api/events/1/live",
            "/api/events/1/queue/now.json",
            "/healthz",
            "/pkg/onsale.js",
        ] {
            assert!(!is_copied(address), "{address}");
        }
    }
}
