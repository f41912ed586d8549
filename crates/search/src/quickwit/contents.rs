//! What an index holds, whatever is looked for.

use std::collections::HashSet;

use onsale_domain::{EventId, Listing};
use quickwit_client::{
    DeleteQuery,
    elastic::{Answer, MAX_WINDOW, Query, SearchRequest, Sort},
};
use serde::Deserialize;

use super::{QuickwitIndex, mapping, mask::Mask};
use crate::{SearchError, embedded::Digests};

/// Documents that are told at once.
const PAGE: u64 = 1_000;

/// What counts of an index.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Contents {
    /// Every event, in the order of its rank.
    pub events: Vec<Digests>,
    /// How many documents there are; more than events when some are there twice.
    pub documents: u64,
}

#[derive(Deserialize)]
struct Held {
    listing: String,
    digest: u64,
    sold_out: i64,
}

#[derive(Deserialize)]
struct Keyed {
    key: String,
}

impl QuickwitIndex {
    /// How many documents there are that count.
    ///
    /// # Errors
    /// [`SearchError::Quickwit`] when it does not answer.
    pub async fn count(&self, mask: &Mask) -> Result<u64, SearchError> {
        let request = SearchRequest::new(mask.narrow(Query::all(), Vec::new())).size(0);
        let answer: Answer<Keyed> = self.client.elastic_search(&self.index_id, &request).await?;
        Ok(answer.total())
    }

    /// Everything that counts, for comparing it with the database.
    ///
    /// # Errors
    /// [`SearchError`] when Quickwit does not answer, or a document cannot be read.
    pub async fn contents(&self, mask: &Mask) -> Result<Contents, SearchError> {
        let mut contents = Contents::default();
        let mut request = SearchRequest::new(mask.narrow(Query::all(), Vec::new()))
            .size(PAGE)
            .sort(Sort::ascending(mapping::RANK), None);
        loop {
            let answer: Answer<Held> = self.client.elastic_search(&self.index_id, &request).await?;
            contents.documents = contents.documents.max(answer.total());
            for hit in answer.hits() {
                let listing: Listing = serde_json::from_str(&hit.source.listing)
                    .map_err(|error| SearchError::Damaged(error.to_string()))?;
                contents.events.push(Digests {
                    event: listing.id,
                    listing: hit.source.digest,
                    is_sold_out: hit.source.sold_out != 0,
                });
            }
            let Some(last) = answer.hits().last() else { return Ok(contents) };
            request = request.search_after(&last.sort);
        }
    }

    /// Those of some documents, [`MAX_WINDOW`] at most, that the index still has.
    ///
    /// # Errors
    /// [`SearchError::Quickwit`] when it does not answer.
    pub async fn still_held(
        &self,
        documents: &[(EventId, u64)],
    ) -> Result<HashSet<(EventId, u64)>, SearchError> {
        let keys = documents.iter().map(|(event, revision)| mapping::key(*event, *revision));
        let request = SearchRequest::new(Query::terms(mapping::KEY, keys, 1.0)).size(MAX_WINDOW);
        let answer: Answer<Keyed> = self.client.elastic_search(&self.index_id, &request).await?;
        let found: HashSet<&str> = answer.hits().iter().map(|it| it.source.key.as_str()).collect();
        let is_found = |(event, revision): &&(EventId, u64)| {
            found.contains(mapping::key(*event, *revision).as_str())
        };
        Ok(documents.iter().filter(is_found).copied().collect())
    }

    /// Asks Quickwit to delete documents. It does so when it likes.
    ///
    /// # Errors
    /// [`SearchError::Quickwit`] when it does not answer.
    pub async fn delete(&self, documents: &[(EventId, u64)]) -> Result<(), SearchError> {
        self.client.delete_documents(&self.index_id, &deletion(documents)).await?;
        Ok(())
    }
}

fn deletion(documents: &[(EventId, u64)]) -> DeleteQuery {
    let keys = documents.iter().map(|(event, revision)| mapping::key(*event, *revision));
    let keys: Vec<String> = keys.map(|key| format!("\"{key}\"")).collect();
    let query = format!("{}:IN [{}]", mapping::KEY, keys.join(" "));
    DeleteQuery { query, ..DeleteQuery::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_deleted_by_their_keys() {
        let query = deletion(&[(EventId(7), 0), (EventId(8), 12)]).query;
        assert_eq!(query, r#"key:IN ["7-0" "8-12"]"#);
    }
}
