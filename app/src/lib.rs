//! The pages and islands that fans see: rendered on the server, brought to life in the browser.
//!
//! Pages are made by the server alone, whole and the same for everybody, so that an edge can
//! cache them. What must be alive is an island: the seat map with its order panel, the booking
//! with its countdown, the shortcut of the search box. Only islands are compiled to WASM.

// Deeply nested views make deeply nested types.
#![recursion_limit = "256"]
#![allow(
    clippy::result_large_err,
    reason = "a problem is made at most once a request, and boxes at every door are noise"
)]

#[cfg(feature = "ssr")]
pub mod admin;
pub mod api;
#[cfg(feature = "ssr")]
mod assets;
#[cfg(feature = "ssr")]
pub mod backend;
mod booking;
mod browser;
#[cfg(feature = "ssr")]
mod clock;
mod components;
mod forms;
mod links;
#[cfg(feature = "ssr")]
mod pages;
#[cfg(feature = "ssr")]
mod plain;
#[cfg(feature = "ssr")]
pub mod poster;
#[cfg(feature = "ssr")]
pub mod queue;
#[cfg(feature = "ssr")]
mod routes;
mod seat_map;
#[cfg(feature = "ssr")]
pub mod server_fns;
#[cfg(feature = "ssr")]
mod shell;

#[cfg(feature = "ssr")]
pub use assets::Assets;
#[cfg(feature = "ssr")]
pub use plain::Document;
#[cfg(feature = "ssr")]
pub use routes::App;
#[cfg(feature = "ssr")]
pub use shell::{PublicOrigin, shell};

/// Brings the islands of a page to life. The script that the server puts into every page calls
/// it once; `<html data-hydrated="true">` says when all islands are live.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_islands();
    // The islands are woken in the same task, after this returns; the mark waits for the next.
    browser::after_millis(0, || browser::mark_hydrated(browser::root_element()));
}
