//! The same seats as a list: sections, then rows, then seats, for keyboards, screen readers and
//! whoever prefers it. Only the open section is written out.

use leptos::{either::Either, ev::KeyboardEvent, prelude::*};
use onsale_domain::{SeatIndex, money::grouped};
use wasm_bindgen::JsCast;

use super::{model::Model, picker::Picker, status::Look};
use crate::{browser, components::category_class};

/// A row of the open section.
#[derive(Debug, Clone, PartialEq, Eq)]
struct ListRow {
    label: String,
    seats: Vec<ListSeat>,
}

/// A seat of the open section.
#[derive(Debug, Clone, PartialEq, Eq)]
struct ListSeat {
    seat: SeatIndex,
    label: String,
    /// "Row G seat 15, €64, available".
    name: String,
    look: Look,
    category: u8,
    is_accessible: bool,
}

fn rows_of(model: &Model, section: usize) -> Vec<ListRow> {
    let Some(section) = model.map.sections.get(section) else { return Vec::new() };
    let rows = section.rows().iter().map(|row| {
        let seats = row.seat_range().zip(&row.seats).map(|(number, seat)| {
            let index = SeatIndex(number);
            let look = model.look(index);
            let price = model.price(index).map(|price| format!(", {}", price.short()));
            let wheelchair = if seat.accessible { ", wheelchair place" } else { "" };
            ListSeat {
                seat: index,
                label: seat.label.clone(),
                name: format!(
                    "Row {} seat {}{}{wheelchair}, {}",
                    row.label,
                    seat.label,
                    price.unwrap_or_default(),
                    look.as_str()
                ),
                look,
                category: seat.category.0,
                is_accessible: seat.accessible,
            }
        });
        ListRow { label: row.label.clone(), seats: seats.collect() }
    });
    rows.collect()
}

/// Sections, each with a button that opens it.
#[component]
pub(super) fn SeatList(picker: Picker) -> impl IntoView {
    let open = RwSignal::new(None::<usize>);
    let names = move || {
        picker.peek(|model| {
            model.map.sections.iter().map(|section| section.name.clone()).collect::<Vec<_>>()
        })
    };
    let sections = names()
        .unwrap_or_default()
        .into_iter()
        .enumerate()
        .map(|(number, name)| view! { <SectionItem picker number name open /> })
        .collect_view();
    view! { <ul class="seat-list" data-testid="seat-list">{sections}</ul> }
}

#[component]
fn SectionItem(
    picker: Picker,
    number: usize,
    name: String,
    open: RwSignal<Option<usize>>,
) -> impl IntoView {
    let is_open = Memo::new(move |_| open.get() == Some(number));
    let left = Memo::new(move |_| {
        picker
            .read(|model| model.tallies.by_section.get(number).copied())
            .flatten()
            .unwrap_or_default()
    });
    let is_standing = picker.peek(|model| model.is_standing(number)).unwrap_or_default();
    let toggle = move |_| open.set(if is_open.get_untracked() { None } else { Some(number) });
    let content = move || {
        is_open.get().then(|| {
            if is_standing {
                Either::Left(view! { <StandingItem picker number /> })
            } else {
                Either::Right(view! { <Rows picker number /> })
            }
        })
    };
    view! {
        <li>
            <button
                class="list-section"
                type="button"
                aria-expanded=move || is_open.get().to_string()
                on:click=toggle
                data-testid="list-section"
            >
                <b>{name}</b>
                <span class="muted number">
                    {move || format!("{} left", grouped(i64::from(left.get())))}
                </span>
            </button>
            {content}
        </li>
    }
}

#[component]
fn StandingItem(picker: Picker, number: usize) -> impl IntoView {
    let add = move |_| {
        let tapped = picker.change(|model| model.add_standing(number, browser::random_unit()));
        if let Some(tapped) = tapped {
            picker.explain(tapped);
        }
    };
    view! {
        <p class="list-standing">
            <button class="button button-small" type="button" on:click=add>"Add a standing place"</button>
        </p>
    }
}

#[component]
fn Rows(picker: Picker, number: usize) -> impl IntoView {
    let rows = Memo::new(move |_| picker.read(|model| rows_of(model, number)).unwrap_or_default());
    view! {
        <div class="list-rows" on:keydown=move_focus>
            {move || {
                rows.get().into_iter().map(|row| view! { <RowItem picker row /> }).collect_view()
            }}
        </div>
    }
}

#[component]
fn RowItem(picker: Picker, row: ListRow) -> impl IntoView {
    let name = format!("Row {}", row.label);
    let seats = row
        .seats
        .into_iter()
        .enumerate()
        .map(|(position, seat)| {
            let index = seat.seat;
            let class = format!("list-seat {}", category_class(seat.category));
            view! {
                <button
                    class=class
                    class:is-accessible=seat.is_accessible
                    type="button"
                    aria-label=seat.name
                    aria-pressed=(seat.look == Look::Yours).to_string()
                    aria-disabled=matches!(seat.look, Look::Held | Look::Taken).to_string()
                    // One stop of the Tab key a row; arrows go on from there.
                    tabindex=if position == 0 { "0" } else { "-1" }
                    data-seat=index.to_string()
                    on:click=move |_| picker.toggle(index)
                >
                    {seat.label}
                </button>
            }
        })
        .collect_view();
    view! {
        <div class="list-row" role="group" aria-label=name>
            <b class="list-row-label" aria-hidden="true">{row.label}</b>
            <div class="list-row-seats">{seats}</div>
        </div>
    }
}

/// Arrow keys: left and right along the row, up and down to the same place of the next row.
fn move_focus(event: KeyboardEvent) {
    let Some(current) = document().active_element() else { return };
    let target = match event.key().as_str() {
        "ArrowRight" => current.next_element_sibling(),
        "ArrowLeft" => current.previous_element_sibling(),
        "ArrowDown" => across(&current, |row| row.next_element_sibling()),
        "ArrowUp" => across(&current, |row| row.previous_element_sibling()),
        "Home" => current.parent_element().and_then(|seats| seats.first_element_child()),
        "End" => current.parent_element().and_then(|seats| seats.last_element_child()),
        _ => return,
    };
    event.prevent_default();
    if let Some(target) = target.and_then(|target| target.dyn_into::<web_sys::HtmlElement>().ok()) {
        let _ = target.focus();
    }
}

/// The seat at the same place in another row, or that row's last.
fn across(
    seat: &web_sys::Element,
    next_row: impl Fn(&web_sys::Element) -> Option<web_sys::Element>,
) -> Option<web_sys::Element> {
    let seats = seat.parent_element()?;
    let row = next_row(&seats.parent_element()?)?;
    let mut target = row.last_element_child()?.first_element_child()?;
    let mut before = seat.previous_element_sibling();
    while let Some(earlier) = before {
        before = earlier.previous_element_sibling();
        match target.next_element_sibling() {
            Some(next) => target = next,
            None => break,
        }
    }
    Some(target)
}
