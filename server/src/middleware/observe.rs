//! The id of the request, its log line and its metrics.

use std::time::Instant;

use axum::{
    extract::{MatchedPath, Request},
    http::{HeaderMap, HeaderName, HeaderValue},
    response::Response,
};
use tracing::Instrument;
use uuid::Uuid;

use super::Next;

static REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// A longer id from outside is not believed.
const MAX_ID_CHARS: usize = 64;

/// The id under which the logs know a request. A proxy may give it.
#[derive(Debug, Clone)]
pub struct RequestId(pub String);

/// Gives the request an id, logs and counts it.
pub async fn observe(mut request: Request, next: impl Next) -> Response {
    let id = given_id(request.headers()).unwrap_or_else(|| Uuid::now_v7().simple().to_string());
    request.extensions_mut().insert(RequestId(id.clone()));
    let method = request.method().clone();
    let uri = request.uri().clone();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "other".to_owned(), |route| route.as_str().to_owned());
    let span = tracing::info_span!("request", request_id = id);
    let started = Instant::now();
    let mut response = next.run(request).instrument(span.clone()).await;
    let (elapsed, status) = (started.elapsed(), response.status());
    metrics::histogram!(
        "onsale_http_request_seconds",
        "method" => method.to_string(), "route" => route, "status" => status.as_u16().to_string()
    )
    .record(elapsed);
    let elapsed_ms = elapsed.as_millis();
    span.in_scope(|| {
        if status.is_server_error() {
            tracing::warn!(%method, path = uri.path(), status = status.as_u16(), elapsed_ms, "answered");
        } else {
            tracing::debug!(%method, path = uri.path(), status = status.as_u16(), elapsed_ms, "answered");
        }
    });
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID.clone(), value);
    }
    response
}

fn given_id(headers: &HeaderMap) -> Option<String> {
    let id = headers.get(&REQUEST_ID)?.to_str().ok()?;
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
    (!id.is_empty() && id.len() <= MAX_ID_CHARS && id.chars().all(plain)).then(|| id.to_owned())
}
