//! Loading the map, and keeping it up to date while somebody looks at it.

use leptos::{ev, prelude::*, task::spawn_local};
use onsale_domain::{Availability, Money, seat_map::SeatMap};

use super::{
    model::Model,
    picker::{Link, Picker},
};
use crate::browser::{
    self,
    fetch::{self, FetchError},
};

/// How often availability is asked for. The edge answers from its cache.
const POLL_MILLIS: u64 = 3_000;

/// Loads the map, then asks for news for as long as the page is open and in view.
pub(super) fn keep_up_to_date(picker: Picker) {
    load(picker);
    let is_asking = StoredValue::new(false);
    browser::every_millis(POLL_MILLIS, move || {
        let is_ready = picker.peek(|_| ()).is_some();
        if is_ready && browser::is_visible() && !is_asking.get_value() {
            is_asking.set_value(true);
            spawn_local(async move {
                ask(picker).await;
                is_asking.set_value(false);
            });
        }
    });
    let resized = window_event_listener(ev::resize, move |_| picker.ask_for_frame());
    on_cleanup(move || resized.remove());
    redraw_in_new_colors(picker);
}

/// Loads geometry and availability and opens the map.
pub(super) fn load(picker: Picker) {
    picker.link.set(Link::Loading);
    spawn_local(async move {
        match fetch_model(picker).await {
            Ok(model) => picker.open(model),
            Err(_) => picker.link.set(Link::Broken),
        }
    });
}

async fn fetch_model(picker: Picker) -> Result<Model, FetchError> {
    let event = picker.event.get_value();
    let geometry = fetch::bytes(&event.geometry_url);
    let seats = fetch::bytes(&event.availability_url);
    let map = SeatMap::from_bytes(&geometry.await?).map_err(|_| FetchError::Unreadable)?;
    let availability =
        Availability::from_bytes(&seats.await?).map_err(|_| FetchError::Unreadable)?;
    let mut prices: Vec<Option<Money>> = vec![None; map.categories.len()];
    for category in &event.categories {
        if let Some(price) = prices.get_mut(usize::from(category.index)) {
            *price = Some(category.price);
        }
    }
    Ok(Model::new(map, availability, prices, event.is_open))
}

async fn ask(picker: Picker) {
    let path = picker.event.with_value(|event| event.availability_url.clone());
    let bytes = fetch::bytes(&path).await;
    let availability = bytes.ok().and_then(|bytes| Availability::from_bytes(&bytes).ok());
    let Some(availability) = availability else {
        picker.link.set(Link::Offline);
        return;
    };
    if picker.link.get_untracked() != Link::Live {
        picker.link.set(Link::Live);
    }
    if picker.peek(|model| model.availability != availability) == Some(true)
        && let Some(news) = picker.change(|model| model.learn(availability))
    {
        picker.tell(&news);
    }
}

/// The canvas has no style sheet: when the system turns dark it must be drawn anew.
fn redraw_in_new_colors(picker: Picker) {
    let query = window().match_media("(prefers-color-scheme: dark)").ok().flatten();
    if let Some(query) = query {
        let redraw =
            wasm_bindgen::closure::Closure::<dyn Fn()>::new(move || picker.ask_for_frame());
        query.set_onchange(Some(wasm_bindgen::JsCast::unchecked_ref(redraw.as_ref())));
        redraw.forget();
    }
}
