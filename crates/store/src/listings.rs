//! Events as they are listed, for whoever indexes them.

use std::{collections::HashMap, time::Duration};

use onsale_domain::{
    Currency, EventId, ListedPerformer, ListedVenue, Listing, PerformerId, SeatsLeft, VenueId,
};
use sqlx::{FromRow, Row, postgres::PgRow};

use crate::{Store, StoreError, horizon::Of, time::PgTime};

/// Events whose seats are counted by one statement; a stadium has a hundred thousand.
const COUNTED_AT_ONCE: usize = 20;

struct ListingRow(Listing);

impl FromRow<'_, PgRow> for ListingRow {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        let time = |name: &str| row.try_get::<PgTime, _>(name).map(|PgTime(time)| time);
        let currency: String = row.try_get("currency")?;
        let currency =
            Currency::parse(&currency).map_err(|error| sqlx::Error::Decode(Box::new(error)))?;
        let ids: Vec<i64> = row.try_get("performer_ids")?;
        let names: Vec<String> = row.try_get("performer_names")?;
        let performers = ids.into_iter().zip(names);
        let performer = |(id, name)| ListedPerformer { id: PerformerId(id), name };
        Ok(Self(Listing {
            id: EventId(row.try_get("id")?),
            title: row.try_get("title")?,
            description: row.try_get("description")?,
            genre: row.try_get("genre")?,
            starts_at: time("starts_at")?,
            on_sale_at: time("on_sale_at")?,
            currency,
            from_price_minor: row.try_get("from_price_minor")?,
            venue: ListedVenue {
                id: VenueId(row.try_get("venue_id")?),
                name: row.try_get("venue_name")?,
                city: row.try_get("city")?,
                country: row.try_get("country")?,
                time_zone: row.try_get("time_zone")?,
                latitude: row.try_get("latitude")?,
                longitude: row.try_get("longitude")?,
            },
            performers: performers.map(performer).collect(),
        }))
    }
}

macro_rules! listed {
    ($condition:literal) => {
        concat!(
            "SELECT e.id, e.title, e.description, e.genre, e.starts_at, e.on_sale_at, e.currency,
                    v.id AS venue_id, v.name AS venue_name, v.city, v.country, v.time_zone,
                    v.latitude, v.longitude, p.performer_ids, p.performer_names,
                    (SELECT min(c.price_minor) FROM price_categories c WHERE c.event_id = e.id)
                        AS from_price_minor
               FROM events e JOIN venues v ON v.id = e.venue_id,
                    LATERAL (SELECT coalesce(array_agg(p.id ORDER BY ep.position), '{}')
                                        AS performer_ids,
                                    coalesce(array_agg(p.name ORDER BY ep.position), '{}')
                                        AS performer_names
                               FROM event_performers ep JOIN performers p ON p.id = ep.performer_id
                              WHERE ep.event_id = e.id) p
              WHERE e.cancelled_at IS NULL AND ",
            $condition
        )
    };
}

impl Store {
    /// The listings of those of `events` that exist and are not cancelled.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn listings(&self, events: &[EventId]) -> Result<Vec<Listing>, StoreError> {
        let rows: Vec<ListingRow> = sqlx::query_as(listed!("e.id = ANY($1)"))
            .bind(numbers(events))
            .fetch_all(&self.pool)
            .await?;
        Ok(rows.into_iter().map(|ListingRow(listing)| listing).collect())
    }

    /// The listings that follow on an event by id, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn listings_after(
        &self,
        event: EventId,
        limit: u32,
    ) -> Result<Vec<Listing>, StoreError> {
        let rows: Vec<ListingRow> = sqlx::query_as(listed!("e.id > $1 ORDER BY e.id LIMIT $2"))
            .bind(event.0)
            .bind(i64::from(limit))
            .fetch_all(&self.pool)
            .await?;
        Ok(rows.into_iter().map(|ListingRow(listing)| listing).collect())
    }

    /// About how many events there are.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn event_count_estimate(&self) -> Result<u64, StoreError> {
        let rows: f32 =
            sqlx::query_scalar("SELECT reltuples FROM pg_class WHERE oid = 'events'::regclass")
                .fetch_one(&self.pool)
                .await?;
        Ok(rows.max(0.0) as u64)
    }

    /// The events at any of the venues or with any of the performers.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn events_that_show(
        &self,
        venues: &[VenueId],
        performers: &[PerformerId],
    ) -> Result<Vec<EventId>, StoreError> {
        let ids: Vec<i64> = sqlx::query_scalar(
            "SELECT id FROM events WHERE venue_id = ANY($1)
             UNION SELECT event_id FROM event_performers WHERE performer_id = ANY($2)",
        )
        .bind(venues.iter().map(|venue| venue.0).collect::<Vec<_>>())
        .bind(performers.iter().map(|performer| performer.0).collect::<Vec<_>>())
        .fetch_all(&self.pool)
        .await?;
        Ok(ids.into_iter().map(EventId).collect())
    }

    /// What is left of the seats of each event that has any. A hold that has run out counts as
    /// available.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn seats_left(
        &self,
        events: &[EventId],
    ) -> Result<HashMap<EventId, SeatsLeft>, StoreError> {
        let with_seats: Vec<i64> = sqlx::query_scalar(
            "SELECT id FROM unnest($1::bigint[]) AS id
              WHERE EXISTS (SELECT FROM tickets WHERE event_id = id)",
        )
        .bind(numbers(events))
        .fetch_all(&self.pool)
        .await?;
        let mut left = HashMap::with_capacity(with_seats.len());
        for events in with_seats.chunks(COUNTED_AT_ONCE) {
            let rows = sqlx::query(
                "SELECT event_id, sum(seats)::bigint AS seats, sum(free)::bigint AS free,
                        min(price_minor) FILTER (WHERE free > 0) AS from_price_minor
                   FROM (SELECT event_id, category, count(*) AS seats,
                                count(*) FILTER (WHERE status = 'available'
                                    OR (status = 'held' AND held_until <= now())) AS free
                           FROM tickets WHERE event_id = ANY($1) GROUP BY event_id, category) t
                   JOIN price_categories USING (event_id, category)
                  GROUP BY event_id",
            )
            .bind(events)
            .fetch_all(&self.pool)
            .await?;
            for row in &rows {
                left.insert(EventId(row.try_get("event_id")?), seats_from(row)?);
            }
        }
        Ok(left)
    }

    /// Waits until whoever reads sees every change of the catalogue that was committed by now;
    /// `false` when some transaction, an import perhaps, did not end within `patience`.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn catalogue_is_settled(&self, patience: Duration) -> Result<bool, StoreError> {
        Ok(self.horizon_of(Of::Catalogue, patience).await?.is_some())
    }
}

fn seats_from(row: &PgRow) -> Result<SeatsLeft, sqlx::Error> {
    let count = |name: &str| {
        let count: i64 = row.try_get(name)?;
        Ok::<u32, sqlx::Error>(u32::try_from(count).unwrap_or(u32::MAX))
    };
    Ok(SeatsLeft {
        all: count("seats")?,
        free: count("free")?,
        from_price_minor: row.try_get("from_price_minor")?,
    })
}

fn numbers(events: &[EventId]) -> Vec<i64> {
    events.iter().map(|event| event.0).collect()
}
