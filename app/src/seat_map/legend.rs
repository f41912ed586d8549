//! What colours and shapes mean; the prices are filters.

use leptos::prelude::*;
use onsale_domain::money::grouped;

use super::picker::Picker;
use crate::{api::PriceCategory, components::category_class};

/// Prices with what is left, and the four other kinds of seats.
#[component]
pub(super) fn Legend(picker: Picker) -> impl IntoView {
    let categories = picker.event.with_value(|event| event.categories.clone());
    let prices =
        categories.into_iter().map(|category| view! { <Price picker category /> }).collect_view();
    view! {
        <div class="legend">
            <div class="legend-prices" role="group" aria-label="Show only these seats">
                {prices} <Together picker />
            </div>
            <ul class="legend-signs">
                <li><span class="sign sign-yours" aria-hidden="true"></span>"Yours"</li>
                <li><span class="sign sign-held" aria-hidden="true"></span>"On hold"</li>
                <li><span class="sign sign-taken" aria-hidden="true"></span>"Taken"</li>
                <li><span class="sign sign-square" aria-hidden="true"></span>"Wheelchair"</li>
            </ul>
        </div>
    }
}

/// Shows only seats where a whole party sits side by side.
#[component]
fn Together(picker: Picker) -> impl IntoView {
    let is_on =
        Memo::new(move |_| picker.read(|model| model.room.quantity.is_some()).unwrap_or_default());
    view! {
        <button
            class="legend-price"
            type="button"
            hidden=move || picker.quantity.get() < 2
            aria-pressed=move || is_on.get().to_string()
            on:click=move |_| picker.toggle_together()
            data-testid="only-together"
        >
            {move || format!("Only {} together", picker.quantity.get())}
        </button>
    }
}

#[component]
fn Price(picker: Picker, category: PriceCategory) -> impl IntoView {
    let index = category.index;
    let at_first = category.available;
    let left = Memo::new(move |_| {
        let count = picker.read(|model| model.tallies.by_category.get(usize::from(index)).copied());
        count.flatten().unwrap_or(at_first)
    });
    let is_chosen =
        Memo::new(move |_| picker.read(|model| model.filter.is_chosen(index)).unwrap_or_default());
    let words = format!("{} {}", category.name, category.price.short());
    view! {
        <button
            class="legend-price"
            type="button"
            aria-pressed=move || is_chosen.get().to_string()
            on:click=move |_| { picker.change(|model| model.filter.toggle(index)); }
        >
            <span class=format!("dot {}", category_class(index)) aria-hidden="true"></span>
            <span>{words}</span>
            <span class="muted number">
                {move || match left.get() {
                    0 => "none left".to_owned(),
                    left => format!("{} left", grouped(i64::from(left))),
                }}
            </span>
        </button>
    }
}
