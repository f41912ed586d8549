//! How many writes one address may send. A token bucket for each, in memory; a server more means
//! a bucket more, which is fine for a limit that is there against floods.

use std::{
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use axum::{
    extract::{ConnectInfo, Request, State},
    http::HeaderMap,
    middleware::Next,
    response::{IntoResponse, Response},
};
use moka::sync::Cache;
use onsale_app::api::{Problem, ProblemCode};

use crate::{Edge, http::problem::ProblemResponse};

/// Addresses that are remembered; the longest silent are forgotten first.
const ADDRESSES_KEPT: u64 = 200_000;
/// A burst may be so many times what is allowed in a second.
const BURST_SECONDS: f64 = 4.0;

struct Bucket {
    tokens: f64,
    filled: Instant,
}

/// The buckets of all addresses.
#[derive(Clone)]
pub struct WriteLimit {
    per_second: f64,
    edge: Arc<Edge>,
    buckets: Cache<IpAddr, Arc<Mutex<Bucket>>>,
}

impl WriteLimit {
    pub fn new(edge: Arc<Edge>) -> Self {
        let per_second = f64::from(edge.settings.server.writes_per_second_per_address.max(1));
        Self { per_second, edge, buckets: Cache::new(ADDRESSES_KEPT) }
    }

    fn allows(&self, address: IpAddr, now: Instant) -> bool {
        let capacity = self.per_second * BURST_SECONDS;
        let full = || Arc::new(Mutex::new(Bucket { tokens: capacity, filled: now }));
        let bucket = self.buckets.get_with(address, full);
        let mut bucket = bucket.lock().unwrap_or_else(PoisonError::into_inner);
        let elapsed = now.saturating_duration_since(bucket.filled).as_secs_f64();
        bucket.tokens = (bucket.tokens + elapsed * self.per_second).min(capacity);
        bucket.filled = now;
        let allowed = bucket.tokens >= 1.0;
        if allowed {
            bucket.tokens -= 1.0;
        }
        allowed
    }

    fn address_of(&self, request: &Request) -> Option<IpAddr> {
        if self.edge.settings.server.trust_forwarded_for
            && let Some(forwarded) = last_forwarded(request.headers())
        {
            return Some(forwarded);
        }
        request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip())
    }
}

fn last_forwarded(headers: &HeaderMap) -> Option<IpAddr> {
    let line = headers.get_all("x-forwarded-for").iter().next_back()?.to_str().ok()?;
    line.rsplit(',').next()?.trim().parse().ok()
}

/// Answers 429 to an address that writes too much.
pub async fn limit_writes(
    State(limit): State<WriteLimit>,
    request: Request,
    next: Next,
) -> Response {
    let address = limit.address_of(&request);
    if !request.method().is_safe()
        && let Some(address) = address
        && !limit.allows(address, Instant::now())
    {
        metrics::counter!("onsale_rate_limited_total").increment(1);
        let detail = "Too many requests came from your address. Please wait a moment.";
        let problem = Problem::new(ProblemCode::TooManyRequests, detail).retry_after(2);
        return ProblemResponse(problem).into_response();
    }
    next.run(request).await
}
