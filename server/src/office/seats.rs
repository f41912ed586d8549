//! Which seats of an event are free.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use onsale_app::api::Problem;
use onsale_domain::{Availability, EventId, Timestamp};
use onsale_messages::Lsn;
use onsale_store::{Horizon, Store, StoreError};
use tokio::sync::Mutex;

use super::{BoxOffice, problems::store_problem};
use crate::shelf::Found;

/// How old the version may be that is given to what is read.
const HORIZON_AGE: Duration = Duration::from_millis(100);
/// How long to wait for transactions to end, so that what is read can be given its version.
const HORIZON_PATIENCE: Duration = Duration::from_millis(250);

/// Seats as they were read.
pub struct ReadSeats {
    seats: Availability,
    at: Timestamp,
}

/// The seats of an event.
pub struct SeenSeats {
    read: Arc<ReadSeats>,
    /// When they were like this, if nobody knows how they are now.
    pub last_known_at: Option<Timestamp>,
}

impl std::ops::Deref for SeenSeats {
    type Target = Availability;

    fn deref(&self) -> &Availability {
        &self.read.seats
    }
}

/// Versions for seats that are read.
#[derive(Default)]
pub struct VersionClock(Mutex<Option<(Instant, Horizon)>>);

impl VersionClock {
    /// A version for seats that are read from now on. When some transaction holds up a newer one,
    /// an older one is as true, only less helpful: whoever follows the deltas asks again.
    async fn read(&self, store: &Store) -> Result<Horizon, StoreError> {
        let mut known = self.0.lock().await;
        match *known {
            Some((found_at, horizon)) if found_at.elapsed() < HORIZON_AGE => return Ok(horizon),
            _ => {}
        }
        let horizon = match (store.horizon(HORIZON_PATIENCE).await?, *known) {
            (Some(horizon), _) | (None, Some((_, horizon))) => horizon,
            (None, None) => Horizon { epoch: store.relay_state().await?.epoch, lsn: Lsn(0) },
        };
        *known = Some((Instant::now(), horizon));
        Ok(horizon)
    }
}

async fn load_availability(
    store: &Store,
    clock: &VersionClock,
    id: EventId,
    seat_count: u32,
) -> Result<ReadSeats, StoreError> {
    // Before the seats: what is read afterwards shows every commit up to there.
    let horizon = clock.read(store).await?;
    let (seats, at) = store.unavailable_seats(id).await?;
    let mut availability = Availability::all_available(seat_count, horizon.epoch);
    availability.version = horizon.lsn.0;
    for seat in seats {
        availability.set(seat.seat, seat.state);
    }
    Ok(ReadSeats { seats: availability, at })
}

impl BoxOffice {
    /// The availability of an event, as it is or was a moment ago; while the database is away, as it
    /// was when it went.
    pub async fn availability(&self, id: EventId) -> Result<SeenSeats, Problem> {
        let facts = self.facts(id).await?;
        let seat_count = facts.map().seat_count();
        let loaded = self.availability.get(&id, None, || {
            let (store, clock) = (self.store.clone(), Arc::clone(&self.horizon));
            async move {
                let loaded = load_availability(&store, &clock, id, seat_count).await;
                loaded.map(Arc::new).map_err(|error| Arc::new(store_problem(&error)))
            }
        });
        let (read, found) = loaded.await.map_err(|problem| Problem::clone(&problem))?;
        let last_known_at = (found == Found::Stale).then_some(read.at);
        Ok(SeenSeats { read, last_known_at })
    }
}
