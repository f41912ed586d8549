//! What changes while people look: deltas of availability, told to every browser that has the seat
//! map of the event open. Server-sent events carry them; each is encoded once, however many listen.
//!
//! | event | data |
//! | --- | --- |
//! | `delta` | the bytes of `onsale_domain::AvailabilityDelta` in base64 |
//! | `pulse` | `live`, or `quiet` while nobody tells changes: then ask for `seats.bin` now and then |
//! | `resync` | something was missed: ask for `seats.bin` |
//!
//! Whoever listens first and then fetches `seats.bin`, which an edge may have kept for a moment,
//! misses nothing: the deltas of the last seconds are told again to those who come.

mod hub;
mod told;

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use axum::body::Bytes;
use futures::StreamExt;
use onsale_bus::{Bus, Heard};
use onsale_domain::{AvailabilityDelta, EventId};
use onsale_messages::relay::PULSE_SUBJECT;
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

use hub::Hub;

use crate::{
    hearing::keep_hearing,
    listening::{Limit, Places},
};

pub use told::{Handover, Told};

/// Changes of one event are told together, this often at most.
const WINDOW: Duration = Duration::from_millis(250);
/// So long a proxy can hear nothing before it thinks that nobody is there.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// The relay says every second that it lives.
const RELAY_PATIENCE: Duration = Duration::from_secs(4);
/// Everything that the relay says.
const SUBJECTS: &str = "inventory.>";
const SUBJECT_PREFIX: &str = "inventory.";

const BEAT: Bytes = Bytes::from_static(b":\n\n");
const LIVE: Bytes = Bytes::from_static(b"event: pulse\ndata: live\n\n");
const QUIET: Bytes = Bytes::from_static(b"event: pulse\ndata: quiet\n\n");
const RESYNC: Bytes = Bytes::from_static(b"event: resync\ndata: -\n\n");

/// Everybody who listens at this server.
pub struct Live {
    hubs: Mutex<HashMap<EventId, Arc<Hub>>>,
    places: Places,
    is_quiet: AtomicBool,
    is_closed: AtomicBool,
}

impl Live {
    /// Nobody listens yet; at most so many may, and all who listen to anything as `all` has it.
    pub fn new(all: &Arc<Limit>, most: usize) -> Self {
        Self {
            hubs: Mutex::default(),
            places: Places::new(all, most, "onsale_live_listeners"),
            is_quiet: AtomicBool::new(true),
            is_closed: AtomicBool::new(false),
        }
    }

    /// What is told of an event from now on, and of the last seconds; `None` when too many listen.
    pub fn listen(&self, event: EventId) -> Option<Handover> {
        let listening = self.places.take()?;
        let (frames, recent) = self.join(event)?;
        let pulse = if self.is_quiet.load(Ordering::Relaxed) { QUIET } else { LIVE };
        let first = [pulse, recent].concat().into();
        Some(Handover::new(Told { first, frames, _listening: listening }))
    }

    /// Joins those who listen to an event, before anybody can find that nobody does: a hub that
    /// looked idle in between would be forgotten, and whoever joins it would never hear a thing.
    /// `None` once everybody was let go: whoever came after that would never be.
    fn join(&self, event: EventId) -> Option<(broadcast::Receiver<Bytes>, Bytes)> {
        let mut hubs = self.hubs.lock().unwrap_or_else(PoisonError::into_inner);
        if self.is_closed.load(Ordering::Relaxed) {
            return None;
        }
        Some(hubs.entry(event).or_default().join())
    }

    fn hub(&self, event: EventId) -> Arc<Hub> {
        let mut hubs = self.hubs.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(hubs.entry(event).or_default())
    }

    fn for_each(&self, tell: impl Fn(&Hub)) {
        let hubs = self.hubs.lock().unwrap_or_else(PoisonError::into_inner);
        hubs.values().for_each(|hub| tell(hub));
    }

    /// Takes what the relay says, and tells it, until `stop`.
    pub async fn run(&self, bus: &Bus, stop: &CancellationToken) {
        let open = || bus.listen(SUBJECTS);
        let complaint = "nobody hears of seats that change";
        keep_hearing(stop, complaint, open, |said| self.follow(bus, said)).await;
        // Whoever listens is let go, or the process would wait for them.
        self.is_closed.store(true, Ordering::Relaxed);
        self.hubs.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    async fn follow(&self, bus: &Bus, said: impl futures::Stream<Item = Heard>) {
        let mut said = std::pin::pin!(said);
        let mut interruptions = bus.interruptions();
        let mut window = tokio::time::interval(WINDOW);
        window.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let (mut pulse, mut beat) = (None, Instant::now());
        loop {
            tokio::select! {
                heard = said.next() => match heard {
                    Some(heard) if heard.subject == PULSE_SUBJECT => pulse = Some(Instant::now()),
                    Some(heard) => self.take(&heard),
                    None => return,
                },
                changed = interruptions.changed() => {
                    if changed.is_err() {
                        return;
                    }
                    self.for_each(|hub| hub.tell(RESYNC));
                }
                _ = window.tick() => {
                    self.note_pulse(pulse);
                    let is_beat = beat.elapsed() > HEARTBEAT;
                    if is_beat {
                        beat = Instant::now();
                    }
                    self.tell_all(is_beat);
                }
            }
        }
    }

    fn take(&self, heard: &Heard) {
        let event = heard.subject.strip_prefix(SUBJECT_PREFIX).and_then(|id| id.parse().ok());
        let delta = AvailabilityDelta::from_bytes(&heard.body);
        match (event, delta) {
            (Some(event), Ok(delta)) => self.hub(event).take(delta),
            (_, Err(error)) => tracing::warn!(subject = heard.subject, %error, "not a delta"),
            (None, _) => tracing::warn!(subject = heard.subject, "not an event's"),
        }
    }

    fn note_pulse(&self, pulse: Option<Instant>) {
        let is_quiet = pulse.is_none_or(|pulse| pulse.elapsed() > RELAY_PATIENCE);
        if self.is_quiet.swap(is_quiet, Ordering::Relaxed) != is_quiet {
            tracing::info!(is_quiet, "the relay's voice");
            self.for_each(|hub| hub.tell(if is_quiet { QUIET } else { LIVE }));
        }
    }

    /// Tells what has gathered, and forgets events of which nobody hears or speaks.
    fn tell_all(&self, is_beat: bool) {
        let now = Instant::now();
        let mut hubs = self.hubs.lock().unwrap_or_else(PoisonError::into_inner);
        hubs.retain(|_, hub| {
            hub.flush(now);
            if is_beat {
                hub.tell(BEAT);
            }
            !hub.is_idle()
        });
    }
}
