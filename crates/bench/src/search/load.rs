//! The catalogue in PostgreSQL.

use std::fmt::Write as _;

use sqlx::{Connection, Executor, PgConnection, PgPool};

use super::catalogue::Catalogue;
use crate::BenchError;

/// Ids of made-up rows begin here: the small demo is below.
pub const FIRST_ID: i64 = 1_000_000;
/// Rows that are sent at once.
const CHUNK: usize = 20_000;

/// Brings everything in. The relay is not told of the rows: the indexes are built from the tables.
pub async fn load(pool: &PgPool, catalogue: &Catalogue) -> Result<(), BenchError> {
    pool.execute(
        "ALTER PUBLICATION onsale_relay
          DROP TABLE events, venues, performers, event_performers, price_categories",
    )
    .await?;
    let mut connection = PgConnection::connect_with(&pool.connect_options()).await?;
    // Foreign keys of four million rows would be looked up one by one.
    connection.execute("SET session_replication_role = replica").await?;
    let id = |number: usize| FIRST_ID + number as i64;
    let hash: String =
        sqlx::query_scalar("SELECT hash FROM seat_maps LIMIT 1").fetch_one(&mut connection).await?;
    let venues = catalogue.venues.iter().enumerate().map(|(number, venue)| {
        let (city, north, east) = &catalogue.cities[venue.city];
        let (id, name) = (id(number), &venue.name);
        format!(
            "{id}\tv{id}\t{name}\tRoad 1\t{city}\tFR\tEurope/Paris\t{north}\t{east}\t1000\t{hash}"
        )
    });
    copy(&mut connection, "venues (id, key, name, address, city, country, time_zone, latitude, longitude, capacity, seat_map_hash)", venues).await?;
    let performers = catalogue.performers.iter().enumerate();
    let performers = performers.map(|(number, name)| {
        let id = id(number);
        format!("{id}\tp{id}\t{name}\tJazz\t")
    });
    copy(&mut connection, "performers (id, key, name, genre, description)", performers).await?;
    let events = catalogue.events.iter().enumerate().map(|(number, event)| {
        let (id, venue) = (id(number), id(event.venue));
        let (title, genre, starts) = (&event.title, event.genre, time(event.starts));
        let about = format!("An evening with {}.", catalogue.performers[event.performers[0]]);
        format!("{id}\te{id}\t{venue}\t{hash}\t{title}\t{about}\t{genre}\t{starts}\t\\N\t2026-01-01\tEUR\t\\N")
    });
    copy(&mut connection, "events (id, key, venue_id, seat_map_hash, title, description, genre, starts_at, doors_at, on_sale_at, currency, cancelled_at)", events).await?;
    let billed = catalogue.events.iter().enumerate().flat_map(|(number, event)| {
        let billed = event.performers.iter().enumerate();
        billed.map(move |(at, performer)| format!("{}\t{}\t{at}", id(number), id(*performer)))
    });
    copy(&mut connection, "event_performers (event_id, performer_id, position)", billed).await?;
    let prices = catalogue.events.iter().enumerate().flat_map(|(number, event)| {
        let price = event.price_minor;
        [
            format!("{}\t0\tStalls\t{}", id(number), 2 * price),
            format!("{}\t1\tBalcony\t{price}", id(number)),
        ]
    });
    copy(&mut connection, "price_categories (event_id, category, name, price_minor)", prices)
        .await?;
    connection.execute("ANALYZE").await?;
    pool.execute(
        "ALTER PUBLICATION onsale_relay
          ADD TABLE events, venues, performers, event_performers, price_categories",
    )
    .await?;
    Ok(())
}

fn time(seconds: i64) -> String {
    onsale_domain::Timestamp(seconds * 1000).to_string()
}

async fn copy(
    connection: &mut PgConnection,
    table: &'static str,
    mut lines: impl Iterator<Item = String>,
) -> Result<(), BenchError> {
    let statement = format!("COPY {table} FROM STDIN");
    let mut copy = connection.copy_in_raw(&statement).await?;
    loop {
        let mut chunk = String::new();
        for line in lines.by_ref().take(CHUNK) {
            // Writing to a string cannot fail.
            let _ = writeln!(chunk, "{line}");
        }
        if chunk.is_empty() {
            break;
        }
        copy.send(chunk.into_bytes()).await?;
    }
    copy.finish().await?;
    Ok(())
}
