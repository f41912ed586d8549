//! Setting up the desk of an event from what is stored.

use std::sync::Arc;

use onsale_domain::{
    Timestamp,
    desk::{Desk, RankedMap, SaleWindow},
    seat_map::{CategoryIndex, SeatMap},
};

use crate::{EventRecord, Store, StoreError};

impl EventRecord {
    /// When the event is on sale.
    #[must_use]
    pub const fn sale_window(&self) -> SaleWindow {
        SaleWindow {
            opens_at: self.on_sale_at,
            closes_at: self.starts_at,
            cancelled: self.cancelled_at.is_some(),
        }
    }
}

impl Store {
    /// Reads and ranks a seat map. Costly for a stadium: keep what it returns.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer, or the map is not there or damaged.
    pub async fn ranked_map(&self, hash: &str) -> Result<Arc<RankedMap>, StoreError> {
        let damaged = |reason: String| StoreError::Corrupt { what: "a seat map", reason };
        let record =
            self.seat_map(hash).await?.ok_or_else(|| damaged(format!("{hash} is not stored")))?;
        let map = SeatMap::from_bytes(&record.geometry)
            .map_err(|error| damaged(format!("{hash}: {error}")))?;
        Ok(Arc::new(RankedMap::new(map)))
    }

    /// The desk of an event with the seats as they are now, and the database's clock at that
    /// moment. `map` must be the map of the event.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn desk(
        &self,
        event: &EventRecord,
        map: Arc<RankedMap>,
    ) -> Result<(Desk, Timestamp), StoreError> {
        let (prices, (seats, read_at)) = tokio::try_join!(
            self.prices(event.id, event.currency),
            self.unavailable_seats(event.id)
        )?;
        let prices: Vec<_> =
            prices.iter().map(|price| (CategoryIndex(price.category), price.price)).collect();
        let mut desk = Desk::new(map, event.sale_window(), &prices);
        for seat in seats {
            desk.note(seat.seat, seat.state, seat.held_until);
        }
        Ok((desk, read_at))
    }
}
