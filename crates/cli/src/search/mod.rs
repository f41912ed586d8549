//! `onsale search`

mod quickwit;

use std::{
    collections::{BTreeMap, BTreeSet},
    process::ExitCode,
    time::Duration,
};

use clap::{Args, Subcommand};
use futures::{Stream, StreamExt};
use onsale_bus::Bus;
use onsale_domain::EventId;
use onsale_messages::{
    decode, encode,
    search::{
        IndexedEvent, REBUILD_SUBJECT, RebuildProgress, SURVEY_SUBJECT, Survey, Surveyed, part_of,
        sums,
    },
};
use onsale_ops::Settings;
use onsale_search::embedded::Digests;
use onsale_store::Store;

/// How long to wait for NATS.
const CONNECT_PATIENCE: Duration = Duration::from_secs(10);
/// Servers that have not answered this long after the last one that did are not there.
const QUIET: Duration = Duration::from_secs(3);
/// Events that are read from the database at once.
const PAGE: u32 = 1_000;
/// What differs may be on its way: it is looked at again after this time.
const LOOK_AGAIN: Duration = Duration::from_secs(2);
/// Parts whose events are compared one by one.
const MOST_PARTS: usize = 20;

#[derive(Subcommand)]
pub enum Command {
    /// Compare the search index of every running server, and that of the Quickwit cluster if there is
    /// one, with the database, event by event. The exit code is 1 when one differs, or no server
    /// answers.
    Check(CheckArguments),
    /// Let every running server build its search index anew, and the workers that of the Quickwit
    /// cluster. The old ones answer meanwhile.
    Rebuild,
}

#[derive(Args)]
pub struct CheckArguments {
    /// How often to look again before a difference counts: changes may be on their way.
    #[arg(long, default_value_t = 5)]
    looks: u32,
}

/// Runs a command.
pub async fn run(
    store: &Store,
    settings: &Settings,
    command: &Command,
) -> Result<ExitCode, Box<dyn std::error::Error>> {
    let bus = Bus::connect(settings.nats.url.expose(), "onsale").await?;
    bus.connected(CONNECT_PATIENCE).await?;
    match command {
        Command::Check(arguments) => check(store, settings, &bus, arguments.looks.max(1)).await,
        Command::Rebuild => rebuild(&bus).await,
    }
}

