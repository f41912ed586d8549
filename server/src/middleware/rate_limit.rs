//! How many writes one address and one fan may send. A token bucket for each, in memory; a server
//! more means a bucket more, which is fine for a limit that is there against floods. An address has
//! room for many fans, who may share a network; one fan can spend only a part of it.

use std::{
    hash::Hash,
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use axum::{
    extract::{ConnectInfo, Request},
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use moka::sync::Cache;
use onsale_app::api::{Problem, ProblemCode};
use onsale_domain::UserId;

use super::{Next, viewer::user_from};
use crate::{Edge, http::problem::ProblemResponse};

/// Addresses, and fans, that are remembered; the longest silent are forgotten first.
const BUCKETS_KEPT: u64 = 200_000;
/// A burst may be so many times what is allowed in a second.
const BURST_SECONDS: f64 = 4.0;

struct Bucket {
    tokens: f64,
    filled: Instant,
}

/// The buckets of all senders of one kind.
struct Buckets<K> {
    per_second: f64,
    buckets: Cache<K, Arc<Mutex<Bucket>>>,
}

impl<K: Hash + Eq + Send + Sync + 'static> Buckets<K> {
    fn new(per_second: u32) -> Self {
        Self { per_second: f64::from(per_second.max(1)), buckets: Cache::new(BUCKETS_KEPT) }
    }

    fn allows(&self, sender: K, now: Instant) -> bool {
        let capacity = self.per_second * BURST_SECONDS;
        let full = || Arc::new(Mutex::new(Bucket { tokens: capacity, filled: now }));
        let bucket = self.buckets.get_with(sender, full);
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
}

/// The buckets of all addresses and fans.
pub struct WriteLimit {
    edge: Arc<Edge>,
    addresses: Buckets<IpAddr>,
    fans: Buckets<UserId>,
}

impl WriteLimit {
    pub fn new(edge: Arc<Edge>) -> Self {
        let server = &edge.settings.server;
        let addresses = Buckets::new(server.writes_per_second_per_address);
        let fans = Buckets::new(server.writes_per_second_per_fan);
        Self { edge, addresses, fans }
    }

    /// Whether a write may pass, and if not, whose limit it was. A fan who floods is stopped first,
    /// so that others behind the same address do not pay for it.
    fn refuses(&self, request: &Request) -> Option<&'static str> {
        let now = Instant::now();
        if user_from(&self.edge, request.headers()).is_some_and(|fan| !self.fans.allows(fan, now)) {
            return Some("Too many requests came from you. Please wait a moment.");
        }
        let address = self.address_of(request)?;
        let allowed = self.addresses.allows(address, now);
        (!allowed).then_some("Too many requests came from your address. Please wait a moment.")
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

/// Answers 429 to an address or a fan that writes too much.
pub async fn limit_writes(limit: &WriteLimit, request: Request, next: impl Next) -> Response {
    if !request.method().is_safe()
        && let Some(detail) = limit.refuses(&request)
    {
        metrics::counter!("onsale_rate_limited_total").increment(1);
        let problem = Problem::new(ProblemCode::TooManyRequests, detail).retry_after(2);
        return ProblemResponse(problem).into_response();
    }
    next.run(request).await
}
