//! The little that islands ask of the browser besides drawing. Nothing here may be called while a
//! page is rendered on the server: only from effects and event handlers.

pub(crate) mod events;
pub(crate) mod fetch;

use std::time::Duration;

use leptos::prelude::*;

/// Milliseconds of the browser's clock since 1970.
pub(crate) fn now_millis() -> f64 {
    js_sys::Date::now()
}

/// Notes in the browser's timeline that something has been reached.
pub(crate) fn mark_time(name: &str) {
    if let Some(performance) = window().performance() {
        let _ = performance.mark(name);
    }
}

/// A number from 0 to 1, 1 excluded.
pub(crate) fn random_unit() -> f64 {
    js_sys::Math::random()
}

/// A key that no other request has.
pub(crate) fn random_key() -> String {
    window().crypto().map_or_else(
        // Without a secure context there is no crypto; chance and the clock must do.
        |_| format!("{:x}-{:x}", random_unit().to_bits(), now_millis().to_bits()),
        |crypto| crypto.random_uuid(),
    )
}

/// `<html>`.
#[cfg(feature = "hydrate")]
pub(crate) fn root_element() -> Option<web_sys::Element> {
    document().document_element()
}

/// Says to tests that what is inside the element is live.
pub(crate) fn mark_hydrated(element: Option<web_sys::Element>) {
    if let Some(element) = element {
        let _ = element.set_attribute("data-hydrated", "true");
    }
}

/// Calls `then` once, later.
pub(crate) fn after_millis(millis: u64, then: impl FnOnce() + 'static) {
    set_timeout(then, Duration::from_millis(millis));
}

/// Calls `tick` again and again until the owner is cleaned up.
pub(crate) fn every_millis(millis: u64, tick: impl Fn() + 'static) {
    if let Ok(handle) = set_interval_with_handle(tick, Duration::from_millis(millis)) {
        on_cleanup(move || handle.clear());
    }
}

/// Whether the tab can be seen. Nothing is polled for a tab in the background.
pub(crate) fn is_visible() -> bool {
    document().visibility_state() == web_sys::VisibilityState::Visible
}

/// Whether people asked their system for less movement.
pub(crate) fn prefers_reduced_motion() -> bool {
    window()
        .match_media("(prefers-reduced-motion: reduce)")
        .ok()
        .flatten()
        .is_some_and(|query| query.matches())
}

/// On a phone, scrolls until the element is at the upper edge: a sheet may cover what is below.
pub(crate) fn bring_to_top_on_phones(element: Option<&web_sys::HtmlElement>) {
    let is_phone = window().match_media("(max-width: 820px)").ok().flatten();
    if let Some(element) = element.filter(|_| is_phone.is_some_and(|query| query.matches())) {
        element.scroll_into_view();
    }
}

/// Leaves for another page.
pub(crate) fn navigate(address: &str) {
    let _ = window().location().set_href(address);
}
