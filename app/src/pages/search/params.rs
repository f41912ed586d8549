//! What the address of the search page says, and how the links on the page change it.

use leptos_router::params::ParamsMap;
use onsale_domain::{Timestamp, limits::MAX_KEYWORD_CHARS};

use crate::{
    api::{SaleFilter, SearchQuery, SortBy},
    components::ANY_PRICE_MINOR,
    links,
};

/// Events in one page of results.
const PAGE_SIZE: u32 = 24;
const MILLIS_PER_DAY: i64 = 86_400_000;
/// An evening ends here, in hours of UTC after midnight: concerts in Lisbon start before.
const END_OF_EVENING_HOUR: i64 = 4;

/// The parameters of the search page as they stand in its address; empty means absent. What
/// cannot be read narrows nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct SearchParams {
    pub keyword: String,
    pub city: String,
    pub category: String,
    /// A date, `2026-12-04`; events on this day count.
    pub start: String,
    /// A date; events on this day count too.
    pub end: String,
    /// `tonight` or `weekend`, instead of dates.
    pub when: String,
    pub venue: String,
    pub performer: String,
    /// Months, `2026-12`, separated by commas.
    pub month: String,
    /// The highest price, in minor units.
    pub price: String,
    /// The lowest price, in minor units.
    pub min_price: String,
    /// `on_sale`, `sold_out` or `upcoming`.
    pub sale: String,
    /// `relevance`, `date`, `price` or `distance`.
    pub sort: String,
    pub page: String,
    /// A city, around which events are looked for; `me` asks for the way to choose one first.
    pub near: String,
}

impl SearchParams {
    /// Reads the query of the address.
    pub(super) fn read(query: &ParamsMap) -> Self {
        let text = |name: &str| {
            let value = query.get(name).unwrap_or_default();
            value.trim().chars().take(MAX_KEYWORD_CHARS).collect::<String>()
        };
        Self {
            keyword: text("keyword"),
            city: text("city"),
            category: text("category"),
            start: text("start"),
            end: text("end"),
            when: text("when"),
            venue: text("venue"),
            performer: text("performer"),
            month: text("month"),
            price: limit(text("price")),
            min_price: text("minPrice"),
            sale: text("sale"),
            sort: text("sort"),
            page: text("page"),
            near: text("near"),
        }
    }

    /// The question to the box office. `now` decides what tonight and the weekend are, and without
    /// dates nothing that is over is found.
    pub(super) fn to_query(&self, now: Timestamp) -> SearchQuery {
        let filled = |text: &String| (!text.is_empty()).then(|| text.clone());
        let (start, end) = self.span(now);
        let price = |text: &str| text.parse().ok().filter(|price| *price > 0);
        SearchQuery {
            keyword: filled(&self.keyword),
            start: Some(start),
            end,
            city: filled(&self.city),
            venue: self.venue.parse().ok(),
            performer: self.performer.parse().ok(),
            category: filled(&self.category),
            month: filled(&self.month),
            price: price(&self.price),
            min_price: price(&self.min_price),
            sale: match self.sale.as_str() {
                "on_sale" => Some(SaleFilter::OnSale),
                "sold_out" => Some(SaleFilter::SoldOut),
                "upcoming" => Some(SaleFilter::Upcoming),
                _ => None,
            },
            near: filled(&self.near).filter(|near| near != "me"),
            radius_km: None,
            sort: Some(self.sort_by()),
            page_size: Some(PAGE_SIZE),
            page: Some(self.page.parse().unwrap_or(1).max(1)),
            cursor: None,
        }
    }

    /// Whether the page asks for a city before anything else: "near me", without spying on where
    /// people are.
    pub(super) fn asks_for_city(&self) -> bool {
        self.near == "me" && self.city.is_empty()
    }

    /// The order of results: by date unless words can be matched or something else was chosen.
    pub(super) fn sort_by(&self) -> SortBy {
        match self.sort.as_str() {
            "price" => SortBy::Price,
            "date" => SortBy::Date,
            "relevance" => SortBy::Relevance,
            "distance" => SortBy::Distance,
            _ if !self.near.is_empty() && self.keyword.is_empty() => SortBy::Distance,
            _ if self.keyword.is_empty() => SortBy::Date,
            _ => SortBy::Relevance,
        }
    }

    fn span(&self, now: Timestamp) -> (Timestamp, Option<Timestamp>) {
        let today = now.0.div_euclid(MILLIS_PER_DAY);
        let evening_of =
            |day: i64| Timestamp((day + 1) * MILLIS_PER_DAY + END_OF_EVENING_HOUR * 3_600_000);
        match self.when.as_str() {
            "tonight" => (now, Some(evening_of(today))),
            "weekend" => {
                // Day 0 was a Thursday: Friday is 1, Sunday is 3.
                let weekday = today.rem_euclid(7);
                let friday = today + if weekday <= 3 { 1 - weekday } else { 8 - weekday };
                (Timestamp(now.0.max(friday * MILLIS_PER_DAY)), Some(evening_of(friday + 2)))
            }
            _ => {
                let start = self.start.parse().unwrap_or(now);
                let end = self.end.parse().ok();
                (start, end.map(|end: Timestamp| end.plus_millis(MILLIS_PER_DAY)))
            }
        }
    }

    /// The address with one parameter changed, back on the first page.
    pub(super) fn with(&self, name: &str, value: &str) -> String {
        let mut changed = self.clone();
        changed.page.clear();
        if changed.near == "me" {
            changed.near.clear();
        }
        if let Some(field) = changed.field(name) {
            value.clone_into(field);
        }
        changed.address()
    }

