//! Search: a form, what was found, and ways to narrow it. It works without JavaScript.

mod params;

use leptos::prelude::*;
use leptos_meta::{Meta, Stylesheet, Title};
use leptos_router::hooks::use_query_map;

use self::params::SearchParams;
use super::{backend, page};
use crate::{
    api::{self, Facet, SortBy},
    assets::asset,
    clock,
    components::EventGrid,
};

/// Ways to narrow the result that are offered at once, of each kind.
const MOST_CHIPS: usize = 12;

/// The search page.
#[component]
pub(crate) fn SearchPage() -> impl IntoView {
    let params = use_query_map().with_untracked(SearchParams::read);
    page(async move {
        let found = backend()?.search(&params.to_query(clock::now())).await?;
        Ok(show(params, found))
    })
}

fn show(params: SearchParams, found: api::SearchPage) -> impl IntoView {
    let heading = heading(&params, &found);
    let total = found.total;
    let summary = match total {
        0 => "Nothing found".to_owned(),
        1 => "1 event".to_owned(),
        many => {
            format!("{} events", onsale_domain::money::grouped(i64::try_from(many).unwrap_or(0)))
        }
    };
    let pages = view! { <Pages params=params.clone() found=found.clone() /> };
    let results = if found.events.is_empty() {
        view! { <NothingFound params=params.clone() suggestion=found.suggestion.clone() /> }
            .into_any()
    } else {
        view! { <EventGrid events=found.events eager=4 /> }.into_any()
    };
    view! {
        <Title text=format!("{heading} · Onsale") />
        <Meta name="robots" content="noindex, follow" />
        <Stylesheet href=asset("/browse.css") />
        <div class="search-head">
            <h1>{heading}</h1>
            <p role="status" data-testid="result-count">{summary}</p>
        </div>
        {(!params.asks_for_city()).then(|| view! { <SearchForm params=params.clone() /> })}
        <Facets params facets=found.facets />
        <h2 class="visually-hidden">"Results"</h2>
        {results}
        {pages}
    }
}

fn heading(params: &SearchParams, found: &api::SearchPage) -> String {
    if params.asks_for_city() {
        return "Which city is near you?".to_owned();
    }
    let what = match (params.keyword.as_str(), params.category.as_str()) {
        ("", "") => "Events".to_owned(),
        ("", category) => category.to_owned(),
        (keyword, _) => format!("“{keyword}”"),
    };
    let when = match params.when.as_str() {
        "tonight" => " tonight",
        "weekend" => " this weekend",
        _ => "",
    };
    let by_id = !params.venue.is_empty() || !params.performer.is_empty();
    let place = match (params.city.as_str(), found.events.first()) {
        ("", Some(event)) if !params.venue.is_empty() => format!(" at {}", event.venue.name),
        ("", _) if by_id => " with this artist".to_owned(),
        ("", _) => String::new(),
        (city, _) => format!(" in {city}"),
    };
    format!("{what}{when}{place}")
}

#[component]
fn SearchForm(params: SearchParams) -> impl IntoView {
    let sort = params.sort_by();
    let option = |value: &'static str, words: &'static str, this: SortBy| {
        view! { <option value=value selected=sort == this>{words}</option> }
    };
    let hidden = [
        ("venue", params.venue),
        ("performer", params.performer),
        ("category", params.category),
        ("price", params.price),
    ]
    .into_iter()
    .filter(|(_, value)| !value.is_empty())
    .map(|(name, value)| view! { <input type="hidden" name=name value=value /> })
    .collect_view();
    view! {
        <form class="panel search-form" action="/search" role="search" aria-label="Narrow the search">
            {hidden}
            <div class="field field-wide">
                <label for="search-keyword">"Artist, team or venue"</label>
                <input id="search-keyword" type="search" name="keyword" value=params.keyword maxlength="200" />
            </div>
            <div class="field">
                <label for="search-city">"City"</label>
                <input id="search-city" name="city" value=params.city maxlength="200" autocomplete="address-level2" />
            </div>
            <div class="field">
                <label for="search-start">"From"</label>
                <input id="search-start" type="date" name="start" value=params.start />
            </div>
            <div class="field">
                <label for="search-end">"Until"</label>
                <input id="search-end" type="date" name="end" value=params.end />
            </div>
            <div class="field">
                <label for="search-sort">"Order"</label>
                <select id="search-sort" name="sort">
                    {option("relevance", "Best match", SortBy::Relevance)}
                    {option("date", "Soonest first", SortBy::Date)}
                    {option("price", "Cheapest first", SortBy::Price)}
                </select>
            </div>
            <button class="button button-accent" type="submit">"Search"</button>
        </form>
    }
}

