//! Venues and performers by themselves, with what is coming up.

use std::sync::Arc;

use onsale_app::api::{PerformerPage, Problem, ProblemCode, VenuePage, VenueProfile};
use onsale_domain::{PerformerId, Timestamp, VenueId};
use onsale_ops::clock::unix_millis;
use onsale_store::{EventRecord, PerformerRecord, Store, StoreError, Upcoming, VenueRecord};
use serde::{Deserialize, Serialize};

use super::{BoxOffice, events::performer_summary, problems::store_problem};
use crate::{
    shelf::Made,
    together::{Together, words_of},
};

/// A venue as pages show it.
pub(super) fn venue_profile(venue: &VenueRecord) -> VenueProfile {
    VenueProfile {
        id: venue.id,
        name: venue.name.clone(),
        address: venue.address.clone(),
        city: venue.city.clone(),
        country: venue.country.clone(),
        time_zone: venue.time_zone.clone(),
        capacity: venue.capacity,
    }
}

/// Events that a page lists.
const LISTED: u32 = 48;

/// Somebody or something that has events, and the next of those.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Profile<T> {
    who: T,
    events: Vec<EventRecord>,
}

impl<T> Profile<T> {
    /// Whether this concerns it.
    pub fn lists(&self, event: onsale_domain::EventId) -> bool {
        self.events.iter().any(|listed| listed.id == event)
    }

    /// One event more than is listed is asked for, to know whether there are more.
    fn listed(&self) -> (Vec<EventRecord>, bool) {
        let listed = self.events.iter().take(LISTED as usize).cloned().collect();
        (listed, self.events.len() > LISTED as usize)
    }

    /// The words of those that it lists, for the edge.
    fn words(&self, own: String) -> Vec<String> {
        let listed = self.events.iter().map(|event| words_of::event(event.id));
        std::iter::once(own).chain(listed).collect()
    }
}

type Loaded<T> = Result<Made<Arc<Profile<T>>>, Arc<Problem>>;

fn missing(what: &str) -> Arc<Problem> {
    Arc::new(Problem::new(ProblemCode::NotFound, format!("There is no such {what}.")))
}

fn failed(error: StoreError) -> Arc<Problem> {
    Arc::new(store_problem(&error))
}

async fn upcoming(store: &Store, whose: Upcoming) -> Result<Vec<EventRecord>, Arc<Problem>> {
    let now = Timestamp(unix_millis());
    store.upcoming(whose, now, LISTED + 1).await.map_err(failed)
}

async fn load_venue(store: Store, together: Together, id: VenueId) -> Loaded<VenueRecord> {
    let make = async {
        let who = store.venue(id).await.map_err(failed)?.ok_or_else(|| missing("venue"))?;
        Ok(Profile { who, events: upcoming(&store, Upcoming::At(id)).await? })
    };
    together.through(&format!("venue:{id}"), |it| it.words(words_of::venue(id)), make).await
}

async fn load_performer(
    store: Store,
    together: Together,
    id: PerformerId,
) -> Loaded<PerformerRecord> {
    let make = async {
        let who = store.performer(id).await.map_err(failed)?;
        let who = who.ok_or_else(|| missing("performer"))?;
        Ok(Profile { who, events: upcoming(&store, Upcoming::With(id)).await? })
    };
    together.through(&format!("performer:{id}"), |it| it.words(words_of::performer(id)), make).await
}

impl BoxOffice {
    async fn venue_profile(&self, id: VenueId) -> Result<Arc<Profile<VenueRecord>>, Problem> {
        let load = || load_venue(self.store.clone(), self.together.clone(), id);
        let loaded = self.venues.get(&id, None, load).await;
        loaded.map(|(profile, _)| profile).map_err(|problem| Problem::clone(&problem))
    }

    async fn performer_profile(
        &self,
        id: PerformerId,
    ) -> Result<Arc<Profile<PerformerRecord>>, Problem> {
        let load = || load_performer(self.store.clone(), self.together.clone(), id);
        let loaded = self.performers.get(&id, None, load).await;
        loaded.map(|(profile, _)| profile).map_err(|problem| Problem::clone(&problem))
    }

    /// A venue and what is coming up there.
    pub async fn venue_page(&self, id: VenueId) -> Result<VenuePage, Problem> {
        let profile = self.venue_profile(id).await?;
        let (events, more) = profile.listed();
        Ok(VenuePage {
            venue: venue_profile(&profile.who),
            events: self.summaries(events).await,
            more,
        })
    }

    /// A performer and what is coming up with them.
    pub async fn performer_page(&self, id: PerformerId) -> Result<PerformerPage, Problem> {
        let profile = self.performer_profile(id).await?;
        let (events, more) = profile.listed();
        Ok(PerformerPage {
            performer: performer_summary(&profile.who),
            events: self.summaries(events).await,
            more,
        })
    }

    /// What the page of a venue shows, in words by which an edge is told to forget it.
    pub async fn words_of_venue(&self, id: VenueId) -> Vec<String> {
        match self.venue_profile(id).await {
            Ok(profile) => profile.words(words_of::venue(id)),
            Err(_) => Vec::new(),
        }
    }

    /// What the page of a performer shows, in words by which an edge is told to forget it.
    pub async fn words_of_performer(&self, id: PerformerId) -> Vec<String> {
        match self.performer_profile(id).await {
            Ok(profile) => profile.words(words_of::performer(id)),
            Err(_) => Vec::new(),
        }
    }
}