    /// The address with other bounds of the price.
    pub(super) fn priced(&self, min: &str, max: &str) -> String {
        let changed = Self { min_price: min.to_owned(), ..self.clone() };
        changed.with("price", max)
    }

    /// Whether a value is one of those chosen in a parameter that takes several.
    pub(super) fn has(&self, name: &str, value: &str) -> bool {
        let mut copy = self.clone();
        let chosen = copy.field(name).map(std::mem::take).unwrap_or_default();
        chosen.eq_ignore_ascii_case(value)
            || chosen.split(',').any(|chosen| chosen.trim().eq_ignore_ascii_case(value))
    }

    /// The address with one value of a parameter that takes several chosen, or no longer chosen.
    pub(super) fn toggled(&self, name: &str, value: &str) -> String {
        let mut copy = self.clone();
        let chosen = copy.field(name).map(std::mem::take).unwrap_or_default();
        if chosen.eq_ignore_ascii_case(value) {
            return self.with(name, "");
        }
        let others = chosen.split(',').map(str::trim).filter(|other| !other.is_empty());
        let mut values: Vec<&str> =
            others.filter(|other| !other.eq_ignore_ascii_case(value)).collect();
        if !self.has(name, value) {
            values.push(value);
        }
        self.with(name, &values.join(","))
    }

    fn field(&mut self, name: &str) -> Option<&mut String> {
        match name {
            "keyword" => Some(&mut self.keyword),
            "city" => Some(&mut self.city),
            "category" => Some(&mut self.category),
            "when" => Some(&mut self.when),
            "venue" => Some(&mut self.venue),
            "performer" => Some(&mut self.performer),
            "month" => Some(&mut self.month),
            "price" => Some(&mut self.price),
            "minPrice" => Some(&mut self.min_price),
            "sale" => Some(&mut self.sale),
            "near" => Some(&mut self.near),
            "start" => Some(&mut self.start),
            "end" => Some(&mut self.end),
            "sort" => Some(&mut self.sort),
            "page" => Some(&mut self.page),
            _ => None,
        }
    }

    fn address(&self) -> String {
        links::with_query(
            "/search",
            &[
                ("keyword", &self.keyword),
                ("city", &self.city),
                ("category", &self.category),
                ("start", &self.start),
                ("end", &self.end),
                ("when", &self.when),
                ("venue", &self.venue),
                ("performer", &self.performer),
                ("month", &self.month),
                ("price", &self.price),
                ("minPrice", &self.min_price),
                ("sale", &self.sale),
                ("near", &self.near),
                ("sort", &self.sort),
                ("page", &self.page),
            ],
        )
    }
}

/// The highest price; the right end of the slider is none.
fn limit(price: String) -> String {
    match price.parse::<i64>() {
        Ok(ANY_PRICE_MINOR..) => String::new(),
        _ => price,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    #[test]
    fn the_weekend_is_the_coming_or_the_running_one() {
        let weekend = |now: &str| {
            let params = SearchParams { when: "weekend".into(), ..SearchParams::default() };
            let (start, end) = params.span(at(now));
            (start.to_string(), end.map(|end| end.to_string()))
        };
        let end = Some("2026-12-07T04:00:00Z".to_owned());
        // A Monday, the Friday evening, and the Sunday of the same week.
        assert_eq!(weekend("2026-11-30T09:00:00Z"), ("2026-12-04T00:00:00Z".into(), end.clone()));
        assert_eq!(weekend("2026-12-04T19:00:00Z"), ("2026-12-04T19:00:00Z".into(), end.clone()));
        assert_eq!(weekend("2026-12-06T12:00:00Z"), ("2026-12-06T12:00:00Z".into(), end));
    }

    #[test]
    fn an_end_date_counts_its_own_day() {
        let params = SearchParams {
            start: "2026-12-04".into(),
            end: "2026-12-04".into(),
            ..SearchParams::default()
        };
        let query = params.to_query(at("2026-11-22T12:00:00Z"));
        assert_eq!(query.start, Some(at("2026-12-04")));
        assert_eq!(query.end, Some(at("2026-12-05")));
    }

    #[test]
    fn the_right_end_of_the_slider_is_no_limit() {
        assert_eq!(limit("20000".into()), "");
        assert_eq!(limit("19500".into()), "19500");
    }

    #[test]
    fn what_cannot_be_read_narrows_nothing() {
        let params = SearchParams {
            start: "soon".into(),
            venue: "x".into(),
            price: "-5".into(),
            page: "0".into(),
            ..SearchParams::default()
        };
        let now = at("2026-11-22T12:00:00Z");
        let query = params.to_query(now);
        assert_eq!((query.start, query.venue, query.price), (Some(now), None, None));
        assert_eq!((query.page, query.sort), (Some(1), Some(SortBy::Date)));
    }

    #[test]
    fn a_changed_filter_starts_on_the_first_page() {
        let params =
            SearchParams { keyword: "jazz".into(), page: "3".into(), ..SearchParams::default() };
        assert_eq!(params.with("city", "São Paulo"), "/search?keyword=jazz&city=S%C3%A3o%20Paulo");
        assert_eq!(params.with("page", "4"), "/search?keyword=jazz&page=4");
    }

    #[test]
    fn several_values_are_chosen_one_by_one() {
        let mut params = SearchParams { category: "Jazz".into(), ..SearchParams::default() };
        assert!(params.has("category", "jazz") && !params.has("category", "Rock"));
        assert_eq!(params.toggled("category", "Rock"), "/search?category=Jazz,Rock");
        params.category = "Jazz, Rock".into();
        assert_eq!(params.toggled("category", "jazz"), "/search?category=Rock");
        params.city = "Washington, D.C.".into();
        assert_eq!(params.toggled("city", "Washington, D.C."), "/search?category=Jazz,%20Rock");
    }
}