async fn check(
    store: &Store,
    settings: &Settings,
    bus: &Bus,
    looks: u32,
) -> Result<ExitCode, Box<dyn std::error::Error>> {
    for look in 1..=looks {
        let expected = expected(store).await?;
        let mut indexes = survey(bus, None).await?;
        if indexes.is_empty() {
            println!("No server answers.");
            return Ok(ExitCode::FAILURE);
        }
        let cluster = quickwit::survey(store, settings).await?;
        indexes.extend(cluster.as_ref().map(|found| found.surveyed.clone()));
        let doubled = cluster.as_ref().map_or(0, |found| found.doubled);
        let wanted = sums(expected.iter().copied());
        let is_equal = |index: &Surveyed| index.is_ready && index.sums == wanted;
        let is_well = indexes.iter().all(is_equal) && doubled == 0;
        if is_well || look == looks {
            println!("database  {} events that are listed", expected.len());
            for index in &indexes {
                tell_state(index, is_equal(index));
            }
            if doubled > 0 {
                println!("quickwit  {doubled} documents of events that are there already");
            }
            let different: BTreeSet<u16> =
                indexes.iter().flat_map(|index| parts_that_differ(&index.sums, &wanted)).collect();
            for part in different.iter().take(MOST_PARTS) {
                let mut held = survey(bus, Some(*part)).await?;
                held.extend(cluster.as_ref().map(|found| found.with_part(*part)));
                tell_differences(&held, &expected, *part);
            }
            return Ok(if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE });
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
    Ok(ExitCode::FAILURE)
}

fn tell_state(index: &Surveyed, is_equal: bool) {
    let state = match (index.is_ready, is_equal) {
        (false, _) => "has no index",
        (true, true) => "equal",
        (true, false) => "DIFFERENT",
    };
    let Surveyed { server, events, generation, sequence, .. } = index;
    println!("{server}  {events} events, index {generation}, up to {sequence} of CDC: {state}");
}

/// What every index should hold.
async fn expected(store: &Store) -> Result<Vec<IndexedEvent>, Box<dyn std::error::Error>> {
    let (mut all, mut after) = (Vec::new(), EventId(0));
    loop {
        let listings = store.listings_after(after, PAGE).await?;
        let Some(last) = listings.last() else { return Ok(all) };
        after = last.id;
        let ids: Vec<EventId> = listings.iter().map(|listing| listing.id).collect();
        let seats = store.seats_left(&ids).await?;
        for listing in &listings {
            let is_sold_out = seats.get(&listing.id).is_some_and(|left| left.is_sold_out());
            let Digests { event, listing, is_sold_out } = Digests::of(listing, is_sold_out)?;
            all.push(IndexedEvent { event, digest: listing, is_sold_out });
        }
    }
}

async fn survey(bus: &Bus, part: Option<u16>) -> Result<Vec<Surveyed>, Box<dyn std::error::Error>> {
    let answers = bus.ask_all(SURVEY_SUBJECT.to_owned(), encode(&Survey { part })?).await?;
    let mut answers = std::pin::pin!(answers);
    let mut servers = Vec::new();
    while let Some(body) = next(&mut answers, QUIET).await {
        servers.push(decode::<Surveyed>(&body)?);
    }
    servers.sort_by(|one: &Surveyed, other| one.server.cmp(&other.server));
    Ok(servers)
}

async fn next<S: Stream + Unpin>(answers: &mut S, patience: Duration) -> Option<S::Item> {
    tokio::time::timeout(patience, answers.next()).await.ok().flatten()
}

fn parts_that_differ(sums: &[u64], wanted: &[u64]) -> Vec<u16> {
    let pairs = (0..).zip(sums.iter().zip(wanted));
    pairs.filter(|(_, (sum, wanted))| sum != wanted).map(|(part, _)| part).collect()
}

fn tell_differences(indexes: &[Surveyed], expected: &[IndexedEvent], part: u16) {
    let by_id = |events: &[IndexedEvent]| {
        let of_part = events.iter().filter(|it| part_of(it.event) == part);
        of_part.map(|it| (it.event, *it)).collect::<BTreeMap<_, _>>()
    };
    let wanted = by_id(expected);
    for index in indexes {
        let held = by_id(&index.part);
        for event in wanted.keys().chain(held.keys()).collect::<BTreeSet<_>>() {
            let words = match (wanted.get(event), held.get(event)) {
                (Some(wanted), Some(held)) if wanted == held => continue,
                (Some(wanted), Some(held)) if wanted.digest == held.digest => "sold out or not",
                (Some(_), Some(_)) => "has changed",
                (Some(_), None) => "is missing",
                (None, _) => "should not be there",
            };
            println!("{}  event {event}: {words}", index.server);
        }
    }
}

async fn rebuild(bus: &Bus) -> Result<ExitCode, Box<dyn std::error::Error>> {
    let answers = bus.ask_all(REBUILD_SUBJECT.to_owned(), encode(&())?).await?;
    let mut answers = std::pin::pin!(answers);
    let mut servers: BTreeMap<String, bool> = BTreeMap::new();
    while let Some(body) = next(&mut answers, QUIET).await {
        let RebuildProgress { server, done, about, is_over } = decode(&body)?;
        match is_over {
            true => println!("{server}  done: {done} events"),
            false => println!("{server}  {done} of about {about} events"),
        }
        servers.insert(server, is_over);
    }
    match servers.is_empty() {
        true => println!("No server answers."),
        false if servers.values().all(|is_over| *is_over) => return Ok(ExitCode::SUCCESS),
        false => println!("Some servers did not say that they have finished."),
    }
    Ok(ExitCode::FAILURE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_that_differ_are_named() {
        assert_eq!(parts_that_differ(&[1, 2, 3], &[1, 5, 3]), [1]);
        assert!(
            parts_that_differ(&[], &[1]).is_empty(),
            "without an index there is nothing to name"
        );
    }
}
