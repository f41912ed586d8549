//! Events, their sections and the availability of their seats.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use onsale_app::api::{
    EventDetail, EventPage, EventSummary, PerformerSummary, PriceCategory, Problem, ProblemCode,
    SaleState, SeatDetail, SeatMapSummary, SectionDetail, SectionRow, SectionSummary, Ticket,
    VenueDetail, VenueSummary,
};
use onsale_domain::{
    Availability, EventId, Money, SeatIndex, TicketId, Timestamp,
    desk::RankedMap,
    seat_map::{CategoryIndex, SeatMap, Section, SectionKind},
};
use onsale_engine::Maps;
use onsale_messages::Lsn;
use onsale_ops::clock::unix_millis;
use onsale_store::{
    EventRecord, Horizon, PerformerRecord, PriceRecord, Store, StoreError, VenueRecord,
};
use tokio::sync::Mutex;

use super::{
    BoxOffice,
    local_time::local_time,
    problems::{event_not_found, store_problem},
};

/// Fewer than one seat in so many left is "few left".
const FEW_LEFT_SHARE: u32 = 20;
/// How old the version may be that is given to what is read.
const HORIZON_AGE: Duration = Duration::from_millis(100);
/// How long to wait for transactions to end, so that what is read can be given its version.
const HORIZON_PATIENCE: Duration = Duration::from_millis(250);

/// What changes rarely about an event.
pub struct EventFacts {
    pub event: EventRecord,
    pub performers: Vec<PerformerRecord>,
    pub prices: Vec<PriceRecord>,
    pub map: Arc<RankedMap>,
}

/// Where a binary seat map comes from.
pub struct SoldSeats {
    /// The hash under which the geometry is known.
    pub hash: String,
    /// The map.
    pub map: Arc<RankedMap>,
}

impl EventFacts {
    fn map(&self) -> &SeatMap {
        &self.map.map
    }

    pub fn price_of(&self, category: CategoryIndex) -> Option<&PriceRecord> {
        self.prices.iter().find(|price| price.category == category.0)
    }
}

/// Versions for seats that are read.
#[derive(Default)]
pub struct VersionClock(Mutex<Option<(Instant, Horizon)>>);

impl VersionClock {
    /// A version for seats that are read from now on. When some transaction holds up a newer one,
    /// an older one is as true, only less helpful: whoever follows the deltas asks again.
    async fn read(&self, store: &Store) -> Result<Horizon, StoreError> {
        let mut known = self.0.lock().await;
        match *known {
            Some((found_at, horizon)) if found_at.elapsed() < HORIZON_AGE => return Ok(horizon),
            _ => {}
        }
        let horizon = match (store.horizon(HORIZON_PATIENCE).await?, *known) {
            (Some(horizon), _) | (None, Some((_, horizon))) => horizon,
            (None, None) => Horizon { epoch: store.relay_state().await?.epoch, lsn: Lsn(0) },
        };
        *known = Some((Instant::now(), horizon));
        Ok(horizon)
    }
}

async fn load_facts(
    store: Store,
    maps: Maps,
    id: EventId,
) -> Result<Arc<EventFacts>, Arc<Problem>> {
    let problem = |error: StoreError| Arc::new(store_problem(&error));
    let event = store.event(id).await.map_err(problem)?;
    let event = event.ok_or_else(|| Arc::new(event_not_found()))?;
    let performers = store.performers(id).await.map_err(problem)?;
    let prices = store.prices(id, event.currency).await.map_err(problem)?;
    let map = maps.get(&store, &event.seat_map_hash).await.map_err(problem)?;
    Ok(Arc::new(EventFacts { event, performers, prices, map }))
}

async fn load_availability(
    store: &Store,
    clock: &VersionClock,
    id: EventId,
    seat_count: u32,
) -> Result<Availability, StoreError> {
    // Before the seats: what is read afterwards shows every commit up to there.
    let horizon = clock.read(store).await?;
    let (seats, _) = store.unavailable_seats(id).await?;
    let mut availability = Availability::all_available(seat_count, horizon.epoch);
    availability.version = horizon.lsn.0;
    for seat in seats {
        availability.set(seat.seat, seat.state);
    }
    Ok(availability)
}

impl BoxOffice {
    /// The facts of an event, as they are or were lately; while the database is away, as they were
    /// when it went.
    pub async fn facts(&self, id: EventId) -> Result<Arc<EventFacts>, Problem> {
        let load = load_facts(self.store.clone(), self.maps.clone(), id);
        let loaded = self.facts.get(&id, None, load).await;
        loaded.map(|(facts, _)| facts).map_err(|problem| Problem::clone(&problem))
    }

    /// An event's facts have changed.
    pub fn outdate_facts(&self, id: EventId) {
        self.facts.outdate(&id);
    }

    /// The facts for which this holds have changed.
    pub fn outdate_facts_where(&self, holds: impl Fn(&EventFacts) -> bool) {
        self.facts.outdate_where(|facts| holds(facts));
    }

