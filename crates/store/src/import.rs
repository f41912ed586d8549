//! Writing a catalogue: all of it in one transaction, or nothing.

use std::collections::HashMap;

use onsale_domain::{Currency, SeatIndex, Timestamp};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{Store, StoreError, holds::seat_numbers, time::PgTime};

/// Seats in one booking of the box office.
const BOX_OFFICE_CHUNK: usize = 1000;
/// The user to whom the box office sells: always the same, and nobody's cookie names it.
const BOX_OFFICE_USER: Uuid = Uuid::from_u128(0x0b0c_0ff1_0000_4000_8000_0000_0000_0001);

/// A venue to be stored.
#[derive(Debug, Clone)]
pub struct NewVenue {
    /// The name by which events refer to it.
    pub key: String,
    /// Its name.
    pub name: String,
    /// Street and number.
    pub address: String,
    /// The city.
    pub city: String,
    /// ISO 3166 code of the country.
    pub country: String,
    /// IANA name of the time zone.
    pub time_zone: String,
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
    /// Hash of the seat map, 32 hexadecimal digits.
    pub seat_map_hash: String,
    /// The seat map in its binary form.
    pub geometry: Vec<u8>,
    /// The price category of each seat, in the order of their numbers.
    pub seat_categories: Vec<u8>,
}

/// A performer to be stored.
#[derive(Debug, Clone)]
pub struct NewPerformer {
    /// The name by which events refer to it.
    pub key: String,
    /// The name.
    pub name: String,
    /// The genre.
    pub genre: String,
    /// A few sentences; may be empty.
    pub description: String,
}

/// A price to be stored.
#[derive(Debug, Clone)]
pub struct NewPrice {
    /// The number of the category in the seat map.
    pub category: u8,
    /// Its name.
    pub name: String,
    /// What a seat costs, in minor units.
    pub price_minor: i64,
}

/// Seats that the box office sold over the counter before the sale began.
#[derive(Debug, Clone, Default)]
pub struct NewBoxOfficeSale {
    /// The seats.
    pub seats: Vec<SeatIndex>,
}

/// An event to be stored, with a ticket for each seat of its venue.
#[derive(Debug, Clone)]
pub struct NewEvent {
    /// The name by which an import refers to it.
    pub key: String,
    /// Key of its venue.
    pub venue_key: String,
    /// Keys of its performers, in the order of the poster.
    pub performer_keys: Vec<String>,
    /// Its title.
    pub title: String,
    /// A few sentences.
    pub description: String,
    /// The genre.
    pub genre: String,
    /// When it starts.
    pub starts_at: Timestamp,
    /// When the doors open.
    pub doors_at: Option<Timestamp>,
    /// When sales begin.
    pub on_sale_at: Timestamp,
    /// The currency of its prices.
    pub currency: Currency,
    /// What seats cost; every category of the seat map must be there.
    pub prices: Vec<NewPrice>,
    /// What is sold already.
    pub sold: NewBoxOfficeSale,
}

/// What an import wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Imported {
    /// Venues that are new or were changed.
    pub venues: u64,
    /// Performers that are new or were changed.
    pub performers: u64,
    /// Events that are new.
    pub events: u64,
    /// Events that were there before, under the same key, and were left alone.
    pub known_events: u64,
    /// Tickets made for the new events.
    pub tickets: u64,
}

