//! `bench seatmap`: the map of a stadium of 100,000 seats in a real browser, beside what npm has.

mod chromium;
mod ours;
mod plan;
mod rival;
mod storm;

use onsale_bus::Bus;
use onsale_testkit::{Environment, Stack, StackOptions};
use serde::Deserialize;
use serde_json::json;

use crate::BenchError;
use chromium::Chromium;
use ours::{Frames, OurTimes, SCENES};
use rival::RivalTimes;

/// On the wire, with brotli.
const MOST_SEATS_BYTES: f64 = 16_000.0;
const MOST_GEOMETRY_BYTES: f64 = 120_000.0;
/// From the HTML until the map can be used.
const MOST_DRAWN_MS: f64 = 1_000.0;
/// Sixty frames a second.
const MOST_FRAME_MS: f64 = 16.7;
/// To the first draw, the baseline takes at least so many times as long.
const LEAST_RATIO: f64 = 10.0;
const SMALL: u32 = 5_000;
const LARGE: u32 = 100_000;
const RENDERERS: &str = include_str!("renderers.js");

/// Measures, prints, and closes with one line of JSON. `false` when a target is missed.
pub async fn run(quick: bool) -> Result<bool, BenchError> {
    let environment = Environment::read();
    let map = plan::stadium();
    let template = plan::template(&environment, &map).await?;
    let options =
        StackOptions { log: "error", template: Some(template), ..StackOptions::default() };
    let stack = Stack::start(options).await;
    let url = stack.url(0);
    let bus = Bus::connect(&stack.nats_url(), "bench").await;
    let bus = bus.map_err(|error| BenchError::new("NATS", error))?;
    let chromium = Chromium::start().await?;

    let ours = load(&chromium, &url, if quick { 2 } else { 7 }).await?;
    let scenes = watch(&chromium, &url, &bus).await?;
    let renderers = renderers(&chromium).await?;
    stack.stop().await;
    let address = rival::serve(&map, &[SMALL, LARGE]).await?;
    let small = rival(&chromium, &address, SMALL).await?;
    let large = rival(&chromium, &address, LARGE).await?;
    chromium.stop().await;

    let ratio = large.drawn_ms / ours.drawn_ms;
    let missed = missed(&ours, &scenes, ratio);
    for target in &missed {
        println!("missed: {target}");
    }
    println!(
        "{}",
        json!({
            "bench": "seatmap", "ratio": round(ratio), "baseline": "@alisaitteke/seatmap-canvas",
            "unit": "ms from the HTML to the first draw of 100,000 seats",
            "ours_ms": round(ours.drawn_ms), "baseline_ms": round(large.drawn_ms),
            "baseline_5000_ms": round(small.drawn_ms), "decode_ms": round(ours.decoded_ms - ours.loaded_ms),
            "seats_bytes": ours.seats_bytes, "geometry_bytes": ours.geometry_bytes,
            "code_bytes": ours.code_bytes, "html_bytes": ours.html_bytes,
            "baseline_plan_bytes": large.wire_bytes,
            "memory_mb": round(ours.memory_mb), "baseline_memory_mb": round(large.memory_mb),
            "frame_p95_ms": scenes.iter().map(|(name, frames)| ((*name).to_owned(), json!(round(frames.p95_ms))))
                .collect::<serde_json::Map<_, _>>(),
            "renderers": renderers, "violations": missed.len(),
        })
    );
    Ok(missed.is_empty())
}

fn round(number: f64) -> f64 {
    (number * 10.0).round() / 10.0
}

/// The median of some visits by browsers that have nothing cached. The first one warms the server.
async fn load(chromium: &Chromium, url: &str, visits: usize) -> Result<OurTimes, BenchError> {
    let mut seen = Vec::with_capacity(visits);
    for visit in 0..=visits {
        let times = ours::times(chromium, url).await?;
        if visit > 0 {
            seen.push(times);
        }
    }
    seen.sort_by(|one, other| one.drawn_ms.total_cmp(&other.drawn_ms));
    let median = seen[seen.len() / 2];
    let OurTimes { loaded_ms, decoded_ms, drawn_ms, memory_mb, .. } = median;
    let worst = seen.last().map_or(drawn_ms, |times| times.drawn_ms);
    println!("ours, {LARGE} seats, median of {visits} visits, in ms after the HTML:");
    println!(
        "  data there {loaded_ms:.0}, decoded {decoded_ms:.0}, drawn {drawn_ms:.0} (slowest visit \
         {worst:.0}); {memory_mb:.0} MB"
    );
    println!(
        "  on the wire: page {:.1} kB, code {:.1} kB, geometry {:.1} kB, seats.bin {:.1} kB",
        median.html_bytes / 1000.0,
        median.code_bytes / 1000.0,
        median.geometry_bytes / 1000.0,
        median.seats_bytes / 1000.0
    );
    Ok(median)
}

