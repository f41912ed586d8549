//! The waiting page: every state of it is in the document, and the script shows the right one.

use leptos::prelude::*;

use super::QueueEvent;
use crate::{
    api::QueueNow,
    plain::{Document, document},
};

/// What is said while nobody is let in.
pub(super) const PAUSED: &str = "The queue stands for the moment. Your place is kept.";
/// What is said to whoever was called and did not come.
pub(super) const PASSED: &str =
    "It was kept for you for a while. You can join again, at the end of the queue.";

/// The page at `/queue/{event}`: the same for everybody.
#[must_use]
pub fn waiting_page(event: &QueueEvent, now: &QueueNow) -> Document {
    let id = event.id.to_string();
    let head = event.head("Queue", Some("/queue.js"));
    let is_drawn = now.commitment.is_some();
    let now = serde_json::to_string(now).unwrap_or_default();
    let body = view! {
        <div id="queue" class="queue" data-testid="queue" data-event=id.clone() data-now=now data-view="join">
            {event.line()}
            {join_view(&id)}
            {sold_out_view()}
            {place_view()}
            {front_view(&id)}
            {other_views(&id)}
            <p id="queue-say" class="visually-hidden" role="status" aria-live="polite"></p>
            <p id="queue-problem" class="queue-problem" role="alert" hidden></p>
            {fairness(&id, is_drawn)}
        </div>
    };
    document(head, body.into_any())
}

/// Why the order is fair.
pub(super) fn fairness(id: &str, is_drawn: bool) -> AnyView {
    if is_drawn {
        view! {
            <p class="queue-small">
                "Places are drawn from a seed that is promised beforehand. "
                <a href=format!("/queue/{id}/verify")>"Check the draw yourself"</a>
            </p>
        }
        .into_any()
    } else {
        view! { <p class="queue-small">"Everybody stands in the order of coming."</p> }.into_any()
    }
}

fn join_view(id: &str) -> impl IntoView + use<> {
    view! {
        <section data-when="join" aria-labelledby="join-title">
            <h2 id="join-title">"Many people want these seats"</h2>
            <p id="join-words">
                "So that everybody gets a fair chance, we let people in one after the other. "
                "Join the queue; it costs nothing, and you can close this page while you wait."
            </p>
            <form id="join-form" method="post" action=format!("/queue/{id}")>
                <button class="button button-accent wide" type="submit" data-testid="join-queue">
                    "Join the queue"
                </button>
            </form>
            <p class="queue-small">
                <a href=format!("/queue/{id}/place")>"I have a place already"</a>
            </p>
        </section>
        <section data-when="announced" hidden>
            <h2>"The queue is not open yet"</h2>
            <p>"It opens in " <b data-testid="opens-in" id="joins-in">"a while"</b> "."</p>
            <p>
                "You need not be early: all who join before the sale opens are drawn, and the first "
                "has no better chance than the last."
            </p>
        </section>
    }
}

fn sold_out_view() -> impl IntoView {
    view! {
        <section data-when="sold-out" hidden data-testid="queue-sold-out">
            <h2>"Every seat is gone"</h2>
            <p>
                "Some may come back when people do not pay. If you stay, you keep your place and "
                "are called when they do."
            </p>
        </section>
    }
}

fn place_view() -> impl IntoView {
    view! {
        <section data-when="drawing" hidden data-testid="in-draw">
            <p class="queue-label">"You are in the draw with number"</p>
            <p class="queue-big" id="draw-number">"–"</p>
            <p>"Places are drawn in " <b id="draw-in">"a while"</b> ". Then you will see yours here."</p>
        </section>
        <section data-when="place sold-out" hidden data-testid="queue-place">
            <p class="queue-label" id="place-label">"Your place in the queue"</p>
            <p class="queue-big" id="place-number" data-testid="place-number">"–"</p>
            <div
                class="queue-bar"
                role="progressbar"
                aria-label="How far the queue has come"
                aria-valuemin="0"
                aria-valuemax="100"
                id="place-bar"
            >
                <span id="place-fill"></span>
            </div>
            <p class="queue-row">
                <span id="place-gone"></span>
                <span id="place-eta" data-testid="place-eta"></span>
            </p>
            <p class="queue-note" id="place-paused" hidden>{PAUSED}</p>
        </section>
        <section data-when="drawing place sold-out" hidden>
            <p class="queue-card">
                <b>"You can close this page."</b>
                " Your place stays yours, on any device. We will tell you when it is your turn "
                "if you leave it open."
            </p>
            <button class="button button-line wide" type="button" id="save-place" data-testid="save-place">
                "Save my place to another device"
            </button>
            <p class="queue-link" id="save-link" hidden>
                <label for="save-url">"Open this link there. Whoever has it has your place."</label>
                <input id="save-url" data-testid="recovery-url" readonly />
            </p>
            <button class="button button-line wide" type="button" id="allow-notify" hidden>
                "Notify me when it is my turn"
            </button>
        </section>
    }
}

