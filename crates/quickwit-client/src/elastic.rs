//! Search in Elasticsearch's form, as far as Quickwit 0.9 understands it and answers it rightly.
//!
//! What it refuses or gets wrong has no place in these types: boosts of `bool` (ignored) and `match`
//! (400), totals without `track_total_hits` (wrong), a `search_after` of `_score` that is a whole
//! number (it panics), `filter` and `top_hits` aggregations.

use reqwest::Method;
use serde::{Deserialize, Serialize, de::DeserializeOwned, ser::SerializeMap};
use serde_json::{Map, Value, json};

use crate::{Client, Error, client::checked};

/// `from` and `size` are at most this.
pub const MAX_WINDOW: u64 = 10_000;

/// A query.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Query(Value);

impl Query {
    /// Every document.
    #[must_use]
    pub fn all() -> Self {
        Self(json!({ "match_all": {} }))
    }

    /// Documents with exactly this word or number in the field.
    #[must_use]
    pub fn term(field: &str, value: impl Into<Value>) -> Self {
        Self(json!({ "term": { field: { "value": value.into() } } }))
    }

    /// Documents with any of these. Each is worth exactly `boost`, however many it has.
    #[must_use]
    pub fn terms<V: Into<Value>>(
        field: &str,
        values: impl IntoIterator<Item = V>,
        boost: f32,
    ) -> Self {
        let values: Vec<Value> = values.into_iter().map(Into::into).collect();
        Self(json!({ "terms": { field: values, "boost": boost } }))
    }

    /// Documents with these words after each other.
    #[must_use]
    pub fn phrase(field: &str, words: &str) -> Self {
        Self(json!({ "match_phrase": { field: { "query": words } } }))
    }

    /// Documents whose value lies between the bounds.
    #[must_use]
    pub fn range(field: &str, range: &Range) -> Self {
        Self(json!({ "range": { field: range } }))
    }

    /// A combination.
    #[must_use]
    pub fn bool(parts: Bool) -> Self {
        let Bool { must, should, must_not, filter } = parts;
        let mut body = Map::new();
        for (name, queries) in
            [("must", must), ("should", should), ("must_not", must_not), ("filter", filter)]
        {
            if !queries.is_empty() {
                body.insert(name.into(), queries.into_iter().map(|query| query.0).collect());
            }
        }
        Self(json!({ "bool": body }))
    }

    /// In the language of `query_string`.
    #[must_use]
    pub fn query_string(query: &str, fields: &[&str]) -> Self {
        Self(json!({ "query_string": { "query": query, "fields": fields } }))
    }

    /// The query as JSON.
    #[must_use]
    pub const fn as_json(&self) -> &Value {
        &self.0
    }
}

/// The parts of a combination.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Bool {
    /// All of these must hold, and count for the score.
    pub must: Vec<Query>,
    /// These count for the score when they hold; without `must` and `filter`, one has to.
    pub should: Vec<Query>,
    /// None of these may hold.
    pub must_not: Vec<Query>,
    /// All of these must hold, and do not count for the score.
    pub filter: Vec<Query>,
}

/// Bounds of a range.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Range {
    /// From this on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gte: Option<Value>,
    /// Above this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gt: Option<Value>,
    /// Up to this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lte: Option<Value>,
    /// Below this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lt: Option<Value>,
}

/// By what hits are sorted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sort {
    field: String,
    is_descending: bool,
}

impl Sort {
    /// The best first.
    #[must_use]
    pub fn score() -> Self {
        Self { field: "_score".into(), is_descending: true }
    }

    /// The smallest first, by a fast field that is not a text.
    #[must_use]
    pub fn ascending(field: impl Into<String>) -> Self {
        Self { field: field.into(), is_descending: false }
    }

    /// The largest first.
    #[must_use]
    pub fn descending(field: impl Into<String>) -> Self {
        Self { field: field.into(), is_descending: true }
    }
}

impl Serialize for Sort {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        let order = if self.is_descending { "desc" } else { "asc" };
        map.serialize_entry(&self.field, &json!({ "order": order }))?;
        map.end()
    }
}

/// A question.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SearchRequest {
    query: Query,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    sort: Vec<Sort>,
    from: u64,
    size: u64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    search_after: Vec<Value>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    aggs: Map<String, Value>,
    track_total_hits: bool,
}

impl SearchRequest {
    /// The first ten hits of a query, and how many there are.
    #[must_use]
    pub fn new(query: Query) -> Self {
        Self {
            query,
            sort: Vec::new(),
            from: 0,
            size: 10,
            search_after: Vec::new(),
            aggs: Map::new(),
            track_total_hits: true,
        }
    }

