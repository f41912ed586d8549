//! What changes rarely about an event: title, prices, performers, seat map.

use std::sync::Arc;

use onsale_app::api::Problem;
use onsale_domain::{
    EventId,
    desk::RankedMap,
    seat_map::{CategoryIndex, SeatMap},
};
use onsale_engine::Maps;
use onsale_store::{EventRecord, PerformerRecord, PriceRecord, Store, StoreError};
use serde::{Deserialize, Serialize};

use super::{
    BoxOffice,
    problems::{event_not_found, store_problem},
};
use crate::{
    shelf::Made,
    together::{Together, words_of},
};

/// What changes rarely about an event, as servers tell it to each other.
#[derive(Clone, Serialize, Deserialize)]
struct EventRecords {
    event: EventRecord,
    performers: Vec<PerformerRecord>,
    prices: Vec<PriceRecord>,
}

/// What changes rarely about an event.
pub struct EventFacts {
    pub event: EventRecord,
    pub performers: Vec<PerformerRecord>,
    pub prices: Vec<PriceRecord>,
    pub map: Arc<RankedMap>,
}

impl EventFacts {
    pub fn map(&self) -> &SeatMap {
        &self.map.map
    }

    pub fn price_of(&self, category: CategoryIndex) -> Option<&PriceRecord> {
        self.prices.iter().find(|price| price.category == category.0)
    }
}

async fn load_facts(
    store: Store,
    maps: Maps,
    together: Together,
    id: EventId,
) -> Result<Made<Arc<EventFacts>>, Arc<Problem>> {
    let problem = |error: StoreError| Arc::new(store_problem(&error));
    let read = async {
        let event = store.event(id).await.map_err(problem)?;
        let event = event.ok_or_else(|| Arc::new(event_not_found()))?;
        let performers = store.performers(id).await.map_err(problem)?;
        let prices = store.prices(id, event.currency).await.map_err(problem)?;
        Ok::<_, Arc<Problem>>(EventRecords { event, performers, prices })
    };
    let words = |read: &EventRecords| words(&read.event, &read.performers);
    let Made { value, age } = together.through(&format!("event:{id}"), words, read).await?;
    let EventRecords { event, performers, prices } = Arc::unwrap_or_clone(value);
    let map = maps.get(&store, &event.seat_map_hash).await.map_err(problem)?;
    Ok(Made { value: Arc::new(EventFacts { event, performers, prices, map }), age })
}

fn words(event: &EventRecord, performers: &[PerformerRecord]) -> Vec<String> {
    let event = [words_of::event(event.id), words_of::venue(event.venue.id)];
    let performers = performers.iter().map(|performer| words_of::performer(performer.id));
    event.into_iter().chain(performers).collect()
}

impl BoxOffice {
    /// The facts of an event, as they are or were lately; while the database is away, as they were
    /// when it went.
    pub async fn facts(&self, id: EventId) -> Result<Arc<EventFacts>, Problem> {
        let load = || load_facts(self.store.clone(), self.maps.clone(), self.together.clone(), id);
        let loaded = self.facts.get(&id, None, load).await;
        loaded.map(|(facts, _)| facts).map_err(|problem| Problem::clone(&problem))
    }

    /// What the answer at a path shows, in words by which an edge is told to forget it.
    pub async fn surrogate_keys(&self, path: &str) -> Vec<String> {
        let path = path.strip_prefix("/api").unwrap_or(path);
        let mut parts = path.trim_start_matches('/').split('/');
        let (kind, id) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        if let ("events" | "queue", Ok(id)) = (kind, id.parse()) {
            let facts = self.facts(id).await;
            facts.map_or_else(|_| Vec::new(), |facts| words(&facts.event, &facts.performers))
        } else if let ("venues", Ok(id)) = (kind, id.parse()) {
            self.words_of_venue(id).await
        } else if let ("performers", Ok(id)) = (kind, id.parse()) {
            self.words_of_performer(id).await
        } else {
            vec![words_of::CATALOGUE.to_owned()]
        }
    }
}
