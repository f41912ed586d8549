//! The server.

use std::process::ExitCode;

use axum::routing::post;

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
