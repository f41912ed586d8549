//! The HTTP edge: pages, the REST API and the webhooks of the payment provider. It keeps no state
//! that another server would need, so any number of them may run.
//!
//! The program is `main.rs`; it is a library as well, so that a benchmark can put another way of
//! reserving behind the same edge.

mod copies;
mod door;
mod files;
mod finder;
mod hearing;
mod http;
mod listening;
mod live;
mod middleware;
mod office;
mod purge;
mod sharing;
mod shelf;
mod signing;
mod staff;
mod together;
pub mod waiting_room;

use std::{sync::Arc, time::Duration};

use axum::Router;

use metrics_exporter_prometheus::PrometheusHandle;
use onsale_app::Assets;
use onsale_bus::Bus;
use onsale_ops::{Settings, shutdown, telemetry};
use onsale_payments::{PaymentProvider, ProviderSettings, Secret};
use onsale_store::{SeatLocks, SharedCache, Store, StoreError, StoreOptions, Workload};
use tokio::{net::TcpListener, task::JoinSet};
use tokio_util::sync::CancellationToken;

use copies::Copies;
use finder::Finder;
pub use http::{api, bookings::reserve, problem::ProblemResponse};
pub use listening::Limit;
use live::Live;
use office::{Behind, BoxOffice};
use purge::Purge;
use signing::Signer;
use together::Together;
use waiting_room::WaitingRooms;

/// How long requests in hand may take once the process was asked to stop.
const STOP_LIMIT: Duration = Duration::from_secs(20);
/// Of the files that may be open, so many of a hundred are for those who listen; the others are for
/// those who look and buy.
const LISTENING_PERCENT: usize = 80;

/// What every request needs. Shared by all of them.
pub struct Edge {
    /// Every setting.
    pub settings: Settings,
    /// What is done for people.
    pub office: BoxOffice,
    /// Copies of what is the same for everybody.
    pub copies: Copies,
    /// What the files of the site are called.
    pub assets: Assets,
    /// What all servers have together.
    pub together: Together,
    /// Tells the edge what to forget.
    pub purge: Purge,
    /// Browsers that hear of seats that change.
    pub live: Live,
    /// Who may take seats while many want to.
    pub rooms: WaitingRooms,
    /// Signs cookies and links.
    pub signer: Signer,
    /// The secret of the provider's webhooks.
    pub webhook_secret: Secret,
    /// Renders `/metrics`.
    pub metrics: PrometheusHandle,
}

impl Edge {
    /// What is known by these words has changed. From the source outwards: what all servers have,
    /// then `facts`, copies, and the edge. What is made anew must not be made of what was before.
    pub(crate) async fn forget(&self, words: &[String], facts: impl FnOnce(&BoxOffice)) {
        self.together.outdate(words).await;
        facts(&self.office);
        self.copies.outdate(words);
        self.purge.forget(words);
    }
}

/// Serves pages, webhooks and an API, see [`api`], until the process is asked to stop.
///
/// # Errors
/// Whatever keeps the server from starting, in words for an operator.
pub async fn run(api: Router<Arc<Edge>>) -> Result<(), Box<dyn std::error::Error>> {
    let settings = Settings::load()?;
    settings.require_secrets()?;
    telemetry::start_logs(&settings.log);
    let metrics = telemetry::start_metrics()?;
    let files = files::raise_limit();
    let stop = shutdown::on_signal()?;
    let edge = Arc::new(open_edge(settings, metrics, files).await?);
    let router = http::router(Arc::clone(&edge), api).await;
    let listening = listen(&edge, &stop);

    let address = edge.settings.server.address;
    let listener = TcpListener::bind(address).await?;
    tracing::info!(%address, url = edge.settings.server.public_url, "the box office is open");
    let cut_off = async {
        stop.cancelled().await;
        tokio::time::sleep(STOP_LIMIT).await;
    };
    tokio::select! {
        () = door::serve(&edge, router, listener, &stop) => {}
        () = cut_off => tracing::warn!("some requests were cut off"),
    }
    listening.join_all().await;
    edge.office.close().await;
    tracing::info!("stopped");
    Ok(())
}

/// Begins to hear of what changes. Ends with `stop`.
fn listen(edge: &Arc<Edge>, stop: &CancellationToken) -> JoinSet<()> {
    let mut listening = JoinSet::new();
    let (of_seats, of_catalogue, of_rooms) = (Arc::clone(edge), Arc::clone(edge), Arc::clone(edge));
    let (stop_seats, stop_catalogue, stop_rooms) = (stop.clone(), stop.clone(), stop.clone());
    listening.spawn(async move { of_seats.live.run(of_seats.office.bus(), &stop_seats).await });
    listening.spawn(async move { office::news::listen(&of_catalogue, &stop_catalogue).await });
    listening.spawn(async move { of_rooms.rooms.run(&of_rooms, &stop_rooms).await });
    let (of_peers, stop_peers) = (Arc::clone(edge), stop.clone());
    listening.spawn(async move { office::peers::answer(&of_peers, &stop_peers).await });
    finder::run(edge, stop, &mut listening);
    listening
}

async fn open_edge(
    settings: Settings,
    metrics: PrometheusHandle,
    files: usize,
) -> Result<Edge, Box<dyn std::error::Error>> {
    let database = &settings.database;
    let options = StoreOptions {
        max_connections: database.max_connections,
        acquire_timeout: Duration::from_millis(database.acquire_timeout_ms),
        statement_timeout: Duration::from_millis(database.statement_timeout_ms),
        workload: Workload::Online,
    };
    let store = Store::open(database.url.expose(), "onsale-server", options)?;
    let bus = Bus::connect(settings.nats.url.expose(), "onsale-server").await?;
    let redis_timeout = Duration::from_millis(settings.redis.timeout_ms);
    let locks = SeatLocks::open(settings.redis.url.expose(), redis_timeout)?;
    let api_key = Secret::parse(settings.payments.api_key.expose())?;
    let provider = PaymentProvider::new(&ProviderSettings::new(&settings.payments.url, api_key))?;
    let webhook_secret = Secret::parse(settings.payments.webhook_secret.expose())?;
    let signer = Signer::new(settings.server.secret.expose());
    let assets = onsale_pages::assets(&settings.server.site_root);
    let together = open_together(&settings)?;
    let purge = Purge::start(&settings.edge)?;
    let all = Limit::new(files / 100 * LISTENING_PERCENT);
    let rooms = WaitingRooms::new(&settings, store.clone(), &all);
    let finder = Arc::new(Finder::new(&settings, store.clone(), bus.clone())?);
    let behind = Behind { store, bus, locks, provider, finder, together: together.clone() };
    let office = BoxOffice::new(settings.clone(), behind, signer.clone());
    let live = Live::new(&all, settings.server.max_live_listeners);
    let copies = Copies::default();
    Ok(Edge {
        settings,
        office,
        copies,
        assets,
        together,
        purge,
        live,
        rooms,
        signer,
        webhook_secret,
        metrics,
    })
}

fn open_together(settings: &Settings) -> Result<Together, StoreError> {
    let url = settings.cache.url.expose();
    if url.is_empty() {
        return Ok(Together::new(None));
    }
    let timeout = Duration::from_millis(settings.cache.timeout_ms);
    Ok(Together::new(Some(SharedCache::open(url, timeout)?)))
}
