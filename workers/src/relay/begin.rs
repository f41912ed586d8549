//! Before anything is told: may the log be read, is the slot whole, is the stream where we left
//! it? When continuity was lost, a new epoch begins.

use onsale_bus::OrderedStream;
use onsale_messages::{
    Lsn, encode,
    relay::{PULSE_SUBJECT, Pulse},
    topology::{BOOKINGS_STREAM, CDC_STREAM},
};
use onsale_store::{PUBLICATIONS, RelayState, SlotRecord};
use onsale_wal::{Feed, Source};

use super::{
    RelayError,
    lane::{Lane, relayed},
    snapshot,
};
use crate::Workshop;

/// What PostgreSQL shows in its list of connections.
const NAME: &str = "onsale-relay";

/// Everything that is needed to tell what is committed.
pub struct Begun {
    pub epoch: u64,
    /// Where the log is read from.
    pub start: Lsn,
    pub feed: Feed,
    pub cdc: Lane,
    pub bookings: Lane,
}

/// Why a new epoch begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reason {
    /// There never was a slot.
    FirstStart,
    SlotMissing,
    SlotLost,
    /// The stream is ahead of the log: the database was restored from a backup.
    LogWentBack,
    /// JetStream lost what PostgreSQL has forgotten.
    StreamLost,
    /// The snapshot of this epoch was not told to its end.
    Unfinished,
    Requested,
}

impl Reason {
    const fn needs_new_slot(self) -> bool {
        matches!(self, Self::FirstStart | Self::SlotMissing | Self::SlotLost | Self::LogWentBack)
    }

    fn log(self) {
        match self {
            Self::FirstStart => tracing::info!("the relay starts for the first time"),
            Self::Unfinished => tracing::warn!("the last snapshot was not finished"),
            Self::Requested => tracing::info!("a new epoch was asked for"),
            Self::SlotMissing => tracing::error!("the slot is gone: what was not told is lost"),
            Self::SlotLost => tracing::error!(
                "PostgreSQL has thrown away log that was not told: raise max_slot_wal_keep_size"
            ),
            Self::LogWentBack => tracing::error!("the database is older than what was told of it"),
            Self::StreamLost => tracing::error!("JetStream lost messages that it had stored"),
        }
    }
}

/// Makes everything ready. When continuity was lost, it tells the catalogue again.
pub async fn begin(shop: &Workshop) -> Result<Begun, RelayError> {
    if let Some(refused) = shop.store.log_refused().await? {
        return Err(refused.into());
    }
    let name = shop.settings.relay.slot.as_str();
    let slot = shop.store.slot(name).await?;
    if slot.as_ref().is_some_and(|slot| !slot.is_ours) {
        return Err(RelayError::ForeignSlot(name.to_owned()));
    }
    let cdc = open(shop, CDC_STREAM).await?;
    let state = shop.store.relay_state().await?;
    let end_of_log = shop.store.end_of_log().await?;
    let reason = reason_to_begin_anew(&state, slot.as_ref(), &cdc, end_of_log);
    let (state, cdc) = match reason {
        None => (state, Lane::new(cdc, state.slot_epoch)),
        Some(reason) => begin_anew(shop, reason, slot.is_some(), cdc).await?,
    };
    let bookings = Lane::new(open(shop, BOOKINGS_STREAM).await?, state.slot_epoch);
    let slot = shop.store.slot(name).await?;
    let start = slot.ok_or_else(|| RelayError::NoSlot(name.to_owned()))?.confirmed;
    let source = Source {
        database_url: shop.settings.database.url.expose(),
        slot: name,
        publications: &PUBLICATIONS,
        name: NAME,
    };
    let feed = Feed::open(source).await?;
    tracing::info!(epoch = state.epoch, %start, "the relay tells what is committed");
    Ok(Begun { epoch: state.epoch, start, feed, cdc, bookings })
}

/// Opens a stream, declared as it should be: NATS may have come back without its memory.
async fn open(shop: &Workshop, stream: &str) -> Result<OrderedStream, RelayError> {
    if !shop.bus.is_connected() {
        return Err(onsale_bus::BusError::Disconnected.into());
    }
    shop.bus.declare_topology(shop.settings.nats.replicas).await?;
    Ok(shop.bus.ordered(stream).await?)
}

fn reason_to_begin_anew(
    state: &RelayState,
    slot: Option<&SlotRecord>,
    cdc: &OrderedStream,
    end_of_log: Lsn,
) -> Option<Reason> {
    let Some(slot) = slot else {
        let is_first = state.slot_epoch == 0;
        return Some(if is_first { Reason::FirstStart } else { Reason::SlotMissing });
    };
    let is_ahead = relayed(cdc)
        .is_some_and(|(epoch, position)| epoch >= state.slot_epoch && position.commit > end_of_log);
    if slot.is_lost() {
        Some(Reason::SlotLost)
    } else if is_ahead {
        Some(Reason::LogWentBack)
    } else if cdc.sent() < state.cdc_sequence {
        Some(Reason::StreamLost)
    } else if state.is_requested {
        Some(Reason::Requested)
    } else if !state.is_complete {
        Some(Reason::Unfinished)
    } else {
        None
    }
}

async fn begin_anew(
    shop: &Workshop,
    reason: Reason,
    has_slot: bool,
    cdc: OrderedStream,
) -> Result<(RelayState, Lane), RelayError> {
    reason.log();
    let name = &shop.settings.relay.slot;
    if reason.needs_new_slot() && has_slot {
        shop.store.drop_slot(name).await?;
    }
    let state = shop.store.begin_epoch(reason.needs_new_slot()).await?;
    if reason.needs_new_slot() {
        tracing::info!(slot = name, "making the slot, once every transaction under way has ended");
        shop.store.create_slot(name).await?;
    }
    // Whoever listens learns of it at once, also those whose event does not change for a while.
    let pulse = Pulse { epoch: state.epoch, version: 0 };
    shop.bus.tell(PULSE_SUBJECT.into(), encode(&pulse)?).await?;
    let mut cdc = Lane::new(cdc, state.slot_epoch);
    snapshot::tell(shop, &mut cdc, state.epoch).await?;
    shop.store.complete_epoch(state.epoch, cdc.stored()).await?;
    Ok((state, cdc))
}
