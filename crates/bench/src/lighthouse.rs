//! `bench lighthouse`: what Lighthouse, with its preset for phones, says of the event page.

use std::process::Stdio;

use onsale_testkit::{Stack, StackOptions};
use serde_json::{Value, json};
use tokio::process::Command;

use crate::BenchError;

/// The page: the first event of the small demo, in a theatre of 1,200 seats.
const PAGE: &str = "/events/1";
/// Categories and the least score of each, of 100.
const LEAST: [(&str, f64); 4] =
    [("performance", 95.0), ("accessibility", 100.0), ("best-practices", 95.0), ("seo", 100.0)];
/// Times and weights worth reading.
const AUDITS: [&str; 6] = [
    "first-contentful-paint",
    "largest-contentful-paint",
    "total-blocking-time",
    "cumulative-layout-shift",
    "speed-index",
    "total-byte-weight",
];
const VISITS: usize = 3;

/// Measures, prints, and closes with one line of JSON. `false` when a score is too low.
pub async fn run() -> Result<bool, BenchError> {
    let stack = Stack::start(StackOptions { log: "error", ..StackOptions::default() }).await;
    let url = format!("{}{PAGE}", stack.url(0));
    let mut reports = Vec::with_capacity(VISITS);
    for _ in 0..VISITS {
        reports.push(visit(&url).await?);
    }
    stack.stop().await;
    // The median of the one score that changes from visit to visit.
    reports.sort_by(|one, other| score(one, "performance").total_cmp(&score(other, "performance")));
    let report = &reports[VISITS / 2];
    println!("Lighthouse {}, {PAGE}, median of {VISITS} visits", report["lighthouseVersion"]);
    for audit in AUDITS {
        let shown = report["audits"][audit]["displayValue"].as_str().unwrap_or("–");
        println!("  {audit:<26} {shown}");
    }
    let mut told = serde_json::Map::new();
    let mut violations = 0;
    for (category, least) in LEAST {
        let score = score(report, category);
        println!("  {category:<26} {score:.0} of 100, at least {least:.0}");
        if score < least {
            violations += 1;
            tell_faults(report, category);
        }
        told.insert(category.replace('-', "_"), json!(score));
    }
    let closing = json!({
        "bench": "lighthouse", "ratio": score(report, "performance") / 95.0,
        "baseline": "Lighthouse's scores that we promise", "unit": "score of 100",
        "scores": told, "violations": violations,
    });
    println!("{closing}");
    Ok(violations == 0)
}

fn score(report: &Value, category: &str) -> f64 {
    let score = report["categories"][category]["score"].as_f64();
    (score.unwrap_or_default() * 100.0).round()
}

/// What cost points.
fn tell_faults(report: &Value, category: &str) {
    let audits = report["categories"][category]["auditRefs"].as_array().into_iter().flatten();
    for audit in audits {
        let (id, weight) = (audit["id"].as_str().unwrap_or_default(), audit["weight"].as_f64());
        let found = &report["audits"][id];
        if weight.is_some_and(|weight| weight > 0.0)
            && found["score"].as_f64().is_some_and(|score| score < 1.0)
        {
            println!("    {id}: {}", found["title"].as_str().unwrap_or_default());
        }
    }
}

async fn visit(url: &str) -> Result<Value, BenchError> {
    let program = |name: &str| {
        std::env::var(name).map_err(|_| BenchError::new(name, "start with `cargo xtask bench`"))
    };
    let categories: Vec<&str> = LEAST.iter().map(|(category, _)| *category).collect();
    let output = Command::new(program("PLAYWRIGHT_NODE_EXE")?)
        .arg(program("ONSALE_LIGHTHOUSE_CLI")?)
        .arg(url)
        .args(["--quiet", "--output=json", "--chrome-flags=--headless=new --no-sandbox"])
        .arg(format!("--only-categories={}", categories.join(",")))
        .env("CHROME_PATH", program("ONSALE_CHROMIUM")?)
        .stderr(Stdio::inherit())
        .output()
        .await;
    let output = output.map_err(|error| BenchError::new("Lighthouse", error))?;
    if !output.status.success() {
        return Err(BenchError::new("Lighthouse", output.status));
    }
    serde_json::from_slice(&output.stdout).map_err(|error| BenchError::new("its report", error))
}
