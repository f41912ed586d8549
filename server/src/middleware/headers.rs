//! Headers that keep pages safe, say who may keep a copy of them, and let a browser begin to load
//! what a page needs before it has read the page.

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::Response,
};
use onsale_pages::PageHeaders;

use super::Next;
use crate::sharing::{IMMUTABLE, PRIVATE, REVALIDATED, Shared};

const FIXED: [(HeaderName, HeaderValue); 4] = [
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::REFERRER_POLICY, HeaderValue::from_static("strict-origin-when-cross-origin")),
    (
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static("camera=(), microphone=(), geolocation=()"),
    ),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        HeaderValue::from_static("same-origin"),
    ),
];

/// Sets security headers on everything, and `Cache-Control` where the handler did not.
pub async fn secure(of_pages: &PageHeaders, request: Request, next: impl Next) -> Response {
    let uri = request.uri().clone();
    let mut response = next.run(request).await;
    let cache = cache_control(uri.path(), response.status());
    let is_page = response.status().is_success() && is_html(response.headers());
    let headers = response.headers_mut();
    headers.extend(FIXED);
    headers.insert(header::CONTENT_SECURITY_POLICY, of_pages.policy.clone());
    if is_page && let Some(links) = &of_pages.links {
        // An edge can send it ahead of the page, as early hints (103). Pages without islands say
        // themselves what little they need.
        headers.entry(header::LINK).or_insert_with(|| links.clone());
    }
    // A cookie makes any answer one person's.
    if headers.contains_key(header::SET_COOKIE) {
        headers.insert(header::CACHE_CONTROL, PRIVATE);
    } else {
        headers.entry(header::CACHE_CONTROL).or_insert(cache);
    }
    response
}

fn is_html(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE);
    kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"))
}

fn cache_control(path: &str, status: StatusCode) -> HeaderValue {
    match Shared::at(path) {
        Some(shared) => shared.cache_control(status),
        None if !status.is_success() && status != StatusCode::NOT_MODIFIED => PRIVATE,
        None if onsale_pages::is_hashed_file(path) => IMMUTABLE,
        None if is_file(path) => REVALIDATED,
        None => PRIVATE,
    }
}

/// A file of the site that keeps its name, such as the icon.
fn is_file(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    !path.starts_with("/api/") && !path.starts_with("/bookings") && name.contains('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_the_same_for_everybody_is_kept() {
        let ok = StatusCode::OK;
        let page = Shared::Page.cache_control(ok);
        assert_eq!(cache_control("/", ok), page);
        assert_eq!(cache_control("/events/1", ok), page);
        assert_eq!(cache_control("/bookings/1", ok), PRIVATE);
        assert_eq!(cache_control("/bookings/a.b", ok), PRIVATE);
        assert_eq!(cache_control("/api/bookings/1", ok), PRIVATE);
        assert_eq!(cache_control("/healthz", ok), PRIVATE);
        assert_eq!(cache_control("/favicon.svg", ok), REVALIDATED);
        assert_eq!(cache_control("/events/1", StatusCode::SERVICE_UNAVAILABLE), PRIVATE);
    }

    #[test]
    fn files_named_by_their_content_are_kept_for_ever() {
        for path in ["/pkg/onsale.0123456789abcdef.js", "/event.0123456789abcdef.css"] {
            assert_eq!(cache_control(path, StatusCode::OK), IMMUTABLE, "{path}");
            assert_eq!(cache_control(path, StatusCode::NOT_FOUND), PRIVATE, "{path}");
        }
        assert_eq!(cache_control("/event.css", StatusCode::OK), REVALIDATED);
    }
}
