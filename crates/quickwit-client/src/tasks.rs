//! Deleting documents by a query. Quickwit does it in the background, for splits that are no longer
//! merged, and is made for a few such tasks an hour.

use reqwest::Method;
use serde::{Deserialize, Serialize};

use crate::{Client, Error, client::checked};

/// Which documents are to be deleted.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct DeleteQuery {
    /// In Quickwit's own language: `event:(1 OR 2)`.
    pub query: String,
    /// The fields of words without a field.
    #[serde(default, skip_serializing_if = "Vec::is_empty", rename = "search_field")]
    pub search_fields: Vec<String>,
    /// From this time on, in seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_timestamp: Option<i64>,
    /// Before this time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_timestamp: Option<i64>,
}

/// A task that Quickwit has taken.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct DeleteTask {
    /// When it was taken, in seconds since 1970.
    #[serde(default)]
    pub create_timestamp: i64,
    /// Tasks are done in this order.
    pub opstamp: u64,
    /// What it deletes, as Quickwit has understood it.
    #[serde(default)]
    pub delete_query: serde_json::Value,
}

impl Client {
    /// Asks Quickwit to delete documents.
    ///
    /// # Errors
    /// [`Error::Refused`] when the index is not there or the query is wrong.
    pub async fn delete_documents(
        &self,
        index_id: &str,
        query: &DeleteQuery,
    ) -> Result<DeleteTask, Error> {
        let path = format!("api/v1/{}/delete-tasks", checked(index_id)?);
        self.send(Method::POST, &path, query).await
    }

    /// The tasks of an index.
    ///
    /// # Errors
    /// [`Error::Refused`] when the index is not there.
    pub async fn delete_tasks(&self, index_id: &str) -> Result<Vec<DeleteTask>, Error> {
        self.get(&format!("api/v1/{}/delete-tasks", checked(index_id)?)).await
    }
}
