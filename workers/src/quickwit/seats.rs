//! Which events may have sold out, or have seats again. Messages say that seats of an event have
//! changed; the database says whether any is left. What was not heard is compared with the database,
//! event by event.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use futures::StreamExt;
use onsale_domain::EventId;
use onsale_messages::relay::PULSE_SUBJECT;
use onsale_store::{Store, StoreError};
use tokio_util::task::AbortOnDropHandle;

use super::Cluster;
use crate::runner::RETRY_PAUSE;

const SUBJECTS: &str = "inventory.*";
const SUBJECT_PREFIX: &str = "inventory.";
/// How often events are looked at whose seats have changed.
const TICK: Duration = Duration::from_millis(400);
/// How soon the next page is compared while all are.
const PAGE_PAUSE: Duration = Duration::from_millis(50);
/// Events that are compared at once.
const PAGE: u32 = 2_000;
/// While nobody tells which seats change, all events are compared so often.
const UNHEARD_PAUSE: Duration = Duration::from_secs(15);
/// A change is told a moment before it can be seen: what was looked at so soon after is looked at
/// again.
const UNSEEN: Duration = Duration::from_secs(1);
/// The relay says every second that it lives.
const RELAY_PATIENCE: Duration = Duration::from_secs(4);

#[derive(Debug, Default)]
struct Heard {
    /// When it was told last that seats of these events changed.
    changed: HashMap<EventId, Instant>,
    pulse: Option<Instant>,
    /// What was told before was not heard.
    has_begun: bool,
}

/// What is heard of seats, for one index.
pub struct Seats {
    heard: Arc<Mutex<Heard>>,
    _listening: AbortOnDropHandle<()>,
    /// All events after this one are still to be compared.
    doubted_after: Option<EventId>,
    next_look: Instant,
    /// When all were compared last.
    compared_at: Option<Instant>,
}

impl Seats {
    /// Listens from now on. All events are to be compared.
    pub fn listen(cluster: &Cluster) -> Self {
        let heard = Arc::new(Mutex::new(Heard::default()));
        let listening = listen(cluster.shop.bus.clone(), Arc::clone(&heard));
        Self {
            heard,
            _listening: AbortOnDropHandle::new(tokio::spawn(listening)),
            doubted_after: Some(EventId(0)),
            next_look: Instant::now(),
            compared_at: None,
        }
    }

    /// All events are to be compared: something was missed.
    pub fn doubt_all(&mut self) {
        self.doubted_after = Some(EventId(0));
        self.next_look = Instant::now();
    }

    /// Whether no event is left to be compared.
    pub const fn is_certain(&self) -> bool {
        self.doubted_after.is_none()
    }

    /// Waits until it is time to look.
    pub async fn due(&self) {
        tokio::time::sleep_until(self.next_look.into()).await;
    }

    /// The events of which the index does not know that they are sold out, or not.
    pub async fn look(&mut self, store: &Store, epoch: i64) -> Result<Vec<EventId>, StoreError> {
        self.next_look = Instant::now() + TICK;
        let changed = self.take();
        let mut flipped = match changed.is_empty() {
            true => Vec::new(),
            false => store.flipped_documents(epoch, &changed).await?,
        };
        let Some(after) = self.doubted_after else { return Ok(flipped) };
        let page = store.held_events_after(epoch, after, PAGE).await?;
        flipped.extend(store.flipped_documents(epoch, &page).await?);
        self.doubted_after = page.last().copied();
        match self.doubted_after {
            Some(_) => self.next_look = Instant::now() + PAGE_PAUSE,
            None => self.compared_at = Some(Instant::now()),
        }
        Ok(flipped)
    }

    /// The events whose seats have changed since.
    fn take(&mut self) -> Vec<EventId> {
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        let is_heard = heard.pulse.is_some_and(|at| at.elapsed() < RELAY_PATIENCE);
        if !is_heard {
            heard.pulse = None;
        }
        let is_old = self.compared_at.is_none_or(|at| at.elapsed() > UNHEARD_PAUSE);
        let was_deaf = std::mem::take(&mut heard.has_begun);
        if was_deaf || (!is_heard && self.doubted_after.is_none() && is_old) {
            self.doubted_after = Some(EventId(0));
        }
        let events = heard.changed.keys().copied().collect();
        heard.changed.retain(|_, told_at| told_at.elapsed() < UNSEEN);
        events
    }
}

async fn listen(bus: onsale_bus::Bus, heard: Arc<Mutex<Heard>>) {
    loop {
        match bus.listen(SUBJECTS).await {
            Ok(said) => {
                let mut said = std::pin::pin!(said);
                while let Some(said) = said.next().await {
                    let mut heard = heard.lock().unwrap_or_else(PoisonError::into_inner);
                    heard.take(&said.subject);
                }
            }
            Err(error) => tracing::warn!(%error, "Quickwit does not hear of seats that change"),
        }
        tokio::time::sleep(RETRY_PAUSE).await;
    }
}

impl Heard {
    fn take(&mut self, subject: &str) {
        if subject == PULSE_SUBJECT {
            self.has_begun |= self.pulse.is_none();
            self.pulse = Some(Instant::now());
        } else if let Some(event) = subject.strip_prefix(SUBJECT_PREFIX)
            && let Ok(event) = event.parse()
        {
            self.changed.insert(event, Instant::now());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_gathered_by_event_and_the_first_pulse_says_that_some_were_missed() {
        let mut heard = Heard::default();
        for subject in ["inventory.7", "inventory.7", "inventory.8", "inventory.x"] {
            heard.take(subject);
        }
        let mut events: Vec<EventId> = heard.changed.keys().copied().collect();
        events.sort();
        assert_eq!(events, [EventId(7), EventId(8)]);
        heard.take(PULSE_SUBJECT);
        assert!(std::mem::take(&mut heard.has_begun));
        heard.take(PULSE_SUBJECT);
        assert!(!heard.has_begun, "nothing was missed between two pulses");
    }
}
