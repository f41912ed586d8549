//! Above the map: map or list, the search for the best seats, and zoom.

use leptos::{ev, html, prelude::*};
use onsale_domain::limits::MAX_TICKETS_PER_BOOKING;

use super::picker::Picker;
use crate::components::{Glyph, Icon};

/// How much one press of a button zooms.
const ZOOM_STEP: f32 = 1.6;
/// The most seats that can be looked for.
const MOST: u16 = MAX_TICKETS_PER_BOOKING as u16;

/// Map or list, best together, zoom.
#[component]
pub(super) fn Toolbar(picker: Picker) -> impl IntoView {
    let show = move |list: bool| {
        move |_| {
            picker.is_list.set(list);
            picker.ask_for_frame();
        }
    };
    let pressed = move |list: bool| move || (picker.is_list.get() == list).to_string();
    view! {
        <div class="toolbar">
            <div class="segments" role="group" aria-label="Show seats as">
                <button type="button" aria-pressed=pressed(false) on:click=show(false) data-testid="show-map">
                    "Map"
                </button>
                <button type="button" aria-pressed=pressed(true) on:click=show(true) data-testid="show-list">
                    "List"
                </button>
            </div>
            <BestTogether picker />
            <div class="zoom" role="group" aria-label="Zoom">
                <ZoomButton picker name="Closer" glyph=Glyph::Plus factor=ZOOM_STEP />
                <ZoomButton picker name="Further away" glyph=Glyph::Minus factor=1.0 / ZOOM_STEP />
                <button
                    class="square-button"
                    type="button"
                    aria-label="Show everything"
                    on:click=move |_| picker.fly(|model, now| model.viewport.fly_to_everything(now))
                >
                    <Icon glyph=Glyph::Fit />
                </button>
            </div>
        </div>
    }
}

#[component]
fn ZoomButton(picker: Picker, name: &'static str, glyph: Glyph, factor: f32) -> impl IntoView {
    view! {
        <button
            class="square-button"
            type="button"
            aria-label=name
            on:click=move |_| picker.fly(move |model, now| model.viewport.fly_by(factor, now))
        >
            <Icon glyph />
        </button>
    }
}

#[component]
fn BestTogether(picker: Picker) -> impl IntoView {
    let input = NodeRef::<html::Input>::new();
    let set = move |quantity: u16| picker.set_quantity(quantity.clamp(1, MOST));
    let step =
        move |by: i16| move |_| set(picker.quantity.get_untracked().saturating_add_signed(by));
    let typed = move |_| {
        let typed = input.get_untracked().and_then(|input| input.value().parse().ok());
        set(typed.unwrap_or_else(|| picker.quantity.get_untracked()));
    };
    let find = move |event: ev::SubmitEvent| {
        event.prevent_default();
        picker.find_best();
    };
    let is_open = picker.event.with_value(|event| event.is_open);
    view! {
        <form class="best" on:submit=find aria-label="Find the best seats together">
            <label for="best-quantity">"Best"</label>
            <span class="stepper">
                <button type="button" aria-label="One fewer" on:click=step(-1)>"−"</button>
                <input
                    node_ref=input
                    id="best-quantity"
                    type="number"
                    min="1"
                    max=MOST.to_string()
                    value="2"
                    prop:value=move || picker.quantity.get().to_string()
                    on:input=typed
                    data-testid="best-quantity"
                />
                <button type="button" aria-label="One more" on:click=step(1)>"+"</button>
            </span>
            <span class="best-words">"together"</span>
            <button class="button button-small" type="submit" disabled=!is_open data-testid="best-find">
                "Find"
            </button>
        </form>
    }
}
