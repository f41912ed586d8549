//! Venues and performers by themselves, and what is coming up with them.

use onsale_domain::{PerformerId, Timestamp, VenueId};
use sqlx::Row;

use crate::{
    PerformerRecord, Store, StoreError, VenueRecord,
    catalogue::{EventRecord, event_columns},
    time::PgTime,
};

/// Whose events are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Upcoming {
    /// Those at a venue.
    At(VenueId),
    /// Those with a performer.
    With(PerformerId),
}

impl Store {
    /// A venue, or `None`.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn venue(&self, id: VenueId) -> Result<Option<VenueRecord>, StoreError> {
        let row = sqlx::query(
            "SELECT name, address, city, country, time_zone, capacity FROM venues WHERE id = $1",
        )
        .bind(id.0)
        .fetch_optional(&self.pool)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let capacity: i32 = row.try_get("capacity")?;
        Ok(Some(VenueRecord {
            id,
            name: row.try_get("name")?,
            address: row.try_get("address")?,
            city: row.try_get("city")?,
            country: row.try_get("country")?,
            time_zone: row.try_get("time_zone")?,
            capacity: u32::try_from(capacity).unwrap_or_default(),
        }))
    }

    /// A performer, or `None`.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn performer(&self, id: PerformerId) -> Result<Option<PerformerRecord>, StoreError> {
        let row = sqlx::query("SELECT name, genre, description FROM performers WHERE id = $1")
            .bind(id.0)
            .fetch_optional(&self.pool)
            .await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(PerformerRecord {
            id,
            name: row.try_get("name")?,
            genre: row.try_get("genre")?,
            description: row.try_get("description")?,
        }))
    }

    /// Events that start at `from` or later, the soonest first. Cancelled ones are among them:
    /// whoever looks for one should learn of it.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn upcoming(
        &self,
        whose: Upcoming,
        from: Timestamp,
        limit: u32,
    ) -> Result<Vec<EventRecord>, StoreError> {
        let (sql, id) = match whose {
            Upcoming::At(venue) => (
                concat!(
                    "SELECT ",
                    event_columns!(),
                    " FROM events e JOIN venues v ON v.id = e.venue_id
                      WHERE e.venue_id = $1 AND e.starts_at >= $2
                      ORDER BY e.starts_at, e.id LIMIT $3"
                ),
                venue.0,
            ),
            Upcoming::With(performer) => (
                concat!(
                    "SELECT ",
                    event_columns!(),
                    " FROM event_performers x JOIN events e ON e.id = x.event_id
                      JOIN venues v ON v.id = e.venue_id
                      WHERE x.performer_id = $1 AND e.starts_at >= $2
                      ORDER BY e.starts_at, e.id LIMIT $3"
                ),
                performer.0,
            ),
        };
        let query = sqlx::query_as(sql).bind(id).bind(PgTime(from)).bind(i64::from(limit));
        Ok(query.fetch_all(&self.pool).await?)
    }
}
