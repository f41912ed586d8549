//! Events as pages and lists show them, and their sections.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use moka::future::Cache;
use onsale_app::api::{
    EventDetail, EventPage, EventSummary, LastKnown, PerformerSummary, PriceCategory, Problem,
    ProblemCode, SaleState, SeatDetail, SeatMapSummary, SectionDetail, SectionRow, SectionSummary,
    Ticket, VenueDetail, VenueSummary,
};
use onsale_domain::{
    Availability, EventId, Money, SeatIndex, TicketId, Timestamp,
    seat_map::{CategoryIndex, Section, SectionKind},
};
use onsale_ops::clock::unix_millis;
use onsale_store::{EventRecord, PerformerRecord, PriceRecord, VenueRecord};

use super::{BoxOffice, facts::EventFacts, local_time::local_time, profiles::venue_profile};

/// Fewer than one seat in so many left is "few left".
const FEW_LEFT_SHARE: u32 = 20;
/// How old the counts of seats in lists may be.
const COUNTS_AGE: Duration = Duration::from_secs(5);
/// Events whose counts are remembered.
const COUNTS_KEPT: u64 = 100_000;
/// The counts of an event of which nothing is known: as if it were on sale, which its page corrects.
const UNKNOWN_COUNTS: (u32, u32) = (1, 1);

/// How many seats of events are free, and how many there are, each with the time it was counted.
pub struct KnownCounts(Cache<EventId, (Instant, (u32, u32))>);

impl Default for KnownCounts {
    fn default() -> Self {
        Self(Cache::new(COUNTS_KEPT))
    }
}

impl BoxOffice {
    /// The title of an event.
    pub async fn event_title(&self, id: EventId) -> Result<String, Problem> {
        Ok(self.facts(id).await?.event.title.clone())
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
            last_known: availability
                .last_known_at
                .map(|at| LastKnown { at, local: local_time(at, zone) }),
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
            profile: venue_profile(venue),
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
        let counts = self.available_counts(&events).await;
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

    /// What cannot be counted now is as it was when it was counted last.
    async fn available_counts(&self, events: &[EventRecord]) -> HashMap<EventId, (u32, u32)> {
        let mut counts = HashMap::with_capacity(events.len());
        let mut missing = Vec::new();
        for event in events {
            let known = self.counts.0.get(&event.id).await;
            if known.is_none_or(|(counted_at, _)| counted_at.elapsed() > COUNTS_AGE) {
                missing.push(event.id);
            }
            counts.insert(event.id, known.map_or(UNKNOWN_COUNTS, |(_, counted)| counted));
        }
        if !missing.is_empty() {
            match self.store.available_counts(&missing).await {
                Ok(counted) => {
                    for (event, count) in counted {
                        self.counts.0.insert(event, (Instant::now(), count)).await;
                        counts.insert(event, count);
                    }
                }
                Err(error) => tracing::warn!(%error, "lists show seats as they were"),
            }
        }
        counts
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

pub fn performer_summary(performer: &PerformerRecord) -> PerformerSummary {
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
