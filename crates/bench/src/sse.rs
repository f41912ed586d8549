//! The baseline of `bench live`: what one would write first. Each browser is a stream of axum's
//! server-sent events behind a channel, and each change is told at once, encoded for each browser.

use std::{convert::Infallible, env, process::ExitCode};

use axum::{
    Router,
    extract::State,
    response::sse::{Event, KeepAlive, Sse},
    routing::get,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use futures::{Stream, StreamExt, stream};
use onsale_bus::Bus;
use tikv_jemallocator::Jemalloc;
use tokio::{net::TcpListener, sync::broadcast};

/// As in the server.
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

/// Changes that a slow browser may be behind.
const BEHIND: usize = 256;

type Told = broadcast::Sender<Vec<u8>>;

#[tokio::main]
async fn main() -> ExitCode {
    onsale_bench::exit_of_baseline(serve().await)
}

async fn serve() -> Result<(), Box<dyn std::error::Error>> {
    let told = Told::new(BEHIND);
    let bus = Bus::connect(&env::var("NATS_URL")?, "onsale-bench-sse").await?;
    let mut said = Box::pin(bus.listen("inventory.>").await?);
    let teller = told.clone();
    tokio::spawn(async move {
        while let Some(heard) = said.next().await {
            // Nobody may be listening.
            let _ = teller.send(heard.body.to_vec());
        }
    });
    let router = Router::new().route("/api/events/1/live", get(live)).with_state(told);
    let port = env::var("BASELINE_PORT")?.parse()?;
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    Ok(axum::serve(listener, router).await?)
}

async fn live(State(told): State<Told>) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let stream = stream::unfold(told.subscribe(), |mut told| async move {
        let body = told.recv().await.ok()?;
        let event = Event::default().event("delta").data(STANDARD.encode(body));
        Some((Ok(event), told))
    });
    Sse::new(stream).keep_alive(KeepAlive::default())
}
