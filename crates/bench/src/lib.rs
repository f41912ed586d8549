//! Measurements of Onsale, each against a baseline in the same run, and the sale in which
//! everything is killed.

mod client;
pub mod confirm;
pub mod faults;
mod figures;
pub mod house;
pub mod lighthouse;
pub mod live;
pub mod page;
mod process;
pub mod queue;
pub mod reserve;
pub mod search;
pub mod seatmap;
pub mod transport;
mod yardstick;

use std::{error::Error, process::ExitCode};

/// How the program of a baseline ends, and why, if it could not start.
#[must_use]
pub fn exit_of_baseline(served: Result<(), Box<dyn Error>>) -> ExitCode {
    served.map_or_else(
        |error| {
            eprintln!("the baseline cannot start: {error}");
            ExitCode::FAILURE
        },
        |()| ExitCode::SUCCESS,
    )
}

/// What keeps a measurement from being made.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    /// Something that is needed does not work.
    #[error("{what}: {why}")]
    Broken {
        /// What.
        what: String,
        /// Why.
        why: String,
    },
    /// The database refused.
    #[error("the database: {0}")]
    Database(#[from] sqlx::Error),
}

impl BenchError {
    /// Something that is needed does not work.
    pub fn new(what: &str, why: impl std::fmt::Display) -> Self {
        Self::Broken { what: what.to_owned(), why: why.to_string() }
    }
}
