//! Chips that narrow the result, and chips that take back what narrows it now.

use leptos::prelude::*;
use onsale_domain::{Currency, Money};

use super::params::SearchParams;
use crate::api::Facet;

/// Ways to narrow the result that are offered at once, of each kind.
const MOST_CHIPS: usize = 12;
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// All chips.
#[component]
pub(super) fn Facets(params: SearchParams, facets: Vec<Facet>) -> impl IntoView {
    let of = |field: &'static str| facets.iter().filter(move |facet| facet.field == field);
    if params.asks_for_city() {
        let cities = of("city")
            .map(|facet| {
                let address = params.with("near", &facet.value);
                let (words, count) = (facet.value.clone(), facet.count);
                view! { <a class="chip" href=address>{words} " " <small>{count}</small></a> }
            })
            .collect_view();
        return view! {
            <div class="facets is-whole">
                <nav class="chips" aria-label="Cities">{cities}</nav>
            </div>
        }
        .into_any();
    }
    let several = |field: &'static str, title: &'static str, chosen: &str| {
        let values = of(field).map(|facet| (facet.value.clone(), Some(facet.count)));
        let chips = several_chips(&params, field, chosen, values.collect());
        row(title, chips)
    };
    let prices = of("price").filter_map(|facet| price_chip(&params, facet)).collect();
    let near = format!("Near {}", params.near);
    let sale = match params.sale.as_str() {
        "on_sale" => "On sale now",
        "sold_out" => "Sold out",
        _ => "On sale soon",
    };
    let chosen = [
        ("when", &params.when, if params.when == "weekend" { "This weekend" } else { "Tonight" }),
        ("near", &params.near, near.as_str()),
        ("sale", &params.sale, sale),
        ("venue", &params.venue, "This venue only"),
        ("performer", &params.performer, "This artist only"),
    ];
    let mut chosen: Vec<AnyView> = chosen
        .into_iter()
        .filter(|(_, value, _)| !value.is_empty())
        .map(|(field, _, words)| chosen_chip(params.with(field, ""), words))
        .collect();
    if params.sale.is_empty() && !facets.is_empty() {
        let address = params.with("sale", "on_sale");
        chosen.push(view! { <a class="chip" href=address>"On sale now"</a> }.into_any());
    }
    view! {
        <div class="facets">
            {several("category", "Kind", &params.category)}
            {several("city", "City", &params.city)}
            {several("month", "Month", &params.month)}
            {row("Price", prices)}
            {row("More", chosen)}
        </div>
    }
    .into_any()
}

fn row(title: &'static str, chips: Vec<AnyView>) -> Option<AnyView> {
    (!chips.is_empty()).then(|| {
        view! {
            <nav class="chips" aria-label=format!("Narrow by {}", title.to_lowercase())>
                <h2>{title}</h2>
                {chips}
            </nav>
        }
        .into_any()
    })
}

/// Chips of values of which several may be chosen; those that are come first.
fn several_chips(
    params: &SearchParams,
    field: &str,
    chosen: &str,
    mut values: Vec<(String, Option<u64>)>,
) -> Vec<AnyView> {
    for value in chosen.split(',').map(str::trim).filter(|value| !value.is_empty()) {
        let is_there = values.iter().any(|(known, _)| {
            known.eq_ignore_ascii_case(value) || known.eq_ignore_ascii_case(chosen)
        });
        if !is_there {
            values.push((value.to_owned(), None));
        }
    }
    values.sort_by_key(|(value, _)| !params.has(field, value));
    let chip = |(value, count): (String, Option<u64>)| {
        let words = if field == "month" { month_words(&value) } else { value.clone() };
        let address = params.toggled(field, &value);
        if params.has(field, &value) {
            return chosen_chip(address, &words);
        }
        view! { <a class="chip" href=address>{words} " " <small>{count}</small></a> }.into_any()
    };
    values.into_iter().take(MOST_CHIPS).map(chip).collect()
}

/// `2026-12` as "December 2026".
fn month_words(value: &str) -> String {
    let split = value.split_once('-');
    let month = split.and_then(|(year, month)| {
        let name = MONTHS.get(month.parse::<usize>().ok()?.checked_sub(1)?)?;
        Some(format!("{name} {year}"))
    });
    month.unwrap_or_else(|| value.to_owned())
}

/// A step of prices, chosen when both of its bounds are.
fn price_chip(params: &SearchParams, facet: &Facet) -> Option<AnyView> {
    let (from, to) = facet.value.split_once('-')?;
    let money = |minor: i64| Money::new(minor, Currency::EUR).short();
    let (low, high): (i64, Option<i64>) = (from.parse().ok()?, to.parse().ok());
    let words = match (low, high) {
        (0, Some(high)) => format!("Under {}", money(high + 1)),
        (low, Some(high)) => format!("{} to {}", money(low), money(high + 1)),
        (low, None) => format!("{} and more", money(low)),
    };
    let low = if low == 0 { String::new() } else { low.to_string() };
    if params.min_price == low && params.price == to && !(low.is_empty() && to.is_empty()) {
        return Some(chosen_chip(params.priced("", ""), &words));
    }
    let address = params.priced(&low, to);
    Some(
        view! { <a class="chip" href=address>{words} " " <small>{facet.count}</small></a> }
            .into_any(),
    )
}

fn chosen_chip(address: String, words: &str) -> AnyView {
    view! {
        <a class="chip" aria-current="true" href=address>
            {words.to_owned()} <small aria-hidden="true">"✕"</small>
            <span class="visually-hidden">", remove"</span>
        </a>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_are_said_in_words() {
        assert_eq!(month_words("2026-12"), "December 2026");
        assert_eq!(month_words("2026-13"), "2026-13");
        assert_eq!(month_words("soon"), "soon");
    }
}
