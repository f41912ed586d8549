//! The page of a venue.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use onsale_domain::{VenueId, money::grouped};
use serde_json::json;

use super::{
    super::{backend, head::PageHead, page},
    ComingUp, ProfileHead, poster_of, structured_events,
};
use crate::{
    api::{self, Problem, ProblemCode, VenueProfile},
    links,
    shell::PublicOrigin,
};

/// The page of a venue.
#[component]
pub(crate) fn VenuePage() -> impl IntoView {
    let id = use_params_map().with_untracked(|params| params.get("id")).unwrap_or_default();
    page(async move {
        let not_found =
            || Problem::new(ProblemCode::NotFound, "We know no such venue. The link may be old.");
        let id: VenueId = id.parse().map_err(|_| not_found())?;
        let content = backend()?.venue(id).await.map_err(|problem| match problem.code {
            ProblemCode::NotFound => not_found(),
            _ => problem,
        })?;
        Ok(show(content))
    })
}

fn show(content: api::VenuePage) -> impl IntoView {
    let api::VenuePage { venue, events, more } = content;
    let poster = poster_of(venue.id.0, "Theatre");
    let room = format!("Room for {} people", grouped(i64::from(venue.capacity)));
    let address = format!("{}, {}", venue.address, venue.city);
    let summary = format!(
        "Tickets for {} in {}. {address}. {room}. The price you see is the price you pay.",
        venue.name, venue.city
    );
    let facts = structured(&venue, &events);
    let in_city = links::with_query("/search", &[("city", &venue.city)]);
    let all = links::with_query("/search", &[("venue", &venue.id.to_string())]);
    let kind = view! { <span class="mark mark-quiet">"Venue"</span> }.into_any();
    let name = format!("{}, {}", venue.name, venue.city);
    view! {
        <PageHead
            title=format!("{name} · Onsale")
            name
            style="/browse.css"
            summary
            path=links::venue(venue.id)
            poster=poster.clone()
            facts
        />
        <article class="profile" data-testid="venue">
            <ProfileHead poster kind name=venue.name>
                <p class="profile-lead">{address}</p>
                <p class="muted">{room}</p>
                <p><a href=in_city>{format!("More in {}", venue.city)}</a></p>
            </ProfileHead>
            <ComingUp
                events
                more=more.then_some(all)
                nothing="Nothing is announced for this room at the moment. Come back soon."
            />
        </article>
    }
}

fn structured(venue: &VenueProfile, events: &[api::EventSummary]) -> serde_json::Value {
    json!({
        "@context": "https://schema.org",
        "@type": "EventVenue",
        "name": venue.name,
        "url": PublicOrigin::absolute(&links::venue(venue.id)),
        "maximumAttendeeCapacity": venue.capacity,
        "address": {
            "@type": "PostalAddress",
            "streetAddress": venue.address,
            "addressLocality": venue.city,
            "addressCountry": venue.country,
        },
        "event": structured_events(events),
    })
}
