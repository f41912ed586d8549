//! Our own page, from a server of ours with a database behind it.

use onsale_bus::Bus;
use onsale_domain::EventId;
use serde::Deserialize;

use super::{
    chromium::{Chromium, Tab, page_memory_mb},
    plan::WATCHED_SEAT,
    storm::{self, Known},
};
use crate::BenchError;

const EVENT: EventId = EventId(1);
const PROBE: &str = include_str!("probe.js");
/// How long each movement is watched, in milliseconds.
const WATCHED_MILLIS: u32 = 4_000;

/// Waits until the map is drawn, and says when things happened and what came over the wire.
const TIMES: &str = "async () => {
    const marks = name => performance.getEntriesByName(`seat-map-${name}`);
    while (!marks('drawn').length) await new Promise(done => setTimeout(done, 10));
    const [page] = performance.getEntriesByType('navigation');
    const at = name => marks(name)[0].startTime - page.responseEnd;
    const resources = performance.getEntriesByType('resource');
    const bytes = word => resources.filter(it => it.name.includes(word))
        .reduce((sum, it) => sum + it.encodedBodySize, 0);
    return {
        loaded_ms: at('loaded'), decoded_ms: at('decoded'), drawn_ms: at('drawn'),
        html_bytes: page.encodedBodySize, seats_bytes: bytes('/seats.bin'),
        geometry_bytes: bytes('/geometry/'), code_bytes: bytes('/pkg/'),
    };
}";

/// What the page knows of the event's seats.
const KNOWN: &str = "async path => {
    const bytes = await (await fetch(path, { cache: 'no-store' })).arrayBuffer();
    const view = new DataView(bytes);
    return {
        epoch: String(view.getBigUint64(4, true)), version: String(view.getBigUint64(12, true)),
        seats: view.getUint32(20, true),
    };
}";

/// When the page was where, in milliseconds after the HTML, and what it weighed on the wire.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct OurTimes {
    /// Geometry and availability were there.
    pub loaded_ms: f64,
    /// They were a model.
    pub decoded_ms: f64,
    /// The map had been drawn, and hands could use it.
    pub drawn_ms: f64,
    /// The page.
    pub html_bytes: f64,
    /// Availability.
    pub seats_bytes: f64,
    /// Geometry.
    pub geometry_bytes: f64,
    /// WASM and JavaScript.
    pub code_bytes: f64,
    /// Memory of the page's process.
    #[serde(default)]
    pub memory_mb: f64,
}

/// Frames, as the probe saw them.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct Frames {
    /// How many.
    pub frames: u32,
    /// Half of them took no longer.
    pub p50_ms: f64,
    /// 95 of 100 took no longer.
    pub p95_ms: f64,
    /// None took longer.
    pub max_ms: f64,
    /// Our own code in one.
    pub script_p95_ms: f64,
    /// What the browser's main thread did besides: layout, paint, and drawing by the processor.
    pub rest_p95_ms: f64,
}

/// One movement, and what it should show.
pub struct Scene {
    /// Its name in the report.
    pub name: &'static str,
    /// Dots for each pixel.
    pub density: f64,
    /// Pixels between neighbours when it begins.
    spacing: f64,
    kind: Kind,
}

enum Kind {
    Pan,
    Zoom,
    /// The server tells what changes, gathered as it gathers it.
    Storm,
    /// The same while the map is moved.
    StormAndPan,
    /// Every change comes alone.
    Hail,
}

/// What is watched. Neighbours are 5.5 pixels apart where most seats are drawn.
pub const SCENES: [Scene; 9] = [
    Scene { name: "pan, sections", density: 1.0, spacing: 2.0, kind: Kind::Pan },
    Scene { name: "pan, dots", density: 1.0, spacing: 5.5, kind: Kind::Pan },
    Scene { name: "pan, numbers", density: 1.0, spacing: 26.0, kind: Kind::Pan },
    Scene { name: "zoom, all the way", density: 1.0, spacing: 2.0, kind: Kind::Zoom },
    Scene { name: "storm, as told", density: 1.0, spacing: 5.5, kind: Kind::Storm },
    Scene { name: "storm and pan", density: 1.0, spacing: 5.5, kind: Kind::StormAndPan },
    Scene { name: "storm, one by one", density: 1.0, spacing: 5.5, kind: Kind::Hail },
    Scene { name: "pan, dots, 2×", density: 2.0, spacing: 5.5, kind: Kind::Pan },
    Scene { name: "zoom, 2×", density: 2.0, spacing: 2.0, kind: Kind::Zoom },
];

async fn open(chromium: &Chromium, url: &str, density: f64) -> Result<(Tab, OurTimes), BenchError> {
    let tab = chromium.tab(density, PROBE).await?;
    tab.open(&format!("{url}/events/{EVENT}")).await?;
    let times = tab.ask(TIMES).await?;
    Ok((tab, times))
}

/// Opens the page with nothing cached.
pub async fn times(chromium: &Chromium, url: &str) -> Result<OurTimes, BenchError> {
    let (tab, times) = open(chromium, url, 1.0).await?;
    let memory_mb = page_memory_mb();
    tab.close().await;
    Ok(OurTimes { memory_mb, ..times })
}

/// Watches one scene.
pub async fn watch(
    chromium: &Chromium,
    url: &str,
    bus: &Bus,
    scene: &Scene,
) -> Result<Frames, BenchError> {
    let (tab, _) = open(chromium, url, scene.density).await?;
    let approach = format!("async wanted => onsaleProbe.approach({WATCHED_SEAT}, wanted)");
    let _: Option<()> = tab.ask_with(&approach, &scene.spacing).await?;
    let seats = format!("/api/events/{EVENT}/seats.bin");
    let movement = match scene.kind {
        Kind::Pan | Kind::StormAndPan => format!("() => onsaleProbe.pan({WATCHED_MILLIS})"),
        Kind::Zoom => format!("() => onsaleProbe.zoom({WATCHED_MILLIS}, {WATCHED_SEAT})"),
        Kind::Storm => format!("() => onsaleProbe.storm({WATCHED_MILLIS})"),
        Kind::Hail => format!(
            "async () => {{
                const tell = await onsaleProbe.teller({}, '{seats}');
                return onsaleProbe.storm({WATCHED_MILLIS}, tell);
            }}",
            storm::CHANGES_PER_SECOND
        ),
    };
    let frames = match scene.kind {
        Kind::Storm | Kind::StormAndPan => {
            let known = known(&tab, &seats).await?;
            tokio::select! {
                frames = tab.ask(&movement) => frames,
                ended = storm::rage(bus, EVENT, known) => {
                    Err(ended.err().unwrap_or_else(|| BenchError::new("the storm", "ended")))
                }
            }
        }
        Kind::Pan | Kind::Zoom | Kind::Hail => tab.ask(&movement).await,
    };
    tab.close().await;
    frames
}

async fn known(tab: &Tab, path: &str) -> Result<Known, BenchError> {
    #[derive(Deserialize)]
    struct Answer {
        epoch: String,
        version: String,
        seats: u32,
    }
    let answer: Answer = tab.ask_with(KNOWN, &path).await?;
    let number = |text: &str| {
        text.parse::<u64>().map_err(|error| BenchError::new("the availability", error))
    };
    Ok(Known {
        epoch: number(&answer.epoch)?,
        version: number(&answer.version)?,
        seats: answer.seats,
    })
}
