//! Search: a form, what was found, and ways to narrow it. It works without JavaScript.

mod facets;
mod form;
mod params;

use leptos::prelude::*;
use leptos_meta::{Meta, Stylesheet, Title};
use leptos_router::hooks::use_query_map;

use self::{facets::Facets, form::SearchForm, params::SearchParams};
use super::{backend, page};
use crate::{api, assets::asset, clock, components::EventGrid};

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
    let summary = match found.total {
        0 => "Nothing found".to_owned(),
        1 => "1 event".to_owned(),
        many => {
            format!("{} events", onsale_domain::money::grouped(i64::try_from(many).unwrap_or(0)))
        }
    };
    let pages = view! { <Pages params=params.clone() found=found.clone() /> };
    let meant = found.suggestion.clone().filter(|_| !found.events.is_empty());
    let meant = meant.map(|words| view! { <DidYouMean params=params.clone() words /> });
    let results = if found.events.is_empty() {
        view! { <NothingFound params=params.clone() suggestion=found.suggestion.clone() /> }
            .into_any()
    } else {
        view! { <EventGrid events=found.events highlights=found.highlights eager=4 /> }.into_any()
    };
    view! {
        <Title text=format!("{heading} · Onsale") />
        <Meta name="robots" content="noindex, follow" />
        <Stylesheet href=asset("/browse.css") />
        <div class="search-head">
            <h1>{heading}</h1>
            <p role="status" data-testid="result-count">{summary}</p>
            {meant}
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
        ("", category) => category.replace(',', ", ").replace("  ", " "),
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
        ("", _) if by_id && params.keyword.is_empty() => " with this artist".to_owned(),
        ("", _) if !params.near.is_empty() => format!(" near {}", params.near),
        ("", _) => String::new(),
        (city, _) => format!(" in {}", city.replace(',', ", ").replace("  ", " ")),
    };
    format!("{what}{when}{place}")
}

#[component]
fn DidYouMean(params: SearchParams, words: String) -> impl IntoView {
    let link = params.with("keyword", &words);
    view! { <p data-testid="did-you-mean">"Did you mean " <a href=link>{words}</a> "?"</p> }
}

#[component]
fn Pages(params: SearchParams, found: api::SearchPage) -> impl IntoView {
    let reachable = u64::from(onsale_domain::limits::MAX_PAGED_EVENTS / found.page_size.max(1));
    let last = found.total.div_ceil(u64::from(found.page_size.max(1))).min(reachable);
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
    let meant = suggestion.map(|words| view! { <DidYouMean params=params.clone() words /> });
    let loosen = [
        ("city", &params.city, "In any city"),
        ("near", &params.near, "Anywhere"),
        ("category", &params.category, "Of any kind"),
        ("when", &params.when, "On any day"),
        ("start", &params.start, "From today on"),
        ("end", &params.end, "Until any day"),
        ("month", &params.month, "In any month"),
        ("price", &params.price, "At any price"),
        ("minPrice", &params.min_price, "At any price"),
        ("sale", &params.sale, "However it is sold"),
        ("venue", &params.venue, "At any venue"),
        ("performer", &params.performer, "With anybody"),
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
            <p>"Small typos are forgiven already. Ask for less at once: fewer words, more days, any city."</p>
            <div class="chips">{loosen} <a class="chip" href="/search">"Show everything"</a></div>
        </section>
    }
}
