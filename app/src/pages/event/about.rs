//! What the event is: its head beside the map, the notice about its sale, and the words below.

use leptos::prelude::*;

use crate::{
    api::{EventDetail, EventPage, SaleState},
    components::sale_mark,
    links,
};

/// Poster, title, date and place.
#[component]
pub(super) fn EventHead(content: EventPage) -> impl IntoView {
    let EventPage { event, venue, .. } = content;
    let venue = venue.profile;
    let mark = sale_mark(event.sale).map(|(word, class)| view! { <span class=class>{word}</span> });
    let doors = event.doors_local.map(|doors| format!(" · doors {}", doors.time));
    let genre = links::with_query("/search", &[("category", &event.genre)]);
    view! {
        <header class="event-head">
            <img
                class="event-poster"
                src=links::poster(event.id, &event.genre)
                width="400"
                height="400"
                alt=format!("Poster of {}", event.title)
                fetchpriority="high"
            />
            <div class="event-title">
                <p class="event-marks">
                    <a class="mark" href=genre>{event.genre}</a>
                    {mark}
                </p>
                <h1>{event.title}</h1>
                <p class="event-when">
                    <time datetime=event.starts_at.to_string()>
                        {format!("{}, {}", event.starts_local.long_date, event.starts_local.time)}
                    </time>
                    {doors}
                </p>
                <p class="event-where">
                    <a href=links::venue(venue.id)>{venue.name}</a>
                    {format!(", {}, {}", venue.address, venue.city)}
                </p>
            </div>
        </header>
    }
}

/// What to know before asking for a seat; nothing while tickets can simply be bought.
#[component]
pub(super) fn SaleNotice(event: EventDetail) -> impl IntoView {
    let opens = format!("{} at {}", event.on_sale_local.long_date, event.on_sale_local.time);
    let (class, title, text) = match event.sale {
        SaleState::OnSale | SaleState::FewLeft => return None,
        SaleState::SoldOut => (
            "notice",
            "Every seat is taken right now",
            "Holds run out and payments fail, so seats do come back. The map is live: leave this \
             page open and take the next one."
                .to_owned(),
        ),
        SaleState::Upcoming => (
            "notice notice-good",
            "Sales open soon",
            format!(
                "Tickets go on sale on {opens}, on the clock of the venue. Until then you can \
                     get to know the room."
            ),
        ),
        SaleState::Cancelled => (
            "notice notice-warn",
            "This event will not take place",
            "If you have tickets, you need do nothing: the full price goes back the way it came."
                .to_owned(),
        ),
        SaleState::Past => (
            "notice",
            "This event is over",
            "If you were there: we hope it was a good one.".to_owned(),
        ),
    };
    Some(view! {
        <section class=class data-testid="sale-notice">
            <div>
                <h2>{title}</h2>
                <p>{text}</p>
            </div>
        </section>
    })
}

/// The description and who performs.
#[component]
pub(super) fn EventAbout(content: EventPage) -> impl IntoView {
    let EventPage { event, venue, performers, .. } = content;
    let venue = venue.profile;
    let paragraphs = event
        .description
        .split('\n')
        .filter(|paragraph| !paragraph.trim().is_empty())
        .map(|paragraph| view! { <p>{paragraph.to_owned()}</p> })
        .collect_view();
    let performers = (!performers.is_empty()).then(|| {
        let list = performers
            .into_iter()
            .map(|performer| {
                let link = links::performer(performer.id);
                let words = (!performer.description.is_empty())
                    .then(|| view! { <p class="small muted">{performer.description}</p> });
                view! { <li><a href=link>{performer.name}</a> {words}</li> }
            })
            .collect_view();
        view! { <h2>"On stage"</h2> <ul class="performers">{list}</ul> }
    });
    view! {
        <section class="event-about" aria-label="About the event">
            {paragraphs}
            {performers}
            <h2>"The room"</h2>
            <p>
                <a href=links::venue(venue.id)>{venue.name}</a>
                {format!(", {}, {}. ", venue.address, venue.city)}
                {format!(
                    "Room for {} people.",
                    onsale_domain::money::grouped(i64::from(venue.capacity)),
                )}
            </p>
        </section>
    }
}
