//! The same questions to a Quickwit cluster.
//!
//! A [`Plan`](crate::Plan) is lowered to constant-score clauses, so that hits come in the order of the
//! embedded engine. The words of the catalogue are those of a [`View`]: Quickwit offers no similar
//! words of its own.

mod lower;
mod mapping;

use onsale_domain::Listing;
use quickwit_client::{
    Client,
    elastic::{Answer, SearchRequest, Sort},
};
use serde::Deserialize;

use crate::{
    Found, Hit, Question, SearchError,
    embedded::View,
    facets::{Facet, FacetCount, PRICE_STEPS, step_name, told},
    plan::Node,
    question::{Cursor, From, Month, Order},
};

pub use mapping::{document, index_config};

/// With fewer hits than this for the words as they were typed, similar words are looked for too.
const ENOUGH: u64 = 3;
/// Values of a facet that Quickwit tells, and that each of its splits tells.
const FACET_VALUES: u64 = 60;
const FACET_VALUES_OF_SPLIT: u64 = 5_000;

/// An index of a Quickwit cluster.
#[derive(Debug, Clone)]
pub struct QuickwitIndex {
    client: Client,
    index_id: String,
}

#[derive(Debug, Deserialize)]
struct Source {
    listing: String,
}

impl QuickwitIndex {
    /// The index of this name.
    #[must_use]
    pub fn new(client: Client, index_id: impl Into<String>) -> Self {
        Self { client, index_id: index_id.into() }
    }

    /// Finds events. `words` are those of the catalogue.
    ///
    /// # Errors
    /// [`SearchError::Quickwit`] when it does not answer, [`SearchError::Unsupported`] for hits by
    /// distance, for which it has no order.
    pub async fn search(&self, question: &Question, words: &View) -> Result<Found, SearchError> {
        if question.order == Order::Distance && question.near.is_some() {
            return Err(SearchError::Unsupported("Quickwit cannot sort by distance"));
        }
        let mut plan = words.plan(&question.keyword);
        let mut node = plan.exact.clone();
        let mut answer = self.ask(&node, question, words).await?;
        if answer.as_ref().is_none_or(|answer| answer.total() < ENOUGH)
            && let Some(forgiving) = words.forgive(&mut plan, &question.keyword)
        {
            answer = self.ask(&forgiving, question, words).await?;
            node = forgiving;
        }
        let Some(answer) = answer else {
            return Ok(Found {
                suggestion: plan.suggestion,
                words: plan.words,
                ..Found::default()
            });
        };
        let mut hits = Vec::with_capacity(question.size);
        let mut next = None;
        for hit in answer.hits() {
            if hits.len() == question.size {
                next = last_place(&answer, question);
                break;
            }
            let listing: Listing = serde_json::from_str(&hit.source.listing)
                .map_err(|error| SearchError::Damaged(error.to_string()))?;
            hits.push(Hit { listing, distance_km: None });
        }
        Ok(Found {
            total: answer.total(),
            facets: self.facets(&node, question, words, &answer).await?,
            suggestion: plan.suggestion.clone(),
            words: plan.words,
            hits,
            next,
        })
    }

    /// The page of hits with the counts of all facets; `None` when nothing can be found.
    async fn ask(
        &self,
        node: &Node,
        question: &Question,
        words: &View,
    ) -> Result<Option<Answer<Source>>, SearchError> {
        let Some(query) = lower::lower(node, question, words, None) else { return Ok(None) };
        let (first, second) = sort_of(question);
        let mut request = SearchRequest::new(query)
            .size(question.size as u64 + 1)
            .sort(first, second)
            .count_values(Facet::City.name(), mapping::CITY, FACET_VALUES, FACET_VALUES_OF_SPLIT)
            .count_values(
                Facet::Category.name(),
                mapping::GENRE,
                FACET_VALUES,
                FACET_VALUES_OF_SPLIT,
            )
            .count_values(Facet::Month.name(), mapping::MONTH, FACET_VALUES, FACET_VALUES_OF_SPLIT)
            .count_ranges(
                Facet::Price.name(),
                mapping::PRICE,
                &PRICE_STEPS.map(|step| step as f64),
            );
        request = match question.from {
            From::Offset(skip) => request.from(skip as u64),
            From::After(cursor) => request.search_after(&lower::values_of(cursor, question)),
        };
        Ok(Some(self.client.elastic_search(&self.index_id, &request).await?))
    }

    /// The counts of each facet. Those of a facet that narrows are asked for without its own filter.
    async fn facets(
        &self,
        node: &Node,
        question: &Question,
        words: &View,
        answer: &Answer<Source>,
    ) -> Result<Vec<FacetCount>, SearchError> {
        let mut counts = Vec::new();
        for facet in Facet::ALL {
            if !lower::narrows(question, facet) {
                counts.extend(counts_in(answer, facet)?);
                continue;
            }
            let Some(query) = lower::lower(node, question, words, Some(facet)) else { continue };
            let request = SearchRequest::new(query).size(0);
            let request = match facet {
                Facet::Price => request.count_ranges(
                    facet.name(),
                    mapping::PRICE,
                    &PRICE_STEPS.map(|step| step as f64),
                ),
                facet => {
                    let column = mapping::column_of(facet);
                    request.count_values(facet.name(), column, FACET_VALUES, FACET_VALUES_OF_SPLIT)
                }
            };
            let answer: Answer<Source> =
                self.client.elastic_search(&self.index_id, &request).await?;
            counts.extend(counts_in(&answer, facet)?);
        }
        Ok(counts)
    }
}

/// The order of hits, and the unique rank that breaks ties.
fn sort_of(question: &Question) -> (Sort, Option<Sort>) {
    let rank = Sort::ascending(mapping::RANK);
    match lower::order_of(question) {
        Order::Relevance => (Sort::score(), Some(rank)),
        Order::Price => (Sort::ascending(mapping::PRICE_ORDER), Some(rank)),
        Order::Date | Order::Distance => (rank, None),
    }
}

fn last_place(answer: &Answer<Source>, question: &Question) -> Option<Cursor> {
    let last = answer.hits().get(question.size.checked_sub(1)?)?;
    lower::cursor_of(&last.sort, question)
}

fn counts_in(answer: &Answer<Source>, facet: Facet) -> Result<Vec<FacetCount>, SearchError> {
    let buckets = answer.buckets(facet.name())?.into_iter();
    let counts = match facet {
        Facet::Price => {
            buckets.enumerate().map(|(step, it)| (step_name(step), it.doc_count)).collect()
        }
        Facet::Month => buckets
            .filter_map(|it| {
                let number = it.key.as_f64()? as u32;
                Some((Month::from_number(number).to_string(), it.doc_count))
            })
            .collect(),
        Facet::City | Facet::Category => {
            buckets.filter_map(|it| Some((it.key.as_str()?.to_owned(), it.doc_count))).collect()
        }
    };
    Ok(told(facet, counts))
}
