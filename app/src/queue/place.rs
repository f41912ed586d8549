//! The place of one fan, rendered on the server: for browsers without scripts, and for those who
//! come with a recovery link.

use leptos::prelude::*;
use onsale_domain::{
    EventId,
    waiting_room::{Phase, limits::CHALLENGE_SECONDS},
};

use super::{
    QueueEvent,
    waiting::{PASSED, PAUSED, fairness},
};
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
    let head = event.head("Your place", None);
    let head = Head { refresh_seconds: place.map(|_| LOOK_AGAIN), ..head };
    let problem = problem.map(|problem| {
        view! { <p class="queue-problem" role="alert" data-code=problem.code.as_str()>{problem.detail.clone()}</p> }
    });
    let body = view! {
        <div class="queue" data-testid="place-page">
            {event.line()}
            {problem}
            {match place {
                Some(place) => show_place(now, place).into_any(),
                None => {
                    let words = "Join the queue, or open your recovery link on this device.";
                    no_place(event.id, "You have no place here yet", words).into_any()
                }
            }}
        </div>
    };
    document(head, body.into_any())
}

fn no_place(id: EventId, title: &'static str, words: &'static str) -> impl IntoView {
    view! {
        <section>
            <h2>{title}</h2>
            <p>{words}</p>
            <form method="post" action=format!("/queue/{id}")>
                <button class="button button-accent wide" type="submit" data-testid="join-queue">
                    "Join the queue"
                </button>
            </form>
        </section>
    }
}

fn show_place(now: &QueueNow, place: &QueuePlace) -> AnyView {
    let id = place.event_id;
    let is_below = |end| place.position.is_some_and(|position| position < end);
    if is_below(now.expired_below) {
        return no_place(id, "Your turn has passed", PASSED).into_any();
    }
    let at_front = is_below(now.serving_up_to);
    let paused = (now.phase == Phase::Paused && !at_front)
        .then(|| view! { <p class="queue-note">{PAUSED}</p> });
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
                <span>{place.eta.map(spoken_eta)}</span>
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
            {paused}
            // This page has no script; a browser with scripts is told more on the other.
            <p class="needs-script">
                <a href=format!("/queue/{id}#returned")>"Watch your place move"</a>
            </p>
            <p class="queue-card">
                <b>"You can close this page."</b>
                " Your place stays yours. To take it to another device, open this link there. "
                "Whoever has the link has the place."
            </p>
            <a
                class="button button-line wide"
                href=place.recovery_url.clone()
                data-testid="recovery-link"
            >
                "My place"
            </a>
            {fairness(&id.to_string(), now.commitment.is_some())}
        </section>
    }
    .into_any()
}

/// The page that asks a browser without scripts for a moment of patience instead of a proof.
#[must_use]
pub fn proof_page(event: &QueueEvent, challenge: &QueueChallenge) -> Document {
    let head = event.head("One moment", None);
    let id = event.id;
    let body = view! {
        <div class="queue" data-testid="proof-page">
            {event.line()}
            <section>
                <h2>"One moment"</h2>
                <p>
                    {format!(
                        "To keep robots out, browsers solve a small puzzle here. Yours runs no scripts, \
                         so please press the button after {} seconds, and within {} minutes of \
                         your first try.",
                        challenge.wait_seconds,
                        CHALLENGE_SECONDS / 60,
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
    let head = event.head("Your place", None);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Assets,
        queue::waiting::tests::{event, open},
    };

    fn page(now: &QueueNow, position: Option<u64>) -> String {
        let ahead = position.map(|position| position.saturating_sub(now.serving_up_to));
        let place = QueuePlace {
            event_id: EventId(1),
            epoch: 1,
            number: 41_207,
            position,
            ahead,
            eta: None,
            token: String::new(),
            recovery_url: "/queue/1/return?key=x".to_owned(),
        };
        let shown = PlaceView { event: &event(), now, place: Some(&place), problem: None };
        place_page(shown).html(&Assets::default())
    }

    #[test]
    fn a_turn_comes_and_passes() {
        let now = QueueNow { serving_up_to: 100, expired_below: 50, ..open() };
        for (position, words) in [
            (None, "41,207"),
            (Some(49), "Your turn has passed"),
            (Some(50), "It is your turn"),
            (Some(100), "class=\"queue-big\">1</p>"),
        ] {
            let page = page(&now, position);
            assert!(page.contains(words), "{position:?}: {page}");
            assert_eq!(page.contains("data-testid=\"enter\""), position == Some(50));
            assert_eq!(page.contains("data-testid=\"join-queue\""), position == Some(49));
            assert!(!page.contains(PAUSED), "{page}");
        }
        let paused = QueueNow { phase: Phase::Paused, ..now };
        assert!(page(&paused, Some(100)).contains(PAUSED));
        assert!(!page(&paused, Some(99)).contains(PAUSED), "a turn goes on");
    }
}
