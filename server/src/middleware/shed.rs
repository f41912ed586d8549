//! Limits on how much is done at once and for how long. What is beyond them is told so at once,
//! instead of waiting in a queue that only grows.

use std::{sync::Arc, time::Duration};

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use onsale_app::api::{Problem, ProblemCode};
use tokio::sync::Semaphore;

use crate::http::problem::ProblemResponse;

/// The places for requests.
#[derive(Clone)]
pub struct Places {
    slots: Arc<Semaphore>,
    timeout: Duration,
}

impl Places {
    pub fn new(count: usize, timeout: Duration) -> Self {
        Self { slots: Arc::new(Semaphore::new(count)), timeout }
    }
}

/// Answers 503 when every place is taken, or when an answer takes too long.
pub async fn shed(State(places): State<Places>, request: Request, next: Next) -> Response {
    let Ok(_place) = Arc::clone(&places.slots).try_acquire_owned() else {
        metrics::counter!("onsale_shed_total").increment(1);
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
