//! `onsale events`

use std::process::ExitCode;

use clap::Subcommand;
use onsale_domain::EventId;
use onsale_store::Store;

/// What can be done.
#[derive(Subcommand)]
pub enum Command {
    /// Call an event off: nothing of it is sold any more, and the workers send everybody's money
    /// back. It cannot be undone.
    Cancel {
        /// The event's id.
        event: EventId,
    },
}

/// Does it.
pub async fn run(store: &Store, command: &Command) -> Result<ExitCode, Box<dyn std::error::Error>> {
    let Command::Cancel { event } = command;
    if !store.cancel_event(*event).await? {
        return Err("There is no such event, or it was called off before.".into());
    }
    println!(
        "Event {event} is called off. The workers send the money back; `onsale audit` checks."
    );
    Ok(ExitCode::SUCCESS)
}
