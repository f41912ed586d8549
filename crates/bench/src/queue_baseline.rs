//! The baseline of `bench queue`: the same server and edge, but the queue is a sorted set in Redis,
//! as queues usually are. Joining is a `ZADD` with the time of coming and a `ZRANK` that tells the
//! place, in one round trip.

use std::{env, process::ExitCode, sync::Arc};

use axum::{
    Extension, Json, Router,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::post,
};
use mimalloc::MiMalloc;
use onsale_app::{
    api::{Problem, ProblemCode},
    backend::Viewer,
};
use onsale_server::{Edge, ProblemResponse, api, reserve, run};
use redis::aio::MultiplexedConnection;
use serde_json::json;

/// As in the server.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    onsale_bench::exit_of_baseline(serve().await)
}

async fn serve() -> Result<(), Box<dyn std::error::Error>> {
    let client = redis::Client::open(env::var("REDIS_URL")?)?;
    let connection = client.get_multiplexed_async_connection().await?;
    let join = move |State(_): State<Arc<Edge>>, viewer, path, body| {
        join(connection.clone(), viewer, path, body)
    };
    let queue = Router::new().route("/api/events/{event_id}/sorted-set", post(join));
    run(api(post(reserve)).merge(queue)).await
}

async fn join(
    mut connection: MultiplexedConnection,
    Extension(viewer): Extension<Viewer>,
    Path(event): Path<String>,
    Json(_): Json<serde_json::Value>,
) -> Response {
    let key = format!("queue:{event}");
    let member = viewer.user.to_string();
    let came = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let came = came.unwrap_or_default().as_micros() as f64;
    let added: redis::RedisResult<(u64, u64)> = redis::pipe()
        .cmd("ZADD")
        .arg(&key)
        .arg("NX")
        .arg(came)
        .arg(&member)
        .cmd("ZRANK")
        .arg(&key)
        .arg(&member)
        .query_async(&mut connection)
        .await;
    match added {
        Ok((_, rank)) => (StatusCode::CREATED, Json(json!({ "position": rank }))).into_response(),
        Err(_) => {
            let problem = Problem::new(ProblemCode::Unavailable, "Redis cannot answer.");
            ProblemResponse(problem).into_response()
        }
    }
}