    /// Hits at most, and no more than [`MAX_WINDOW`].
    #[must_use]
    pub fn size(mut self, size: u64) -> Self {
        self.size = size.min(MAX_WINDOW);
        self
    }

    /// Hits to leave out, and no more than [`MAX_WINDOW`].
    #[must_use]
    pub fn from(mut self, from: u64) -> Self {
        self.from = from.min(MAX_WINDOW);
        self
    }

    /// The order of hits, by at most two things.
    #[must_use]
    pub fn sort(mut self, first: Sort, second: Option<Sort>) -> Self {
        self.sort = std::iter::once(first).chain(second).collect();
        self
    }

    /// Goes on after the `sort` of an earlier hit. A score that is a whole number is written with its
    /// point, without which Quickwit 0.9 panics.
    #[must_use]
    pub fn search_after(mut self, values: &[Value]) -> Self {
        let values = self.sort.iter().zip(values).map(|(sort, value)| match value.as_f64() {
            Some(score) if sort.field == "_score" => json!(score),
            _ => value.clone(),
        });
        self.search_after = values.collect();
        self
    }

    /// Counts the values of a fast field. Over several splits the counts are approximate: each split
    /// tells its `of_each_split` most frequent.
    #[must_use]
    pub fn count_values(mut self, name: &str, field: &str, most: u64, of_each_split: u64) -> Self {
        let terms = json!({ "field": field, "size": most, "shard_size": of_each_split.max(most) });
        self.aggs.insert(name.into(), json!({ "terms": terms }));
        self
    }

    /// Counts ranges of a fast field, each from a bound to below the next; the last has no end.
    #[must_use]
    pub fn count_ranges(mut self, name: &str, field: &str, bounds: &[f64]) -> Self {
        let ranges: Vec<Value> = bounds
            .iter()
            .enumerate()
            .map(|(at, from)| match bounds.get(at + 1) {
                Some(to) => json!({ "from": from, "to": to }),
                None => json!({ "from": from }),
            })
            .collect();
        let ranges = json!({ "range": { "field": field, "ranges": ranges } });
        self.aggs.insert(name.into(), ranges);
        self
    }
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Answer<T> {
    /// How long it took, in milliseconds.
    #[serde(default)]
    pub took: u64,
    /// Whether parts of the index did not answer in time.
    #[serde(default)]
    pub timed_out: bool,
    hits: Hits<T>,
    /// Aggregations by their names.
    #[serde(default)]
    pub aggregations: Map<String, Value>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
struct Hits<T> {
    total: Total,
    hits: Vec<Hit<T>>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
struct Total {
    value: u64,
}

/// A hit. Quickwit gives it no id.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Hit<T> {
    /// The document.
    #[serde(rename = "_source")]
    pub source: T,
    /// Its score.
    #[serde(rename = "_score", default)]
    pub score: Option<f64>,
    /// Its place, for [`SearchRequest::search_after`].
    #[serde(default)]
    pub sort: Vec<Value>,
}

/// A value, or a range of values, and how many documents have it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Bucket {
    /// The value, or the name of the range.
    pub key: Value,
    /// How many.
    pub doc_count: u64,
    /// Where a range begins. Quickwit adds one without a beginning for what is below all others.
    #[serde(default)]
    pub from: Option<f64>,
}

impl<T> Answer<T> {
    /// Hits in all.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.hits.total.value
    }

    /// Some of them, in order.
    #[must_use]
    pub fn hits(&self) -> &[Hit<T>] {
        &self.hits.hits
    }

    /// The buckets of an aggregation.
    ///
    /// # Errors
    /// [`Error::Unreadable`] when they are not of the form of Quickwit 0.9.
    pub fn buckets(&self, name: &str) -> Result<Vec<Bucket>, Error> {
        let Some(found) = self.aggregations.get(name) else { return Ok(Vec::new()) };
        serde_json::from_value(found["buckets"].clone()).map_err(Error::Unreadable)
    }
}

impl Client {
    /// Searches an index in Elasticsearch's form.
    ///
    /// # Errors
    /// [`Error::Refused`] when it is not there or the query is not understood.
    pub async fn elastic_search<T: DeserializeOwned>(
        &self,
        index_id: &str,
        request: &SearchRequest,
    ) -> Result<Answer<T>, Error> {
        let path = format!("api/v1/_elastic/{}/_search", checked(index_id)?);
        self.send(Method::POST, &path, request).await
    }
}