impl Store {
    /// Writes a catalogue. Venues and performers that are known by their key are updated; events
    /// that are known are left alone, since their tickets may be sold. `progress` hears how many
    /// events are through.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer or refuses; then nothing was written.
    pub async fn import(
        &self,
        venues: &[NewVenue],
        performers: &[NewPerformer],
        events: &[NewEvent],
        mut progress: impl FnMut(usize),
    ) -> Result<Imported, StoreError> {
        let mut tx = self.pool.begin().await?;
        // Many rows in one go: no statement timeout, and sold tickets checked as they come.
        sqlx::query("SET LOCAL statement_timeout = 0").execute(&mut *tx).await?;
        sqlx::query("SET CONSTRAINTS ALL IMMEDIATE").execute(&mut *tx).await?;
        let mut imported = Imported::default();
        for venue in venues {
            write_venue(&mut tx, venue).await?;
            imported.venues += 1;
        }
        for performer in performers {
            write_performer(&mut tx, performer).await?;
            imported.performers += 1;
        }
        let maps: HashMap<&str, &NewVenue> =
            venues.iter().map(|venue| (venue.key.as_str(), venue)).collect();
        for (position, event) in events.iter().enumerate() {
            let missing = || StoreError::Corrupt {
                what: "the catalogue",
                reason: format!("event {} refers to no venue of the import", event.key),
            };
            let venue = maps.get(event.venue_key.as_str()).ok_or_else(missing)?;
            match write_event(&mut tx, event, venue).await? {
                None => imported.known_events += 1,
                Some(id) => {
                    imported.events += 1;
                    imported.tickets += write_tickets(&mut tx, id, event, venue).await?;
                }
            }
            progress(position + 1);
        }
        tx.commit().await?;
        sqlx::query("ANALYZE").execute(&self.pool).await?;
        Ok(imported)
    }
}

async fn write_venue(connection: &mut PgConnection, venue: &NewVenue) -> Result<(), StoreError> {
    let seat_count = i32::try_from(venue.seat_categories.len()).unwrap_or(i32::MAX);
    sqlx::query(
        "INSERT INTO seat_maps (hash, geometry, seat_count) VALUES ($1, $2, $3)
         ON CONFLICT (hash) DO NOTHING",
    )
    .bind(&venue.seat_map_hash)
    .bind(&venue.geometry)
    .bind(seat_count)
    .execute(&mut *connection)
    .await?;
    sqlx::query(
        "INSERT INTO venues (key, name, address, city, country, time_zone, latitude, longitude,
                             capacity, seat_map_hash)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         ON CONFLICT (key) DO UPDATE SET
             name = excluded.name, address = excluded.address, city = excluded.city,
             country = excluded.country, time_zone = excluded.time_zone,
             latitude = excluded.latitude, longitude = excluded.longitude,
             capacity = excluded.capacity, seat_map_hash = excluded.seat_map_hash",
    )
    .bind(&venue.key)
    .bind(&venue.name)
    .bind(&venue.address)
    .bind(&venue.city)
    .bind(&venue.country)
    .bind(&venue.time_zone)
    .bind(venue.latitude)
    .bind(venue.longitude)
    .bind(seat_count)
    .bind(&venue.seat_map_hash)
    .execute(connection)
    .await?;
    Ok(())
}

async fn write_performer(
    connection: &mut PgConnection,
    performer: &NewPerformer,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO performers (key, name, genre, description) VALUES ($1, $2, $3, $4)
         ON CONFLICT (key) DO UPDATE SET
             name = excluded.name, genre = excluded.genre, description = excluded.description",
    )
    .bind(&performer.key)
    .bind(&performer.name)
    .bind(&performer.genre)
    .bind(&performer.description)
    .execute(connection)
    .await?;
    Ok(())
}

/// The id of the new event, or `None` when its key is known.
async fn write_event(
    connection: &mut PgConnection,
    event: &NewEvent,
    venue: &NewVenue,
) -> Result<Option<i64>, StoreError> {
    let id: Option<i64> = sqlx::query_scalar(
        "INSERT INTO events (key, venue_id, seat_map_hash, title, description, genre, starts_at,
                             doors_at, on_sale_at, currency)
         SELECT $1, id, $3, $4, $5, $6, $7, $8, $9, $10 FROM venues WHERE key = $2
         ON CONFLICT (key) DO NOTHING
         RETURNING id",
    )
    .bind(&event.key)
    .bind(&event.venue_key)
    .bind(&venue.seat_map_hash)
    .bind(&event.title)
    .bind(&event.description)
    .bind(&event.genre)
    .bind(PgTime(event.starts_at))
    .bind(event.doors_at.map(PgTime))
    .bind(PgTime(event.on_sale_at))
    .bind(event.currency.code())
    .fetch_optional(&mut *connection)
    .await?;
    let Some(id) = id else { return Ok(None) };
    sqlx::query(
        "INSERT INTO event_performers (event_id, performer_id, position)
         SELECT $1, p.id, k.position - 1
           FROM unnest($2::text[]) WITH ORDINALITY AS k (key, position)
           JOIN performers p ON p.key = k.key",
    )
    .bind(id)
    .bind(&event.performer_keys)
    .execute(&mut *connection)
    .await?;
    sqlx::query(
        "INSERT INTO price_categories (event_id, category, name, price_minor)
         SELECT $1, * FROM unnest($2::smallint[], $3::text[], $4::bigint[])",
    )
    .bind(id)
    .bind(event.prices.iter().map(|price| i16::from(price.category)).collect::<Vec<_>>())
    .bind(event.prices.iter().map(|price| price.name.clone()).collect::<Vec<_>>())
    .bind(event.prices.iter().map(|price| price.price_minor).collect::<Vec<_>>())
    .execute(connection)
    .await?;
    Ok(Some(id))
}

