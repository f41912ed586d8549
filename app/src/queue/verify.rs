//! The page on which anybody can check the draw.

use leptos::prelude::*;

use super::QueueEvent;
use crate::{
    api::QueueNow,
    plain::{Document, document},
};

/// The page at `/queue/{event}/verify`: the same for everybody.
#[must_use]
pub fn verify_page(event: &QueueEvent, now: &QueueNow) -> Document {
    let id = event.id.to_string();
    let head = event.head("Check the draw", Some("/verify.js"));
    let text = |value: &Option<String>, else_say: &str| {
        value.clone().unwrap_or_else(|| else_say.to_owned())
    };
    let commitment = text(&now.commitment, "there is no draw");
    let seed = text(&now.seed, "secret until the sale opens");
    let count = now.drawn_count.map_or_else(|| "not frozen yet".to_owned(), |n| n.to_string());
    let body = view! {
        <div id="verify" class="queue" data-testid="verify" data-event=id.clone()>
            {event.line()}
            <h2>"Check the draw yourself"</h2>
            <p id="verify-words" hidden=now.commitment.is_none()>
                "Everybody who joins before the sale opens gets a number. When it opens, the numbers "
                "are shuffled, and nobody can choose how: the shuffle follows from a secret "
                <b>"seed"</b> " whose fingerprint, the " <b>"commitment"</b>
                ", was published before the first number was given out."
            </p>
            <dl id="verify-facts" class="verify-facts" hidden=now.commitment.is_none()>
                <dt>"Commitment"</dt>
                <dd><code data-testid="commitment">{commitment}</code></dd>
                <dt>"Seed"</dt>
                <dd><code data-testid="seed">{seed}</code></dd>
                <dt>"Numbers in the draw (N)"</dt>
                <dd><code data-testid="drawn-count">{count}</code></dd>
            </dl>
            <p id="verify-seed" class="queue-note" data-testid="verify-seed" role="status"></p>
            <form id="verify-form" class="verify-form" hidden>
                <label for="verify-number">"A number, yours or anybody's"</label>
                <input id="verify-number" inputmode="numeric" pattern="[0-9]*" required />
                <button class="button button-accent" type="submit">"Compute its place"</button>
            </form>
            <p id="verify-answer" class="queue-big" data-testid="verify-answer" aria-live="polite"></p>
            <ol id="verify-steps" class="verify-steps"></ol>
            <noscript>
                <p class="queue-card">
                    "Your browser runs no scripts. The program " <code>"onsale queue verify"</code>
                    " computes the same without any network, for one number or for all."
                </p>
            </noscript>
            <p class="queue-small"><a href=format!("/queue/{id}")>"Back to the queue"</a></p>
        </div>
    };
    document(head, body.into_any())
}
