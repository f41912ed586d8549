//! Writes must come from our own pages, or from programs. A page of another site cannot make a
//! fan's browser hold, pay or give back anything.

use axum::{
    extract::Request,
    http::{HeaderMap, Uri, header},
    response::{IntoResponse, Response},
};
use onsale_app::api::{Problem, ProblemCode};

use super::Next;
use crate::http::problem::ProblemResponse;

/// Refuses writes that a browser says come from elsewhere. Programs send neither header.
pub async fn same_origin(request: Request, next: impl Next) -> Response {
    if !request.method().is_safe() && is_foreign(request.headers()) {
        let detail = "This can only be done from our own pages.";
        return ProblemResponse(Problem::new(ProblemCode::CrossOrigin, detail)).into_response();
    }
    next.run(request).await
}

fn is_foreign(headers: &HeaderMap) -> bool {
    let text = |name: header::HeaderName| headers.get(name).map(|v| v.to_str().unwrap_or_default());
    if let Some(site) = headers.get("sec-fetch-site")
        && matches!(site.as_bytes(), b"cross-site" | b"same-site")
    {
        return true;
    }
    let Some(origin) = text(header::ORIGIN) else { return false };
    let origin_host = origin
        .parse::<Uri>()
        .ok()
        .and_then(|uri| uri.authority().map(|authority| authority.as_str().to_owned()));
    origin_host.as_deref() != text(header::HOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pair = |(name, value): &(&'static str, &'static str)| {
            (header::HeaderName::from_static(name), header::HeaderValue::from_static(value))
        };
        pairs.iter().map(pair).collect()
    }

    #[test]
    fn our_pages_and_programs_may_write() {
        assert!(!is_foreign(&headers(&[("host", "tickets.example")])));
        assert!(!is_foreign(&headers(&[
            ("host", "tickets.example"),
            ("origin", "https://tickets.example"),
            ("sec-fetch-site", "same-origin"),
        ])));
    }

    #[test]
    fn other_sites_may_not() {
        let foreign = [("host", "tickets.example"), ("origin", "https://evil.example")];
        assert!(is_foreign(&headers(&foreign)));
        assert!(is_foreign(&headers(&[("host", "tickets.example"), ("origin", "null")])));
        assert!(is_foreign(&headers(&[("sec-fetch-site", "cross-site")])));
    }
}
