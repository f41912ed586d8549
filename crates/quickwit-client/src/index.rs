//! Indexes: what they hold and how.

use std::collections::BTreeMap;

use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    Client, Error,
    client::{Body, checked},
};

/// What an index is made from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IndexConfig {
    /// The version of this form: `0.9`.
    pub version: String,
    /// The name.
    pub index_id: String,
    /// Its fields.
    pub doc_mapping: DocMapping,
    /// How documents become searchable.
    #[serde(default)]
    pub indexing_settings: IndexingSettings,
    /// How it is searched when a query does not say.
    #[serde(default)]
    pub search_settings: SearchSettings,
}

impl IndexConfig {
    /// An index with these fields.
    #[must_use]
    pub fn new(index_id: impl Into<String>, doc_mapping: DocMapping) -> Self {
        Self {
            version: "0.9".into(),
            index_id: index_id.into(),
            doc_mapping,
            indexing_settings: IndexingSettings::default(),
            search_settings: SearchSettings::default(),
        }
    }

    /// Documents become searchable so many seconds after they came, at the latest.
    #[must_use]
    pub const fn commit_timeout_secs(mut self, seconds: u32) -> Self {
        self.indexing_settings.commit_timeout_secs = Some(seconds);
        self
    }
}

/// The fields of an index.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct DocMapping {
    /// The fields.
    pub field_mappings: Vec<FieldMapping>,
    /// What becomes of fields that are not named: `strict`, `lenient` or `dynamic`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<String>,
    /// The field that tells the time, which must be fast.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timestamp_field: Option<String>,
    /// Tokenizers of this index.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tokenizers: Vec<TokenizerConfig>,
    /// Whether documents are kept as they came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub store_source: Option<bool>,
}

/// A tokenizer of an index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenizerConfig {
    /// The name by which fields refer to it.
    pub name: String,
    /// `simple`, `ngram` or `regex`.
    #[serde(rename = "type")]
    pub kind: String,
    /// `lower_caser`, `ascii_folding`, `remove_long`.
    #[serde(default)]
    pub filters: Vec<String>,
    /// The pattern of a `regex`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
}

/// The type of a field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum FieldType {
    /// A text.
    #[serde(rename = "text")]
    Text,
    /// Several texts.
    #[serde(rename = "array<text>")]
    Texts,
    /// A number from 0 on.
    #[serde(rename = "u64")]
    U64,
    /// A whole number.
    #[serde(rename = "i64")]
    I64,
    /// Several whole numbers.
    #[serde(rename = "array<i64>")]
    I64s,
    /// A number.
    #[serde(rename = "f64")]
    F64,
    /// Yes or no.
    #[serde(rename = "bool")]
    Bool,
    /// A moment.
    #[serde(rename = "datetime")]
    Datetime,
    /// Anything.
    #[serde(rename = "json")]
    Json,
    /// Another one, by Quickwit's name for it, such as `bytes` or `array<f64>`.
    #[serde(untagged)]
    Other(String),
}

/// What a text field keeps of each word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Record {
    /// That it occurs.
    Basic,
    /// How often.
    Freq,
    /// Where: needed for phrases.
    Position,
}

/// Whether a field is kept by columns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Fast {
    /// Yes or no.
    Plain(bool),
    /// Yes, and this is done to each value. Quickwit says so of every text.
    Normalized {
        /// `raw` or `lowercase`.
        normalizer: String,
    },
}

/// A field.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FieldMapping {
    /// Its name.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: FieldType,
    /// Whether it is kept by columns, for sorting and aggregations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fast: Option<Fast>,
    /// Whether it can be searched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub indexed: Option<bool>,
    /// Whether it is given back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stored: Option<bool>,
    /// The tokenizer of a text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokenizer: Option<String>,
    /// What a text keeps of each word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<Record>,
    /// Whether the length of a text is kept, for scores.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fieldnorms: Option<bool>,
    /// Everything else, as it came.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

impl FieldMapping {
    /// A field; everything else is as Quickwit has it by default.
    #[must_use]
    pub fn new(name: impl Into<String>, kind: FieldType) -> Self {
        Self {
            name: name.into(),
            kind,
            fast: None,
            indexed: None,
            stored: None,
            tokenizer: None,
            record: None,
            fieldnorms: None,
            other: BTreeMap::new(),
        }
    }

