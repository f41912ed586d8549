//! PostgreSQL, the only truth, and Redis in front of it. No other room speaks SQL.
//!
//! The rules come from `onsale-domain`; this crate carries them out under locks. Statements that
//! give a seat to somebody carry a guard in their `WHERE`, and count what they changed: with every
//! cache and every lock outside of PostgreSQL wrong, that count still refuses to sell twice.

pub mod audit;
mod audit_log;
mod begin;
mod bookings;
mod catalogue;
mod desks;
mod election;
mod error;
mod holds;
mod horizon;
mod import;
mod inbox;
mod listings;
mod payments;
mod redis_connection;
mod refunds;
mod relay;
mod rooms;
mod rooms_line;
mod search_batches;
mod search_documents;
mod search_epochs;
pub mod seat_locks;
mod settlement;
mod shared_cache;
mod snapshot;
mod staff;
mod sweep;
mod time;
mod upcoming;

use std::{str::FromStr, time::Duration};

use sqlx::{
    PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};

pub use audit_log::AuditEntry;
pub use begin::{BeginPayment, BegunPayment};
pub use bookings::{BookingRecord, ReleaseOutcome};
pub use catalogue::{
    EventRecord, PerformerRecord, PriceRecord, SeatMapRecord, SeatRecord, VenueRecord,
};
pub use election::{Duty, Leadership};
pub use error::StoreError;
pub use holds::{HoldOutcome, HoldRequest, KnownBuyers};
pub use horizon::Horizon;
pub use import::{Imported, NewBoxOfficeSale, NewEvent, NewPerformer, NewPrice, NewVenue};
pub use inbox::{InboxEntry, InboxKey};
pub use payments::{FailedTry, MadeIntent, PaymentRecord};
pub use refunds::{CancelOutcome, Deadline, RefundNews};
pub use relay::{LogRefused, PUBLICATIONS, RelayState, SlotRecord};
pub use rooms::{CommandOutcome, RoomRecord};
pub use rooms_line::{ExchangeOutcome, NumberLease, RoomFigures};
pub use search_batches::SearchBatch;
pub use search_documents::HeldDocument;
pub use search_epochs::{SearchEpoch, SearchPointer, SearchRefused, SearchTerm};
pub use seat_locks::SeatLocks;
pub use settlement::{MoneyCame, Settlement};
pub use shared_cache::{SharedCache, SharedFound, SharedLease};
pub use snapshot::{CatalogueSnapshot, TextRow};
pub use staff::{Role, SignInOutcome, StaffMember};
pub use sweep::Forgotten;
pub use upcoming::Upcoming;

/// How a process connects to PostgreSQL.
#[derive(Debug, Clone, Copy)]
pub struct StoreOptions {
    /// Connections at most.
    pub max_connections: u32,
    /// How long a caller waits for a connection.
    pub acquire_timeout: Duration,
    /// How long one statement may take.
    pub statement_timeout: Duration,
    /// What the statements are like.
    pub workload: Workload,
}

/// What kind of statements a process sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Workload {
    /// Small ones, each with an index made for it. PostgreSQL keeps the plans of statements, those
    /// of foreign keys among them; one that was made while a table was nearly empty reads the whole
    /// table ever after, and an on-sale fills tables within seconds. So plans that read whole
    /// tables are not made here.
    Online,
    /// Large ones that read whole tables.
    Batch,
}

/// The box office's memory. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    pool: PgPool,
}

impl Store {
    /// Prepares a pool of connections. None is opened before the first is needed, so a process
    /// starts while the database is away.
    ///
    /// # Errors
    /// [`StoreError::Address`] for an URL that cannot be used.
    pub fn open(url: &str, name: &str, options: StoreOptions) -> Result<Self, StoreError> {
        let statement_timeout_ms = options.statement_timeout.as_millis().to_string();
        let connect = PgConnectOptions::from_str(url)
            .map_err(|error| StoreError::Address(error.to_string()))?
            .application_name(name)
            .options([
                ("statement_timeout", statement_timeout_ms.as_str()),
                ("lock_timeout", "5s"),
                ("idle_in_transaction_session_timeout", "15s"),
            ]);
        let connect = match options.workload {
            Workload::Online => connect.options([("enable_seqscan", "off")]),
            Workload::Batch => connect,
        };
        let pool = PgPoolOptions::new()
            .max_connections(options.max_connections)
            .acquire_timeout(options.acquire_timeout)
            .connect_lazy_with(connect);
        Ok(Self { pool })
    }

    /// Brings the schema up to date.
    ///
    /// # Errors
    /// [`StoreError`] when a migration fails; what it began is undone.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        sqlx::migrate!("../../migrations")
            .run(&self.pool)
            .await
            .map_err(|error| StoreError::Migration(error.to_string()))
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when it does not.
    pub async fn ping(&self) -> Result<(), StoreError> {
        sqlx::query("SELECT 1").execute(&self.pool).await?;
        Ok(())
    }

    /// Closes the connections, waiting for the work that is being done on them.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}
