//! The rows and seats of one section as a form with checkboxes: a seat map for those who cannot or
//! will not use the drawn one.

use leptos::prelude::*;
use onsale_domain::SeatState;

use super::sections::BestForm;
use crate::{
    api::{EventDetail, PriceCategory, SeatDetail, SectionDetail, SectionRow},
    components::category_class,
    forms, links,
};

/// The list of one section.
#[component]
pub(super) fn SectionPanel(
    event: EventDetail,
    section: SectionDetail,
    is_open: bool,
) -> impl IntoView {
    let number = section.section.number;
    let back = links::event(event.id);
    let title = section.section.name.clone();
    let choice = match &section.standing_category {
        _ if !is_open => {
            view! { <p class="muted">"Seats cannot be taken at the moment."</p> }.into_any()
        }
        Some(category) => standing(&event, category, number).into_any(),
        None => seats(&event, &section).into_any(),
    };
    view! {
        <section class="panel section-panel" id="section" aria-labelledby="section-title">
            <div class="section-head">
                <h2 id="section-title">{title}</h2>
                <a href=back>"Close the list"</a>
            </div>
            {choice}
            {is_open.then(|| view! { <BestForm event=event section=Some(number) /> })}
        </section>
    }
}

fn seats(event: &EventDetail, section: &SectionDetail) -> impl IntoView + use<> {
    let rows =
        section.rows.iter().map(|row| row_of_seats(row, &event.price_categories)).collect_view();
    view! {
        <form method="post" action=forms::HOLD_SEATS data-testid="seats-form">
            <input type="hidden" name="event" value=event.id.to_string() />
            <input type="hidden" name="section" value=section.section.number.to_string() />
            <p class="muted small">"Tick up to ten seats. Seats that are taken cannot be ticked."</p>
            <div class="seat-rows">{rows}</div>
            <button class="button button-accent" type="submit" data-testid="hold-seats">
                "Hold these seats"
            </button>
        </form>
    }
}

fn row_of_seats(row: &SectionRow, categories: &[PriceCategory]) -> impl IntoView + use<> {
    let label = row.label.clone();
    let boxes = row.seats.iter().map(|seat| seat_box(&label, seat, categories)).collect_view();
    view! {
        <fieldset class="seat-row">
            <legend>"Row " <b>{label.clone()}</b></legend>
            <ul class="seat-boxes">{boxes}</ul>
        </fieldset>
    }
}

fn seat_box(row: &str, seat: &SeatDetail, categories: &[PriceCategory]) -> impl IntoView + use<> {
    let price = categories.iter().find(|category| category.index == seat.category);
    let price = price.map(|category| category.price.short()).unwrap_or_default();
    let is_free = seat.status == SeatState::Available;
    let state = if is_free { String::new() } else { format!(", {}", spoken(seat.status)) };
    let wheelchair = if seat.accessible { ", wheelchair place" } else { "" };
    let name = format!("Row {row} seat {}, {price}{wheelchair}{state}", seat.label);
    let id = format!("seat-{}", seat.ticket);
    view! {
        <li class=format!("seat-box {}", category_class(seat.category)) class:is-accessible=seat.accessible>
            <input
                type="checkbox"
                id=id.clone()
                name="tickets[]"
                value=seat.ticket.to_string()
                disabled=!is_free
                aria-label=name
                data-testid="seat-checkbox"
            />
            <label for=id aria-hidden="true">{seat.label.clone()}</label>
        </li>
    }
}

const fn spoken(state: SeatState) -> &'static str {
    match state {
        SeatState::Available => "available",
        SeatState::Held => "held by somebody else",
        SeatState::Sold | SeatState::Blocked => "taken",
    }
}

fn standing(
    event: &EventDetail,
    category: &PriceCategory,
    section_number: u32,
) -> impl IntoView + use<> {
    let quantities = (1..=10_u32.min(category.available))
        .map(|number| view! { <option value=number.to_string()>{number.to_string()}</option> })
        .collect_view();
    let is_full = category.available == 0;
    view! {
        <form class="best-form" method="post" action=forms::HOLD_BEST>
            <input type="hidden" name="event" value=event.id.to_string() />
            <input type="hidden" name="section" value=section_number.to_string() />
            <input type="hidden" name="category" value=category.name.clone() />
            <label for="standing-quantity">
                {format!("Standing places at {} each", category.price.short())}
            </label>
            <select id="standing-quantity" name="quantity">{quantities}</select>
            <button class="button button-accent" type="submit" disabled=is_full>
                {if is_full { "None left" } else { "Hold these places" }}
            </button>
        </form>
    }
}
