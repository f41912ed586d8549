//! The search index of this server. It is loaded from the database and follows the stream `CDC`, so
//! that search scales with the servers, and goes on while the database is away.
//!
//! Where the settings say so, a Quickwit cluster finds the events; the index still knows the words that
//! they are looked for by, and answers when the cluster does not.
//!
//! An index has a number, its generation, and a folder. A new one is built beside the old one, which
//! answers until the new one does.

mod build;
mod cluster;
mod commands;
mod follow;
mod index;
mod seats;

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError, RwLock},
};

use onsale_app::api::Problem;
use onsale_bus::{Bus, BusError};
use onsale_domain::{EventId, SeatsLeft};
use onsale_ops::Settings;
use onsale_search::{Found, Question, SearchError, Suggestions, Synonyms, embedded::View};
use onsale_store::{Store, StoreError};
use tokio::{
    sync::{Notify, Semaphore},
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;

use crate::{
    Edge,
    office::{internal, news::outdate_lists, unavailable},
};
use cluster::Cluster;
use seats::Seats;

/// Why the index does not follow at the moment.
#[derive(Debug, thiserror::Error)]
enum FinderError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Bus(#[from] BusError),
    #[error(transparent)]
    Search(#[from] SearchError),
    #[error("the folder of the index: {0}")]
    Folder(#[from] std::io::Error),
    #[error("the work on the index was broken off")]
    BrokenOff,
}

/// How the index stands.
#[derive(Debug, Clone, Copy, Default)]
struct Status {
    generation: u64,
    sequence: u64,
    /// Events brought into the next generation, and about how many there are.
    building: Option<(u64, u64)>,
    /// Whether the changes of the catalogue are heard.
    follows: bool,
}

/// The search index of this server.
pub struct Finder {
    store: Store,
    bus: Bus,
    /// The folder of all generations.
    folder: PathBuf,
    /// The address by which operators know this server.
    name: String,
    synonyms: Arc<Synonyms>,
    view: RwLock<Option<Arc<View>>>,
    status: Mutex<Status>,
    seats: Seats,
    /// Who is asked first, if the settings say so.
    cluster: Option<Cluster>,
    /// Searches that are made at once: they keep a core busy, and booking needs cores too.
    places: Semaphore,
    wants_rebuild: Notify,
    has_published: Notify,
}

impl Finder {
    /// A finder without an index; [`run`] brings it in.
    ///
    /// # Errors
    /// When the file of synonyms cannot be read or is wrong, or Quickwit should answer and has no
    /// address.
    pub fn new(
        settings: &Settings,
        store: Store,
        bus: Bus,
    ) -> Result<Self, Box<dyn std::error::Error>> {
        let search = &settings.search;
        let synonyms = match &search.synonyms {
            Some(path) => Synonyms::parse(&std::fs::read_to_string(path).map_err(|error| {
                format!("the file of synonyms {} cannot be read: {error}", path.display())
            })?)?,
            None => Synonyms::built_in()?,
        };
        let name = settings.server.address.to_string();
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Ok(Self {
            store,
            bus,
            // Each server of a machine has its own.
            folder: search.folder.join(name.replace([':', '[', ']'], "-")),
            name,
            synonyms: Arc::new(synonyms),
            view: RwLock::default(),
            status: Mutex::default(),
            seats: Seats::default(),
            cluster: Cluster::of(search)?,
            places: Semaphore::new(cores),
            wants_rebuild: Notify::new(),
            has_published: Notify::new(),
        })
    }

    /// Whether searches can be answered, with what an operator should know; or what is missing.
    pub fn ready(&self) -> Result<Option<String>, String> {
        let status = self.status();
        let progress = status.building.map(|(done, about)| {
            format!("the search index is being built: {done} of about {about} events")
        });
        match (self.current().is_some(), progress) {
            (false, progress) => {
                Err(progress.unwrap_or_else(|| "there is no search index yet".to_owned()))
            }
            (true, Some(progress)) => Ok(Some(format!("{progress}; the last one answers"))),
            (true, None) if !status.follows => {
                Ok(Some("the search index does not hear of changes".to_owned()))
            }
            (true, None) => Ok(None),
        }
    }

    /// Whether this server has an index.
    pub fn has_index(&self) -> bool {
        self.current().is_some()
    }

    /// Waits until this server has an index.
    pub async fn first_index(&self) {
        loop {
            let published = self.has_published.notified();
            if self.has_index() {
                return;
            }
            published.await;
        }
    }

    /// The index as it is.
    pub fn view(&self) -> Result<Arc<View>, Problem> {
        self.current().ok_or_else(unavailable)
    }

    /// Finds events.
    pub async fn search(&self, question: Question) -> Result<Found, Problem> {
        if let Some(cluster) = &self.cluster
            && let Some(found) = cluster.search(&question, &*self.view()?).await
        {
            return Ok(found);
        }
        self.ask(move |view| view.search(&question)).await
    }

    /// Offers what people may mean who have begun to type.
    pub async fn suggest(&self, question: Question) -> Result<Suggestions, Problem> {
        self.ask(move |view| view.suggest(&question)).await
    }

    /// What is left of an event's seats, as far as it is known.
    pub fn seats_left(&self, event: EventId) -> Option<SeatsLeft> {
        self.seats.left(event)
    }

    /// Counts the seats of those events of which nothing is known; and, while nobody tells which seats
    /// change, of those that were not counted for some seconds. What cannot be counted now is as it
    /// was when it was counted last.
    pub async fn refresh_seats(&self, events: impl Iterator<Item = EventId>) {
        if let Err(error) = self.seats.refresh(&self.store, events).await {
            tracing::warn!(%error, "lists show seats as they were");
        }
    }

    async fn ask<T: Send + 'static>(
        &self,
        answer: impl FnOnce(&View) -> Result<T, SearchError> + Send + 'static,
    ) -> Result<T, Problem> {
        let view = self.view()?;
        let _place = self.places.acquire().await.map_err(|_| unavailable())?;
        match tokio::task::spawn_blocking(move || answer(&view)).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => {
                tracing::error!(%error, "the search index cannot answer: it is made anew");
                self.wants_rebuild.notify_one();
                Err(unavailable())
            }
            Err(error) => {
                tracing::error!(%error, "a search did not end well");
                Err(internal())
            }
        }
    }

    fn current(&self) -> Option<Arc<View>> {
        self.view.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn publish(&self, view: Arc<View>) {
        metrics::gauge!("onsale_search_events").set(view.event_count() as f64);
        metrics::gauge!("onsale_search_segments").set(view.segment_count() as f64);
        *self.view.write().unwrap_or_else(PoisonError::into_inner) = Some(view);
        self.has_published.notify_waiters();
    }

    fn status(&self) -> Status {
        *self.status.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, change: impl FnOnce(&mut Status)) {
        change(&mut self.status.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// Tells, for as long as it is awaited, that lists of events have changed.
async fn tell_of_changes(edge: &Edge, changed: &Notify) {
    loop {
        changed.notified().await;
        outdate_lists(edge).await;
    }
}

/// Brings the index in and keeps it in step until `stop`.
pub fn run(edge: &Arc<Edge>, stop: &CancellationToken, tasks: &mut JoinSet<()>) {
    let finder = edge.office.finder();
    let of = || (Arc::clone(finder), stop.clone());
    let (seats, ended) = of();
    tasks.spawn(async move { seats::run(&seats, &ended).await });
    let (asked, ended) = of();
    tasks.spawn(async move { commands::answer_surveys(&asked, &ended).await });
    let (asked, ended) = of();
    tasks.spawn(async move { commands::answer_rebuilds(&asked, &ended).await });
    let (followed, ended) = of();
    let edge = Arc::clone(edge);
    tasks.spawn(async move {
        let changed = Notify::new();
        let finder = Arc::clone(&followed);
        tokio::select! {
            () = follow::run(followed, || changed.notify_one(), &ended) => {}
            () = cluster::run(&finder, || changed.notify_one()) => {}
            () = tell_of_changes(&edge, &changed) => {}
        }
    });
}