    /// Any facts may have changed.
    pub fn outdate_all_facts(&self) {
        self.facts.outdate_all();
    }

    /// What the answer at a path shows, in words by which an edge is told to forget it.
    pub async fn surrogate_keys(&self, path: &str) -> Vec<String> {
        let id = path.strip_prefix("/api").unwrap_or(path).strip_prefix("/events/");
        let id = id.and_then(|rest| rest.split('/').next()).and_then(|id| id.parse().ok());
        let Some(id) = id else { return vec!["catalogue".to_owned()] };
        let Ok(facts) = self.facts(id).await else { return Vec::new() };
        let performers = facts.performers.iter().map(|it| format!("performer-{}", it.id));
        let event = [format!("event-{id}"), format!("venue-{}", facts.event.venue.id)];
        event.into_iter().chain(performers).collect()
    }

    /// The availability of an event, as it is or was a moment ago; while the database is away, as it
    /// was when it went.
    pub async fn availability(&self, id: EventId) -> Result<Arc<Availability>, Problem> {
        let facts = self.facts(id).await?;
        let seat_count = facts.map().seat_count();
        let (store, clock) = (self.store.clone(), Arc::clone(&self.horizon));
        let loaded = self.availability.get(&id, None, async move {
            let loaded = load_availability(&store, &clock, id, seat_count).await;
            loaded.map(Arc::new).map_err(|error| Arc::new(store_problem(&error)))
        });
        loaded.await.map(|(seats, _)| seats).map_err(|problem| Problem::clone(&problem))
    }

    /// The geometry of an event's seat map.
    pub async fn sold_seats(&self, id: EventId) -> Result<SoldSeats, Problem> {
        let facts = self.facts(id).await?;
        Ok(SoldSeats { hash: facts.event.seat_map_hash.clone(), map: Arc::clone(&facts.map) })
    }

    /// The page of an event.
    pub async fn event_page(&self, id: EventId) -> Result<EventPage, Problem> {
        let facts = self.facts(id).await?;
        let availability = self.availability(id).await?;
        let (event, venue) = (&facts.event, &facts.event.venue);
        let (free, all) = (availability.count_available(0..availability.len()), availability.len());
        let zone = &venue.time_zone;
        Ok(EventPage {
            event: EventDetail {
                id,
                title: event.title.clone(),
                description: event.description.clone(),
                genre: event.genre.clone(),
                starts_at: event.starts_at,
                starts_local: local_time(event.starts_at, zone),
                doors_local: event.doors_at.map(|doors| local_time(doors, zone)),
                on_sale_at: event.on_sale_at,
                on_sale_local: local_time(event.on_sale_at, zone),
                sale: sale_state(event, free, all),
                hold_ttl_seconds: self.settings.booking.hold_ttl_seconds,
                price_categories: price_categories(&facts, &availability),
            },
            venue: self.venue_detail(&facts, venue, &availability),
            performers: facts.performers.iter().map(performer_summary).collect(),
        })
    }

    fn venue_detail(
        &self,
        facts: &EventFacts,
        venue: &VenueRecord,
        availability: &Availability,
    ) -> VenueDetail {
        let id = facts.event.id;
        let sections = (0..).zip(&facts.map().sections);
        VenueDetail {
            id: venue.id,
            name: venue.name.clone(),
            address: venue.address.clone(),
            city: venue.city.clone(),
            country: venue.country.clone(),
            time_zone: venue.time_zone.clone(),
            capacity: venue.capacity,
            seat_map: SeatMapSummary {
                geometry_url: format!("/api/events/{id}/geometry/{}", facts.event.seat_map_hash),
                availability_url: format!("/api/events/{id}/seats.bin"),
                seat_count: facts.map().seat_count(),
                sections: sections
                    .map(|(number, section)| section_summary(facts, number, section, availability))
                    .collect(),
            },
        }
    }

    /// A section of an event, with its rows and seats.
    pub async fn section(&self, id: EventId, number: u32) -> Result<SectionDetail, Problem> {
        let facts = self.facts(id).await?;
        let availability = self.availability(id).await?;
        let section = facts.map().sections.get(number as usize).ok_or_else(|| {
            Problem::new(ProblemCode::NotFound, "There is no such section.").at("section")
        })?;
        let standing_category = match &section.kind {
            SectionKind::Standing { category, .. } => price_categories(&facts, &availability)
                .into_iter()
                .find(|price| price.index == category.0),
            SectionKind::Seated { .. } => None,
        };
        let rows = section.rows().iter().map(|row| SectionRow {
            label: row.label.clone(),
            seats: (row.first_seat.0..)
                .zip(&row.seats)
                .map(|(number, seat)| SeatDetail {
                    ticket: TicketId { event: id, seat: SeatIndex(number) },
                    label: seat.label.clone(),
                    category: seat.category.0,
                    accessible: seat.accessible,
                    status: availability.get(SeatIndex(number)),
                })
                .collect(),
        });
        Ok(SectionDetail {
            section: section_summary(&facts, number, section, &availability),
            standing_category,
            rows: rows.collect(),
        })
    }

