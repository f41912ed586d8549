//! `onsale seed`

use std::process::ExitCode;

use clap::ValueEnum;
use onsale_catalogue::demo::{self, DemoSize};
use onsale_domain::Timestamp;
use onsale_ops::clock::unix_millis;
use onsale_store::Store;

use crate::writing::{self, SoldSeats};

#[derive(clap::Args)]
pub struct Arguments {
    /// How large a season.
    #[arg(long, value_enum, default_value_t = Size::Full)]
    size: Size,
    /// The number that everything follows from.
    #[arg(long, default_value_t = 1)]
    number: u64,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Size {
    /// Some 40 venues and 2,000 events.
    Full,
    /// A handful of venues and 40 events.
    Small,
}

/// Fills an empty database.
pub async fn run(
    store: &Store,
    arguments: &Arguments,
) -> Result<ExitCode, Box<dyn std::error::Error>> {
    if store.has_events().await? {
        println!("The database has events already; nothing was added.");
        return Ok(ExitCode::SUCCESS);
    }
    let size = match arguments.size {
        Size::Full => DemoSize::Full,
        Size::Small => DemoSize::Small,
    };
    let catalogue = demo::generate(arguments.number, Timestamp(unix_millis()), size);
    println!(
        "Writing {} venues, {} performers, {} events with {} tickets",
        catalogue.venues.len(),
        catalogue.performers.len(),
        catalogue.events.len(),
        catalogue.ticket_count()
    );
    let sold = SoldSeats::ByDemo(arguments.number);
    let written = writing::write(store, &catalogue, sold).await?;
    println!("Wrote {} events and {} tickets.", written.events, written.tickets);
    Ok(ExitCode::SUCCESS)
}
