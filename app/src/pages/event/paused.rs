//! What the page says while nobody can say how things are: the seats as they were known last.

use leptos::prelude::*;

use crate::api::LastKnown;

/// Says when the seats were like this, and that buying is paused.
#[component]
pub(super) fn PausedNotice(last_known: LastKnown) -> impl IntoView {
    view! {
        <section class="notice notice-warn" data-testid="last-known">
            <div>
                <h2>"Buying is paused for a moment"</h2>
                <p>
                    "When this page was made, the seats were known as of "
                    <time datetime=last_known.at.to_string()>{last_known.local.time}</time>
                    ". Seats that you hold or have paid for are safe, and buying goes on by itself: \
                     leave this page open."
                </p>
            </div>
        </section>
    }
}
