//! The box office: what the REST API and the pages ask for, done with store, bus, Redis and the
//! payment provider.

mod batches;
mod bookings;
mod events;
mod facts;
mod gathering;
mod local_time;
pub mod news;
mod payments;
pub mod peers;
mod problems;
mod profiles;
mod questions;
mod reserve;
mod search;
mod seats;
mod wishes;
mod writers;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use onsale_app::{
    api::{
        BookingDetail, ConfirmRequest, EventPage, PerformerPage, Problem, ReserveRequest,
        SearchPage, SearchQuery, SectionDetail, VenuePage,
    },
    backend::{Backend, BookingAccess, Viewer},
};
use onsale_bus::Bus;
use onsale_domain::{BookingId, EventId, PerformerId, VenueId};
use onsale_engine::Maps;
use onsale_ops::Settings;
use onsale_payments::PaymentProvider;
use onsale_store::{InboxEntry, PerformerRecord, SeatLocks, Store, VenueRecord};
use tracing::Instrument;

use crate::{
    finder::Finder,
    shelf::{Life, Shelf},
    signing::Signer,
    together::Together,
    waiting_room::Presented,
};
use facts::EventFacts;
use gathering::Gathering;
use payments::Paying;
use peers::Asked;
use profiles::Profile;
use reserve::Asking;
use seats::{ReadSeats, VersionClock};
use writers::Writers;

pub use problems::{event_not_found, internal, invalid, store_problem, unavailable};

/// Events whose facts and availability are kept in memory.
const EVENTS_KEPT: u64 = 10_000;
/// How long the facts of an event (title, prices, dates) are good for, when nobody tells that they
/// changed.
const FACTS_LIFE: Life = Life {
    fresh: Duration::from_secs(30),
    old: Duration::from_secs(60),
    on_failure: Duration::from_secs(86_400),
};
/// How long availability is. Viewing prefers a quick answer to the newest one; booking asks the
/// writer, and browsers hear of each change.
const AVAILABILITY_LIFE: Life = Life {
    fresh: Duration::from_millis(300),
    old: Duration::from_secs(2),
    on_failure: Duration::from_secs(86_400),
};
/// Venues and performers that are kept in memory.
const PROFILES_KEPT: u64 = 10_000;

/// The box office. One for the whole process.
pub struct BoxOffice {
    settings: Settings,
    store: Store,
    bus: Bus,
    locks: SeatLocks,
    writers: Writers,
    paying: Paying,
    inbox: Gathering<InboxEntry, bool>,
    provider: PaymentProvider,
    signer: Signer,
    maps: Maps,
    facts: Shelf<EventId, Arc<EventFacts>, Arc<Problem>>,
    venues: Shelf<VenueId, Arc<Profile<VenueRecord>>, Arc<Problem>>,
    performers: Shelf<PerformerId, Arc<Profile<PerformerRecord>>, Arc<Problem>>,
    availability: Shelf<EventId, Arc<ReadSeats>, Arc<Problem>>,
    finder: Arc<Finder>,
    horizon: Arc<VersionClock>,
    together: Together,
}

/// What stands behind the counter.
pub struct Behind {
    /// The only truth.
    pub store: Store,
    /// The way to the workers.
    pub bus: Bus,
    /// Locks on seats.
    pub locks: SeatLocks,
    /// The payment provider.
    pub provider: PaymentProvider,
    /// The search index.
    pub finder: Arc<Finder>,
    /// What all servers have loaded.
    pub together: Together,
}

/// The box office for one request: it knows under which id the logs know it.
pub struct Counter {
    /// The edge whose office this is.
    pub edge: Arc<crate::Edge>,
    /// The id of the request.
    pub request_id: String,
    /// The passes that it brought along.
    pub presented: Presented,
}

impl BoxOffice {
    /// Opens the box office.
    pub fn new(settings: Settings, behind: Behind, signer: Signer) -> Self {
        let Behind { store, bus, locks, provider, finder, together } = behind;
        let maps = Maps::default();
        let writers = Writers::new(&settings.booking, &store, &bus, &locks, &maps);
        let paying = Paying::new(&settings, &store);
        let of = store.clone();
        let most = usize::from(settings.database.max_writes_together);
        let inbox = Gathering::new(most, move |entries: Vec<InboxEntry>| {
            let store = of.clone();
            async move { store.receive_webhooks(&entries).await }
        });
        Self {
            paying,
            inbox,
            settings,
            store,
            bus,
            locks,
            writers,
            provider,
            signer,
            maps,
            facts: Shelf::new(EVENTS_KEPT, FACTS_LIFE),
            venues: Shelf::new(PROFILES_KEPT, FACTS_LIFE),
            performers: Shelf::new(PROFILES_KEPT, FACTS_LIFE),
            availability: Shelf::new(EVENTS_KEPT, AVAILABILITY_LIFE),
            finder,
            horizon: Arc::default(),
            together,
        }
    }