async fn write_tickets(
    connection: &mut PgConnection,
    event_id: i64,
    event: &NewEvent,
    venue: &NewVenue,
) -> Result<u64, StoreError> {
    let mut sold_by: Vec<Option<Uuid>> = vec![None; venue.seat_categories.len()];
    for (chunk_number, seats) in event.sold.seats.chunks(BOX_OFFICE_CHUNK).enumerate() {
        // An id that follows from its event: the demo is the same on every machine.
        let number = u128::from(event_id.unsigned_abs()) << 16 | chunk_number as u128;
        let booking = Uuid::from_u128(0x0b0c_0ff1_0000_4000_9000_0000_0000_0000 | number);
        sell_over_the_counter(connection, booking, event_id, event, venue, seats).await?;
        for seat in seats {
            if let Some(owner) = sold_by.get_mut(seat.as_usize()) {
                *owner = Some(booking);
            }
        }
    }
    let categories: Vec<i16> = venue.seat_categories.iter().map(|c| i16::from(*c)).collect();
    let written = sqlx::query(
        "INSERT INTO tickets (event_id, seat, category, status, booking_id)
         SELECT $1, (position - 1)::integer, category,
                CASE WHEN booking_id IS NULL THEN 'available' ELSE 'sold' END::ticket_status,
                booking_id
           FROM unnest($2::smallint[], $3::uuid[]) WITH ORDINALITY
                AS t (category, booking_id, position)",
    )
    .bind(event_id)
    .bind(categories)
    .bind(sold_by)
    .execute(connection)
    .await?;
    Ok(written.rows_affected())
}

async fn sell_over_the_counter(
    connection: &mut PgConnection,
    booking: Uuid,
    event_id: i64,
    event: &NewEvent,
    venue: &NewVenue,
    seats: &[SeatIndex],
) -> Result<(), StoreError> {
    let price_of: HashMap<u8, i64> =
        event.prices.iter().map(|price| (price.category, price.price_minor)).collect();
    let price = |seat: &SeatIndex| {
        let category = venue.seat_categories.get(seat.as_usize());
        category.and_then(|category| price_of.get(category)).copied().unwrap_or_default()
    };
    let prices: Vec<i64> = seats.iter().map(price).collect();
    let total: i64 = prices.iter().sum();
    sqlx::query(
        "INSERT INTO bookings (id, event_id, user_id, status, payment, seats, prices_minor,
                               total_minor, currency, fingerprint)
         VALUES ($1, $2, $3, 'confirmed', 'succeeded', $4, $5, $6, $7, '')",
    )
    .bind(booking)
    .bind(event_id)
    .bind(BOX_OFFICE_USER)
    .bind(seat_numbers(seats))
    .bind(prices)
    .bind(total)
    .bind(event.currency.code())
    .execute(&mut *connection)
    .await?;
    sqlx::query(
        "INSERT INTO payments (booking_id, provider, amount_minor, currency, attempts, succeeded_at)
         VALUES ($1, 'box_office', $2, $3, 1, now())",
    )
    .bind(booking)
    .bind(total)
    .bind(event.currency.code())
    .execute(connection)
    .await?;
    Ok(())
}
