//! Finding events with PostgreSQL alone.

use onsale_domain::{PerformerId, Timestamp, VenueId};
use sqlx::{Postgres, Row, postgres::PgArguments, query::Query};

use crate::{
    Store, StoreError,
    catalogue::{EventRecord, event_columns},
    time::PgTime,
};

/// The order of results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum EventOrder {
    /// Soonest first.
    #[default]
    Date,
    /// Cheapest first.
    Price,
}

/// What is looked for. Every field narrows the result.
#[derive(Debug, Clone, Default)]
pub struct EventFilter {
    /// Words that must all occur in title, genre, venue, city or performers.
    pub words: Vec<String>,
    /// Events that start then or later.
    pub start: Option<Timestamp>,
    /// Events that start before.
    pub end: Option<Timestamp>,
    /// The city, in any case.
    pub city: Option<String>,
    /// The venue.
    pub venue: Option<VenueId>,
    /// The performer.
    pub performer: Option<PerformerId>,
    /// Any of these genres; all when empty.
    pub genres: Vec<String>,
    /// The highest lowest price, in minor units.
    pub max_price_minor: Option<i64>,
    /// The order.
    pub order: EventOrder,
    /// Events in the answer at most.
    pub limit: i64,
    /// Events to skip.
    pub offset: i64,
}

/// How many events have a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FacetCount {
    /// `city` or `category`.
    pub field: String,
    /// The value.
    pub value: String,
    /// Events with it.
    pub count: u64,
}

/// What was found.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundEvents {
    /// One page of events.
    pub events: Vec<EventRecord>,
    /// How many there are in all.
    pub total: u64,
    /// The most frequent cities and genres among all of them.
    pub facets: Vec<FacetCount>,
}

/// Events that are not cancelled and pass the filter; `$1` … `$8` are bound by [`bind`].
macro_rules! matching {
    () => {
        " FROM events e JOIN venues v ON v.id = e.venue_id
         WHERE e.cancelled_at IS NULL
           AND ($1::timestamptz IS NULL OR e.starts_at >= $1)
           AND ($2::timestamptz IS NULL OR e.starts_at < $2)
           AND ($3::text IS NULL OR lower(v.city) = lower($3))
           AND ($4::bigint IS NULL OR v.id = $4)
           AND ($5::bigint IS NULL OR EXISTS (SELECT FROM event_performers x
                 WHERE x.event_id = e.id AND x.performer_id = $5))
           AND (cardinality($6::text[]) = 0 OR e.genre = ANY($6))
           AND ($7::bigint IS NULL OR (SELECT min(x.price_minor) FROM price_categories x
                 WHERE x.event_id = e.id) <= $7)
           AND NOT EXISTS (SELECT FROM unnest($8::text[]) AS pattern
                 WHERE concat_ws(' ', e.title, e.genre, v.name, v.city,
                        (SELECT string_agg(p.name, ' ') FROM event_performers x
                           JOIN performers p ON p.id = x.performer_id WHERE x.event_id = e.id))
                       NOT ILIKE pattern)"
    };
}

impl Store {
    /// Finds events.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn search_events(&self, filter: &EventFilter) -> Result<FoundEvents, StoreError> {
        let by_date = concat!(
            "SELECT ",
            event_columns!(),
            matching!(),
            " ORDER BY e.starts_at, e.id LIMIT $9 OFFSET $10"
        );
        let by_price = concat!(
            "SELECT ",
            event_columns!(),
            matching!(),
            " ORDER BY from_price_minor NULLS LAST, e.starts_at, e.id LIMIT $9 OFFSET $10"
        );
        let page = match filter.order {
            EventOrder::Date => by_date,
            EventOrder::Price => by_price,
        };
        let rows = bind(sqlx::query(page), filter)
            .bind(filter.limit)
            .bind(filter.offset)
            .fetch_all(&self.pool)
            .await?;
        let events: Result<Vec<EventRecord>, _> =
            rows.iter().map(sqlx::FromRow::from_row).collect();
        let (total, facets) = self.count_events(filter).await?;
        Ok(FoundEvents { events: events?, total, facets })
    }

    async fn count_events(
        &self,
        filter: &EventFilter,
    ) -> Result<(u64, Vec<FacetCount>), StoreError> {
        let sql = concat!(
            "SELECT CASE WHEN grouping(v.city) = 0 THEN 'city'
                         WHEN grouping(e.genre) = 0 THEN 'category' ELSE '' END AS field,
                    coalesce(v.city, e.genre, '') AS value, count(*) AS count",
            matching!(),
            " GROUP BY GROUPING SETS ((), (v.city), (e.genre))
              ORDER BY count DESC, value LIMIT 60"
        );
        let rows = bind(sqlx::query(sql), filter).fetch_all(&self.pool).await?;
        let (mut total, mut facets) = (0, Vec::with_capacity(rows.len()));
        for row in &rows {
            let count: i64 = row.try_get("count")?;
            let count = u64::try_from(count).unwrap_or_default();
            let field: String = row.try_get("field")?;
            if field.is_empty() {
                total = count;
            } else {
                facets.push(FacetCount { field, value: row.try_get("value")?, count });
            }
        }
        Ok((total, facets))
    }
}

fn bind<'q>(
    query: Query<'q, Postgres, PgArguments>,
    filter: &EventFilter,
) -> Query<'q, Postgres, PgArguments> {
    query
        .bind(filter.start.map(PgTime))
        .bind(filter.end.map(PgTime))
        .bind(filter.city.clone())
        .bind(filter.venue.map(|venue| venue.0))
        .bind(filter.performer.map(|performer| performer.0))
        .bind(filter.genres.clone())
        .bind(filter.max_price_minor)
        .bind(filter.words.iter().map(|word| containing(word)).collect::<Vec<_>>())
}

/// A pattern for texts that contain the word; what LIKE treats as special is taken literally.
fn containing(word: &str) -> String {
    let mut pattern = String::with_capacity(word.len() + 2);
    pattern.push('%');
    for letter in word.chars() {
        if matches!(letter, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(letter);
    }
    pattern.push('%');
    pattern
}