    /// Kept by columns.
    #[must_use]
    pub fn fast(mut self) -> Self {
        self.fast = Some(Fast::Plain(true));
        self
    }

    /// Whether it is given back.
    #[must_use]
    pub const fn stored(mut self, stored: bool) -> Self {
        self.stored = Some(stored);
        self
    }

    /// Read by a tokenizer, keeping so much of each word.
    #[must_use]
    pub fn read_by(mut self, tokenizer: impl Into<String>, record: Record) -> Self {
        self.tokenizer = Some(tokenizer.into());
        self.record = Some(record);
        self
    }
}

/// How documents become searchable.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct IndexingSettings {
    /// So many seconds after they came, at the latest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit_timeout_secs: Option<u32>,
    /// Everything else, as it came.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

/// How an index is searched when a query does not say.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct SearchSettings {
    /// The fields of words without a field.
    #[serde(default)]
    pub default_search_fields: Vec<String>,
}

/// An index as Quickwit knows it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct IndexMetadata {
    /// The name with a suffix that no other index has.
    pub index_uid: String,
    /// What it was made from.
    pub index_config: IndexConfig,
    /// When it was made, in seconds since 1970.
    #[serde(default)]
    pub create_timestamp: i64,
}

/// What an index holds.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct IndexDescription {
    /// The name.
    pub index_id: String,
    /// Where it is kept.
    #[serde(default)]
    pub index_uri: String,
    /// Splits that are searched.
    pub num_published_splits: u64,
    /// Documents in them.
    pub num_published_docs: u64,
    /// Bytes of them.
    #[serde(default)]
    pub size_published_splits: u64,
    /// Bytes of the documents as they came.
    #[serde(default)]
    pub size_published_docs_uncompressed: u64,
    /// The field that tells the time.
    #[serde(default)]
    pub timestamp_field_name: Option<String>,
    /// The earliest time in it, in seconds since 1970.
    #[serde(default)]
    pub min_timestamp: Option<i64>,
    /// The latest.
    #[serde(default)]
    pub max_timestamp: Option<i64>,
}

impl Client {
    /// Makes an index.
    ///
    /// # Errors
    /// [`Error::Refused`] when there is one of the name, or its form is wrong.
    pub async fn create_index(&self, config: &IndexConfig) -> Result<IndexMetadata, Error> {
        checked(&config.index_id)?;
        self.send(Method::POST, "api/v1/indexes", config).await
    }

    /// Changes an index. Documents that are in it stay as they were indexed.
    ///
    /// # Errors
    /// [`Error::Refused`] when it is not there, or the change cannot be made.
    pub async fn update_index(&self, config: &IndexConfig) -> Result<IndexMetadata, Error> {
        let path = format!("api/v1/indexes/{}", checked(&config.index_id)?);
        self.send(Method::PUT, &path, config).await
    }

    /// An index.
    ///
    /// # Errors
    /// [`Error::Refused`], for which [`Error::is_not_found`] holds when it is not there.
    pub async fn index(&self, index_id: &str) -> Result<IndexMetadata, Error> {
        self.get(&format!("api/v1/indexes/{}", checked(index_id)?)).await
    }

    /// All indexes.
    ///
    /// # Errors
    /// [`Error`] when there is no answer.
    pub async fn indexes(&self) -> Result<Vec<IndexMetadata>, Error> {
        self.get("api/v1/indexes").await
    }

    /// What an index holds.
    ///
    /// # Errors
    /// [`Error::Refused`] when it is not there.
    pub async fn describe_index(&self, index_id: &str) -> Result<IndexDescription, Error> {
        self.get(&format!("api/v1/indexes/{}/describe", checked(index_id)?)).await
    }

    /// Removes everything from an index.
    ///
    /// # Errors
    /// [`Error::Refused`] when it is not there.
    pub async fn clear_index(&self, index_id: &str) -> Result<(), Error> {
        let path = format!("api/v1/indexes/{}/clear", checked(index_id)?);
        self.call(Method::PUT, &path, Body::None).await.map(drop)
    }

    /// Removes an index with everything in it.
    ///
    /// # Errors
    /// [`Error::Refused`] when it is not there.
    pub async fn delete_index(&self, index_id: &str) -> Result<(), Error> {
        let path = format!("api/v1/indexes/{}", checked(index_id)?);
        self.call(Method::DELETE, &path, Body::None).await.map(drop)
    }
}
