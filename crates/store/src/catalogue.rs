//! Reading what is sold: events with their venue, performers, prices and seats.

use onsale_domain::{
    Currency, EventId, Money, PerformerId, SeatIndex, SeatState, Timestamp, VenueId,
};
use serde::{Deserialize, Serialize};
use sqlx::{FromRow, Row, postgres::PgRow};

use crate::{
    Store, StoreError,
    holds::{seat_numbers, seats_from},
    time::PgTime,
};

/// A venue, without its seat map.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VenueRecord {
    /// The venue.
    pub id: VenueId,
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
    /// How many people it holds.
    pub capacity: u32,
}

/// A performer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PerformerRecord {
    /// The performer.
    pub id: PerformerId,
    /// The name.
    pub name: String,
    /// The genre.
    pub genre: String,
    /// A few sentences; may be empty.
    pub description: String,
}

/// What a category of seats costs at an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceRecord {
    /// The number of the category in the seat map.
    pub category: u8,
    /// Its name.
    pub name: String,
    /// What a seat costs.
    pub price: Money,
}

/// An event with its venue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EventRecord {
    /// The event.
    pub id: EventId,
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
    /// When it was cancelled, if it was.
    pub cancelled_at: Option<Timestamp>,
    /// The currency of its prices.
    pub currency: Currency,
    /// Hash of the seat map it is sold by.
    pub seat_map_hash: String,
    /// Where it takes place.
    pub venue: VenueRecord,
    /// The lowest price.
    pub from_price: Option<Money>,
}

/// A seat map in its binary form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeatMapRecord {
    /// The geometry, readable by `SeatMap::from_bytes`.
    pub geometry: Vec<u8>,
    /// Seats and places.
    pub seat_count: u32,
}

/// A seat that is not available.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeatRecord {
    /// The seat.
    pub seat: SeatIndex,
    /// What it is.
    pub state: SeatState,
    /// When its hold runs out.
    pub held_until: Option<Timestamp>,
}

macro_rules! event_columns {
    () => {
        "e.id, e.title, e.description, e.genre, e.starts_at, e.doors_at, e.on_sale_at,
         e.cancelled_at, e.currency, e.seat_map_hash, v.id AS venue_id, v.name AS venue_name,
         v.address, v.city, v.country, v.time_zone, v.capacity,
         (SELECT min(p.price_minor) FROM price_categories p WHERE p.event_id = e.id)
             AS from_price_minor"
    };
}
pub(crate) use event_columns;

impl FromRow<'_, PgRow> for EventRecord {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        let time = |name: &str| {
            row.try_get::<Option<PgTime>, _>(name).map(|time| time.map(|PgTime(time)| time))
        };
        let required = |name: &str| row.try_get::<PgTime, _>(name).map(|PgTime(time)| time);
        let currency: String = row.try_get("currency")?;
        let currency =
            Currency::parse(&currency).map_err(|error| sqlx::Error::Decode(Box::new(error)))?;
        let from_price: Option<i64> = row.try_get("from_price_minor")?;
        let capacity: i32 = row.try_get("capacity")?;
        Ok(Self {
            id: EventId(row.try_get("id")?),
            title: row.try_get("title")?,
            description: row.try_get("description")?,
            genre: row.try_get("genre")?,
            starts_at: required("starts_at")?,
            doors_at: time("doors_at")?,
            on_sale_at: required("on_sale_at")?,
            cancelled_at: time("cancelled_at")?,
            currency,
            seat_map_hash: row.try_get("seat_map_hash")?,
            venue: VenueRecord {
                id: VenueId(row.try_get("venue_id")?),
                name: row.try_get("venue_name")?,
                address: row.try_get("address")?,
                city: row.try_get("city")?,
                country: row.try_get("country")?,
                time_zone: row.try_get("time_zone")?,
                capacity: u32::try_from(capacity).unwrap_or_default(),
            },
            from_price: from_price.map(|minor| Money::new(minor, currency)),
        })
    }
}

/// The seats that are not available, a row for each status, with the clock in each; where there are
/// none, the clock. The seats of a stadium would be much longer on their way in rows of their own.
macro_rules! unavailable {
    ($which:literal) => {
        concat!(
            "SELECT now() AS read_at, t.status::text AS status, array_agg(t.seat) AS seats,
                    array_agg(t.held_until) AS held_until
               FROM (SELECT 1) AS always LEFT JOIN tickets AS t
                 ON t.event_id = $1 AND t.status <> 'available'
                AND (t.status <> 'held' OR t.held_until > now())",
            $which,
            " GROUP BY t.status"
        )
    };
}

