//! The island: the map, its list, its legend, and the order.

use leptos::{html, prelude::*};

use super::{
    PickerEvent,
    legend::Legend,
    live,
    map_view::MapView,
    order_panel::OrderPanel,
    picker::{Link, Picker},
    seat_list::SeatList,
    toolbar::Toolbar,
};
use crate::browser;

/// Picks seats of an event and holds them.
#[island]
pub fn SeatPicker(
    /// The event.
    event: PickerEvent,
) -> impl IntoView {
    let picker = Picker::new(event);
    let root = NodeRef::<html::Div>::new();
    Effect::new(move |_| {
        if let Some(root) = root.get() {
            live::keep_up_to_date(picker);
            browser::mark_hydrated(Some(root.into()));
        }
    });
    view! {
        <div class="picker needs-script" node_ref=root data-testid="picker">
            <section
                class="panel picker-map"
                class:is-list=move || picker.is_list.get()
                aria-label="Seats"
            >
                <Toolbar picker />
                <MapView picker />
                {move || picker.is_list.get().then(|| view! { <SeatList picker /> })}
                <Legend picker />
                <LiveLine picker />
                <p class="visually-hidden" aria-live="polite" data-testid="announcement">
                    {move || picker.announcement.get()}
                </p>
            </section>
            <OrderPanel picker />
        </div>
    }
}

/// One line that says whether the map is live, and what just happened to other people's seats.
#[component]
fn LiveLine(picker: Picker) -> impl IntoView {
    let class = move || match picker.link.get() {
        Link::Live => "live-line is-live",
        Link::Loading => "live-line",
        Link::Offline | Link::Broken => "live-line is-offline",
    };
    let words = move || match picker.link.get() {
        Link::Loading => "The map is on its way …".to_owned(),
        Link::Broken => {
            "The map could not be loaded. The sections below work without it.".to_owned()
        }
        Link::Offline => {
            "We cannot reach the box office. You see the seats as we last knew them.".to_owned()
        }
        Link::Live => match picker.ticker.get() {
            ticker if ticker.is_empty() => "Live".to_owned(),
            ticker => format!("Live · {ticker}"),
        },
    };
    view! {
        <p class=class data-told=move || picker.is_told.get().to_string()>
            <span class="live-dot" aria-hidden="true"></span>
            <span>{words}</span>
            {move || (picker.link.get() == Link::Broken).then(|| view! {
                <button class="link-button" type="button" on:click=move |_| live::load(picker)>
                    "Try again"
                </button>
            })}
        </p>
    }
}
