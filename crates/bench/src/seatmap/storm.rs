//! Seats that change as fast as in the worst minute of a sale, told as the relay tells them.

use std::time::Duration;

use onsale_bus::Bus;
use onsale_domain::{AvailabilityDelta, EventId, SeatIndex, SeatState};
use onsale_messages::relay::{PULSE_SUBJECT, inventory_subject};
use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::BenchError;

/// Seats that change in a second.
pub const CHANGES_PER_SECOND: u32 = 5_000;
const BATCHES_PER_SECOND: u32 = 100;
const PULSE: Duration = Duration::from_secs(1);

/// What the page knows when the storm begins.
#[derive(Debug, Clone, Copy)]
pub struct Known {
    /// The epoch of its availability.
    pub epoch: u64,
    /// The version.
    pub version: u64,
    /// Seats of the event.
    pub seats: u32,
}

/// Changes seats of an event until it is dropped.
pub async fn rage(bus: &Bus, event: EventId, known: Known) -> Result<(), BenchError> {
    let refused = |error| BenchError::new("NATS", error);
    let subject = inventory_subject(event);
    let mut ticks = interval(Duration::from_secs(1) / BATCHES_PER_SECOND);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let (mut version, mut seat, mut pulsed) = (known.version, 1_u64, None::<Instant>);
    loop {
        ticks.tick().await;
        if pulsed.is_none_or(|pulsed| pulsed.elapsed() > PULSE) {
            bus.tell(PULSE_SUBJECT.to_owned(), Vec::new()).await.map_err(refused)?;
            pulsed = Some(Instant::now());
        }
        let changes = (0..CHANGES_PER_SECOND / BATCHES_PER_SECOND).map(|change| {
            seat = (seat * 16_807 + 11) % u64::from(known.seats);
            let index = SeatIndex(u32::try_from(seat).unwrap_or_default());
            (index, if change % 2 == 0 { SeatState::Held } else { SeatState::Available })
        });
        let delta = AvailabilityDelta::new(known.epoch, version, version + 1, changes.collect());
        version += 1;
        bus.tell(subject.clone(), delta.to_bytes()).await.map_err(refused)?;
    }
}
