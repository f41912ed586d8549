//! The pages of the waiting room. The first one is the same for everybody and cached at the edge;
//! `public/queue.js` fills in the fan's own place. Without scripts, the page of the place does.

mod place;
mod verify;
mod waiting;

use leptos::prelude::*;
use onsale_domain::EventId;

use crate::{api::EventPage, links, plain::Head};

pub use place::{PlaceView, place_page, proof_page, return_page};
pub use verify::verify_page;
pub use waiting::waiting_page;

/// The style sheet of all pages of the waiting room.
const STYLE: &str = "/queue.css";

/// What the pages say of the event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueEvent {
    /// The event.
    pub id: EventId,
    /// Its title.
    pub title: String,
    /// When and where.
    pub when_and_where: String,
    genre: String,
}

impl QueueEvent {
    /// What they say of this one.
    #[must_use]
    pub fn of(page: &EventPage) -> Self {
        let EventPage { event, venue, .. } = page;
        Self {
            id: event.id,
            title: event.title.clone(),
            when_and_where: format!(
                "{} · {} · {}",
                event.starts_local.short_date, event.starts_local.time, venue.profile.name
            ),
            genre: event.genre.clone(),
        }
    }

    /// The head of one of its pages.
    fn head(&self, page: &str, script: Option<&'static str>) -> Head {
        let title = format!("{page} · {} · Onsale", self.title);
        Head { title, style: STYLE, script, refresh_seconds: None }
    }

    /// The line at the top of each page.
    fn line(&self) -> impl IntoView + use<> {
        view! {
            <div class="queue-event">
                <img src=links::poster(self.id, &self.genre) width="64" height="64" alt="" />
                <div>
                    <h1>{self.title.clone()}</h1>
                    <p>{self.when_and_where.clone()}</p>
                </div>
            </div>
        }
    }
}
