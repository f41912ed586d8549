//! `onsale import`

use std::{fs, path::PathBuf, process::ExitCode};

use onsale_catalogue::{Faults, import};
use onsale_store::Store;

use crate::writing::{self, SoldSeats};

#[derive(clap::Args)]
pub struct Arguments {
    /// A venue with its seating plan, as JSON. May be given several times.
    #[arg(long = "venue", required = true, value_name = "FILE")]
    venues: Vec<PathBuf>,
    /// Performers and events at these venues, as lines of JSON.
    #[arg(long = "events", value_name = "FILE")]
    events: Option<PathBuf>,
    /// Only say whether the files could be imported.
    #[arg(long)]
    check: bool,
    #[command(flatten)]
    details: Details,
}

/// What a bare seating plan does not say about its venue.
#[derive(clap::Args)]
struct Details {
    /// For a bare plan: the name by which events refer to it; made from the name when absent.
    #[arg(long)]
    key: Option<String>,
    /// For a bare plan: the name of the venue; that of the plan when absent.
    #[arg(long)]
    name: Option<String>,
    /// For a bare plan: street and number.
    #[arg(long)]
    address: Option<String>,
    /// For a bare plan: the city.
    #[arg(long)]
    city: Option<String>,
    /// For a bare plan: the ISO code of the country, such as PT.
    #[arg(long)]
    country: Option<String>,
    /// For a bare plan: the IANA name of the time zone, such as Europe/Lisbon.
    #[arg(long)]
    time_zone: Option<String>,
    /// For a bare plan: degrees north.
    #[arg(long, allow_hyphen_values = true)]
    latitude: Option<f64>,
    /// For a bare plan: degrees east.
    #[arg(long, allow_hyphen_values = true)]
    longitude: Option<f64>,
}

impl Details {
    fn of_venue(&self) -> import::VenueDetails {
        import::VenueDetails {
            key: self.key.clone(),
            name: self.name.clone(),
            address: self.address.clone(),
            city: self.city.clone(),
            country: self.country.clone(),
            time_zone: self.time_zone.clone(),
            latitude: self.latitude,
            longitude: self.longitude,
        }
    }
}

/// Reads all files, then writes all of them.
pub async fn run(
    store: &Store,
    arguments: &Arguments,
) -> Result<ExitCode, Box<dyn std::error::Error>> {
    let mut venues = Vec::with_capacity(arguments.venues.len());
    for file in &arguments.venues {
        match import::venue(&read(file)?, &arguments.details.of_venue()) {
            Ok(venue) => venues.push(venue),
            Err(faults) => return Ok(refuse(file, &faults)),
        }
    }
    let (list, list_file) = match &arguments.events {
        Some(file) => (read(file)?, file.clone()),
        None => (Vec::new(), PathBuf::from("the list of events")),
    };
    let catalogue = match import::catalogue(venues, &list) {
        Ok(catalogue) => catalogue,
        Err(faults) => return Ok(refuse(&list_file, &faults)),
    };
    println!(
        "{} venues, {} performers, {} events with {} tickets: no faults",
        catalogue.venues.len(),
        catalogue.performers.len(),
        catalogue.events.len(),
        catalogue.ticket_count()
    );
    if arguments.check {
        return Ok(ExitCode::SUCCESS);
    }
    let written = writing::write(store, &catalogue, SoldSeats::None).await?;
    println!(
        "Wrote {} events and {} tickets; {} events were there before and were left alone.",
        written.events, written.tickets, written.known_events
    );
    Ok(ExitCode::SUCCESS)
}

fn read(file: &PathBuf) -> Result<Vec<u8>, String> {
    fs::read(file).map_err(|error| format!("{} cannot be read: {error}", file.display()))
}

fn refuse(file: &std::path::Path, faults: &Faults) -> ExitCode {
    eprintln!("{} was refused and nothing was written. {} faults:", file.display(), faults.count());
    for fault in faults.listed() {
        eprintln!("  {fault}");
    }
    if faults.count() > faults.listed().len() {
        eprintln!("  … and {} more", faults.count() - faults.listed().len());
    }
    ExitCode::FAILURE
}
