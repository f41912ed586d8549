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
use onsale_app::{
    api::{Problem, ProblemCode},
    backend::Viewer,
};
use onsale_server::{Edge, ProblemResponse, api, reserve, run};
use redis::{Client, RedisResult, aio::MultiplexedConnection};
use serde_json::json;
use tikv_jemallocator::Jemalloc;
use tokio::sync::OnceCell;

/// As in the server.
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

#[tokio::main]
async fn main() -> ExitCode {
    onsale_bench::exit_of_baseline(serve().await)
}

async fn serve() -> Result<(), Box<dyn std::error::Error>> {
    let redis = Arc::new(Redis {
        client: Client::open(env::var("REDIS_URL")?)?,
        connection: OnceCell::new(),
    });
    let join = move |State(_): State<Arc<Edge>>, viewer, path, body| {
        join(Arc::clone(&redis), viewer, path, body)
    };
    let queue = Router::new().route("/api/events/{event_id}/sorted-set", post(join));
    run(api(post(reserve)).merge(queue)).await
}

/// Redis may begin to listen later than this process does.
struct Redis {
    client: Client,
    connection: OnceCell<MultiplexedConnection>,
}

impl Redis {
    async fn connection(&self) -> RedisResult<MultiplexedConnection> {
        let connect = || self.client.get_multiplexed_async_connection();
        self.connection.get_or_try_init(connect).await.cloned()
    }
}

async fn join(
    redis: Arc<Redis>,
    Extension(viewer): Extension<Viewer>,
    Path(event): Path<String>,
    Json(_): Json<serde_json::Value>,
) -> Response {
    let key = format!("queue:{event}");
    let member = viewer.user.to_string();
    let came = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let came = came.unwrap_or_default().as_micros() as f64;
    match add(&redis, &key, came, &member).await {
        Ok((_, rank)) => (StatusCode::CREATED, Json(json!({ "position": rank }))).into_response(),
        Err(_) => {
            let problem = Problem::new(ProblemCode::Unavailable, "Redis cannot answer.");
            ProblemResponse(problem).into_response()
        }
    }
}

/// Adds a member, and returns whether it is new and its place.
async fn add(redis: &Redis, key: &str, came: f64, member: &str) -> RedisResult<(u64, u64)> {
    let mut connection = redis.connection().await?;
    redis::pipe()
        .cmd("ZADD")
        .arg(key)
        .arg("NX")
        .arg(came)
        .arg(member)
        .cmd("ZRANK")
        .arg(key)
        .arg(member)
        .query_async(&mut connection)
        .await
}
