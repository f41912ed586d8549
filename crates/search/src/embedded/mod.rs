//! The engine in the process: an index of tantivy, held by one [`Indexer`] and read through the
//! [`View`]s that it publishes.

mod collect;
mod indexer;
mod matching;
mod rows;
mod schema;
mod view;

pub use indexer::{BULK, Indexer, Memory, TRICKLE};
pub use view::{Digests, View};

#[cfg(test)]
mod tests;
