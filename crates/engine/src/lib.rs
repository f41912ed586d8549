//! The booking engine: it takes the commands that have come, decides them in memory, and writes
//! all winners with one guarded statement and one commit.
//!
//! The elected writer of a partition runs one, and so does a server that finds no writer. The
//! engine may be wrong about a seat, and two engines may work on one event at the same time: the
//! guard of the statement is the judge, and the engine that loses learns.

mod batch;
mod desks;
mod maps;

use onsale_messages::{ReserveCommand, ReserveReply};
use onsale_store::Store;

use desks::Desks;
pub use maps::Maps;

/// The rules by which holds are placed.
#[derive(Debug, Clone, Copy)]
pub struct EngineRules {
    /// How long a hold lasts, in seconds.
    pub hold_ttl_seconds: u32,
    /// Tickets that one user may hold or have bought of one event.
    pub max_tickets_per_user_and_event: u32,
}

/// A booking engine with what it remembers between batches.
pub struct Engine {
    store: Store,
    rules: EngineRules,
    desks: Desks,
}

impl Engine {
    /// An engine that knows nothing yet, but shares its maps with the others of the process.
    #[must_use]
    pub fn new(store: Store, rules: EngineRules, maps: Maps) -> Self {
        Self { store, rules, desks: Desks::new(maps) }
    }

    /// Decides commands in their order and returns the reply to each. When the database cannot
    /// answer, the reply is [`ReserveReply::Unavailable`]; asking again is safe.
    pub async fn decide(&mut self, commands: Vec<ReserveCommand>) -> Vec<ReserveReply> {
        let started = std::time::Instant::now();
        metrics::histogram!("onsale_reservation_batch_size").record(commands.len() as f64);
        let replies = self.decide_batch(commands).await;
        metrics::histogram!("onsale_reservation_batch_seconds").record(started.elapsed());
        replies
    }
}
