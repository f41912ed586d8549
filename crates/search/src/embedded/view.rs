//! The index as it was at one moment.

use std::{collections::HashMap, sync::Arc};

use onsale_domain::{EventId, Listing};
use tantivy::{
    Searcher, TantivyDocument, Term, index::SegmentId, query::TermQuery, schema::IndexRecordOption,
};

use super::{
    collect::{Gather, Gathered, Starts, Wanted},
    matching::Matcher,
    rows::{Rows, months},
    schema::{Fields, columns},
};
use crate::{
    Found, Hit, Plan, Question, SearchError, Suggestions, Synonyms,
    dictionary::Dictionary,
    facets::{Facet, FacetCount, step_name, told},
    keyword::Keyword,
    names::NameIndex,
    plan::Node,
    question::{Circle, From, Month, Order},
};

/// With fewer hits than this for the words as they were typed, similar words are looked for too.
const ENOUGH: u64 = 3;
/// Events that are offered while people type.
const OFFERED_EVENTS: usize = 5;

/// The index as it was at one moment. Searching reads it without any lock.
pub struct View {
    pub(super) searcher: Searcher,
    pub(super) fields: Fields,
    pub(super) dictionary: Dictionary,
    pub(super) names: Arc<NameIndex>,
    pub(super) synonyms: Arc<Synonyms>,
    /// Cities and genres by their numbers.
    pub(super) values: Arc<Vec<Arc<str>>>,
    /// The rows of each segment.
    pub(super) rows: HashMap<SegmentId, Arc<Rows>>,
}

/// What an index holds of one event, for comparing it with the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Digests {
    /// The event.
    pub event: EventId,
    /// A number that stands for the whole listing.
    pub listing: u64,
    /// Whether it counts as sold out.
    pub is_sold_out: bool,
}

impl Digests {
    /// Of a listing as it should be indexed.
    ///
    /// # Errors
    /// [`SearchError::Damaged`] for a listing that cannot be written.
    pub fn of(listing: &Listing, is_sold_out: bool) -> Result<Self, SearchError> {
        let digest = super::schema::digest(listing)?;
        Ok(Self { event: listing.id, listing: digest, is_sold_out })
    }
}

impl View {
    /// How many events there are.
    #[must_use]
    pub fn event_count(&self) -> u64 {
        self.searcher.num_docs()
    }

    /// How many segments the index has.
    #[must_use]
    pub fn segment_count(&self) -> usize {
        self.searcher.segment_readers().len()
    }

    /// The words of the catalogue.
    #[must_use]
    pub const fn dictionary(&self) -> &Dictionary {
        &self.dictionary
    }

    /// The middle of a city, north and east.
    #[must_use]
    pub fn middle_of(&self, city: &str) -> Option<(f64, f64)> {
        self.names.middle_of(city)
    }

    /// Whether there is a city of this name, however it is written.
    #[must_use]
    pub fn has_city(&self, city: &str) -> bool {
        !self.names.cities(city).is_empty()
    }

    /// The spellings of cities, however they were written.
    pub(crate) fn spellings_of_cities(&self, written: &[String]) -> Vec<serde_json::Value> {
        let spellings = written.iter().flat_map(|city| self.names.cities(city));
        spellings.map(|city| serde_json::Value::from(&**city)).collect()
    }

    /// The spellings of genres, however they were written.
    pub(crate) fn spellings_of_genres(&self, written: &[String]) -> Vec<serde_json::Value> {
        let spellings = written.iter().flat_map(|genre| self.names.genres(genre));
        spellings.map(|genre| serde_json::Value::from(genre.as_str())).collect()
    }

    /// The venues within a circle, with their distance from its centre in kilometres.
    #[must_use]
    pub fn venues_within(&self, circle: &Circle) -> HashMap<i64, f64> {
        self.names.within(circle)
    }