async fn watch(
    chromium: &Chromium,
    url: &str,
    bus: &Bus,
) -> Result<Vec<(&'static str, Frames)>, BenchError> {
    println!(
        "{:<20} {:>7} {:>8} {:>8} {:>8} {:>10} {:>11}",
        "frames, ms", "number", "p50", "p95", "longest", "our code", "browser's"
    );
    let mut scenes = Vec::new();
    for scene in &SCENES {
        let frames = ours::watch(chromium, url, bus, scene).await?;
        println!(
            "{:<20} {:>7} {:>8.1} {:>8.1} {:>8.1} {:>10.1} {:>11.1}",
            scene.name,
            frames.frames,
            frames.p50_ms,
            frames.p95_ms,
            frames.max_ms,
            frames.script_p95_ms,
            frames.rest_p95_ms
        );
        scenes.push((scene.name, frames));
    }
    Ok(scenes)
}

#[derive(Deserialize)]
struct Renderer {
    frame_p95_ms: f64,
    script_p95_ms: f64,
}

#[derive(Deserialize)]
struct Renderers {
    seats: u32,
    paths: Renderer,
    pixels: Renderer,
    webgl: Option<Renderer>,
}

/// The same dots drawn in three ways, once for each density.
async fn renderers(chromium: &Chromium) -> Result<serde_json::Value, BenchError> {
    let mut told = serde_json::Map::new();
    for density in [1, 2] {
        let tab = chromium.tab(1.0, "").await?;
        tab.open("about:blank").await?;
        let given = json!({
            "width": 780, "height": 520, "density": density, "spacing": 5.5, "frames": 60,
        });
        let renderers: Renderers = tab.ask_with(RENDERERS, &given).await?;
        tab.close().await;
        println!("{} dots at {density}×, p95 of a frame (of it script), ms:", renderers.seats);
        let all = [
            ("paths", Some(renderers.paths)),
            ("pixels", Some(renderers.pixels)),
            ("webgl", renderers.webgl),
        ];
        for (name, renderer) in all {
            let Some(Renderer { frame_p95_ms, script_p95_ms }) = renderer else {
                println!("  {name:<7} is not to be had");
                continue;
            };
            println!("  {name:<7} {frame_p95_ms:>6.1} ({script_p95_ms:.1})");
            told.insert(format!("{name}_{density}x"), json!(round(frame_p95_ms)));
        }
    }
    Ok(told.into())
}

async fn rival(chromium: &Chromium, address: &str, seats: u32) -> Result<RivalTimes, BenchError> {
    let times = rival::measure(chromium, address, seats).await?;
    println!(
        "seatmap-canvas, {seats} seats: data there {:.0}, drawn {:.0} ms after the HTML; {:.0} MB; \
         the plan is {:.1} kB on the wire",
        times.loaded_ms,
        times.drawn_ms,
        times.memory_mb,
        times.wire_bytes / 1000.0
    );
    Ok(times)
}

fn missed(ours: &OurTimes, scenes: &[(&'static str, Frames)], ratio: f64) -> Vec<String> {
    let most = [
        ("bytes of seats.bin", ours.seats_bytes, MOST_SEATS_BYTES),
        ("bytes of the geometry", ours.geometry_bytes, MOST_GEOMETRY_BYTES),
        ("ms until the map can be used", ours.drawn_ms, MOST_DRAWN_MS),
    ];
    let frames = scenes.iter().map(|(name, frames)| (*name, frames.p95_ms, MOST_FRAME_MS));
    let above = most.into_iter().chain(frames).filter(|(_, is, most)| is > most);
    let slow = (ratio < LEAST_RATIO).then(|| format!("{ratio:.1} times as fast as the baseline"));
    above.map(|(what, is, most)| format!("{what}: {is:.1} of {most}")).chain(slow).collect()
}
