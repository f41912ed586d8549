//! The whole catalogue as it is at one moment, for the relay to tell it again.

use std::time::Duration;

use onsale_messages::Lsn;
use sqlx::{Column, Postgres, Row, Transaction, postgres::PgRow};

use crate::{
    Store, StoreError,
    horizon::{Horizon, Of},
};

/// The tables of the catalogue, those that others refer to first.
pub(crate) const TABLES: [&str; 5] =
    ["venues", "performers", "events", "event_performers", "price_categories"];
/// Rows read at once.
const PAGE: usize = 1_000;
/// How long one try to find a position for the snapshot lasts. An import may take minutes.
const PATIENCE: Duration = Duration::from_secs(10);

/// A row of a table, its columns as text with times in UTC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextRow {
    /// The table.
    pub table: &'static str,
    columns: Vec<(String, Option<String>)>,
}

impl TextRow {
    /// The text of a column; `None` when it is null or not there.
    #[must_use]
    pub fn text(&self, column: &str) -> Option<String> {
        self.columns.iter().find(|(name, _)| name == column)?.1.clone()
    }
}

/// A reader of the catalogue as it was at one moment, however long the reading takes.
pub struct CatalogueSnapshot {
    tx: Transaction<'static, Postgres>,
    /// A position whose every commit the snapshot shows.
    pub lsn: Lsn,
    table: usize,
    after: Option<(i64, i64)>,
}

impl Store {
    /// Opens a snapshot of the catalogue. Waits for imports that are under way.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn catalogue_snapshot(&self) -> Result<CatalogueSnapshot, StoreError> {
        let Horizon { lsn, .. } = loop {
            match self.horizon_of(Of::Catalogue, PATIENCE).await? {
                Some(horizon) => break horizon,
                None => tracing::info!("the snapshot waits for an import that is under way"),
            }
        };
        let mut tx = self.pool.begin().await?;
        sqlx::raw_sql(
            "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY;
             SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO';
             SET LOCAL idle_in_transaction_session_timeout = 0;",
        )
        .execute(&mut *tx)
        .await?;
        Ok(CatalogueSnapshot { tx, lsn, table: 0, after: None })
    }
}

impl CatalogueSnapshot {
    /// The next rows; none at the end.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn next(&mut self) -> Result<Vec<TextRow>, StoreError> {
        while let Some(table) = TABLES.get(self.table) {
            let rows = self.page(table).await?;
            if rows.len() < PAGE {
                (self.table, self.after) = (self.table + 1, None);
            }
            if !rows.is_empty() {
                return rows.iter().map(|row| text_row(table, row)).collect();
            }
        }
        Ok(Vec::new())
    }

    async fn page(&mut self, table: &str) -> Result<Vec<PgRow>, StoreError> {
        let (first, second) = self.after.unwrap_or((i64::MIN, i64::MIN));
        let rows = sqlx::query(page_sql(table))
            .bind(first)
            .bind(second)
            .bind(i64::try_from(PAGE).unwrap_or(i64::MAX))
            .fetch_all(&mut *self.tx)
            .await?;
        if let Some(last) = rows.last() {
            self.after = Some((last.try_get("key_1")?, last.try_get("key_2")?));
        }
        Ok(rows)
    }
}

/// The statement that reads a table in the order of its key, every column as text.
fn page_sql(table: &str) -> &'static str {
    macro_rules! page {
        ($columns:literal, $table:literal, $first:literal, $second:literal) => {
            concat!(
                "SELECT ",
                $columns,
                ", ",
                $first,
                "::bigint AS key_1, ",
                $second,
                "::bigint AS key_2 FROM ",
                $table,
                " WHERE (",
                $first,
                ", ",
                $second,
                ") > ($1::bigint, $2::bigint) ORDER BY ",
                $first,
                ", key_2 LIMIT $3"
            )
        };
    }
    match table {
        "venues" => page!(
            "id::text, key, name, address, city, country, time_zone, latitude::text,
             longitude::text, capacity::text, seat_map_hash",
            "venues",
            "venues.id",
            "0"
        ),
        "performers" => {
            page!("id::text, key, name, genre, description", "performers", "performers.id", "0")
        }
        "events" => page!(
            "id::text, key, venue_id::text, seat_map_hash, title, description, genre,
             starts_at::text, doors_at::text, on_sale_at::text, currency, cancelled_at::text",
            "events",
            "events.id",
            "0"
        ),
        "event_performers" => page!(
            "event_id::text, performer_id::text, position::text",
            "event_performers",
            "event_performers.event_id",
            "event_performers.performer_id"
        ),
        _ => page!(
            "event_id::text, category::text, name, price_minor::text",
            "price_categories",
            "price_categories.event_id",
            "price_categories.category"
        ),
    }
}

fn text_row(table: &'static str, row: &PgRow) -> Result<TextRow, StoreError> {
    let mut columns = Vec::with_capacity(row.columns().len());
    for column in row.columns() {
        let name = column.name();
        if !name.starts_with("key_") {
            columns.push((name.to_owned(), row.try_get(name)?));
        }
    }
    Ok(TextRow { table, columns })
}
