//! `bench search`: a catalogue of a million made-up events, searched over HTTP by one client and by
//! many; against PostgreSQL's own full-text and trigram search of the same events, asked directly.

mod baseline;
mod catalogue;
mod classes;
mod freshness;
mod hostile;
mod judged;
mod load;

use std::{net::SocketAddr, time::Instant};

use onsale_testkit::{Environment, Stack, StackOptions, eventually};

use crate::{
    BenchError,
    process::{calm, memory_of},
};
use baseline::Baseline;
use catalogue::Catalogue;
use judged::{Class, Judged};

/// Events, unless `--events` says otherwise.
const EVENTS: usize = 1_000_000;
/// With `--quick`.
const FEW_EVENTS: usize = 20_000;
/// Judged queries of each class.
const QUERIES: usize = 150;
/// The seed of the catalogue and the queries.
const SEED: u64 = 7;

/// What must hold, of the classes that the promise names.
const PROMISED_SEARCH_P99_MS: f64 = 10.0;
const PROMISED_SUGGEST_P99_MS: f64 = 5.0;
/// The baseline's p99 of typo queries is so many times ours.
const PROMISED_RATIO: f64 = 20.0;
const PROMISED_VISIBLE_P99_MS: f64 = 2_000.0;

/// Makes the catalogue, searches it, and tells how good and how quick the answers are.
///
/// # Errors
/// [`BenchError`] when something that is needed does not work.
pub async fn run(words: &[String], quick: bool) -> Result<bool, BenchError> {
    let given = words.iter().skip_while(|word| *word != "--events").nth(1);
    let events = match given {
        Some(text) => text.parse().map_err(|error| BenchError::new("--events", error))?,
        None if quick => FEW_EVENTS,
        None => EVENTS,
    };
    println!("Making {events} events");
    let catalogue = Catalogue::make(events, SEED);
    let judged = Judged::make(&catalogue, QUERIES, SEED);
    let options = StackOptions { log: "error", relay: true, ..StackOptions::default() };
    let stack = Stack::start_in(Environment::read(), options).await;
    let outcome = measure(&stack, &catalogue, &judged).await;
    stack.stop().await;
    outcome
}

async fn measure(
    stack: &Stack,
    catalogue: &Catalogue,
    judged: &Judged,
) -> Result<bool, BenchError> {
    let loaded = Instant::now();
    load::load(&stack.database.pool, catalogue).await?;
    println!("In PostgreSQL after {:.0} s", loaded.elapsed().as_secs_f64());
    let indexing = Instant::now();
    let (is_well, report) = stack.onsale(&["search", "rebuild"]).await;
    if !is_well {
        return Err(BenchError::new("onsale search rebuild", report));
    }
    let index_seconds = indexing.elapsed().as_secs_f64();
    let rate = catalogue.events.len() as f64 / index_seconds;
    println!("Indexed in {index_seconds:.0} s, {rate:.0} events/s, by the server while it answers");
    let (disk, memory) = (index_bytes(stack), memory_of(&stack.servers[0])? as u64);
    println!("{} MB of index on disk, {} MB of memory in the server", disk >> 20, memory >> 20);
    let address = stack.url(0).trim_start_matches("http://").parse::<SocketAddr>();
    let address = address.map_err(|error| BenchError::new("the server's address", error))?;
    settled(address, catalogue).await;
    // It goes on reading what the relay told of the catalogue.
    let waiting = Instant::now();
    calm(&stack.servers[0]).await?;
    println!("At rest after {:.0} s more", waiting.elapsed().as_secs_f64());

    let relevance = judged::relevance(address, judged).await?;
    let ours = classes::measure(address, judged).await?;
    println!("Preparing PostgreSQL");
    let baseline = Baseline::prepare(&stack.database.pool).await?;
    let theirs = baseline.measure(judged).await?;
    let ratio = theirs.typo_p99_ms / ours.one_client(Class::OneTypo).p99_ms.max(0.001);
    let hostile = hostile::measure(address).await?;
    let fresh = freshness::measure(stack, address, catalogue).await?;

    let violations = tell(&relevance, &ours, &theirs)
        + u32::from(ratio < PROMISED_RATIO)
        + u32::from(fresh.p99_ms > PROMISED_VISIBLE_P99_MS)
        + u32::from(hostile.longest_ms > hostile::LONGEST_MS)
        + hostile.wrong;
    let figure = |class: Class| ours.one_client(class).p99_ms;
    println!(
        "{{\"bench\":\"search\",\"ratio\":{ratio:.1},\"baseline\":\"PostgreSQL full text and pg_trgm\",\
         \"unit\":\"p99 of typo queries with date and facets, one client\",\"events\":{},\
         \"typo_p99_ms\":{:.2},\"exact_p99_ms\":{:.2},\"suggest_p99_ms\":{:.2},\
         \"baseline_typo_p99_ms\":{:.0},\"recall_one_typo\":{:.3},\"recall_two_typos\":{:.3},\
         \"visible_p99_ms\":{:.0},\"hostile_max_ms\":{:.1},\"indexed_per_second\":{rate:.0},\"index_mb\":{},\
         \"server_mb\":{},\"violations\":{violations}}}",
        catalogue.events.len(),
        figure(Class::OneTypo),
        figure(Class::Exact),
        ours.suggest_one.p99_ms,
        theirs.typo_p99_ms,
        relevance.of(Class::OneTypo).recall,
        relevance.of(Class::TwoTypos).recall,
        fresh.p99_ms,
        hostile.longest_ms,
        disk >> 20,
        memory >> 20,
    );
    Ok(violations == 0)
}

