//! Events in a list: the poster and four lines below it.

use leptos::prelude::*;

use crate::{
    api::{EventSummary, Highlight, Piece, SaleState},
    links,
};

/// The word about its sale that an event wears in a list, with the class of the mark; none while
/// tickets can simply be bought.
pub(crate) const fn sale_mark(sale: SaleState) -> Option<(&'static str, &'static str)> {
    match sale {
        SaleState::OnSale => None,
        SaleState::FewLeft => Some(("few left", "mark")),
        SaleState::SoldOut => Some(("sold out", "mark mark-quiet")),
        SaleState::Upcoming => Some(("on sale soon", "mark mark-good")),
        SaleState::Cancelled => Some(("cancelled", "mark mark-warn")),
        SaleState::Past => Some(("past", "mark mark-quiet")),
    }
}

/// One event. The first row of a page loads its posters at once, all others when they come near.
#[component]
pub(crate) fn EventCard(
    /// The event.
    event: EventSummary,
    /// Whether the poster is seen without scrolling.
    #[prop(optional)]
    eager: bool,
    /// What of it was looked for.
    #[prop(optional_no_strip)]
    highlight: Option<Highlight>,
) -> impl IntoView {
    let highlight = highlight.unwrap_or_default();
    // Titles name whom they are about already.
    let is_by_performer = highlight.title.is_empty() && !highlight.performers.is_empty();
    let is_over = matches!(event.sale, SaleState::SoldOut | SaleState::Cancelled | SaleState::Past);
    let alt = format!("Poster of {}", event.title);
    let price =
        event.from_price.filter(|_| !is_over).map(|price| format!("from {}", price.short()));
    let mark = sale_mark(event.sale).map(|(word, class)| view! { <span class=class>{word}</span> });
    view! {
        <li class="event-card" class:is-over=is_over>
            <img
                src=links::poster(event.id, &event.genre)
                width="400"
                height="400"
                loading=if eager { "eager" } else { "lazy" }
                alt=alt
            />
            <time datetime=event.starts_at.to_string()>
                {format!("{} · {}", event.starts_local.short_date, event.starts_local.time)}
            </time>
            <h3><a href=links::event(event.id)>{marked(highlight.title, event.title)}</a></h3>
            {is_by_performer
                .then(|| view! { <p>"with " {marked(highlight.performers, String::new())}</p> })}
            <p>{marked(highlight.place, format!("{}, {}", event.venue.name, event.venue.city))}</p>
            <p class="price">{price} {mark}</p>
        </li>
    }
}

/// A text with what was looked for marked, or the text as it is when nothing of it was.
fn marked(pieces: Vec<Piece>, text: String) -> AnyView {
    if pieces.is_empty() {
        return text.into_any();
    }
    let piece = |piece: Piece| match piece.is_match {
        true => view! { <mark>{piece.text}</mark> }.into_any(),
        false => piece.text.into_any(),
    };
    pieces.into_iter().map(piece).collect_view().into_any()
}

/// Events as a wall of posters.
#[component]
pub(crate) fn EventGrid(
    /// The events.
    events: Vec<EventSummary>,
    /// How many posters are seen without scrolling.
    #[prop(optional)]
    eager: usize,
    /// What of each event was looked for, in the same order.
    #[prop(optional)]
    highlights: Vec<Highlight>,
) -> impl IntoView {
    let highlights = highlights.into_iter().map(Some).chain(std::iter::repeat(None));
    let cards = events
        .into_iter()
        .zip(highlights)
        .enumerate()
        .map(|(position, (event, highlight))| {
            view! { <EventCard event highlight eager=position < eager /> }
        })
        .collect_view();
    view! { <ul class="event-grid">{cards}</ul> }
}
