//! Rows as PostgreSQL writes them in text, read into the shapes of `onsale-messages`.

use std::{fmt::Display, str::FromStr};

use onsale_domain::Timestamp;
use onsale_messages::relay::{
    CatalogueRow, EventPerformerRow, EventRow, PerformerRow, PriceCategoryRow, VenueRow,
};

use crate::WalError;

/// The columns of a row: a name leads to its text, or to nothing when it is null.
pub struct Columns<'a> {
    table: &'a str,
    text_of: &'a dyn Fn(&str) -> Option<String>,
}

/// A row of a table of the catalogue; `None` for a table that is not of it. `text_of` knows the
/// text of a column, with times in UTC; `None` means null.
///
/// # Errors
/// [`WalError::Row`] names the column that is missing or cannot be read.
pub fn row_of(
    table: &str,
    text_of: &dyn Fn(&str) -> Option<String>,
) -> Result<Option<CatalogueRow>, WalError> {
    let columns = Columns::new(table, text_of);
    Ok(Some(match table {
        "venues" => CatalogueRow::Venues(venue(&columns)?),
        "performers" => CatalogueRow::Performers(performer(&columns)?),
        "events" => CatalogueRow::Events(event(&columns)?),
        "event_performers" => CatalogueRow::EventPerformers(EventPerformerRow {
            event_id: columns.read("event_id")?,
            performer_id: columns.read("performer_id")?,
            position: columns.read("position")?,
        }),
        "price_categories" => CatalogueRow::PriceCategories(PriceCategoryRow {
            event_id: columns.read("event_id")?,
            category: columns.read("category")?,
            name: columns.read("name")?,
            price_minor: columns.read("price_minor")?,
        }),
        _ => return Ok(None),
    }))
}

fn venue(columns: &Columns<'_>) -> Result<VenueRow, WalError> {
    Ok(VenueRow {
        id: columns.read("id")?,
        key: columns.read("key")?,
        name: columns.read("name")?,
        address: columns.read("address")?,
        city: columns.read("city")?,
        country: columns.read("country")?,
        time_zone: columns.read("time_zone")?,
        latitude: columns.read("latitude")?,
        longitude: columns.read("longitude")?,
        capacity: columns.read("capacity")?,
        seat_map_hash: columns.read("seat_map_hash")?,
    })
}

fn performer(columns: &Columns<'_>) -> Result<PerformerRow, WalError> {
    Ok(PerformerRow {
        id: columns.read("id")?,
        key: columns.read("key")?,
        name: columns.read("name")?,
        genre: columns.read("genre")?,
        description: columns.read("description")?,
    })
}

fn event(columns: &Columns<'_>) -> Result<EventRow, WalError> {
    Ok(EventRow {
        id: columns.read("id")?,
        key: columns.read("key")?,
        venue_id: columns.read("venue_id")?,
        seat_map_hash: columns.read("seat_map_hash")?,
        title: columns.read("title")?,
        description: columns.read("description")?,
        genre: columns.read("genre")?,
        starts_at: columns.time("starts_at")?,
        doors_at: columns.optional_time("doors_at")?,
        on_sale_at: columns.time("on_sale_at")?,
        currency: columns.read("currency")?,
        cancelled_at: columns.optional_time("cancelled_at")?,
    })
}

impl<'a> Columns<'a> {
    pub const fn new(table: &'a str, text_of: &'a dyn Fn(&str) -> Option<String>) -> Self {
        Self { table, text_of }
    }

    /// A column that must have a value.
    pub fn read<T: FromStr<Err: Display>>(&self, column: &'static str) -> Result<T, WalError> {
        let text = self.text(column)?;
        text.parse().map_err(|error: T::Err| self.wrong(column, error.to_string()))
    }

    /// The text of a column that must have a value.
    pub fn text(&self, column: &'static str) -> Result<String, WalError> {
        (self.text_of)(column).ok_or_else(|| self.wrong(column, "is missing".into()))
    }

    /// The text of a column that may have none.
    pub fn optional(&self, column: &str) -> Option<String> {
        (self.text_of)(column)
    }

    /// What is wrong with a column.
    pub fn wrong(&self, column: &'static str, reason: String) -> WalError {
        WalError::Row { table: self.table.to_owned(), column, reason }
    }

    fn time(&self, column: &'static str) -> Result<Timestamp, WalError> {
        self.moment(column, &self.text(column)?)
    }

    fn optional_time(&self, column: &'static str) -> Result<Option<Timestamp>, WalError> {
        self.optional(column).map(|text| self.moment(column, &text)).transpose()
    }

    /// PostgreSQL writes `2026-12-04 19:00:00.5+00`: an offset in whole hours has no minutes.
    fn moment(&self, column: &'static str, text: &str) -> Result<Timestamp, WalError> {
        format!("{text}:00").parse().map_err(|_| self.wrong(column, format!("is `{text}`")))
    }
}

#[cfg(test)]
mod tests {
    use onsale_domain::{EventId, VenueId};

    use super::*;

    fn event_column(name: &str) -> Option<String> {
        Some(
            match name {
                "id" => "7",
                "venue_id" => "3",
                "starts_at" => "2026-12-04 19:00:00+00",
                "on_sale_at" => "2026-12-01 09:00:00.25+00",
                "doors_at" | "cancelled_at" => return None,
                "currency" => "EUR",
                _ => "text",
            }
            .into(),
        )
    }

    #[test]
    fn an_event_is_read() {
        let row = row_of("events", &event_column).expect("an event");
        let Some(CatalogueRow::Events(event)) = row else { panic!("{row:?}") };
        assert_eq!((event.id, event.venue_id), (EventId(7), VenueId(3)));
        assert_eq!(event.starts_at, Timestamp(1_796_410_800_000));
        assert_eq!(event.on_sale_at.to_string(), "2026-12-01T09:00:00.250Z");
        assert_eq!((event.doors_at, event.title.as_str()), (None, "text"));
    }

    #[test]
    fn mistakes_name_their_column() {
        let without = |missing: &'static str| {
            move |name: &str| event_column(name).filter(|_| name != missing)
        };
        let error = row_of("events", &without("currency")).expect_err("no currency");
        assert_eq!(error.to_string(), "a row of events cannot be read: currency is missing");
        let late = |name: &str| match name {
            "starts_at" => Some("infinity".into()),
            _ => event_column(name),
        };
        let error = row_of("events", &late).expect_err("no moment");
        assert!(error.to_string().contains("starts_at is `infinity`"), "{error}");
    }

    #[test]
    fn other_tables_are_not_of_the_catalogue() {
        assert_eq!(row_of("users", &event_column).ok(), Some(None));
    }
}
