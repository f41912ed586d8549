//! The page of a performer.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use onsale_domain::PerformerId;
use serde_json::json;

use super::{
    super::{backend, head::PageHead, page},
    ComingUp, ProfileHead, poster_of, structured_events,
};
use crate::{
    api::{self, PerformerSummary, Problem, ProblemCode},
    links,
    shell::PublicOrigin,
};

/// The page of a performer.
#[component]
pub(crate) fn PerformerPage() -> impl IntoView {
    let id = use_params_map().with_untracked(|params| params.get("id")).unwrap_or_default();
    page(async move {
        let not_found = || {
            let detail = "We know nobody by that number. The link may be old.";
            Problem::new(ProblemCode::NotFound, detail)
        };
        let id: PerformerId = id.parse().map_err(|_| not_found())?;
        let content = backend()?.performer(id).await.map_err(|problem| match problem.code {
            ProblemCode::NotFound => not_found(),
            _ => problem,
        })?;
        Ok(show(content))
    })
}

fn show(content: api::PerformerPage) -> impl IntoView {
    let api::PerformerPage { performer, events, more } = content;
    let poster = poster_of(performer.id.0, &performer.genre);
    let summary =
        format!("Tickets for {}, {}. {}", performer.name, performer.genre, performer.description);
    let facts = structured(&performer, &events);
    let genre = links::with_query("/search", &[("category", &performer.genre)]);
    let all = links::with_query("/search", &[("performer", &performer.id.to_string())]);
    let kind = view! { <a class="mark" href=genre>{performer.genre.clone()}</a> }.into_any();
    let paragraphs = performer
        .description
        .split('\n')
        .filter(|paragraph| !paragraph.trim().is_empty())
        .map(|paragraph| view! { <p class="profile-lead">{paragraph.to_owned()}</p> })
        .collect_view();
    let name = performer.name.clone();
    view! {
        <PageHead
            title=format!("{name} · Onsale")
            name
            style="/browse.css"
            summary
            path=links::performer(performer.id)
            poster=poster.clone()
            facts
        />
        <article class="profile" data-testid="performer">
            <ProfileHead poster kind name=performer.name>
                {paragraphs}
            </ProfileHead>
            <ComingUp
                events
                more=more.then_some(all)
                nothing="No date is announced at the moment. Come back soon."
            />
        </article>
    }
}

fn structured(performer: &PerformerSummary, events: &[api::EventSummary]) -> serde_json::Value {
    json!({
        "@context": "https://schema.org",
        "@type": "PerformingGroup",
        "name": performer.name,
        "description": performer.description,
        "url": PublicOrigin::absolute(&links::performer(performer.id)),
        "event": structured_events(events),
    })
}
