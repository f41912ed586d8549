//! The pages of venues and performers: who or what it is, and what is coming up. The same bytes for
//! everybody; they need no script.

mod performer;
mod venue;

use leptos::prelude::*;
use onsale_domain::EventId;

use crate::{
    api::EventSummary,
    components::{EventGrid, count},
    links,
    shell::PublicOrigin,
};

pub(crate) use performer::PerformerPage;
pub(crate) use venue::VenuePage;

/// The head of the page: a poster, what kind of thing it is, its name, and lines about it.
#[component]
fn ProfileHead(poster: String, kind: AnyView, name: String, children: Children) -> impl IntoView {
    view! {
        <header class="profile-head">
            <img class="profile-poster" src=poster width="400" height="400" alt="" fetchpriority="high" />
            <div class="profile-words">
                <p class="profile-kind">{kind}</p>
                <h1>{name}</h1>
                {children()}
            </div>
        </header>
    }
}

/// What is coming up, or that nothing is. `more` leads to the rest.
#[component]
fn ComingUp(
    events: Vec<EventSummary>,
    more: Option<String>,
    nothing: &'static str,
) -> impl IntoView {
    let events_here = count(events.len(), "event", "events");
    let summary = match more {
        Some(_) => format!("The next {events_here}"),
        None => events_here,
    };
    if events.is_empty() {
        return view! {
            <section class="profile-events" data-testid="coming-up">
                <h2>"Coming up"</h2>
                <div class="profile-nothing panel">
                    <p>{nothing}</p>
                    <a class="button button-line" href="/search">"See what else is on"</a>
                </div>
            </section>
        }
        .into_any();
    }
    let more = more.map(|address| {
        view! { <p class="pages"><a class="button button-line" href=address>"See all of them"</a></p> }
    });
    view! {
        <section class="profile-events" data-testid="coming-up">
            <div class="shelf-head">
                <h2>"Coming up"</h2>
                <p class="small muted">{summary}</p>
            </div>
            <EventGrid events eager=4 />
            {more}
        </section>
    }
    .into_any()
}

/// The poster of a venue or performer, drawn from its id counted down from the greatest number: no
/// event gets so far.
fn poster_of(id: i64, genre: &str) -> String {
    links::poster(EventId(i64::MAX - id), genre)
}

/// The events as schema.org names them, for a list inside another thing.
fn structured_events(events: &[EventSummary]) -> Vec<serde_json::Value> {
    let event = |event: &EventSummary| {
        serde_json::json!({
            "@type": "Event",
            "name": event.title,
            "startDate": event.starts_at.to_string(),
            "url": PublicOrigin::absolute(&links::event(event.id)),
            "location": {
                "@type": "Place",
                "name": event.venue.name,
                "address": {
                    "@type": "PostalAddress",
                    "addressLocality": event.venue.city,
                    "addressCountry": event.venue.country,
                },
            },
        })
    };
    events.iter().map(event).collect()
}
