//! What is the same for everybody, and for how long. One table for both: the copies that this
//! server keeps ([`crate::copies`]), and what edges and browsers are told they may keep.

use std::time::Duration;

use axum::http::{HeaderValue, StatusCode};

use crate::shelf::Life;

/// A page or an answer for one person, or one that nobody should see twice.
pub const PRIVATE: HeaderValue = HeaderValue::from_static("private, no-store");
/// A file whose name changes with its content.
pub const IMMUTABLE: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// A file that keeps its name: kept, and asked for again before each use.
pub const REVALIDATED: HeaderValue = HeaderValue::from_static("public, no-cache");
/// That something is missing is worth a moment at the edge, and no more.
const MISSING: HeaderValue = HeaderValue::from_static("public, max-age=0, s-maxage=2");

/// What everybody gets alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shared {
    /// A page that shows one thing, or the answer of the API about it.
    Page,
    /// What a search finds. Frequent ones are asked by many.
    Search,
    /// What the beginning of a search may mean.
    Suggest,
    /// Which seats are free.
    Seats,
    /// What never changes under its address.
    Immutable,
    /// Drawn the same until the drawing itself is changed.
    Poster,
}

impl Shared {
    /// What is shared at a path; `None` when what is there is one person's, or changes anything.
    pub fn at(path: &str) -> Option<Self> {
        let mut parts = path.strip_prefix('/')?.split('/');
        let parts: [Option<&str>; 6] = std::array::from_fn(|_| parts.next());
        match parts {
            [Some(""), None, ..] => Some(Self::Page),
            [Some("search"), None, ..] => Some(Self::Search),
            [Some("events" | "venues" | "performers"), Some(_), None, ..] => Some(Self::Page),
            [Some("queue"), Some(_), None | Some("verify"), None, ..] => Some(Self::Page),
            [Some("posters"), Some(_), None, ..] => Some(Self::Poster),
            [Some("api"), rest @ ..] => Self::at_api(rest),
            _ => None,
        }
    }

    fn at_api(parts: [Option<&str>; 5]) -> Option<Self> {
        match parts {
            [None, ..] | [Some("openapi.json"), None, ..] => Some(Self::Page),
            [Some("events"), Some("search"), None, ..] => Some(Self::Search),
            [Some("events"), Some("suggest"), None, ..] => Some(Self::Suggest),
            [Some("venues" | "performers"), Some(_), None, ..] => Some(Self::Page),
            [Some("events"), Some(_), None, ..] => Some(Self::Seats),
            [Some("events"), Some(_), Some("seats.bin"), None, ..] => Some(Self::Seats),
            [Some("events"), Some(_), Some("sections"), Some(_), None] => Some(Self::Seats),
            [Some("events"), Some(_), Some("geometry"), Some(_), None] => Some(Self::Immutable),
            _ => None,
        }
    }

    /// How long this server's copies live.
    pub const fn life(self) -> Life {
        const DAY: Duration = Duration::from_secs(86_400);
        match self {
            // A page shows a change within this time, even when nobody tells of the change.
            Self::Page | Self::Search | Self::Suggest => Life::fresh_for(Duration::from_secs(2)),
            Self::Seats => Life {
                fresh: Duration::from_millis(700),
                // Browsers are told again what happened in the last ten seconds, no longer.
                old: Duration::from_secs(2),
                on_failure: DAY,
            },
            Self::Immutable | Self::Poster => Life { fresh: DAY, old: DAY, on_failure: DAY },
        }
    }

    /// What an edge and a browser are told about an answer.
    pub fn cache_control(self, status: StatusCode) -> HeaderValue {
        const PAGE: HeaderValue = HeaderValue::from_static(
            "public, max-age=0, s-maxage=2, stale-while-revalidate=30, stale-if-error=86400",
        );
        const SEARCH: HeaderValue = HeaderValue::from_static(
            "public, max-age=0, s-maxage=1, stale-while-revalidate=1, stale-if-error=86400",
        );
        const SEATS: HeaderValue = HeaderValue::from_static(
            "public, max-age=0, s-maxage=1, stale-while-revalidate=2, stale-if-error=86400",
        );
        const POSTER: HeaderValue = HeaderValue::from_static(
            "public, max-age=86400, stale-while-revalidate=86400, stale-if-error=86400",
        );
        match self {
            _ if status.is_server_error() => PRIVATE,
            _ if !status.is_success() && status != StatusCode::NOT_MODIFIED => MISSING,
            Self::Page => PAGE,
            Self::Search | Self::Suggest => SEARCH,
            Self::Seats => SEATS,
            Self::Immutable => IMMUTABLE,
            Self::Poster => POSTER,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_the_same_for_everybody_is_shared() {
        for (path, shared) in [
            ("/", Shared::Page),
            ("/search", Shared::Search),
            ("/events/1", Shared::Page),
            ("/venues/1", Shared::Page),
            ("/performers/1", Shared::Page),
            ("/queue/1", Shared::Page),
            ("/queue/1/verify", Shared::Page),
            ("/api", Shared::Page),
            ("/api/openapi.json", Shared::Page),
            ("/api/events/search", Shared::Search),
            ("/api/events/suggest", Shared::Suggest),
            ("/api/events/1", Shared::Seats),
            ("/api/events/1/sections/0", Shared::Seats),
            ("/api/events/1/seats.bin", Shared::Seats),
            ("/api/events/1/geometry/abc", Shared::Immutable),
            ("/api/venues/1", Shared::Page),
            ("/api/performers/1", Shared::Page),
            ("/posters/1.svg", Shared::Poster),
        ] {
            assert_eq!(Shared::at(path), Some(shared), "{path}");
        }
        for path in [
            "/bookings",
            "/bookings/1",
            "/events/1/more",
            "/venues",
            "/queue",
            "/queue/1/place",
            "/queue/1/return",
            "/queue/1/verify/more",
            "/admin",
            "/admin/1",
            "/api/bookings",
            "/api/events/1/live",
            "/api/events/1/queue",
            "/api/events/1/queue/now.json",
            "/api/queue/pass-key",
            "/api/forms/hold-seats",
            "/healthz",
            "/pkg/onsale.js",
            "*",
        ] {
            assert_eq!(Shared::at(path), None, "{path}");
        }
    }

    #[test]
    fn what_went_wrong_is_not_kept() {
        let told = |shared: Shared, status| {
            let told = shared.cache_control(status);
            told.to_str().expect("text").to_owned()
        };
        for shared in [Shared::Page, Shared::Search, Shared::Suggest, Shared::Seats] {
            let good = told(shared, StatusCode::OK);
            for word in ["public", "s-maxage=", "stale-while-revalidate=", "stale-if-error="] {
                assert!(good.contains(word), "{good}");
            }
        }
        assert!(told(Shared::Immutable, StatusCode::OK).contains("immutable"));
        assert_eq!(told(Shared::Immutable, StatusCode::NOT_FOUND), MISSING);
        assert_eq!(told(Shared::Page, StatusCode::SERVICE_UNAVAILABLE), PRIVATE);
    }
}
