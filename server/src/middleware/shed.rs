//! Limits on how much is done at once and for how long. What is beyond them is told so at once,
//! instead of waiting in a queue that only grows.
//!
//! All requests share the places, but not all may take the last of them: those who only look are
//! turned away first, then those who queue or buy, and payments last, for their money is on its way.
//! Operators have a few places of their own: they reach the switches when it is fullest, and whoever
//! pretends to be one takes nobody else's.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{
    extract::Request,
    http::Method,
    response::{IntoResponse, Response},
};
use onsale_app::api::{Problem, ProblemCode};

use super::Next;
use crate::http::problem::ProblemResponse;

/// Requests of operators that are worked on at the same time.
const OPERATORS: usize = 16;

/// What a request is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lane {
    /// Pages, events, searches: an edge or a copy may answer instead.
    Browse,
    /// Standing in the queue, taking seats, and everything about one's own bookings.
    Buy,
    /// Payments and what the provider says of them.
    Pay,
    /// What operators do: they must reach the switches when it is fullest.
    Operate,
}

impl Lane {
    fn of(method: &Method, path: &str) -> Self {
        let mut parts = path.split('/').skip(1);
        let parts: [Option<&str>; 4] = std::array::from_fn(|_| parts.next());
        match parts {
            [Some("admin"), ..] | [Some("api"), Some("admin"), ..] => return Self::Operate,
            [Some("queue"), ..] | [Some("api"), Some("events"), _, Some("queue")] => {
                return Self::Buy;
            }
            _ => {}
        }
        if !method.is_safe() {
            let pays = path == "/api/webhooks/payments"
                || path == "/api/forms/pay-booking"
                || path == "/api/forms/cancel-booking"
                || (path.starts_with("/api/bookings/")
                    && (path.ends_with("/confirm") || path.ends_with("/cancel")));
            return if pays { Self::Pay } else { Self::Buy };
        }
        let is_own = path.starts_with("/bookings") || path.starts_with("/api/bookings");
        if is_own { Self::Buy } else { Self::Browse }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Browse => "browse",
            Self::Buy => "buy",
            Self::Pay => "pay",
            Self::Operate => "operate",
        }
    }

    /// How many of the places it takes may be taken when one more of this lane comes.
    const fn may_fill(self, places: usize) -> usize {
        match self {
            Self::Browse => places.div_ceil(2),
            Self::Buy => (places * 3).div_ceil(4),
            Self::Pay => places,
            Self::Operate => OPERATORS,
        }
    }
}

/// The places for requests.
#[derive(Clone)]
pub struct Places {
    taken: Arc<AtomicUsize>,
    taken_by_operators: Arc<AtomicUsize>,
    count: usize,
    timeout: Duration,
}

/// A place, until it is dropped.
struct Place(Arc<AtomicUsize>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Places {
    pub fn new(count: usize, timeout: Duration) -> Self {
        Self { taken: Arc::default(), taken_by_operators: Arc::default(), count, timeout }
    }

    fn take(&self, lane: Lane) -> Option<Place> {
        let taken = match lane {
            Lane::Operate => &self.taken_by_operators,
            Lane::Browse | Lane::Buy | Lane::Pay => &self.taken,
        };
        let before = taken.fetch_add(1, Ordering::Relaxed);
        let place = Place(Arc::clone(taken));
        (before < lane.may_fill(self.count)).then_some(place)
    }
}

/// Answers 503 when the places that its lane may fill are taken, or when an answer takes too long.
pub async fn shed(places: &Places, request: Request, next: impl Next) -> Response {
    let lane = Lane::of(request.method(), request.uri().path());
    let Some(_place) = places.take(lane) else {
        metrics::counter!("onsale_shed_total", "lane" => lane.name()).increment(1);
        return busy("More people than we can serve are here at once. Please try again.");
    };
    match tokio::time::timeout(places.timeout, next.run(request)).await {
        Ok(response) => response,
        Err(_) => {
            busy("That took too long. It may have happened all the same; asking again is safe.")
        }
    }
}

fn busy(detail: &str) -> Response {
    ProblemResponse(Problem::new(ProblemCode::Unavailable, detail).retry_after(2)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lane(method: &str, path: &str) -> Lane {
        Lane::of(&method.parse().expect("a method"), path)
    }

    #[test]
    fn everything_has_its_lane() {
        for (method, path, expected) in [
            ("GET", "/", Lane::Browse),
            ("GET", "/events/1", Lane::Browse),
            ("HEAD", "/api/events/search", Lane::Browse),
            ("POST", "/api/bookings/reserve", Lane::Buy),
            ("POST", "/api/bookings/1", Lane::Buy),
            ("POST", "/api/forms/hold-seats", Lane::Buy),
            ("GET", "/bookings/1", Lane::Buy),
            ("GET", "/api/bookings", Lane::Buy),
            ("DELETE", "/api/bookings/1", Lane::Buy),
            ("POST", "/api/bookings/1/confirm", Lane::Pay),
            ("POST", "/api/forms/pay-booking", Lane::Pay),
            ("POST", "/api/webhooks/payments", Lane::Pay),
            ("GET", "/queue/1", Lane::Buy),
            ("POST", "/api/events/1/queue", Lane::Buy),
            ("POST", "/api/events/1/queue/exchange", Lane::Buy),
            ("GET", "/api/events/1/queue/now.json", Lane::Buy),
            ("GET", "/api/events/1/seats.bin", Lane::Browse),
            ("GET", "/admin", Lane::Operate),
            ("POST", "/api/admin/events/1/waiting-room", Lane::Operate),
            ("GET", "/administration", Lane::Browse),
        ] {
            assert_eq!(lane(method, path), expected, "{method} {path}");
        }
    }

    #[test]
    fn those_who_look_are_turned_away_first_and_payments_last() {
        let places = Places::new(8, Duration::from_secs(1));
        let fill = |lane, count| -> Vec<_> { (0..count).map(|_| places.take(lane)).collect() };
        let is_in =
            |places: &[Option<Place>]| places.iter().filter(|place| place.is_some()).count();
        let browse = fill(Lane::Browse, 6);
        assert_eq!(is_in(&browse), 4);
        let buy = fill(Lane::Buy, 4);
        assert_eq!(is_in(&buy), 2);
        let pay = fill(Lane::Pay, 3);
        assert_eq!(is_in(&pay), 2);
        assert!(places.take(Lane::Browse).is_none());
        drop((browse, pay));
        assert!(places.take(Lane::Browse).is_some(), "places are given back");
        drop(buy);
        assert_eq!(places.taken.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn a_single_place_is_for_everybody() {
        let places = Places::new(1, Duration::from_secs(1));
        assert!(places.take(Lane::Browse).is_some());
    }
}