/// Chips that narrow the result, and chips that take back what narrows it now.
#[component]
fn Facets(params: SearchParams, facets: Vec<Facet>) -> impl IntoView {
    let asks_for_city = params.asks_for_city();
    let row = |field: &'static str, title: &'static str, chosen: &str| {
        let chips = facets
            .iter()
            .filter(|facet| facet.field == field)
            .take(if asks_for_city { usize::MAX } else { MOST_CHIPS })
            .map(|facet| chip(&params, facet, chosen))
            .collect::<Vec<_>>();
        let missing =
            !chosen.is_empty() && !facets.iter().any(|f| f.field == field && f.value == chosen);
        let chosen_chip = missing.then(|| remove_chip(&params, field, chosen));
        (!chips.is_empty() || chosen_chip.is_some()).then(|| {
            view! {
                <nav class="chips" aria-label=format!("Narrow by {}", title.to_lowercase())>
                    <h2>{title}</h2>
                    {chosen_chip}
                    {chips}
                </nav>
            }
        })
    };
    let extra = [
        ("when", &params.when, if params.when == "weekend" { "This weekend" } else { "Tonight" }),
        ("price", &params.price, "Up to this price"),
        ("venue", &params.venue, "This venue only"),
        ("performer", &params.performer, "This artist only"),
    ];
    let extra: Vec<_> = extra
        .into_iter()
        .filter(|(_, value, _)| !value.is_empty())
        .map(|(field, _, words)| remove_chip(&params, field, words))
        .collect();
    let extra =
        (!extra.is_empty()).then(|| view! { <div class="chips"><h2>"Chosen"</h2>{extra}</div> });
    view! {
        <div class="facets" class:is-whole=asks_for_city>
            {(!asks_for_city).then(|| row("category", "Kind", &params.category))}
            {row("city", "City", &params.city)}
            {extra}
        </div>
    }
}

fn chip(params: &SearchParams, facet: &Facet, chosen: &str) -> AnyView {
    if facet.value.eq_ignore_ascii_case(chosen) {
        return remove_chip(params, &facet.field, &facet.value);
    }
    view! {
        <a class="chip" href=params.with(&facet.field, &facet.value)>
            {facet.value.clone()} <small>{facet.count.to_string()}</small>
        </a>
    }
    .into_any()
}

fn remove_chip(params: &SearchParams, field: &str, words: &str) -> AnyView {
    view! {
        <a class="chip" aria-current="true" href=params.with(field, "")>
            {words.to_owned()} <small aria-hidden="true">"✕"</small>
            <span class="visually-hidden">", remove"</span>
        </a>
    }
    .into_any()
}

#[component]
fn Pages(params: SearchParams, found: api::SearchPage) -> impl IntoView {
    let last = found.total.div_ceil(u64::from(found.page_size.max(1)));
    let page = u64::from(found.page);
    (last > 1).then(|| {
        let link = |number: u64, words: &'static str, rel: &'static str| {
            let address = params.with("page", &number.to_string());
            view! { <a class="button button-line button-small" rel=rel href=address>{words}</a> }
        };
        view! {
            <nav class="pages" aria-label="Pages of results">
                {(page > 1).then(|| link(page - 1, "← Earlier page", "prev"))}
                <span class="number">{format!("Page {page} of {last}")}</span>
                {(page < last).then(|| link(page + 1, "Next page →", "next"))}
            </nav>
        }
    })
}

#[component]
fn NothingFound(params: SearchParams, suggestion: Option<String>) -> impl IntoView {
    let meant = suggestion.map(|words| {
        let link = params.with("keyword", &words);
        view! { <p>"Did you mean " <a href=link>{words}</a> "?"</p> }
    });
    let loosen = [
        ("city", &params.city, "In any city"),
        ("category", &params.category, "Of any kind"),
        ("when", &params.when, "On any day"),
        ("price", &params.price, "At any price"),
    ];
    let loosen = loosen
        .into_iter()
        .filter(|(_, value, _)| !value.is_empty())
        .map(|(field, _, words)| view! { <a class="chip" href=params.with(field, "")>{words}</a> })
        .collect_view();
    view! {
        <section class="empty" data-testid="nothing-found">
            <img src="/posters/11.svg?g=Pop" width="168" height="168" alt="" />
            <h2>"Nothing matches all of that"</h2>
            {meant}
            <p>"Check the spelling, or ask for less at once: fewer words, more days, any city."</p>
            <div class="chips">{loosen} <a class="chip" href="/search">"Show everything"</a></div>
        </section>
    }
}
