//! Writing a catalogue into the database.

use std::collections::HashMap;

use onsale_catalogue::{Catalogue, EventDraft, VenueDraft, demo};
use onsale_domain::{Currency, SeatIndex};
use onsale_store::{
    Imported, NewBoxOfficeSale, NewEvent, NewPerformer, NewPrice, NewVenue, Store, StoreError,
};
use sha2::{Digest, Sha256};

/// Characters of a seat map's hash.
const HASH_CHARS: usize = 32;
/// How many progress lines a write prints.
const PROGRESS_LINES: usize = 10;

/// Which seats are sold already.
#[derive(Clone, Copy)]
pub enum SoldSeats {
    /// None.
    None,
    /// As the demo with this number would have it.
    ByDemo(u64),
}

/// Writes everything in one transaction, and prints how far it is.
pub async fn write(
    store: &Store,
    catalogue: &Catalogue,
    sold: SoldSeats,
) -> Result<Imported, StoreError> {
    let venues: Vec<NewVenue> = catalogue.venues.iter().map(new_venue).collect();
    let performers: Vec<NewPerformer> = catalogue
        .performers
        .iter()
        .map(|performer| NewPerformer {
            key: performer.key.clone(),
            name: performer.name.clone(),
            genre: performer.genre.clone(),
            description: performer.description.clone(),
        })
        .collect();
    let by_key: HashMap<&str, &VenueDraft> =
        catalogue.venues.iter().map(|venue| (venue.key.as_str(), venue)).collect();
    let events: Vec<NewEvent> = catalogue
        .events
        .iter()
        .filter_map(|event| Some(new_event(event, by_key.get(event.venue_key.as_str())?, sold)))
        .collect();
    let count = events.len();
    let every = count.div_ceil(PROGRESS_LINES).max(1);
    let progress = |done: usize| {
        if done.is_multiple_of(every) || done == count {
            println!("  {done} of {count} events");
        }
    };
    store.import(&venues, &performers, &events, progress).await
}

fn new_venue(venue: &VenueDraft) -> NewVenue {
    let geometry = venue.seat_map.to_bytes();
    let mut hash = hex::encode(Sha256::digest(&geometry));
    hash.truncate(HASH_CHARS);
    NewVenue {
        key: venue.key.clone(),
        name: venue.name.clone(),
        address: venue.address.clone(),
        city: venue.city.clone(),
        country: venue.country.clone(),
        time_zone: venue.time_zone.clone(),
        latitude: venue.latitude,
        longitude: venue.longitude,
        seat_map_hash: hash,
        geometry,
        seat_categories: venue.seat_map.seat_categories().map(|category| category.0).collect(),
    }
}

fn new_event(event: &EventDraft, venue: &VenueDraft, sold: SoldSeats) -> NewEvent {
    let category_of = |name: &str| {
        let position = venue.seat_map.categories.iter().position(|known| known.name == name)?;
        u8::try_from(position).ok()
    };
    let price = |price: &onsale_catalogue::Price| {
        Some(NewPrice {
            category: category_of(&price.category)?,
            name: price.category.clone(),
            price_minor: price.price.minor,
        })
    };
    NewEvent {
        key: event.key.clone(),
        venue_key: event.venue_key.clone(),
        performer_keys: event.performer_keys.clone(),
        title: event.title.clone(),
        description: event.description.clone(),
        genre: event.genre.clone(),
        starts_at: event.starts_at,
        doors_at: Some(event.doors_at),
        on_sale_at: event.on_sale_at,
        currency: event.prices.first().map_or(Currency::EUR, |price| price.price.currency),
        prices: event.prices.iter().filter_map(price).collect(),
        sold: NewBoxOfficeSale { seats: sold_seats(event, venue, sold) },
    }
}

fn sold_seats(event: &EventDraft, venue: &VenueDraft, sold: SoldSeats) -> Vec<SeatIndex> {
    match sold {
        SoldSeats::None => Vec::new(),
        SoldSeats::ByDemo(number) => {
            // Each event its own crowd, the same on every machine.
            let own = event
                .key
                .bytes()
                .fold(number, |seed, byte| seed.wrapping_mul(0x0100_0000_01b3) ^ u64::from(byte));
            demo::sold_seats(&venue.seat_map, event.sold_share_percent, own)
        }
    }
}
