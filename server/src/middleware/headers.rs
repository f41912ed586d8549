//! Headers that keep pages safe, and say who may keep a copy of them.

use axum::{
    extract::{Request, State},
    http::{HeaderName, HeaderValue, StatusCode, header},
    middleware::Next,
    response::Response,
};

/// A page that is the same for everybody: the edge keeps it for seconds, and longer while it asks
/// for a new one or cannot get one.
const PUBLIC_PAGE: HeaderValue = HeaderValue::from_static(
    "public, max-age=0, s-maxage=2, stale-while-revalidate=30, stale-if-error=86400",
);
/// A page or answer for one person.
const PRIVATE: HeaderValue = HeaderValue::from_static("private, no-store");
/// A file of the site: kept, and asked for again before each use.
const ASSET: HeaderValue = HeaderValue::from_static("public, no-cache");

/// The content security policy of every page.
#[derive(Clone)]
pub struct Policy(pub HeaderValue);

/// Sets security headers on everything, and `Cache-Control` where the handler did not.
pub async fn secure(State(policy): State<Policy>, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let mut response = next.run(request).await;
    let cache = cache_control(&path, response.status());
    let headers = response.headers_mut();
    let fixed: [(HeaderName, &'static str); 4] = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "strict-origin-when-cross-origin"),
        (HeaderName::from_static("permissions-policy"), "camera=(), microphone=(), geolocation=()"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert(header::CONTENT_SECURITY_POLICY, policy.0);
    // A cookie makes any answer one person's.
    if headers.contains_key(header::SET_COOKIE) {
        headers.insert(header::CACHE_CONTROL, PRIVATE);
    } else {
        headers.entry(header::CACHE_CONTROL).or_insert(cache);
    }
    response
}

fn cache_control(path: &str, status: StatusCode) -> HeaderValue {
    let is_page = path == "/" || path == "/search" || path.starts_with("/events/");
    let is_asset = ["/pkg/", "/fonts/", "/posters/"].iter().any(|start| path.starts_with(start))
        || path.rsplit('/').next().is_some_and(|name| name.contains('.'));
    if status.is_server_error() || path.starts_with("/api/") || path.starts_with("/bookings") {
        PRIVATE
    } else if is_page {
        PUBLIC_PAGE
    } else if is_asset {
        ASSET
    } else {
        PRIVATE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_the_same_for_everybody_is_kept() {
        let ok = StatusCode::OK;
        assert_eq!(cache_control("/", ok), PUBLIC_PAGE);
        assert_eq!(cache_control("/events/1", ok), PUBLIC_PAGE);
        assert_eq!(cache_control("/bookings/1", ok), PRIVATE);
        assert_eq!(cache_control("/api/bookings/1", ok), PRIVATE);
        assert_eq!(cache_control("/pkg/onsale.js", ok), ASSET);
        assert_eq!(cache_control("/onsale.css", ok), ASSET);
        assert_eq!(cache_control("/events/1", StatusCode::SERVICE_UNAVAILABLE), PRIVATE);
    }
}
