//! The workers: writers of the booking engine, payments, the waiting rooms, the relay, the
//! sweep, and the index of a Quickwit cluster.
//!
//! One process runs all of them. Any number of processes may run at once: payments are shared,
//! all others elect one among them.

mod admission;
mod payments;
mod quickwit;
mod relay;
mod reservations;
mod runner;
mod sweep;

use std::{process::ExitCode, sync::Arc, time::Duration};

use onsale_bus::Bus;
use onsale_engine::Maps;
use onsale_ops::{Settings, probes, shutdown, telemetry};
use onsale_payments::{PaymentProvider, ProviderSettings, Secret};
use onsale_store::{SeatLocks, Store, StoreOptions, Workload};
use tikv_jemallocator::Jemalloc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// As in the server: batches are many small allocations.
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

/// How long work in hand may take once the process was asked to stop.
const STOP_LIMIT: Duration = Duration::from_secs(20);

/// What every worker needs. Shared by all of them.
struct Workshop {
    settings: Settings,
    store: Store,
    bus: Bus,
    locks: SeatLocks,
    provider: PaymentProvider,
    /// Of the events that the writers of this process sell.
    maps: Maps,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("onsale-workers cannot start: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn std::error::Error>> {
    let settings = Settings::load()?;
    settings.require_secrets()?;
    telemetry::start_logs(&settings.log);
    let metrics = telemetry::start_metrics()?;
    let stop = shutdown::on_signal()?;
    let shop = Arc::new(open_workshop(settings).await?);
    let mut tasks = JoinSet::new();

    let (probed, address) = (Arc::clone(&shop), shop.settings.workers.address);
    let ready = move || {
        let shop = Arc::clone(&probed);
        async move { shop.ready().await }
    };
    // The probes answer until everything else has ended.
    let probes_stop = CancellationToken::new();
    let probes = tokio::spawn(probes::serve(address, metrics, ready, probes_stop.clone()));

    for partition in 0..onsale_messages::RESERVATION_PARTITIONS {
        tasks.spawn(reservations::run(Arc::clone(&shop), partition, stop.clone()));
    }
    tasks.spawn(payments::run(Arc::clone(&shop), stop.clone()));
    tasks.spawn(sweep::run(Arc::clone(&shop), stop.clone()));
    tasks.spawn(admission::run(Arc::clone(&shop), stop.clone()));
    tasks.spawn(relay::run(Arc::clone(&shop), stop.clone()));
    tasks.spawn(quickwit::run(Arc::clone(&shop), stop.clone()));
    tracing::info!(%address, "the workers are running");

    stop.cancelled().await;
    let all_ended = async { while tasks.join_next().await.is_some() {} };
    if tokio::time::timeout(STOP_LIMIT, all_ended).await.is_err() {
        tracing::warn!("some work was cut off; it will be done again elsewhere");
    }
    shop.bus.flush().await;
    shop.store.close().await;
    probes_stop.cancel();
    probes.await??;
    tracing::info!("stopped");
    Ok(())
}

async fn open_workshop(settings: Settings) -> Result<Workshop, Box<dyn std::error::Error>> {
    let database = &settings.database;
    let options = StoreOptions {
        max_connections: database.max_connections,
        acquire_timeout: Duration::from_millis(database.acquire_timeout_ms),
        statement_timeout: Duration::from_millis(database.statement_timeout_ms),
        workload: Workload::Online,
    };
    let store = Store::open(database.url.expose(), "onsale-workers", options)?;
    let bus = Bus::connect(settings.nats.url.expose(), "onsale-workers").await?;
    let redis_timeout = Duration::from_millis(settings.redis.timeout_ms);
    let locks = SeatLocks::open(settings.redis.url.expose(), redis_timeout)?;
    let api_key = Secret::parse(settings.payments.api_key.expose())?;
    let provider = PaymentProvider::new(&ProviderSettings::new(&settings.payments.url, api_key))?;
    Ok(Workshop { settings, store, bus, locks, provider, maps: Maps::default() })
}

impl Workshop {
    /// Whether work can be done, or what is missing.
    async fn ready(&self) -> Result<(), String> {
        self.store.ping().await.map_err(|error| error.to_string())?;
        if self.bus.is_connected() { Ok(()) } else { Err("NATS is not connected".to_owned()) }
    }
}