fn front_view(id: &str) -> impl IntoView + use<> {
    view! {
        <section class="queue-front" data-when="front" hidden data-testid="queue-front">
            <h2>"It is your turn"</h2>
            <p id="front-words">
                "Your turn is kept for " <b id="front-left">"some minutes"</b>
                " from when it came. Once you go in, you have time of your own to choose seats."
            </p>
            <form id="enter-form" method="post" action=format!("/queue/{id}/place")>
                <button class="button button-accent wide" type="submit" data-testid="enter">
                    "Go to the seats"
                </button>
            </form>
            <p class="queue-note" id="front-wait" hidden>"One moment, the door is opening…"</p>
        </section>
    }
}

fn other_views(id: &str) -> impl IntoView + use<> {
    let again = move || {
        view! {
            <button class="button button-line wide" type="button" data-again>"Join again"</button>
        }
    };
    view! {
        <section data-when="passed" hidden data-testid="queue-passed">
            <h2>"Your turn has passed"</h2>
            <p>{PASSED}</p>
            {again()}
        </section>
        <section data-when="void" hidden>
            <h2>"The queue was started anew"</h2>
            <p>"Earlier places are no longer good, for anybody. Please join again."</p>
            {again()}
        </section>
        <section data-when="closed" hidden data-testid="queue-closed">
            <h2>"The queue takes nobody else"</h2>
            <p>"Thank you for coming. Seats that come back will be on the event's page."</p>
        </section>
        <section data-when="off" hidden data-testid="queue-off">
            <h2>"There is no queue now"</h2>
            <p>"You can go straight to the seats."</p>
            <a class="button button-accent wide" href=format!("/events/{id}")>"Go to the seats"</a>
        </section>
    }
}

#[cfg(test)]
pub(super) mod tests {
    use onsale_domain::{
        EventId,
        waiting_room::{Pace, Phase},
    };

    use super::*;
    use crate::Assets;

    /// A room that is open, with a draw behind it.
    pub(in crate::queue) fn open() -> QueueNow {
        QueueNow {
            event_id: EventId(1),
            phase: Phase::Open,
            epoch: 1,
            serving_up_to: 1_234_567,
            expired_below: 0,
            next_number: 10_000_000,
            joins_at: None,
            opens_at: None,
            commitment: Some("0".repeat(64)),
            seed: Some("0".repeat(64)),
            drawn_count: Some(9_000_000),
            draw_version: 1,
            pace: Pace { per_minute: 600.0, spread: 0.1 },
            sold_out: false,
            grace_seconds: 600,
            proof_bits: 16,
            near_front: 1_800,
            poll_seconds: 30,
        }
    }

    pub(in crate::queue) fn event() -> QueueEvent {
        QueueEvent {
            id: EventId(1),
            title: "Ada Lindqvist: Undertow, with the Orchestra of the North".repeat(2),
            when_and_where: "Thu 10 Dec · 20:00 · Meridian Arena".to_owned(),
            genre: "Pop".to_owned(),
        }
    }

    #[test]
    fn the_document_is_light() {
        let names = [("/queue.js", "/queue.0123456789abcdef.js")];
        let names = names.map(|(written, named)| (written.to_owned(), named.to_owned()));
        let assets = Assets::new(names.into());
        let page = waiting_page(&event(), &open());
        assert_eq!(
            page.links(&assets),
            "</onsale.css>; rel=preload; as=style, </queue.css>; rel=preload; as=style, \
             </queue.0123456789abcdef.js>; rel=modulepreload"
        );
        let page = page.html(&assets);
        assert!(page.len() < 15_000, "{} bytes", page.len());
        assert!(page.starts_with("<!DOCTYPE html>"), "{}", &page[..40]);
        assert!(page.contains("data-testid=\"join-queue\""));
        assert!(!page.contains(".wasm"), "no WASM");
        assert!(page.contains("\"/queue.0123456789abcdef.js\""), "{page}");
    }
}
