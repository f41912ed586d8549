//! The same questions to a Quickwit cluster.
//!
//! A [`Plan`](crate::Plan) is lowered to constant-score clauses, so that hits come in the order of the
//! embedded engine. The words of the catalogue are those of a [`View`]: Quickwit offers no similar
//! words of its own.

mod contents;
mod lower;
mod mapping;
mod mask;

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

pub use contents::Contents;
pub use mapping::{document, index_config, key};
pub use mask::Mask;

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
    revision: u64,
}

/// What is looked for.
#[derive(Clone, Copy)]
struct Wanted<'w> {
    question: &'w Question,
    words: &'w View,
    mask: &'w Mask,
}

impl QuickwitIndex {
    /// The index of this name.
    #[must_use]
    pub fn new(client: Client, index_id: impl Into<String>) -> Self {
        Self { client, index_id: index_id.into() }
    }

    /// Its name.
    #[must_use]
    pub fn index_id(&self) -> &str {
        &self.index_id
    }

    /// Finds events among what a mask lets through. `words` are those of the catalogue.
    ///
    /// # Errors
    /// [`SearchError::Quickwit`] when it does not answer, [`SearchError::Unsupported`] for hits by
    /// distance, for which it has no order.
    pub async fn search(
        &self,
        question: &Question,
        words: &View,
        mask: &Mask,
    ) -> Result<Found, SearchError> {
        let wanted = Wanted { question, words, mask };
        if question.order == Order::Distance && question.near.is_some() {
            return Err(SearchError::Unsupported("Quickwit cannot sort by distance"));
        }
        let mut plan = words.plan(&question.keyword);
        let mut node = plan.exact.clone();
        let mut answer = self.ask(&node, wanted).await?;
        if answer.as_ref().is_none_or(|answer| answer.total() < ENOUGH)
            && let Some(forgiving) = words.forgive(&mut plan, &question.keyword)
        {
            answer = self.ask(&forgiving, wanted).await?;
            node = forgiving;
        }
        let Some(answer) = answer else {
            return Ok(Found {
                suggestion: plan.suggestion,
                words: plan.words,
                ..Found::default()
            });
        };
        let is_last = answer.hits().len() <= question.size;
        Ok(Found {
            total: answer.total(),
            facets: self.facets(&node, wanted, &answer).await?,
            suggestion: plan.suggestion.clone(),
            words: plan.words,
            hits: hits_in(&answer, question.size)?,
            next: if is_last { None } else { last_place(&answer, question) },
        })
    }

    /// The page of hits with the counts of all facets; `None` when nothing can be found.
    async fn ask(
        &self,
        node: &Node,
        wanted: Wanted<'_>,
    ) -> Result<Option<Answer<Source>>, SearchError> {
        let Wanted { question, words, mask } = wanted;
        let Some(query) = lower::lower(node, question, words, mask, None) else { return Ok(None) };
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
        wanted: Wanted<'_>,
        answer: &Answer<Source>,
    ) -> Result<Vec<FacetCount>, SearchError> {
        let Wanted { question, words, mask } = wanted;
        let mut counts = Vec::new();
        for facet in Facet::ALL {
            if !lower::narrows(question, facet) {
                counts.extend(counts_in(answer, facet)?);
                continue;
            }
            let query = lower::lower(node, question, words, mask, Some(facet));
            let Some(query) = query else { continue };
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

/// The hits of a page. Should an event be in it twice, its highest revision counts.
fn hits_in(answer: &Answer<Source>, size: usize) -> Result<Vec<Hit>, SearchError> {
    let mut hits: Vec<(u64, Hit)> = Vec::with_capacity(size);
    for found in answer.hits().iter().take(size) {
        let listing: Listing = serde_json::from_str(&found.source.listing)
            .map_err(|error| SearchError::Damaged(error.to_string()))?;
        let (revision, id) = (found.source.revision, listing.id);
        let hit = Hit { listing, distance_km: None };
        match hits.iter_mut().find(|(_, known)| known.listing.id == id) {
            Some(known) if known.0 < revision => *known = (revision, hit),
            Some(_) => {}
            None => hits.push((revision, hit)),
        }
    }
    Ok(hits.into_iter().map(|(_, hit)| hit).collect())
}

fn last_place(answer: &Answer<Source>, question: &Question) -> Option<Cursor> {
    let last = answer.hits().get(question.size.checked_sub(1)?)?;
    lower::cursor_of(&last.sort, question)
}

fn counts_in(answer: &Answer<Source>, facet: Facet) -> Result<Vec<FacetCount>, SearchError> {
    let buckets = answer.buckets(facet.name())?.into_iter();
    let counts = match facet {
        Facet::Price => buckets
            .filter_map(|it| {
                let step = PRICE_STEPS.iter().position(|step| Some(*step as f64) == it.from)?;
                Some((step_name(step), it.doc_count))
            })
            .collect(),
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
