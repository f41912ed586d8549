//! What happens to every request before and after its handler. Each is a function around whatever comes
//! [`Next`]; they are nested into each other by `http::router`, so that a request goes through all of
//! them as one future.

pub mod headers;
pub mod observe;
pub mod origin;
pub mod rate_limit;
pub mod shed;
pub mod viewer;

use axum::{extract::Request, response::Response};

/// What answers a request that was let through.
///
/// axum's own would do, but as a layer of its own each function would copy, for every request, all
/// services that are inside of it.
pub trait Next: Send {
    /// The answer.
    fn run(self, request: Request) -> impl Future<Output = Response> + Send;
}

impl<N, A> Next for N
where
    N: FnOnce(Request) -> A + Send,
    A: Future<Output = Response> + Send,
{
    fn run(self, request: Request) -> impl Future<Output = Response> + Send {
        self(request)
    }
}
