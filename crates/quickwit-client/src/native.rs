//! Search in Quickwit's own form.

use reqwest::Method;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{Client, Error, client::checked};

/// A question.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct SearchRequest {
    /// In Quickwit's own language: `title:moonlight AND city:paris`.
    pub query: String,
    /// The fields of words without a field.
    #[serde(skip_serializing_if = "Option::is_none", rename = "search_field")]
    pub search_fields: Option<String>,
    /// Hits at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_hits: Option<u64>,
    /// Hits to leave out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_offset: Option<u64>,
    /// A fast field. Without a sign the largest come first; `-start` turns that round.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sort_by: Option<String>,
    /// From this time on, in seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_timestamp: Option<i64>,
    /// Before this time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_timestamp: Option<i64>,
    /// Aggregations, as Elasticsearch has them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aggs: Option<Value>,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Answer<T> {
    /// Hits in all.
    pub num_hits: u64,
    /// Some of them.
    pub hits: Vec<T>,
    /// How long it took.
    pub elapsed_time_micros: u64,
    /// What went wrong in parts of the index.
    #[serde(default)]
    pub errors: Vec<Value>,
    /// Aggregations.
    #[serde(default)]
    pub aggregations: Option<Value>,
}

impl Client {
    /// Searches an index.
    ///
    /// # Errors
    /// [`Error::Refused`] when it is not there or the query is wrong.
    pub async fn search<T: DeserializeOwned>(
        &self,
        index_id: &str,
        request: &SearchRequest,
    ) -> Result<Answer<T>, Error> {
        self.send(Method::POST, &format!("api/v1/{}/search", checked(index_id)?), request).await
    }
}
