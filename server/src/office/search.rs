//! Finding events.

use onsale_app::api::{Facet, Problem, SearchPage, SearchQuery, SortBy};
use onsale_domain::{
    Timestamp, genre,
    limits::{MAX_KEYWORD_CHARS, MAX_NAME_CHARS, MAX_PAGE_SIZE},
};
use onsale_ops::clock::unix_millis;
use onsale_store::{EventFilter, EventOrder};

use super::{
    BoxOffice,
    problems::{beyond_limit, invalid, store_problem},
};

/// Events in one page unless the caller says otherwise.
const DEFAULT_PAGE_SIZE: u32 = 24;
/// Pages beyond this are refused: whoever wants them should narrow the search.
const MAX_PAGE: u32 = 1_000;
/// Words of a keyword that are looked for; more are refused.
const MAX_WORDS: usize = 12;

impl BoxOffice {
    /// Finds events. Without a start, those that are over are left out.
    pub async fn search(&self, query: &SearchQuery) -> Result<SearchPage, Problem> {
        let page = query.page.unwrap_or(1);
        let page_size = query.page_size.unwrap_or(DEFAULT_PAGE_SIZE);
        let filter = filter_from(query, page, page_size)?;
        let found = self.store.search_events(&filter).await;
        let found = found.map_err(|error| store_problem(&error))?;
        let facet = |facet: onsale_store::FacetCount| Facet {
            field: facet.field,
            value: facet.value,
            count: facet.count,
        };
        Ok(SearchPage {
            events: self.summaries(found.events).await?,
            total: found.total,
            page,
            page_size,
            facets: found.facets.into_iter().map(facet).collect(),
            suggestion: None,
        })
    }
}

fn filter_from(query: &SearchQuery, page: u32, page_size: u32) -> Result<EventFilter, Problem> {
    if !(1..=MAX_PAGE_SIZE).contains(&page_size) {
        let reason = format!("pageSize must be between 1 and {MAX_PAGE_SIZE}.");
        return Err(beyond_limit("pageSize", reason));
    }
    if !(1..=MAX_PAGE).contains(&page) {
        return Err(beyond_limit("page", format!("page must be between 1 and {MAX_PAGE}.")));
    }
    let keyword = query.keyword.as_deref().unwrap_or_default();
    if keyword.chars().count() > MAX_KEYWORD_CHARS {
        let reason = format!("A keyword has at most {MAX_KEYWORD_CHARS} characters.");
        return Err(beyond_limit("keyword", reason));
    }
    let words: Vec<String> = keyword.split_whitespace().map(str::to_owned).collect();
    if words.len() > MAX_WORDS {
        return Err(beyond_limit("keyword", format!("A keyword has at most {MAX_WORDS} words.")));
    }
    for (field, text) in [("city", &query.city), ("category", &query.category)] {
        if text.as_ref().is_some_and(|text| text.chars().count() > MAX_NAME_CHARS) {
            let reason = format!("{field} has at most {MAX_NAME_CHARS} characters.");
            return Err(beyond_limit(field, reason));
        }
    }
    if let (Some(start), Some(end)) = (query.start, query.end)
        && end <= start
    {
        return Err(invalid("end", "must be later than start"));
    }
    let order = match query.sort.unwrap_or_default() {
        SortBy::Relevance | SortBy::Date => EventOrder::Date,
        SortBy::Price => EventOrder::Price,
    };
    Ok(EventFilter {
        words,
        start: Some(query.start.unwrap_or(Timestamp(unix_millis()))),
        end: query.end,
        city: query.city.clone(),
        venue: query.venue,
        performer: query.performer,
        genres: query.category.as_deref().map(genre::members).unwrap_or_default(),
        max_price_minor: query.price,
        order,
        limit: i64::from(page_size),
        offset: i64::from(page - 1) * i64::from(page_size),
    })
}
