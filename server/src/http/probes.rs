//! For operators: is the process alive, can it work, and what has it done.

use axum::{extract::State, http::StatusCode, response::IntoResponse};

use super::Shared;

/// Alive.
pub async fn healthz() -> &'static str {
    "ok\n"
}

/// Able to answer requests, or what is missing. A server that has not read the waiting rooms yet
/// would turn buyers away.
pub async fn readyz(State(edge): Shared) -> impl IntoResponse {
    match edge.office.ready().await {
        Ok(_) if !edge.rooms.board.is_known() => {
            (StatusCode::SERVICE_UNAVAILABLE, "the waiting rooms were not read yet\n".to_owned())
        }
        Ok(None) => (StatusCode::OK, "ready\n".to_owned()),
        Ok(Some(note)) => (StatusCode::OK, format!("ready; {note}\n")),
        Err(missing) => (StatusCode::SERVICE_UNAVAILABLE, format!("{missing}\n")),
    }
}

/// Metrics in the text form of Prometheus.
pub async fn metrics(State(edge): Shared) -> String {
    edge.metrics.run_upkeep();
    edge.metrics.render()
}