impl Store {
    /// An event, or `None`.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn event(&self, id: EventId) -> Result<Option<EventRecord>, StoreError> {
        let sql = concat!(
            "SELECT ",
            event_columns!(),
            " FROM events e JOIN venues v ON v.id = e.venue_id WHERE e.id = $1"
        );
        Ok(sqlx::query_as(sql).bind(id.0).fetch_optional(&self.pool).await?)
    }

    /// The performers of an event, in the order of the poster.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn performers(&self, event: EventId) -> Result<Vec<PerformerRecord>, StoreError> {
        let rows = sqlx::query(
            "SELECT p.id, p.name, p.genre, p.description
               FROM event_performers ep JOIN performers p ON p.id = ep.performer_id
              WHERE ep.event_id = $1 ORDER BY ep.position",
        )
        .bind(event.0)
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(PerformerRecord {
                    id: PerformerId(row.try_get("id")?),
                    name: row.try_get("name")?,
                    genre: row.try_get("genre")?,
                    description: row.try_get("description")?,
                })
            })
            .collect()
    }

    /// The prices of an event, by category.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn prices(
        &self,
        event: EventId,
        currency: Currency,
    ) -> Result<Vec<PriceRecord>, StoreError> {
        let rows = sqlx::query(
            "SELECT category, name, price_minor FROM price_categories
              WHERE event_id = $1 ORDER BY category",
        )
        .bind(event.0)
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|row| {
                let category: i16 = row.try_get("category")?;
                Ok(PriceRecord {
                    category: u8::try_from(category).unwrap_or_default(),
                    name: row.try_get("name")?,
                    price: Money::new(row.try_get("price_minor")?, currency),
                })
            })
            .collect()
    }

    /// A seat map, or `None`.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn seat_map(&self, hash: &str) -> Result<Option<SeatMapRecord>, StoreError> {
        let row = sqlx::query("SELECT geometry, seat_count FROM seat_maps WHERE hash = $1")
            .bind(hash)
            .fetch_optional(&self.pool)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let seat_count: i32 = row.try_get("seat_count")?;
        Ok(Some(SeatMapRecord {
            geometry: row.try_get("geometry")?,
            seat_count: u32::try_from(seat_count).unwrap_or_default(),
        }))
    }

    /// The seats of an event that are not available, and the database's clock at that moment.
    /// A hold that has run out counts as available.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn unavailable_seats(
        &self,
        event: EventId,
    ) -> Result<(Vec<SeatRecord>, Timestamp), StoreError> {
        self.unavailable(event, None).await
    }

    /// Those of `seats` that are not available, and the database's clock at that moment.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn unavailable_among(
        &self,
        event: EventId,
        seats: &[SeatIndex],
    ) -> Result<(Vec<SeatRecord>, Timestamp), StoreError> {
        self.unavailable(event, Some(seat_numbers(seats))).await
    }

    async fn unavailable(
        &self,
        event: EventId,
        seats: Option<Vec<i32>>,
    ) -> Result<(Vec<SeatRecord>, Timestamp), StoreError> {
        // Two statements, because a few seats are found by their keys and all by the event's.
        let query = match seats {
            Some(seats) => {
                sqlx::query(unavailable!(" AND t.seat = ANY($2)")).bind(event.0).bind(seats)
            }
            None => sqlx::query(unavailable!("")).bind(event.0),
        };
        let rows = query.fetch_all(&self.pool).await?;
        let first = rows.first().ok_or(sqlx::Error::RowNotFound)?;
        let PgTime(read_at) = first.try_get("read_at")?;
        let mut records = Vec::new();
        for row in &rows {
            let Some(status) = row.try_get::<Option<&str>, _>("status")? else { continue };
            let state = unavailable_state(status)?;
            let seats = seats_from(row.try_get("seats")?);
            let ends: Vec<Option<PgTime>> = row.try_get("held_until")?;
            let record = |(seat, end): (SeatIndex, Option<PgTime>)| SeatRecord {
                seat,
                state,
                held_until: end.map(|PgTime(time)| time),
            };
            records.extend(seats.into_iter().zip(ends).map(record));
        }
        Ok((records, read_at))
    }

    /// The seats of an event that can be held now.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn free_seats(&self, event: EventId) -> Result<Vec<SeatIndex>, StoreError> {
        let free = sqlx::query_scalar(
            "SELECT coalesce(array_agg(seat), '{}') FROM tickets
              WHERE event_id = $1
                AND (status = 'available' OR (status = 'held' AND held_until <= now()))",
        );
        Ok(seats_from(free.bind(event.0).fetch_one(&self.pool).await?))
    }

    /// Whether there is any event.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn has_events(&self) -> Result<bool, StoreError> {
        let found = sqlx::query_scalar("SELECT EXISTS (SELECT FROM events)");
        Ok(found.fetch_one(&self.pool).await?)
    }
}

fn unavailable_state(status: &str) -> Result<SeatState, StoreError> {
    match status {
        "held" => Ok(SeatState::Held),
        "sold" => Ok(SeatState::Sold),
        "blocked" => Ok(SeatState::Blocked),
        other => Err(StoreError::Corrupt { what: "a ticket's status", reason: other.into() }),
    }
}
