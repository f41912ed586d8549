//! The form above the results.

use leptos::prelude::*;

use super::params::SearchParams;
use crate::{api::SortBy, components::PriceSlider};

/// Words, place, days, price and order.
#[component]
pub(super) fn SearchForm(params: SearchParams) -> impl IntoView {
    let sort = params.sort_by();
    let option = |value: &'static str, words: &'static str, this: SortBy| {
        view! { <option value=value selected=sort == this>{words}</option> }
    };
    let nearest =
        (!params.near.is_empty()).then(|| option("distance", "Nearest first", SortBy::Distance));
    let price_minor = params.price.parse().unwrap_or(0);
    let hidden = [
        ("venue", params.venue),
        ("performer", params.performer),
        ("category", params.category),
        ("month", params.month),
        ("minPrice", params.min_price),
        ("sale", params.sale),
        ("near", params.near),
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
            <div class="field field-price">
                <PriceSlider price_minor />
            </div>
            <div class="field">
                <label for="search-sort">"Order"</label>
                <select id="search-sort" name="sort">
                    {option("relevance", "Best match", SortBy::Relevance)}
                    {option("date", "Soonest first", SortBy::Date)}
                    {option("price", "Cheapest first", SortBy::Price)}
                    {nearest}
                </select>
            </div>
            <button class="button button-accent" type="submit">"Search"</button>
        </form>
    }
}