    /// The tickets of an event, of one section or of all.
    pub async fn tickets(&self, id: EventId, section: Option<u32>) -> Result<Vec<Ticket>, Problem> {
        let facts = self.facts(id).await?;
        let availability = self.availability(id).await?;
        let range = match section {
            None => 0..facts.map().seat_count(),
            Some(number) => match facts.map().sections.get(number as usize) {
                Some(section) => section.seat_range(),
                None => 0..0,
            },
        };
        let ticket = |number| {
            let seat = SeatIndex(number);
            let place = facts.map().place(seat)?;
            let price = facts.price_of(facts.map().category_of(seat)?)?;
            Some(Ticket {
                id: TicketId { event: id, seat },
                section: place.section.name.clone(),
                row: place.seat.map(|(row, _)| row.label.clone()),
                seat: place.seat.map(|(_, seat)| seat.label.clone()),
                price_category: price.name.clone(),
                price: price.price,
                status: availability.get(seat),
            })
        };
        Ok(range.filter_map(ticket).collect())
    }

    /// Events as lists show them.
    pub async fn summaries(&self, events: Vec<EventRecord>) -> Result<Vec<EventSummary>, Problem> {
        let counts = self.available_counts(&events).await?;
        let summary = |event: EventRecord| {
            let (free, all) = counts.get(&event.id).copied().unwrap_or_default();
            EventSummary {
                id: event.id,
                starts_at: event.starts_at,
                starts_local: local_time(event.starts_at, &event.venue.time_zone),
                sale: sale_state(&event, free, all),
                from_price: event.from_price,
                venue: venue_summary(&event.venue),
                title: event.title,
                genre: event.genre,
            }
        };
        Ok(events.into_iter().map(summary).collect())
    }

    async fn available_counts(
        &self,
        events: &[EventRecord],
    ) -> Result<HashMap<EventId, (u32, u32)>, Problem> {
        let mut counts = HashMap::with_capacity(events.len());
        let mut missing = Vec::new();
        for event in events {
            match self.counts.get(&event.id).await {
                Some(known) => {
                    counts.insert(event.id, known);
                }
                None => missing.push(event.id),
            }
        }
        if !missing.is_empty() {
            let read = self.store.available_counts(&missing).await;
            for (event, count) in read.map_err(|error| store_problem(&error))? {
                self.counts.insert(event, count).await;
                counts.insert(event, count);
            }
        }
        Ok(counts)
    }
}

fn sale_state(event: &EventRecord, free: u32, all: u32) -> SaleState {
    let now = Timestamp(unix_millis());
    if event.cancelled_at.is_some() {
        SaleState::Cancelled
    } else if event.starts_at <= now {
        SaleState::Past
    } else if event.on_sale_at > now {
        SaleState::Upcoming
    } else if free == 0 {
        SaleState::SoldOut
    } else if free < all / FEW_LEFT_SHARE {
        SaleState::FewLeft
    } else {
        SaleState::OnSale
    }
}

pub fn venue_summary(venue: &VenueRecord) -> VenueSummary {
    VenueSummary {
        id: venue.id,
        name: venue.name.clone(),
        city: venue.city.clone(),
        country: venue.country.clone(),
    }
}

fn performer_summary(performer: &PerformerRecord) -> PerformerSummary {
    PerformerSummary {
        id: performer.id,
        name: performer.name.clone(),
        genre: performer.genre.clone(),
        description: performer.description.clone(),
    }
}

fn price_categories(facts: &EventFacts, availability: &Availability) -> Vec<PriceCategory> {
    let mut free: HashMap<u8, u32> = HashMap::new();
    for (number, category) in (0..).zip(facts.map().seat_categories()) {
        if availability.is_available(SeatIndex(number)) {
            *free.entry(category.0).or_default() += 1;
        }
    }
    let category = |price: &PriceRecord| PriceCategory {
        index: price.category,
        name: price.name.clone(),
        price: price.price,
        available: free.get(&price.category).copied().unwrap_or_default(),
    };
    facts.prices.iter().map(category).collect()
}

fn section_summary(
    facts: &EventFacts,
    number: u32,
    section: &Section,
    availability: &Availability,
) -> SectionSummary {
    let mut categories: Vec<CategoryIndex> = match &section.kind {
        SectionKind::Standing { category, .. } => vec![*category],
        SectionKind::Seated { rows } => {
            rows.iter().flat_map(|row| row.seats.iter().map(|seat| seat.category)).collect()
        }
    };
    categories.sort_unstable();
    categories.dedup();
    let prices = categories.into_iter().filter_map(|category| facts.price_of(category));
    let from_price: Option<Money> = prices.map(|price| price.price).min_by_key(|price| price.minor);
    SectionSummary {
        number,
        name: section.name.clone(),
        standing: matches!(section.kind, SectionKind::Standing { .. }),
        seat_count: section.seat_count(),
        available: availability.count_available(section.seat_range()),
        from_price,
    }
}
