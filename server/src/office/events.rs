//! Events as pages and lists show them, and their sections.

use std::collections::HashMap;

use onsale_app::api::{
    EventDetail, EventPage, EventSummary, LastKnown, PerformerSummary, PriceCategory, Problem,
    ProblemCode, SaleState, SeatDetail, SeatMapSummary, SectionDetail, SectionRow, SectionSummary,
    Ticket, VenueDetail, VenueSummary,
};
use onsale_domain::{
    Availability, Currency, EventId, Listing, Money, SeatIndex, SeatsLeft, TicketId, Timestamp,
    seat_map::{CategoryIndex, Section, SectionKind},
};
use onsale_ops::clock::unix_millis;
use onsale_store::{EventRecord, PerformerRecord, PriceRecord, VenueRecord};

use super::{BoxOffice, facts::EventFacts, local_time::local_time, profiles::venue_profile};

/// Fewer than one seat in so many left is "few left".
const FEW_LEFT_SHARE: u32 = 20;
/// The seats of an event of which nothing is known: as if it were on sale, which its page corrects.
const UNKNOWN_SEATS: SeatsLeft = SeatsLeft { all: 1, free: 1, from_price_minor: None };

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
                sale: sale_state(event.into(), free, all, Timestamp(unix_millis())),
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
    pub async fn summaries<T: Into<Listed>>(&self, events: Vec<T>) -> Vec<EventSummary> {
        let events: Vec<Listed> = events.into_iter().map(Into::into).collect();
        self.finder.refresh_seats(events.iter().map(|event| event.id)).await;
        let now = Timestamp(unix_millis());
        events.into_iter().map(|event| self.summary(event, now)).collect()
    }

    fn summary(&self, event: Listed, now: Timestamp) -> EventSummary {
        let left = self.finder.seats_left(event.id).filter(|left| left.all > 0);
        let left = left.unwrap_or(UNKNOWN_SEATS);
        // The price of the cheapest seat that can be had; of any seat when none can.
        let price = left.from_price_minor.or(event.from_price_minor);
        EventSummary {
            id: event.id,
            title: event.title,
            genre: event.genre,
            starts_at: event.sold.starts_at,
            starts_local: local_time(event.sold.starts_at, &event.time_zone),
            sale: sale_state(event.sold, left.free, left.all, now),
            from_price: price.map(|minor| Money::new(minor, event.currency)),
            venue: event.venue,
        }
    }
}

/// An event as lists know it, wherever it was read.
pub struct Listed {
    id: EventId,
    title: String,
    genre: String,
    sold: Sold,
    currency: Currency,
    from_price_minor: Option<i64>,
    venue: VenueSummary,
    time_zone: String,
}

impl From<EventRecord> for Listed {
    fn from(event: EventRecord) -> Self {
        Self {
            id: event.id,
            sold: Sold::from(&event),
            currency: event.currency,
            from_price_minor: event.from_price.map(|price| price.minor),
            venue: venue_summary(&event.venue),
            time_zone: event.venue.time_zone,
            title: event.title,
            genre: event.genre,
        }
    }
}

impl From<Listing> for Listed {
    fn from(event: Listing) -> Self {
        let Listing { starts_at, on_sale_at, venue, .. } = event;
        Self {
            id: event.id,
            // Those that are cancelled are not listed.
            sold: Sold { starts_at, on_sale_at, is_cancelled: false },
            currency: event.currency,
            from_price_minor: event.from_price_minor,
            venue: VenueSummary {
                id: venue.id,
                name: venue.name,
                city: venue.city,
                country: venue.country,
            },
            time_zone: venue.time_zone,
            title: event.title,
            genre: event.genre,
        }
    }
}

/// What decides how an event is sold, besides its seats.
#[derive(Debug, Clone, Copy)]
struct Sold {
    starts_at: Timestamp,
    on_sale_at: Timestamp,
    is_cancelled: bool,
}

impl From<&EventRecord> for Sold {
    fn from(event: &EventRecord) -> Self {
        Self {
            starts_at: event.starts_at,
            on_sale_at: event.on_sale_at,
            is_cancelled: event.cancelled_at.is_some(),
        }
    }
}

fn sale_state(event: Sold, free: u32, all: u32, now: Timestamp) -> SaleState {
    if event.is_cancelled {
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
