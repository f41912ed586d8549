//! The server.

use std::process::ExitCode;

use axum::routing::post;
use tikv_jemallocator::Jemalloc;

/// Requests are many small allocations that are freed on other threads. jemalloc hands such memory out again
/// where it was freed, not where it was taken (ADR 26).
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

#[tokio::main]
async fn main() -> ExitCode {
    match onsale_server::run(onsale_server::api(post(onsale_server::reserve))).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("onsale-server cannot start: {error}");
            ExitCode::FAILURE
        }
    }
}
