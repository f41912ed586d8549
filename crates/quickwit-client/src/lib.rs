//! A client for the REST API of [Quickwit](https://quickwit.io) 0.9: indexes, ingest, search in its own
//! and in Elasticsearch's form, delete tasks, health.
//!
//! ```no_run
//! # async fn example() -> Result<(), quickwit_client::Error> {
//! use quickwit_client::{Client, Commit, elastic::{Query, SearchRequest}};
//!
//! let quickwit = Client::new("http://127.0.0.1:7280")?;
//! let documents = [serde_json::json!({ "title": "Moonlight Serenade" })];
//! quickwit.ingest("events", &documents, Commit::Force).await?;
//! let request = SearchRequest::new(Query::term("title", "moonlight")).size(10);
//! let found = quickwit.elastic_search::<serde_json::Value>("events", &request).await?;
//! println!("{} hits", found.total());
//! # Ok(()) }
//! ```
//!
//! What Quickwit refuses comes back as [`Error::Refused`] with its own words. Calls that Quickwit
//! answers with "not now" (429, 503) are repeated, see [`Retry`]; so are reads that do not reach it.

mod client;
pub mod elastic;
mod error;
mod index;
mod ingest;
pub mod native;
mod retry;
mod tasks;

pub use client::Client;
pub use error::Error;
pub use index::{
    DocMapping, Fast, FieldMapping, FieldType, IndexConfig, IndexDescription, IndexMetadata,
    IndexingSettings, Record, SearchSettings, TokenizerConfig,
};
pub use ingest::{Commit, IngestOutcome, MAX_INGEST_BYTES, RejectedDocument};
pub use retry::Retry;
pub use tasks::{DeleteQuery, DeleteTask};
