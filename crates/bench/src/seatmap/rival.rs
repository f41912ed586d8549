//! The baseline: `@alisaitteke/seatmap-canvas` from npm with the same plan, on a page of its own
//! that a server of ours hands out, compressed ahead of time as our site is.

use std::{collections::HashMap, io, path::PathBuf, sync::Arc};

use axum::{
    Router,
    extract::{Request, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use onsale_domain::seat_map::SeatMap;
use serde::Deserialize;

use super::{
    chromium::{Chromium, Tab, page_memory_mb},
    plan,
};
use crate::BenchError;

/// As small as it gets.
const BROTLI_QUALITY: i32 = 11;
/// For the plan of many megabytes, which would take minutes.
const QUICK_BROTLI_QUALITY: i32 = 5;

const PAGE: &str = include_str!("rival.html");
/// Waits until the map is drawn, and says when things happened, in milliseconds.
const TIMES: &str = "async () => {
    while (!performance.getEntriesByName('drawn').length) {
        await new Promise(done => setTimeout(done, 20));
    }
    const [page] = performance.getEntriesByType('navigation');
    const at = name => performance.getEntriesByName(name)[0].startTime - page.responseEnd;
    const plan = performance.getEntriesByType('resource').find(it => it.name.includes('/plan'));
    return { loaded_ms: at('loaded'), drawn_ms: at('drawn'), wire_bytes: plan.encodedBodySize };
}";

/// What the baseline does with a plan.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct RivalTimes {
    /// From the HTML until the plan is there as objects.
    pub loaded_ms: f64,
    /// From the HTML until the first frame with all seats.
    pub drawn_ms: f64,
    /// The plan on the wire.
    pub wire_bytes: f64,
    /// Memory of the page's process.
    #[serde(default)]
    pub memory_mb: f64,
}

struct File {
    kind: &'static str,
    packed: Vec<u8>,
}

type Files = Arc<HashMap<String, File>>;

/// A server with the baseline's page and plans of these sizes; its address.
pub async fn serve(map: &SeatMap, sizes: &[u32]) -> Result<String, BenchError> {
    let folder = std::env::var("ONSALE_SEATMAP_CANVAS").map(PathBuf::from);
    let folder = folder
        .map_err(|_| BenchError::new("ONSALE_SEATMAP_CANVAS", "start with `cargo xtask bench`"))?;
    let mut files = HashMap::new();
    let mut add = |name: String, kind, raw: &[u8], quality| {
        let packed = brotli(raw, quality).map_err(|error| BenchError::new(&name, error))?;
        files.insert(name, File { kind, packed });
        Ok::<_, BenchError>(())
    };
    add("/".to_owned(), "text/html", PAGE.as_bytes(), BROTLI_QUALITY)?;
    for (name, kind) in
        [("seatmap.canvas.js", "text/javascript"), ("seatmap.canvas.css", "text/css")]
    {
        let path = folder.join(name);
        let raw = std::fs::read(&path);
        let raw = raw.map_err(|error| BenchError::new(&path.to_string_lossy(), error))?;
        add(format!("/{name}"), kind, &raw, BROTLI_QUALITY)?;
    }
    for seats in sizes {
        let plan = plan::rival_json(map, *seats);
        let name = format!("/plan-{seats}.json");
        add(name, "application/json", plan.as_bytes(), QUICK_BROTLI_QUALITY)?;
    }
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await;
    let listener = listener.map_err(|error| BenchError::new("a port", error))?;
    let address = listener.local_addr().map_err(|error| BenchError::new("a port", error))?;
    let router = Router::new().fallback(answer).with_state(Arc::new(files));
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(format!("http://{address}/"))
}

async fn answer(State(files): State<Files>, request: Request) -> Response {
    match files.get(request.uri().path()) {
        Some(file) => {
            let headers = [(header::CONTENT_TYPE, file.kind), (header::CONTENT_ENCODING, "br")];
            (headers, file.packed.clone()).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

fn brotli(mut raw: &[u8], quality: i32) -> io::Result<Vec<u8>> {
    let parameters = brotli::enc::BrotliEncoderParams {
        quality,
        size_hint: raw.len(),
        ..brotli::enc::BrotliEncoderParams::default()
    };
    let mut packed = Vec::new();
    brotli::BrotliCompress(&mut raw, &mut packed, &parameters)?;
    Ok(packed)
}

/// Opens the baseline with a plan of so many seats.
pub async fn measure(
    chromium: &Chromium,
    address: &str,
    seats: u32,
) -> Result<RivalTimes, BenchError> {
    let tab: Tab = chromium.tab(1.0, "").await?;
    tab.open(&format!("{address}?seats={seats}")).await?;
    let times: RivalTimes = tab.ask(TIMES).await?;
    let memory_mb = page_memory_mb();
    tab.close().await;
    Ok(RivalTimes { memory_mb, ..times })
}
