//! `onsale relay`

use std::process::ExitCode;

use clap::Subcommand;
use onsale_ops::settings::RelaySettings;
use onsale_store::{RelayState, SlotRecord, Store};

#[derive(Subcommand)]
pub enum Command {
    /// Say how the relay stands. The exit code is 1 when it tells nothing, or has lost something.
    Status,
    /// Let the relay begin a new epoch and tell the whole catalogue again. Safe at any time: what
    /// is not told yet stays in its slot.
    Resnapshot,
}

/// Runs a command.
pub async fn run(
    store: &Store,
    settings: &RelaySettings,
    command: &Command,
) -> Result<ExitCode, Box<dyn std::error::Error>> {
    match command {
        Command::Status => status(store, &settings.slot).await,
        Command::Resnapshot => {
            store.request_snapshot().await?;
            println!(
                "Asked for. The relay begins within a second; `onsale relay status` follows it."
            );
            Ok(ExitCode::SUCCESS)
        }
    }
}

async fn status(store: &Store, slot_name: &str) -> Result<ExitCode, Box<dyn std::error::Error>> {
    if let Some(refused) = store.log_refused().await? {
        println!("The log cannot be read: {refused}");
        return Ok(ExitCode::FAILURE);
    }
    let (state, slot) = (store.relay_state().await?, store.slot(slot_name).await?);
    println!("epoch     {}", state.epoch);
    println!("snapshot  {}", snapshot_words(&state));
    match &slot {
        None => println!("slot      {slot_name} is missing: the relay makes it when it starts"),
        Some(slot) => {
            println!("slot      {slot_name}, {}", slot_words(slot));
            println!("behind    {} bytes of log", slot.lag_bytes);
        }
    }
    let is_well = state.is_complete && slot.is_some_and(|slot| slot.is_active && !slot.is_lost());
    Ok(if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

const fn snapshot_words(state: &RelayState) -> &'static str {
    match (state.is_requested, state.is_complete) {
        (true, _) => "asked for",
        (false, true) => "told to its end",
        (false, false) => "not told to its end",
    }
}

fn slot_words(slot: &SlotRecord) -> String {
    if !slot.is_ours {
        return "of another database or plugin: choose another name in relay.slot".into();
    }
    let reader = if slot.is_active { "the relay reads it" } else { "nobody reads it" };
    match slot.wal_status.as_str() {
        "lost" => "lost: PostgreSQL has thrown away log that was not told".into(),
        "unreserved" => format!("about to be lost; {reader}"),
        _ => format!("whole; {reader}"),
    }
}
