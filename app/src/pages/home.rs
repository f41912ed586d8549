//! The home page: a wall of posters.

use leptos::prelude::*;
use leptos_meta::{Meta, Stylesheet, Title};

use super::{backend, page};
use crate::{
    api::{EventSummary, Problem, SaleState, SearchQuery, SortBy},
    assets::asset,
    backend::Backend,
    clock,
    components::EventGrid,
    links,
};

/// Events on the first shelf, below the featured one.
const WALL: usize = 12;
/// Events on each shelf of one theme.
const SHELF: u32 = 4;
/// A shelf with fewer events is not worth its heading.
const WORTH_A_SHELF: usize = 3;
/// The themes that have a shelf, as search knows them.
const THEMES: [&str; 5] = ["Music", "Theatre", "Sport", "Comedy", "Family"];

/// Quick ways into search: the words on the chip and where it leads.
const CHIPS: [(&str, &str); 8] = [
    ("All", "/search"),
    ("This weekend", "/search?when=weekend"),
    ("Music", "/search?category=Music"),
    ("Theatre", "/search?category=Theatre"),
    ("Sport", "/search?category=Sport"),
    ("Comedy", "/search?category=Comedy"),
    ("Family", "/search?category=Family"),
    ("Under €25", "/search?price=2500&sort=price"),
];

/// What the home page shows.
struct Wall {
    featured: Option<EventSummary>,
    soon: Vec<EventSummary>,
    shelves: Vec<(&'static str, Vec<EventSummary>)>,
}

/// The home page.
#[component]
pub(crate) fn HomePage() -> impl IntoView {
    page(async {
        let wall = load(&*backend()?).await?;
        Ok(show(wall))
    })
}

async fn load(backend: &dyn Backend) -> Result<Wall, Problem> {
    let coming = SearchQuery {
        start: Some(clock::now()),
        sort: Some(SortBy::Date),
        page_size: Some(WALL as u32 + 12),
        ..SearchQuery::default()
    };
    let found = backend.search(&coming).await?;
    let (featured, soon) = choose_featured(found.events);
    let mut shelves = Vec::new();
    let themes: &[&str] = if found.total as usize > WALL { &THEMES } else { &[] };
    for theme in themes {
        let query = SearchQuery {
            category: Some((*theme).to_owned()),
            page_size: Some(SHELF),
            ..coming.clone()
        };
        let events = backend.search(&query).await?.events;
        if events.len() >= WORTH_A_SHELF {
            shelves.push((*theme, events));
        }
    }
    Ok(Wall { featured, soon, shelves })
}

/// The first event that can be bought is featured, or the first at all; the others stay in order
/// and at most [`WALL`] of them stay.
fn choose_featured(mut events: Vec<EventSummary>) -> (Option<EventSummary>, Vec<EventSummary>) {
    if events.is_empty() {
        return (None, events);
    }
    let on_sale = |event: &EventSummary| matches!(event.sale, SaleState::OnSale);
    let featured = events.remove(events.iter().position(on_sale).unwrap_or(0));
    events.truncate(WALL);
    (Some(featured), events)
}

fn show(wall: Wall) -> impl IntoView {
    let Some(featured) = wall.featured else {
        return view! { <Head /> <NothingYet /> }.into_any();
    };
    let chips = CHIPS
        .iter()
        .map(|(words, link)| {
            let current = (*link == "/search").then_some("true");
            view! { <li><a class="chip" href=*link aria-current=current>{*words}</a></li> }
        })
        .collect_view();
    let shelves = wall
        .shelves
        .into_iter()
        .map(|(theme, events)| {
            let more = links::with_query("/search", &[("category", theme)]);
            view! {
                <section class="shelf">
                    <div class="shelf-head">
                        <h2>{theme}</h2>
                        <a href=more>"See all" <span class="visually-hidden">{format!(" in {theme}")}</span></a>
                    </div>
                    <EventGrid events />
                </section>
            }
        })
        .collect_view();
    view! {
        <Head />
        <Hero event=featured />
        <nav aria-label="Find by theme">
            <ul class="chips browse-chips">{chips}</ul>
        </nav>
        <h2 class="visually-hidden">"Coming up"</h2>
        <EventGrid events=wall.soon eager=4 />
        {shelves}
    }
    .into_any()
}

#[component]
fn Head() -> impl IntoView {
    view! {
        <Title text="Onsale · tickets at the price you see" />
        <Meta
            name="description"
            content="Concerts, theatre, sport and comedy. Pick your seat on the map; no fee appears later."
        />
        <Stylesheet href=asset("/browse.css") />
    }
}

#[component]
fn Hero(event: EventSummary) -> impl IntoView {
    let mark = match event.sale {
        SaleState::Upcoming => "Opens soon",
        SaleState::SoldOut => "Sold out · seats may come back",
        SaleState::FewLeft => "Only a few seats left",
        SaleState::Cancelled => "Cancelled",
        SaleState::Past => "It was a good night",
        SaleState::OnSale => "On sale now",
    };
    let price = event.from_price.map(|price| format!(" · from {}", price.short()));
    let city = links::with_query("/search", &[("city", &event.venue.city)]);
    view! {
        <section class="hero">
            <img
                src=links::poster(event.id, &event.genre)
                width="1160"
                height="400"
                alt=""
                fetchpriority="high"
            />
            <div class="hero-text">
                <span class="mark">{mark}</span>
                <h1>{event.title}</h1>
                <p>
                    {format!("{}, {}", event.venue.name, event.venue.city)} <br />
                    <time datetime=event.starts_at.to_string()>
                        {format!("{}, {}", event.starts_local.long_date, event.starts_local.time)}
                    </time> {price}
                </p>
                <div class="actions">
                    <a class="button button-accent" href=links::event(event.id)>"Find your seat"</a>
                    <a class="button button-line" href=city>
                        {format!("More in {}", event.venue.city)}
                    </a>
                </div>
            </div>
        </section>
    }
}

#[component]
fn NothingYet() -> impl IntoView {
    view! {
        <section class="empty" data-testid="no-events">
            <img src="/posters/1.svg?g=Jazz" width="168" height="168" alt="" />
            <h1>"The wall is still bare"</h1>
            <p>
                "No event is announced yet. If this box office is yours, bring in your season with "
                <code>"onsale import"</code> ", or look around in a made-up one: "
                <code>"onsale seed"</code>
            </p>
        </section>
    }
}
