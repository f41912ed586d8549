//! Finding events.

use onsale_app::api::{
    Facet, Highlight, Piece, Problem, SearchPage, SearchQuery, SuggestPage, SuggestQuery,
    SuggestedEvent, SuggestedName,
};
use onsale_domain::{Listing, Timestamp};
use onsale_ops::clock::unix_millis;
use onsale_search::{
    Found, NameKind, Named, Question,
    facets::FacetCount,
    highlight::{self, pieces},
};

use super::{
    BoxOffice,
    local_time::local_time,
    peers::Asked,
    questions::{checked_keyword, page_of, question_from},
};

impl BoxOffice {
    /// Finds events. Without a start, those that are over are left out.
    pub async fn search(&self, query: &SearchQuery) -> Result<SearchPage, Problem> {
        match self.finder.has_index() {
            true => self.search_here(query).await,
            false => self.ask_peer(&Asked::Search(Box::new(query.clone()))).await,
        }
    }

    /// Offers what the beginning of a search may mean.
    pub async fn suggest(&self, query: &SuggestQuery) -> Result<SuggestPage, Problem> {
        match self.finder.has_index() {
            true => self.suggest_here(query).await,
            false => self.ask_peer(&Asked::Suggest(query.clone())).await,
        }
    }

    /// Finds events in the index of this server.
    pub(super) async fn search_here(&self, query: &SearchQuery) -> Result<SearchPage, Problem> {
        let (page, page_size) = page_of(query)?;
        let now = Timestamp(unix_millis());
        let question = question_from(query, &*self.finder.view()?, now, page, page_size)?;
        let found = self.finder.search(question).await?;
        let facet = |facet: &FacetCount| Facet {
            field: facet.facet.name().to_owned(),
            value: facet.value.clone(),
            count: facet.count,
        };
        let facets = found.facets.iter().map(facet).collect();
        Ok(SearchPage {
            highlights: highlights(&found),
            total: found.total,
            page,
            page_size,
            facets,
            next_cursor: found.next.map(|cursor| cursor.to_string()),
            suggestion: found.suggestion.clone(),
            events: self.summaries(found.hits.into_iter().map(|hit| hit.listing).collect()).await,
        })
    }

    /// Offers what the index of this server says.
    pub(super) async fn suggest_here(&self, query: &SuggestQuery) -> Result<SuggestPage, Problem> {
        let keyword = checked_keyword(query.keyword.as_deref())?;
        let start = Some(Timestamp(unix_millis()));
        let question = Question { keyword, start, ..Question::default() };
        let offered = self.finder.suggest(question).await?;
        let event = |hit: onsale_search::Hit| {
            let Listing { id, title, venue, starts_at, .. } = hit.listing;
            let date = local_time(starts_at, &venue.time_zone).short_date;
            let detail = format!("{date} · {}, {}", venue.name, venue.city);
            SuggestedEvent { id, title, detail }
        };
        let mut page = SuggestPage {
            events: offered.events.into_iter().map(event).collect(),
            ..SuggestPage::default()
        };
        for Named { kind, id, name, place, events } in offered.names {
            let (names, id) = match kind {
                NameKind::Performer => (&mut page.performers, Some(id)),
                NameKind::Venue => (&mut page.venues, Some(id)),
                NameKind::City => (&mut page.cities, None),
            };
            let id = id.map(|id| id.to_string());
            names.push(SuggestedName { id, name, place, events });
        }
        Ok(page)
    }
}

fn highlights(found: &Found) -> Vec<Highlight> {
    if found.words.is_empty() {
        return Vec::new();
    }
    let marked = |text: &str| {
        let piece = |piece: highlight::Piece| Piece { text: piece.text, is_match: piece.is_match };
        pieces(text, &found.words).into_iter().map(piece).collect()
    };
    let highlight = |hit: &onsale_search::Hit| {
        let listing = &hit.listing;
        let performers: Vec<_> = listing.performers.iter().map(|it| it.name.as_str()).collect();
        Highlight {
            title: marked(&listing.title),
            performers: marked(&performers.join(", ")),
            place: marked(&format!("{}, {}", listing.venue.name, listing.venue.city)),
        }
    };
    found.hits.iter().map(highlight).collect()
}