    /// Whether requests can be answered, with what an operator should know; or what is missing.
    /// Redis is not: the office goes on without it.
    pub async fn ready(&self) -> Result<Option<String>, String> {
        self.store.ping().await.map_err(|error| error.to_string())?;
        if !self.bus.is_connected() {
            return Err("NATS is not connected".to_owned());
        }
        match self.finder.ready() {
            Err(missing) if self.ask_peer::<()>(&Asked::Presence).await.is_ok() => {
                Ok(Some(format!("{missing}; another server answers searches")))
            }
            told => told,
        }
    }

    /// The search index.
    pub const fn finder(&self) -> &Arc<Finder> {
        &self.finder
    }

    /// Keeps a webhook; `false` when it was there already.
    pub async fn receive_webhook(&self, entry: InboxEntry) -> Result<bool, Problem> {
        self.inbox.add(entry).await
    }

    /// The bus, for the inbox of webhooks.
    pub const fn bus(&self) -> &Bus {
        &self.bus
    }

    /// The database, for the desk of the staff.
    pub const fn store(&self) -> &Store {
        &self.store
    }

    /// Ends what the office holds open.
    pub async fn close(&self) {
        self.bus.flush().await;
        self.store.close().await;
    }
}

/// Finishes what was begun, even when the caller hangs up in the middle of it: a payment must not
/// be left half started because a phone lost its network.
async fn finished<T: Send + 'static>(
    work: impl Future<Output = Result<T, Problem>> + Send + 'static,
) -> Result<T, Problem> {
    match tokio::spawn(work.in_current_span()).await {
        Ok(done) => done,
        Err(error) => {
            tracing::error!(%error, "work for a request did not end well");
            Err(problems::internal())
        }
    }
}

#[async_trait]
impl Backend for Counter {
    async fn search(&self, query: &SearchQuery) -> Result<SearchPage, Problem> {
        self.edge.office.search(query).await
    }

    async fn event(&self, event: EventId) -> Result<EventPage, Problem> {
        self.edge.office.event_page(event).await
    }

    async fn section(&self, event: EventId, section: u32) -> Result<SectionDetail, Problem> {
        self.edge.office.section(event, section).await
    }

    async fn venue(&self, venue: VenueId) -> Result<VenuePage, Problem> {
        self.edge.office.venue_page(venue).await
    }

    async fn performer(&self, performer: PerformerId) -> Result<PerformerPage, Problem> {
        self.edge.office.performer_page(performer).await
    }

    async fn reserve(
        &self,
        viewer: Viewer,
        idempotency_key: Option<&str>,
        request: &ReserveRequest,
    ) -> Result<BookingDetail, Problem> {
        // The writers finish what was brought to them, whoever hangs up.
        let wish = wishes::wish_from(request)?;
        let event = wish.event;
        let entry = self.edge.rooms.enter(event, viewer.user, &self.presented).await?;
        let asking = Asking { viewer, wish, entry, request_id: self.request_id.clone() };
        let asked = Instant::now();
        let held = self.edge.office.reserve(asking, idempotency_key).await;
        self.edge.rooms.note_hold(event, asked.elapsed());
        held
    }

    async fn confirm(
        &self,
        access: &BookingAccess,
        booking: BookingId,
        request: &ConfirmRequest,
    ) -> Result<BookingDetail, Problem> {
        let edge = Arc::clone(&self.edge);
        let (access, request) = (access.clone(), request.clone());
        finished(async move { edge.office.confirm(&access, booking, &request).await }).await
    }

    async fn booking(
        &self,
        access: &BookingAccess,
        booking: BookingId,
    ) -> Result<BookingDetail, Problem> {
        self.edge.office.booking(access, booking).await
    }

    async fn release(
        &self,
        access: &BookingAccess,
        booking: BookingId,
    ) -> Result<BookingDetail, Problem> {
        self.edge.office.release(access, booking).await
    }

    async fn cancel(
        &self,
        access: &BookingAccess,
        booking: BookingId,
    ) -> Result<BookingDetail, Problem> {
        let (edge, access) = (Arc::clone(&self.edge), access.clone());
        finished(async move { edge.office.cancel(&access, booking).await }).await
    }

    async fn bookings_of(&self, viewer: Viewer) -> Result<Vec<BookingDetail>, Problem> {
        self.edge.office.bookings_of(viewer).await
    }
}
