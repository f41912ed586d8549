//! The server.

use std::process::ExitCode;

use axum::routing::post;
use mimalloc::MiMalloc;

/// Requests are many small allocations that are freed on other threads: a third of the server's
/// time went into the allocator of the C library.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

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
