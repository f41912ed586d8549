//! `bench queue`: the waiting room with ten million fans, against a queue in a sorted set.

mod crypto;
mod handler;
mod http;
mod plots;
mod report;
mod simulation;
mod sockets;
mod sorted_set;

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use onsale_testkit::{Stack, StackOptions, eventually};

use crate::{BenchError, client::Client, process::raise_file_limit};

/// Fans.
const FANS: u64 = 10_000_000;
/// … in a quick run.
const FANS_QUICK: u64 = 200_000;

/// How long the server may take to hear of the room.
const START_LIMIT: Duration = Duration::from_secs(20);

/// Switches the room of event 1 on, without a puzzle, and far from every limit.
const SWITCH_ON: &str = "
    INSERT INTO waiting_rooms (event_id, mode, switched_on_at, rate_per_minute, max_active_passes,
                               pass_seconds, grace_seconds, hold_budget, proof_bits, tell_all)
    VALUES (1, 'open', now(), 100000, 1000000, 3600, 7200, 10, 0, true)
    ON CONFLICT (event_id) DO UPDATE SET mode = 'open'";

/// Measures everything, or only the parts that are named: `simulation`, `handler`, `http`,
/// `sockets`. With `--report FOLDER` the simulation's report and plots are written there. `false`
/// when something that must hold did not.
pub async fn run(template: &str, words: &[String], quick: bool) -> Result<bool, BenchError> {
    let fans = if quick { FANS_QUICK } else { FANS };
    let parts = ["simulation", "handler", "http", "sockets"];
    let is_chosen = |word: &&str| words.iter().any(|given| given == word);
    let all = !parts.iter().any(is_chosen);
    let wants = |part: &str| all || is_chosen(&part);
    let mut json = Vec::new();
    let mut violations = 0;
    let mut ratio = None;
    if wants("simulation") {
        let folder = words.iter().position(|word| word == "--report");
        let folder = folder.and_then(|at| words.get(at + 1)).map(PathBuf::from);
        let (text, broken) = report::simulation(folder.as_deref())?;
        json.push(text);
        violations += broken;
    }
    if wants("handler") {
        let (text, broken) = crypto::measure(fans);
        json.push(text);
        violations += broken;
        let stack = open_room(template, "onsale-server").await;
        let (text, broken) = handler::measure(&stack, fans).await?;
        json.push(text);
        violations += broken;
        json.push(sorted_set::measure(&stack, fans).await?);
        stack.stop().await;
    }
    if wants("http") {
        let (text, times) = http::measure(template, quick).await?;
        json.push(text);
        ratio = Some(format!("{times:.2}"));
    }
    if wants("sockets") {
        raise_file_limit();
        let stack = open_room(template, "onsale-server").await;
        json.push(sockets::measure(&stack, quick).await?);
        stack.stop().await;
    }
    println!(
        "{{\"bench\":\"queue\",\"ratio\":{},\
         \"baseline\":\"a sorted set in Redis behind the same edge\",\"unit\":\"joins/s over HTTP\",\
         \"violations\":{violations},\"parts\":[{}]}}",
        ratio.as_deref().unwrap_or("null"),
        json.join(",")
    );
    Ok(violations == 0)
}

async fn open_room(template: &str, server_program: &'static str) -> Stack {
    let options = StackOptions {
        server_program,
        log: "error",
        template: Some(template.to_owned()),
        // It would set limits of its own.
        workers: 0,
        // The baseline sets no puzzles, however many come.
        settings: vec![("ONSALE_CALM_JOINS_PER_SECOND", "1000000".into())],
        ..StackOptions::default()
    };
    let stack = Stack::start(options).await;
    stack.database.run(SWITCH_ON).await;
    eventually("the server to know of the room", START_LIMIT, || async {
        let address = stack.url(0).trim_start_matches("http://").parse::<SocketAddr>().ok()?;
        let mut client = Client::connect(address).await.ok()?;
        let now = client.get("/api/events/1/queue/now.json").await.ok()?;
        (now.text("phase") == Some("open")).then_some(())
    })
    .await;
    stack
}
