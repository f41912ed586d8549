//! What of an index counts. Quickwit cannot change a document, so a changed event is in the index
//! twice until the older one is deleted.

use onsale_domain::EventId;
use quickwit_client::elastic::{Bool, Query, Range};
use serde_json::json;

use super::mapping::{KEY, REVISION, key};

/// What of an index counts at one moment; everything by default.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Mask {
    newest: Option<u64>,
    voided: Vec<(u64, u64)>,
    superseded: Vec<String>,
}

impl Mask {
    /// Leaves out what is newer than a revision, revisions that were never completed, from one to
    /// another, and documents that were superseded.
    #[must_use]
    pub fn new(
        newest: u64,
        voided: Vec<(u64, u64)>,
        superseded: impl IntoIterator<Item = (EventId, u64)>,
    ) -> Self {
        let superseded = superseded.into_iter().map(|(event, revision)| key(event, revision));
        Self { newest: Some(newest), voided, superseded: superseded.collect() }
    }

    /// A query with its filters, for what counts.
    pub(super) fn narrow(&self, query: Query, mut filter: Vec<Query>) -> Query {
        if let Some(newest) = self.newest {
            let range = Range { lte: Some(json!(newest)), ..Range::default() };
            filter.push(Query::range(REVISION, &range));
        }
        let mut must_not: Vec<Query> = Vec::new();
        if !self.superseded.is_empty() {
            must_not.push(Query::terms(KEY, self.superseded.iter().cloned(), 1.0));
        }
        must_not.extend(self.voided.iter().map(|(first, last)| {
            let (gte, lte) = (Some(json!(first)), Some(json!(last)));
            Query::range(REVISION, &Range { gte, lte, ..Range::default() })
        }));
        if filter.is_empty() && must_not.is_empty() {
            return query;
        }
        Query::bool(Bool { must: vec![query], filter, must_not, ..Bool::default() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_leaves_out_what_is_newer_void_or_superseded() {
        let mask = Mask::new(9, vec![(3, 4)], [(EventId(1), 0), (EventId(2), 7)]);
        let expected = json!({ "bool": {
            "must": [{ "match_all": {} }],
            "filter": [{ "range": { "revision": { "lte": 9 } } }],
            "must_not": [
                { "terms": { "key": ["1-0", "2-7"], "boost": 1.0 } },
                { "range": { "revision": { "gte": 3, "lte": 4 } } },
            ],
        } });
        assert_eq!(mask.narrow(Query::all(), Vec::new()).as_json(), &expected);
        assert_eq!(Mask::default().narrow(Query::all(), Vec::new()), Query::all());
    }
}
