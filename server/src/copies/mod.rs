//! Copies of what is the same for everybody: pages, availability, geometry, searches. An answer is
//! made once, packed once, and sent to all who ask for it while it is fresh; see [`crate::shelf`].

mod compress;
mod copy;

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use axum::{
    body::{Body, Bytes, to_bytes},
    extract::Request,
    http::{self, HeaderMap, HeaderValue, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use http_body_util::Full;
use onsale_app::api::{Problem, ProblemCode};
use onsale_pages::PageHeaders;
use sha2::{Digest, Sha256};

use crate::{
    Edge,
    http::{problem::ProblemResponse, queue::queued_event},
    middleware::Next,
    sharing::Shared,
    shelf::{Found, Made, Shelf},
    together::Together,
};
use copy::Copy;
pub use copy::SURROGATE_KEY;

/// Bytes that copies take in memory.
const CAPACITY_BYTES: u64 = 256 * 1024 * 1024;
/// A larger answer is not kept.
const MAX_BYTES: usize = 16 * 1024 * 1024;
/// Longer addresses are answered without keeping a copy: nobody shares those.
const MAX_ADDRESS_CHARS: usize = 512;
/// Digits that name a release.
const RELEASE_DIGITS: usize = 12;

/// The copies of one server.
pub struct Copies {
    shelf: Shelf<String, Arc<Copy>, Arc<Copy>>,
    /// Counted here, because looking a counter up takes longer than handing a copy out.
    fresh: metrics::Counter,
    /// Tells the pages of this program and site from those of another release.
    release: OnceLock<String>,
}

impl Default for Copies {
    fn default() -> Self {
        let weigh = |copy: &Arc<Copy>| copy.size();
        let shelf = Shelf::weighed(CAPACITY_BYTES, Shared::Page.life(), weigh);
        let fresh = metrics::counter!("onsale_copies_total", "found" => "fresh");
        Self { shelf, fresh, release: OnceLock::new() }
    }
}

impl Copies {
    /// Servers give each other copies only within a release: pages name the files of their site.
    pub fn set_release(&self, pages: &PageHeaders) {
        let mut release = Sha256::new();
        release.update(pages.policy.as_bytes());
        release.update(pages.links.as_ref().map_or(&b""[..], HeaderValue::as_bytes));
        let mut release = hex::encode(release.finalize());
        release.truncate(RELEASE_DIGITS);
        // It is set once, before the first request.
        let _ = self.release.set(release);
    }

    fn shared_name(&self, address: &str) -> String {
        let release = self.release.get().map_or("", String::as_str);
        format!("copy:{release}:{address}")
    }

    /// The answer to a request for which a fresh copy is there.
    pub fn at_hand<B>(&self, request: &http::Request<B>) -> Option<http::Response<Full<Bytes>>> {
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            return None;
        }
        let copy = self.shelf.fresh(address_of(request.uri()))?;
        self.fresh.increment(1);
        Some(copy.answer(request.method(), request.headers()))
    }

    /// What shows one of these has changed.
    pub fn outdate(&self, keys: &[String]) {
        self.shelf.outdate_where(|copy| copy.keys.iter().any(|key| keys.contains(key)));
    }

    /// Anything may have changed.
    pub fn outdate_all(&self) {
        self.shelf.outdate_all();
    }
}

fn address_of(uri: &Uri) -> &str {
    uri.path_and_query().map_or("/", |address| address.as_str())
}

/// Answers with a copy, which it makes if there can be one. Fresh ones were handed out at the door.
pub async fn copied(edge: Arc<Edge>, request: Request, next: impl Next + 'static) -> Response {
    let Some(shared) = may_be_copied(&edge, &request) else { return next.run(request).await };
    let key = address_of(request.uri()).to_owned();
    let (method, asked) = (request.method().clone(), request.headers().clone());
    let load = || load(Arc::clone(&edge), shared, key.clone(), request, next);
    let (copy, found) = match edge.copies.shelf.get(&key, Some(shared.life()), load).await {
        Ok((copy, found)) => (copy, name_of(found)),
        Err(copy) => (copy, "failed"),
    };
    metrics::counter!("onsale_copies_total", "found" => found).increment(1);
    copy.answer(&method, &asked).map(Body::new)
}

/// How an answer to this request is shared, when there can be a copy of it.
fn may_be_copied(edge: &Edge, request: &Request) -> Option<Shared> {
    let shared = Shared::at(request.uri().path())?;
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    let is_short = address_of(request.uri()).len() <= MAX_ADDRESS_CHARS;
    // The seats of an event with a queue are for those who were let in.
    (is_read && is_short && queued_event(edge, request.uri().path()).is_none()).then_some(shared)
}

/// Takes what another server has made, or makes it for all of them.
async fn load(
    edge: Arc<Edge>,
    shared: Shared,
    address: String,
    request: Request,
    next: impl Next,
) -> Result<Made<Arc<Copy>>, Arc<Copy>> {
    // What lives for less than a second, and what may be meant by a few letters, is made as quickly
    // as it is fetched; what never changes is made once.
    let together = matches!(shared, Shared::Page | Shared::Search).then_some(&edge.together);
    let name = edge.copies.shared_name(&address);
    let read = |body| Copy::from_bytes(body).map(Arc::new);
    let (value, age) = match Together::find(together, &name, read).await {
        Ok((copy, age)) => (copy, age),
        Err(leave) => {
            let copy = make(Arc::clone(&edge), request, next).await?;
            if let Some(leave) = leave {
                leave.keep(&copy.keys, &copy.to_bytes(), shared.life().fresh).await;
            }
            (copy, Duration::ZERO)
        }
    };
    Ok(Made { value, age })
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
async fn make(edge: Arc<Edge>, request: Request, next: impl Next) -> Result<Arc<Copy>, Arc<Copy>> {
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
        metrics::histogram!("onsale_copy_bytes").record(f64::from(copy.size()));
    })
}

fn too_large() -> Response {
    let detail = "The answer is larger than this server sends.";
    ProblemResponse(Problem::new(ProblemCode::Internal, detail)).into_response()
}