    /// Finds events.
    ///
    /// # Errors
    /// [`SearchError`] when the index cannot be read.
    pub fn search(&self, question: &Question) -> Result<Found, SearchError> {
        let mut plan = self.plan(&question.keyword);
        let near = question.near.as_ref().map(|circle| self.names.within(circle));
        let wanted = self.wanted(question, near.as_ref(), true);
        let mut gathered = self.gather(&plan.exact, question, &wanted)?;
        if gathered.total < ENOUGH
            && let Some(forgiving) = self.forgive(&mut plan, &question.keyword)
        {
            gathered = self.gather(&forgiving, question, &wanted)?;
        }
        let (skip, size) = match question.from {
            From::Offset(skip) => (skip, question.size),
            From::After(_) => (0, question.size),
        };
        let last = gathered.best.get(..skip + size).and_then(<[_]>::last);
        let next = last.filter(|_| gathered.best.len() > skip + size).map(|(place, _)| *place);
        let mut hits = Vec::with_capacity(size);
        for (_, address) in gathered.best.iter().skip(skip).take(size) {
            let document: TantivyDocument = self.searcher.doc(*address)?;
            let listing = self.fields.listing(&document)?;
            let near = near.as_ref().and_then(|near| near.get(&listing.venue.id.0));
            hits.push(Hit { distance_km: near.copied(), listing });
        }
        Ok(Found {
            hits,
            total: gathered.total,
            suggestion: plan.suggestion.clone(),
            words: plan.words,
            next,
            facets: self.facets(gathered),
        })
    }

    /// What is offered while people type. Only events that start after `question.start` are.
    ///
    /// # Errors
    /// [`SearchError`] when the index cannot be read.
    pub fn suggest(&self, question: &Question) -> Result<Suggestions, SearchError> {
        let mut plan = self.plan(&question.keyword);
        let names = self.names.offer(&question.keyword, &self.dictionary);
        if plan.exact == Node::All {
            return Ok(Suggestions { events: Vec::new(), names, words: plan.words });
        }
        let question = Question { size: OFFERED_EVENTS, ..question.clone() };
        let wanted = self.wanted(&question, None, false);
        let mut gathered = self.gather(&plan.exact, &question, &wanted)?;
        if gathered.best.is_empty()
            && let Some(forgiving) = self.forgive(&mut plan, &question.keyword)
        {
            gathered = self.gather(&forgiving, &question, &wanted)?;
        }
        let hit = |(_, address): &(_, tantivy::DocAddress)| {
            let document: TantivyDocument = self.searcher.doc(*address)?;
            Ok(Hit { listing: self.fields.listing(&document)?, distance_km: None })
        };
        let events = gathered.best.iter().take(OFFERED_EVENTS).map(hit);
        let events = events.collect::<Result<_, SearchError>>()?;
        Ok(Suggestions { events, names, words: plan.words })
    }

    /// How a keyword is looked for.
    #[must_use]
    pub fn plan(&self, keyword: &str) -> Plan {
        Plan::new(&Keyword::read(keyword), &self.dictionary, &self.synonyms)
    }

    /// The same keyword by similar words too; `None` when there are none.
    pub(crate) fn forgive(&self, plan: &mut Plan, keyword: &str) -> Option<Node> {
        plan.forgive(&Keyword::read(keyword), &self.dictionary, &self.synonyms)
    }

    fn gather(
        &self,
        node: &Node,
        question: &Question,
        wanted: &Wanted,
    ) -> Result<Gathered, SearchError> {
        let mut gather = Gather::new(wanted, self.values.len());
        if *node == Node::Nothing {
            return Ok(gather.finish());
        }
        for (number, segment) in (0..).zip(self.searcher.segment_readers()) {
            let Some(rows) = self.rows.get(&segment.segment_id()) else { continue };
            let matcher = Matcher::new(&self.searcher, segment, &self.fields, node, question)?;
            gather.segment(number, segment, rows, matcher)?;
        }
        Ok(gather.finish())
    }

