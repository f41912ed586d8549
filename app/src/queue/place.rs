//! The place of one fan, rendered on the server: for browsers without scripts, and for those who
//! come with a recovery link.

use leptos::prelude::*;

use super::{QueueEvent, STYLE, waiting::fairness};
use crate::{
    api::{Problem, QueueChallenge, QueueNow, QueuePlace},
    plain::{Document, Head, document, grouped, spoken_eta},
};

/// How often the page looks again, in seconds.
const LOOK_AGAIN: u32 = 20;

/// What the page of a place shows.
#[derive(Debug, Clone, Copy)]
pub struct PlaceView<'a> {
    /// The event.
    pub event: &'a QueueEvent,
    /// How the queue stands.
    pub now: &'a QueueNow,
    /// The place, if the browser has one.
    pub place: Option<&'a QueuePlace>,
    /// What went wrong with the form that led here.
    pub problem: Option<&'a Problem>,
}

/// The page at `/queue/{event}/place`.
#[must_use]
pub fn place_page(shown: PlaceView<'_>) -> Document {
    let PlaceView { event, now, place, problem } = shown;
    let head = Head {
        title: format!("Your place · {} · Onsale", event.title),
        style: STYLE,
        script: None,
        refresh_seconds: place.map(|_| LOOK_AGAIN),
    };
    let problem = problem.map(|problem| {
        view! { <p class="queue-problem" role="alert" data-code=problem.code.as_str()>{problem.detail.clone()}</p> }
    });
    let body = view! {
        <div class="queue" data-testid="place-page">
            {event.line()}
            {problem}
            {match place {
                Some(place) => show_place(now, place).into_any(),
                None => no_place(&event.id.to_string()).into_any(),
            }}
        </div>
    };
    document(head, body.into_any())
}

fn no_place(id: &str) -> impl IntoView + use<> {
    view! {
        <section>
            <h2>"You have no place here yet"</h2>
            <p>"Join the queue, or open your recovery link on this device."</p>
            <form method="post" action=format!("/queue/{id}")>
                <button class="button button-accent wide" type="submit" data-testid="join-queue">
                    "Join the queue"
                </button>
            </form>
        </section>
    }
}

fn show_place(now: &QueueNow, place: &QueuePlace) -> impl IntoView + use<> {
    let id = place.event_id;
    let at_front = place.position.is_some_and(|position| position < now.serving_up_to);
    let words = match (place.ahead, at_front) {
        (_, true) => view! {
            <h2>"It is your turn"</h2>
            <form method="post" action=format!("/queue/{id}/place")>
                <button class="button button-accent wide" type="submit" data-testid="enter">
                    "Go to the seats"
                </button>
            </form>
        }
        .into_any(),
        (Some(ahead), false) => view! {
            <p class="queue-label">"Your place in the queue"</p>
            <p class="queue-big" data-testid="place-number">{grouped(ahead + 1)}</p>
            <p class="queue-row">
                <span>{format!("{} went in", grouped(now.serving_up_to))}</span>
                <span>{place.eta.map(spoken_eta).unwrap_or_else(|| "standing".to_owned())}</span>
            </p>
        }
        .into_any(),
        (None, false) => view! {
            <p class="queue-label">"You are in the draw with number"</p>
            <p class="queue-big">{grouped(place.number)}</p>
        }
        .into_any(),
    };
    view! {
        <section>
            {words}
            <p class="queue-card">
                <b>"You can close this page."</b>
                " Your place stays yours. To take it to another device, open this link there: "
                <a href=place.recovery_url.clone() data-testid="recovery-link">"my place"</a>
                ". Whoever has the link has the place."
            </p>
            {fairness(&id.to_string(), now.commitment.is_some())}
        </section>
    }
}

/// The page that asks a browser without scripts for a moment of patience instead of a proof.
#[must_use]
pub fn proof_page(event: &QueueEvent, challenge: &QueueChallenge) -> Document {
    let head = Head {
        title: format!("One moment · {} · Onsale", event.title),
        style: STYLE,
        script: None,
        refresh_seconds: None,
    };
    let id = event.id;
    let body = view! {
        <div class="queue" data-testid="proof-page">
            {event.line()}
            <section>
                <h2>"One moment"</h2>
                <p>
                    {format!(
                        "To keep robots out, browsers solve a small puzzle here. Yours runs no scripts, \
                         so please press the button after {} seconds; you have three minutes.",
                        challenge.wait_seconds,
                    )}
                </p>
                <form method="post" action=format!("/queue/{id}")>
                    <input type="hidden" name="challenge" value=challenge.challenge.clone() />
                    <button class="button button-accent wide" type="submit" data-testid="join-queue">
                        "Join the queue"
                    </button>
                </form>
            </section>
        </div>
    };
    document(head, body.into_any())
}

/// The page behind a recovery link.
#[must_use]
pub fn return_page(event: &QueueEvent, key: &str) -> Document {
    let head = Head {
        title: format!("Your place · {} · Onsale", event.title),
        style: STYLE,
        script: None,
        refresh_seconds: None,
    };
    let id = event.id;
    let body = view! {
        <div class="queue" data-testid="return-page">
            {event.line()}
            <section>
                <h2>"Take your place to this device"</h2>
                <p>"It stays where it is, too; the first device that goes in uses it."</p>
                <form method="post" action=format!("/queue/{id}/return")>
                    <input type="hidden" name="key" value=key.to_owned() />
                    <button class="button button-accent wide" type="submit" data-testid="take-place">
                        "Take my place here"
                    </button>
                </form>
            </section>
        </div>
    };
    document(head, body.into_any())
}
