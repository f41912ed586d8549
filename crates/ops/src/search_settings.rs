//! Settings of search.

use std::{path::PathBuf, str::FromStr};

use serde::Deserialize;

/// Search.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SearchSettings {
    /// The folder of the indexes: each server has one below it, named by its address.
    pub folder: PathBuf,
    /// A file of words that mean the same, instead of the one that is built in.
    pub synonyms: Option<PathBuf>,
    /// Who answers.
    pub engine: SearchEngine,
    /// The address of a Quickwit cluster whose index the workers keep; empty for none.
    pub quickwit_url: String,
    /// What its indexes are called, before a number: letters, digits and `-`. Another name for each
    /// database whose workers use the same cluster.
    pub quickwit_index: String,
}

/// Who answers searches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SearchEngine {
    /// The index of the server that is asked.
    #[default]
    Embedded,
    /// The Quickwit cluster; the index of the server when that does not answer.
    Quickwit,
}

impl FromStr for SearchEngine {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "embedded" => Ok(Self::Embedded),
            "quickwit" => Ok(Self::Quickwit),
            _ => Err("neither `embedded` nor `quickwit`"),
        }
    }
}

impl Default for SearchSettings {
    fn default() -> Self {
        Self {
            folder: "target/search".into(),
            synonyms: None,
            engine: SearchEngine::Embedded,
            quickwit_url: String::new(),
            quickwit_index: "onsale-events".into(),
        }
    }
}

impl SearchSettings {
    /// The address of the Quickwit cluster, if there is one.
    #[must_use]
    pub fn quickwit(&self) -> Option<&str> {
        Some(self.quickwit_url.as_str()).filter(|url| !url.is_empty())
    }
}
