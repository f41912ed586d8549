//! Prices with what is left, the sections of the room, and the form that asks for the best seats:
//! the way to a ticket that needs no script.

use leptos::prelude::*;
use onsale_domain::money::grouped;

use crate::{
    api::{EventDetail, PriceCategory, SectionSummary},
    components::category_class,
    forms, links,
};

/// Prices, sections and, without JavaScript, the form for the best seats.
#[component]
pub(super) fn SectionsPanel(
    event: EventDetail,
    sections: Vec<SectionSummary>,
    is_open: bool,
    chosen: Option<u32>,
) -> impl IntoView {
    let id = event.id;
    let prices = event.price_categories.iter().map(price_row).collect_view();
    let rows = sections
        .into_iter()
        .map(|section| section_row(id, section, chosen, is_open))
        .collect_view();
    let best = (is_open && chosen.is_none()).then(|| {
        view! {
            <div class="without-script"><BestForm event=event.clone() section=None /></div>
        }
    });
    view! {
        <section class="panel sections-panel" aria-labelledby="prices-title">
            <h2 id="prices-title">"Prices and sections"</h2>
            <ul class="price-list">{prices}</ul>
            {best}
            <ul class="section-list">{rows}</ul>
        </section>
    }
}

fn price_row(category: &PriceCategory) -> impl IntoView + use<> {
    let left = match category.available {
        0 => "none left".to_owned(),
        available => format!("{} left", grouped(i64::from(available))),
    };
    view! {
        <li>
            <span class=format!("dot {}", category_class(category.index)) aria-hidden="true"></span>
            <span>{category.name.clone()}</span>
            <strong class="number">{category.price.short()}</strong>
            <span class="muted number">{left}</span>
        </li>
    }
}

fn section_row(
    event: onsale_domain::EventId,
    section: SectionSummary,
    chosen: Option<u32>,
    is_open: bool,
) -> impl IntoView {
    let left = match (section.available, section.standing) {
        (0, _) => "none left".to_owned(),
        (left, true) => format!("{} standing places left", grouped(i64::from(left))),
        (left, false) => {
            format!(
                "{} of {} left",
                grouped(i64::from(left)),
                grouped(i64::from(section.seat_count))
            )
        }
    };
    let price = section.from_price.map(|price| format!("from {}", price.short()));
    let is_chosen = chosen == Some(section.number);
    let name = if is_open {
        view! {
            <a
                href=links::section(event, section.number)
                data-testid="section-link"
                aria-current=is_chosen.then_some("true")
            >
                {section.name}
            </a>
        }
        .into_any()
    } else {
        view! { <span>{section.name}</span> }.into_any()
    };
    view! {
        <li class:is-empty=section.available == 0>
            {name} <span class="muted number">{left}</span> <span class="number">{price}</span>
        </li>
    }
}

/// Asks for a number of seats side by side, wherever they are best. Works without JavaScript.
#[component]
pub(super) fn BestForm(
    event: EventDetail,
    /// The list that is open, to come back to it when there is a problem.
    section: Option<u32>,
) -> impl IntoView {
    let quantities = (1..=10_u8)
        .map(|number| {
            let number = number.to_string();
            view! { <option value=number.clone() selected=number == "2">{number.clone()}</option> }
        })
        .collect_view();
    let categories = event
        .price_categories
        .into_iter()
        .map(|category| {
            let words = format!("{} · {}", category.name, category.price.short());
            view! { <option value=category.name>{words}</option> }
        })
        .collect_view();
    view! {
        <form class="best-form" method="post" action=forms::HOLD_BEST data-testid="best-form">
            <input type="hidden" name="event" value=event.id.to_string() />
            {section.map(|number| view! { <input type="hidden" name="section" value=number.to_string() /> })}
            <label for="best-form-quantity">"Best"</label>
            <select id="best-form-quantity" name="quantity">{quantities}</select>
            <label for="best-form-category">"together in"</label>
            <select id="best-form-category" name="category">
                <option value="">"any category"</option>
                {categories}
            </select>
            <button class="button button-small" type="submit">"Hold the best"</button>
        </form>
    }
}
