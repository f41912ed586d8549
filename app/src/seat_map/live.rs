//! Loading the map, and keeping it up to date while somebody looks at it.
//!
//! The box office tells every change as it happens. What it tells before the map is there is kept
//! and applied then, so nothing falls between the two. After a gap the whole is asked for. While
//! nothing is told (no stream, or nobody behind it who knows), the map asks every few seconds. A tab
//! in the background does neither.

use leptos::{ev, prelude::*, task::spawn_local};
use onsale_domain::{Availability, AvailabilityDelta, Money, seat_map::SeatMap};

use super::{
    canvas::CanvasSurface,
    model::Model,
    picker::{Link, Picker},
};
use crate::browser::{
    self,
    events::{EventStream, from_base64},
    fetch::{self, Call, FetchError},
};

/// How often availability is asked for while nobody tells it. The edge answers from its cache.
const POLL_MILLIS: u64 = 3_000;
/// The pause before asking for the whole after a gap: what an edge has may be so old.
const RESYNC_MILLIS: u64 = 1_500;
/// Changes that are kept while the map is on its way.
const MOST_EARLY: usize = 256;

/// What keeps the map up to date.
#[derive(Clone, Copy)]
struct Feed {
    picker: Picker,
    stream: StoredValue<Option<EventStream>, LocalStorage>,
    early: StoredValue<Vec<AvailabilityDelta>>,
    is_asking: StoredValue<bool>,
    is_resyncing: StoredValue<bool>,
}

/// Loads the map, then keeps it up to date for as long as the page is open and in view.
pub(super) fn keep_up_to_date(picker: Picker) {
    let feed = Feed {
        picker,
        stream: StoredValue::new_local(None),
        early: StoredValue::new(Vec::new()),
        is_asking: StoredValue::new(false),
        is_resyncing: StoredValue::new(false),
    };
    feed.listen();
    load(picker);
    browser::every_millis(POLL_MILLIS, move || {
        if browser::is_visible() && !feed.is_live() {
            feed.ask();
        }
    });
    let seen = window_event_listener_untyped("visibilitychange", move |_| feed.seen_or_not());
    let resized = window_event_listener(ev::resize, move |_| picker.ask_for_frame());
    on_cleanup(move || {
        seen.remove();
        resized.remove();
        feed.stream.set_value(None);
    });
    redraw_in_new_colors(picker);
    redraw_in_new_fonts(picker);
    // What came before the map did.
    Effect::new(move |_| {
        if picker.link.get() == Link::Live {
            let early = feed.early.try_update_value(std::mem::take).unwrap_or_default();
            early.iter().for_each(|delta| feed.learn(delta));
        }
    });
}

impl Feed {
    /// Whether changes are told, so that nobody has to ask.
    fn is_live(self) -> bool {
        let is_open =
            self.stream.with_value(|stream| stream.as_ref().is_some_and(|it| it.is_open()));
        is_open && self.picker.is_told.get_untracked()
    }

    fn listen(self) {
        let event = self.picker.event.with_value(|event| event.id);
        let take = move |name: &'static str, data: &str| match name {
            "delta" => self.take(data),
            "pulse" => self.picker.is_told.set(data == "live"),
            _ => self.resync(),
        };
        let names = ["delta", "pulse", "resync"];
        let stream = EventStream::open(&format!("/api/events/{event}/live"), &names, take);
        self.stream.set_value(stream);
    }

    fn take(self, data: &str) {
        let bytes = from_base64(data);
        let delta = bytes.and_then(|bytes| AvailabilityDelta::from_bytes(&bytes).ok());
        match delta {
            None => self.resync(),
            Some(delta) if self.picker.peek(|_| ()).is_none() => {
                self.early.update_value(|early| {
                    // The last ones are worth the most: a gap before them is found and mended.
                    if early.len() >= MOST_EARLY {
                        early.remove(0);
                    }
                    early.push(delta);
                });
            }
            Some(delta) => self.learn(&delta),
        }
    }

    fn learn(self, delta: &AvailabilityDelta) {
        let is_known = self.picker.peek(|model| {
            let known = &model.availability;
            known.epoch == delta.epoch && known.version >= delta.version
        });
        if is_known == Some(true) {
            return;
        }
        match self.picker.learn(delta).flatten() {
            Some(news) => self.picker.tell(&news),
            None => self.resync(),
        }
    }

    /// Asks for the whole, once, after a moment.
    fn resync(self) {
        if self.is_resyncing.get_value() {
            return;
        }
        self.is_resyncing.set_value(true);
        browser::after_millis(RESYNC_MILLIS, move || {
            self.is_resyncing.set_value(false);
            self.ask();
        });
    }

    fn ask(self) {
        let is_ready = self.picker.peek(|_| ()).is_some();
        if is_ready && !self.is_asking.get_value() {
            self.is_asking.set_value(true);
            spawn_local(async move {
                ask(self.picker).await;
                self.is_asking.set_value(false);
            });
        }
    }

    /// Nothing is told to a tab in the background; when it comes to the front again it asks.
    fn seen_or_not(self) {
        if browser::is_visible() {
            if self.stream.with_value(Option::is_none) {
                self.listen();
                self.ask();
            }
        } else {
            self.stream.set_value(None);
        }
    }
}

/// Loads geometry and availability and opens the map.
pub(super) fn load(picker: Picker) {
    picker.link.set(Link::Loading);
    spawn_local(async move {
        match fetch_model(picker).await {
            Ok(model) => {
                browser::mark_time("seat-map-decoded");
                picker.open(model);
            }
            Err(_) => picker.link.set(Link::Broken),
        }
    });
}

async fn fetch_model(picker: Picker) -> Result<Model, FetchError> {
    let event = picker.event.get_value();
    let ask = |path| fetch::bytes(Call { path, ..Call::default() });
    let geometry = ask(&event.geometry_url);
    let seats = ask(&event.availability_url);
    let (geometry, seats) = (geometry.await?, seats.await?);
    browser::mark_time("seat-map-loaded");
    let map = SeatMap::from_bytes(&geometry).map_err(|_| FetchError::Unreadable)?;
    let availability = Availability::from_bytes(&seats).map_err(|_| FetchError::Unreadable)?;
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
    let call = Call { path: &path, is_fresh: true, ..Call::default() };
    let bytes = fetch::bytes(call).await;
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
        let redraw = wasm_bindgen::closure::Closure::<dyn Fn()>::new(move || {
            picker.change_looks(CanvasSurface::change_colors);
        });
        query.set_onchange(Some(wasm_bindgen::JsCast::unchecked_ref(redraw.as_ref())));
        redraw.forget();
    }
}

/// Letters that were drawn before the page's font was there are drawn anew.
fn redraw_in_new_fonts(picker: Picker) {
    if let Ok(ready) = document().fonts().ready() {
        spawn_local(async move {
            if wasm_bindgen_futures::JsFuture::from(ready).await.is_ok() {
                picker.change_looks(CanvasSurface::change_fonts);
            }
        });
    }
}
