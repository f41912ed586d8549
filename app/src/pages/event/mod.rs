//! The page of an event. The same bytes for everybody: it names nobody and asks no cookie. All of
//! it can be read, and a seat can be taken, before or without any script.

mod about;
mod nearest;
mod notice;
mod paused;
mod section;
mod sections;
mod structured_data;

use leptos::prelude::*;
use leptos_meta::Link;
use leptos_router::{
    hooks::{use_params_map, use_query_map},
    params::ParamsMap,
};
use onsale_domain::{EventId, TicketId};

use self::{
    about::{EventAbout, EventHead, SaleNotice},
    notice::ProblemNotice,
    paused::PausedNotice,
    section::SectionPanel,
    sections::SectionsPanel,
};
use super::{backend, head::PageHead, page};
use crate::{
    api::{EventPage as EventContent, Problem, ProblemCode, SaleState, SectionDetail},
    links,
    seat_map::{PickerEvent, SeatPicker},
};

/// What the address asks of the page.
#[derive(Debug, Clone, Default)]
struct Wanted {
    /// The section whose seats are listed.
    section: Option<u32>,
    /// The code of what went wrong with the form that led here.
    problem: Option<ProblemCode>,
    /// The tickets that it concerned.
    tickets: Vec<TicketId>,
}

impl Wanted {
    fn read(query: &ParamsMap) -> Self {
        let code = query.get("problem").unwrap_or_default();
        let tickets = query.get("tickets").unwrap_or_default();
        Self {
            section: query.get("section").and_then(|number| number.parse().ok()),
            problem: ProblemCode::ALL.iter().copied().find(|known| known.as_str() == code),
            tickets: tickets.split(',').filter_map(|id| id.parse().ok()).take(10).collect(),
        }
    }
}

/// The page of an event.
#[component]
pub(crate) fn EventPage() -> impl IntoView {
    let id = use_params_map().with_untracked(|params| params.get("id")).unwrap_or_default();
    let wanted = use_query_map().with_untracked(Wanted::read);
    page(async move {
        let id: EventId = id.parse().map_err(|_| not_found())?;
        let backend = backend()?;
        let content = backend.event(id).await?;
        let section = match wanted.section {
            Some(number) => Some(backend.section(id, number).await?),
            None => None,
        };
        Ok(show(content, section, wanted))
    })
}

fn not_found() -> Problem {
    Problem::new(ProblemCode::NotFound, "We know no such event. It may have been taken down.")
}

/// Whether seats can be asked for: even of a sold-out event, as they come back.
const fn sells(sale: SaleState) -> bool {
    matches!(sale, SaleState::OnSale | SaleState::FewLeft | SaleState::SoldOut)
}

fn show(content: EventContent, section: Option<SectionDetail>, wanted: Wanted) -> impl IntoView {
    let event = &content.event;
    let is_open = sells(event.sale);
    let has_map = is_open || event.sale == SaleState::Upcoming;
    let picker = has_map.then(|| {
        let picker = PickerEvent::of(&content, is_open);
        view! { <SeatPicker event=picker /> }
    });
    let notice = wanted.problem.map(|code| {
        view! {
            <ProblemNotice code tickets=wanted.tickets.clone() section=section.clone() event=event.id />
        }
    });
    let list = section.map(|section| {
        view! { <SectionPanel event=content.event.clone() section is_open /> }
    });
    let sections = has_map.then(|| {
        let event = content.event.clone();
        let sections = content.venue.seat_map.sections.clone();
        view! { <SectionsPanel event sections is_open chosen=wanted.section /> }
    });
    let paused = content.last_known.clone().map(|last_known| view! { <PausedNotice last_known /> });
    view! {
        <Head content=content.clone() />
        {has_map.then(|| view! { <MapAhead content=content.clone() /> })}
        <article class="event" data-testid="event">
            <div class="event-words">
                <EventHead content=content.clone() />
                <EventAbout content=content.clone() />
            </div>
            <div class="event-notices">
                {notice} {paused}
                <SaleNotice event=content.event.clone() />
            </div>
            {picker}
            <div class="event-sections">{list} {sections}</div>
        </article>
    }
}

/// Lets the browser fetch what the map is made of while its code is on the way.
#[component]
fn MapAhead(content: EventContent) -> impl IntoView {
    let map = content.venue.seat_map;
    view! {
        <Link rel="preload" as_="fetch" href=map.geometry_url crossorigin="anonymous" />
        <Link rel="preload" as_="fetch" href=map.availability_url crossorigin="anonymous" />
    }
}

/// Title, description, and what other sites show of this page.
#[component]
fn Head(content: EventContent) -> impl IntoView {
    let EventContent { event, venue, .. } = &content;
    let title =
        format!("{} · {}, {}", event.title, event.starts_local.short_date, venue.profile.name);
    let summary = format!(
        "{}, {}. {}, {}. {}",
        event.starts_local.long_date,
        event.starts_local.time,
        venue.profile.name,
        venue.profile.city,
        event.description
    );
    view! {
        <PageHead
            title=title.clone()
            name=title
            summary
            path=links::event(event.id)
            poster=links::poster(event.id, &event.genre)
            style="/event.css"
            facts=structured_data::event(&content)
        />
    }
}
