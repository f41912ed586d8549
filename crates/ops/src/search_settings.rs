//! Settings of search.

use std::path::PathBuf;

use serde::Deserialize;

/// Search.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SearchSettings {
    /// The folder of the indexes: each server has one below it, named by its address.
    pub folder: PathBuf,
    /// A file of words that mean the same, instead of the one that is built in.
    pub synonyms: Option<PathBuf>,
}

impl Default for SearchSettings {
    fn default() -> Self {
        Self { folder: "target/search".into(), synonyms: None }
    }
}
