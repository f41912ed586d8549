//! The operator's command.

mod admin;
mod audit;
mod bookings;
mod dead_letters;
mod events;
mod import;
mod queue;
mod relay;
mod search;
mod seed;
mod writing;

use std::{process::ExitCode, time::Duration};

use clap::{Parser, Subcommand};
use onsale_ops::Settings;
use onsale_store::{Store, StoreOptions, Workload};

/// Prepare, fill, check and repair an Onsale box office.
///
/// The database is the one of DATABASE_URL, NATS that of NATS_URL, or those of the file named by
/// ONSALE_CONFIG.
#[derive(Parser)]
#[command(name = "onsale", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Bring the schema of the database up to date.
    Migrate,
    /// Fill an empty database with a season that is made up. Does nothing when it has events.
    Seed(seed::Arguments),
    /// Read venues with their seating plans, performers and events from files. A file with faults
    /// is refused whole, and each fault is named.
    Import(Box<import::Arguments>),
    /// Look after the relay, which tells what was committed.
    #[command(subcommand)]
    Relay(relay::Command),
    /// Look after the search indexes of the servers.
    #[command(subcommand)]
    Search(search::Command),
    /// Check the ledger: seats, holds, bookings, payments, refunds. Safe at any time; the exit
    /// code is 1 when a rule is broken.
    Audit(audit::Arguments),
    /// Look at a booking, or cancel one that is paid.
    #[command(subcommand)]
    Bookings(bookings::Command),
    /// Make accounts for the admin area.
    #[command(subcommand)]
    Admin(admin::Command),
    /// Check the draw of a waiting room, without any network.
    #[command(subcommand)]
    Queue(queue::Command),
    /// Call an event off.
    #[command(subcommand)]
    Events(events::Command),
    /// Look at messages that no worker could work on, and send them once more.
    #[command(subcommand)]
    DeadLetters(dead_letters::Command),
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse().command).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> Result<ExitCode, Box<dyn std::error::Error>> {
    let command = match command {
        Command::Queue(command) => return queue::run(&command),
        command => command,
    };
    let settings = Settings::load()?;
    let options = StoreOptions {
        max_connections: 2,
        acquire_timeout: Duration::from_secs(30),
        statement_timeout: Duration::from_secs(300),
        workload: Workload::Batch,
    };
    let store = Store::open(settings.database.url.expose(), "onsale", options)?;
    match command {
        Command::Migrate => {
            store.migrate().await?;
            println!("The schema is up to date.");
            Ok(ExitCode::SUCCESS)
        }
        Command::Seed(arguments) => seed::run(&store, &arguments).await,
        Command::Import(arguments) => import::run(&store, &arguments).await,
        Command::Relay(command) => relay::run(&store, &settings.relay, &command).await,
        Command::Search(command) => search::run(&store, &settings, &command).await,
        Command::Audit(arguments) => audit::run(&store, &settings.payments, &arguments).await,
        Command::Bookings(command) => bookings::run(&store, &command).await,
        Command::Admin(command) => admin::run(&store, &command).await,
        Command::Queue(command) => queue::run(&command),
        Command::Events(command) => events::run(&store, &command).await,
        Command::DeadLetters(command) => dead_letters::run(&settings, &command).await,
    }
}
