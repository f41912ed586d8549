//! Bringing documents in.

use reqwest::Method;
use serde::{Deserialize, Serialize};

use crate::{
    Client, Error,
    client::{Body, checked, read},
};

/// Bytes of one request at most; more documents go in several.
pub const MAX_INGEST_BYTES: usize = 10 * 1024 * 1024;

/// When a call to [`Client::ingest`] returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Commit {
    /// At once. What was not committed yet is lost when the server is killed.
    #[default]
    Auto,
    /// After the next commit by time: documents are then lasting and searchable.
    WaitFor,
    /// After a commit that is made for this request: documents are then lasting and searchable.
    Force,
}

impl Commit {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::WaitFor => "wait_for",
            Self::Force => "force",
        }
    }
}

/// What became of documents.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
pub struct IngestOutcome {
    /// Documents that were sent.
    #[serde(default)]
    pub num_docs_for_processing: u64,
    /// Documents that were taken; absent where Quickwit does not say.
    #[serde(default)]
    pub num_ingested_docs: Option<u64>,
    /// Documents that were not.
    #[serde(default)]
    pub num_rejected_docs: Option<u64>,
    /// Which, and why.
    #[serde(default)]
    pub parse_failures: Option<Vec<RejectedDocument>>,
}

/// A document that was not taken.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct RejectedDocument {
    /// The document.
    #[serde(default)]
    pub document: String,
    /// What is wrong with it.
    #[serde(default)]
    pub message: String,
    /// The kind of mistake.
    #[serde(default)]
    pub reason: String,
}

impl IngestOutcome {
    fn add(&mut self, other: Self) {
        let sum = |one: Option<u64>, other: Option<u64>| match (one, other) {
            (None, None) => None,
            (one, other) => Some(one.unwrap_or_default() + other.unwrap_or_default()),
        };
        self.num_docs_for_processing += other.num_docs_for_processing;
        self.num_ingested_docs = sum(self.num_ingested_docs, other.num_ingested_docs);
        self.num_rejected_docs = sum(self.num_rejected_docs, other.num_rejected_docs);
        if let Some(failures) = other.parse_failures {
            self.parse_failures.get_or_insert_default().extend(failures);
        }
    }

    fn checked(self) -> Result<Self, Error> {
        let rejected = self.num_rejected_docs.unwrap_or_default();
        if rejected == 0 {
            return Ok(self);
        }
        let first = self.parse_failures.as_ref().and_then(|failures| failures.first());
        let reason = first.map(|first| first.message.clone()).unwrap_or_default();
        Err(Error::Rejected { rejected, all: self.num_docs_for_processing, reason })
    }
}

impl Client {
    /// Brings documents in, in as many requests as they need, each with its own commit.
    ///
    /// # Errors
    /// [`Error::Rejected`] when Quickwit could not read some of them (the others are in), other errors
    /// when some or all of them may not be in: bringing them in again doubles those that are.
    pub async fn ingest<T: Serialize>(
        &self,
        index_id: &str,
        documents: &[T],
        commit: Commit,
    ) -> Result<IngestOutcome, Error> {
        checked(index_id)?;
        let mut outcome = IngestOutcome::default();
        for lines in requests_of(documents)? {
            let path = format!(
                "api/v1/{index_id}/ingest?commit={}&detailed_response=true",
                commit.as_str()
            );
            let answer = self.call(Method::POST, &path, Body::Lines(lines)).await?;
            outcome.add(read(answer).await?);
        }
        outcome.checked()
    }
}

/// Documents as lines of JSON, in as many requests as they need.
fn requests_of<T: Serialize>(documents: &[T]) -> Result<Vec<Vec<u8>>, Error> {
    let mut requests: Vec<Vec<u8>> = Vec::new();
    for (number, document) in documents.iter().enumerate() {
        let mut line = serde_json::to_vec(document).map_err(Error::Unwritable)?;
        line.push(b'\n');
        if line.len() > MAX_INGEST_BYTES {
            return Err(Error::DocumentTooLarge { number, bytes: line.len() });
        }
        match requests.last_mut().filter(|last| last.len() + line.len() <= MAX_INGEST_BYTES) {
            Some(last) => last.append(&mut line),
            None => requests.push(line),
        }
    }
    Ok(requests)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_as_large_as_they_may_be() {
        let documents = vec!["x".repeat(4 * 1024 * 1024); 5];
        let requests = requests_of(&documents).expect("requests");
        assert_eq!(requests.len(), 3);
        assert!(requests.iter().all(|request| request.len() <= MAX_INGEST_BYTES));
        let lines: usize = requests.iter().flatten().filter(|byte| **byte == b'\n').count();
        assert_eq!(lines, 5);
        let huge = requests_of(&["x".repeat(MAX_INGEST_BYTES)]);
        assert!(matches!(huge, Err(Error::DocumentTooLarge { number: 0, .. })));
        assert!(requests_of::<u8>(&[]).expect("none").is_empty());
    }
}
