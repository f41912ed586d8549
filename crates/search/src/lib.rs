//! Finding events: one model of what is looked for, over two engines.
//!
//! A [`Question`] is looked up in the [`Dictionary`] of the catalogue and becomes a [`Plan`] of exact
//! words, which tantivy (in the process, [`embedded`]) and Quickwit ([`quickwit`]) answer alike.
//! Nothing here knows PostgreSQL, NATS or HTTP: listings come in, hits go out.

pub mod analysis;
mod calendar;
pub mod dictionary;
pub mod embedded;
pub mod facets;
pub mod field;
pub mod highlight;
pub mod keyword;
mod names;
pub mod plan;
pub mod question;
pub mod quickwit;
pub mod synonyms;

pub use dictionary::Dictionary;
pub use names::{NameKind, Named, Suggestions};
pub use plan::Plan;
pub use question::{Circle, Cursor, From, Month, Order, Question, Sale};
pub use synonyms::Synonyms;

/// One page of what was found.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Found {
    /// The hits, in order.
    pub hits: Vec<Hit>,
    /// How many there are in all.
    pub total: u64,
    /// By what the result can be narrowed.
    pub facets: Vec<facets::FacetCount>,
    /// Another keyword that was perhaps meant.
    pub suggestion: Option<String>,
    /// The words that were looked for, as they are indexed.
    pub words: std::collections::BTreeSet<String>,
    /// Where the next page begins; absent on the last.
    pub next: Option<Cursor>,
}

/// An event that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// The event, without its description.
    pub listing: onsale_domain::Listing,
    /// Kilometres from the centre of the circle, when there is one.
    pub distance_km: Option<f64>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// The index cannot be read or written.
    #[error("the index: {0}")]
    Index(#[from] tantivy::TantivyError),
    /// A document in the index cannot be read.
    #[error("the index is damaged: {0}")]
    Damaged(String),
    /// Quickwit refused or did not answer.
    #[error("Quickwit: {0}")]
    Quickwit(#[from] quickwit_client::Error),
    /// The engine cannot answer such a question.
    #[error("{0}")]
    Unsupported(&'static str),
}