    fn wanted(
        &self,
        question: &Question,
        near: Option<&HashMap<i64, f64>>,
        is_counted: bool,
    ) -> Wanted {
        let numbers = |spellings: Vec<&str>| {
            self.values.iter().map(|value| spellings.contains(&&**value)).collect()
        };
        let cities = question.cities.iter().flat_map(|city| self.names.cities(city));
        let genres = question.genres.iter().flat_map(|genre| self.names.genres(genre));
        let cities: Vec<&str> = cities.map(|city| &**city).collect();
        let genres: Vec<&str> = genres.map(String::as_str).collect();
        let prices = match (question.min_price_minor, question.max_price_minor) {
            (None, None) => None,
            (min, max) => Some(min.unwrap_or(0)..=max.unwrap_or(i64::MAX)),
        };
        let (after, skip) = match question.from {
            From::Offset(skip) => (None, skip),
            From::After(cursor) => (Some(cursor), 0),
        };
        Wanted {
            starts: Starts::new(
                question.start.map_or(i64::MIN, |it| it.0)
                    ..question.end.map_or(i64::MAX, |it| it.0),
            ),
            cities: (!question.cities.is_empty()).then(|| numbers(cities)),
            genres: (!question.genres.is_empty()).then(|| numbers(genres)),
            months: question.months.iter().map(|month| months(month.number())).collect(),
            prices,
            sale: question.sale.map(|sale| (sale, question.now.map_or(0, |now| now.0))),
            venues: near
                .map(|near| near.iter().map(|(id, km)| (*id, (km * 1000.0) as u64)).collect()),
            order: match question.order {
                Order::Distance if near.is_none() => Order::Date,
                Order::Relevance if question.keyword.trim().is_empty() => Order::Date,
                order => order,
            },
            after,
            // One more than is shown says whether there is another page.
            keep: skip + question.size + 1,
            is_counted,
        }
    }

    fn facets(&self, gathered: Gathered) -> Vec<FacetCount> {
        let named = |counts: Vec<u32>| {
            let counts = self.values.iter().zip(counts).filter(|(_, count)| *count > 0);
            counts.map(|(value, count)| ((**value).to_owned(), u64::from(count))).collect()
        };
        let months = gathered.months.into_iter();
        let months = months
            .map(|(number, count)| (Month::from_number(number).to_string(), u64::from(count)));
        let prices = gathered.prices.into_iter().enumerate();
        let prices = prices.map(|(step, count)| (step_name(step), u64::from(count)));
        [
            told(Facet::City, named(gathered.cities)),
            told(Facet::Category, named(gathered.genres)),
            told(Facet::Month, months.collect()),
            told(Facet::Price, prices.collect()),
        ]
        .concat()
    }

    /// The listing of an event, without its description.
    ///
    /// # Errors
    /// [`SearchError`] when the index cannot be read.
    pub fn listing(&self, event: EventId) -> Result<Option<Listing>, SearchError> {
        let term = Term::from_field_i64(self.fields.event, event.0);
        let query = TermQuery::new(term, IndexRecordOption::Basic);
        let found = self.searcher.search(&query, &tantivy::collector::DocSetCollector)?;
        let Some(address) = found.into_iter().next() else { return Ok(None) };
        let document: TantivyDocument = self.searcher.doc(address)?;
        self.fields.listing(&document).map(Some)
    }

    /// Every listing, without its description.
    ///
    /// # Errors
    /// [`SearchError`] when the index cannot be read.
    pub(super) fn each_listing(&self, mut take: impl FnMut(&Listing)) -> Result<(), SearchError> {
        for segment in self.searcher.segment_readers() {
            let store = segment.get_store_reader(1).map_err(tantivy::TantivyError::from)?;
            for document in store.iter::<TantivyDocument>(segment.alive_bitset()) {
                take(&self.fields.listing(&document?)?);
            }
        }
        Ok(())
    }

    /// What the index holds of every event, by id.
    ///
    /// # Errors
    /// [`SearchError`] when the index cannot be read.
    pub fn digests(&self) -> Result<Vec<Digests>, SearchError> {
        let mut all = Vec::with_capacity(usize::try_from(self.event_count()).unwrap_or_default());
        for segment in self.searcher.segment_readers() {
            let fast = segment.fast_fields();
            let event = fast.column_first_or_default::<i64>(columns::EVENT)?;
            let digest = fast.column_first_or_default::<u64>(columns::DIGEST)?;
            let sold_out = fast.column_first_or_default::<u64>(columns::SOLD_OUT)?;
            all.extend(segment.doc_ids_alive().map(|doc| Digests {
                event: EventId(event.get_val(doc)),
                listing: digest.get_val(doc),
                is_sold_out: sold_out.get_val(doc) != 0,
            }));
        }
        all.sort_unstable();
        Ok(all)
    }
}