/// Prints everything; counts what was promised and is not kept.
fn tell(
    relevance: &judged::Relevance,
    ours: &classes::Measured,
    theirs: &baseline::Measured,
) -> u32 {
    println!("\n{:<18} {:>8} {:>8} {:>8}", "relevance", "recall20", "MRR", "nDCG20");
    for (class, found) in relevance.all() {
        let (recall, mrr, ndcg) = (found.recall, found.mrr, found.ndcg);
        println!("{:<18} {recall:>8.3} {mrr:>8.3} {ndcg:>8.3}", class.name());
    }
    println!("\n{ours}");
    println!("{theirs}");
    let slow = |p99: f64, promised: f64| u32::from(p99 > promised);
    slow(ours.one_client(Class::OneTypo).p99_ms, PROMISED_SEARCH_P99_MS)
        + slow(ours.one_client(Class::Exact).p99_ms, PROMISED_SEARCH_P99_MS)
        + slow(ours.suggest_one.p99_ms, PROMISED_SUGGEST_P99_MS)
        + u32::from(relevance.of(Class::OneTypo).recall < 0.95)
        + u32::from(relevance.of(Class::TwoTypos).recall < 0.88)
}

/// Waits until the last of the made-up events is found.
async fn settled(address: SocketAddr, catalogue: &Catalogue) {
    let wanted = catalogue.events.len() as u64;
    eventually("the whole catalogue to be found", std::time::Duration::from_secs(60), || async {
        let mut client = crate::client::Client::connect(address).await.ok()?;
        let answer = client.get("/api/events/search?pageSize=1&start=2026-01-01").await.ok()?;
        let body: serde_json::Value = serde_json::from_str(&answer.body).ok()?;
        (body["total"].as_u64()? >= wanted).then_some(())
    })
    .await;
}

fn index_bytes(stack: &Stack) -> u64 {
    fn below(path: &std::path::Path) -> u64 {
        let entries = std::fs::read_dir(path).into_iter().flatten().filter_map(Result::ok);
        entries
            .map(|entry| match entry.metadata() {
                Ok(about) if about.is_dir() => below(&entry.path()),
                Ok(about) => about.len(),
                Err(_) => 0,
            })
            .sum()
    }
    below(stack.setting("ONSALE_SEARCH_FOLDER").as_ref())
}
