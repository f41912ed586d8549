//! The `/` key brings people to the search box.

use leptos::{ev, prelude::*};

use crate::browser;

/// The id of the search box in the header.
pub(crate) const SEARCH_BOX_ID: &str = "site-search";

/// Shows the key and listens for it, except while somebody is typing.
#[island]
pub fn SearchShortcut() -> impl IntoView {
    Effect::new(|_| {
        let handle = window_event_listener(ev::keydown, |event| {
            let with_modifier = event.ctrl_key() || event.meta_key() || event.alt_key();
            if event.key() == "/" && !with_modifier && !browser::is_typing() {
                event.prevent_default();
                browser::focus(SEARCH_BOX_ID);
            }
        });
        on_cleanup(move || handle.remove());
    });
    view! { <kbd class="needs-script" aria-hidden="true">"/"</kbd> }
}
