//! What is left of the seats of every event, kept in memory and refreshed by the changes that the
//! relay tells. Only when an event sells out, or seats come back, is the index changed.
//!
//! Counting the seats of a stadium costs the database some milliseconds, so an event is counted at
//! once only when so many of its seats have changed that it may be sold out or nearly so; otherwise
//! some seconds later.

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Mutex, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use futures::{Stream, StreamExt};
use onsale_bus::Heard;
use onsale_domain::{AvailabilityDelta, EventId, SeatsLeft};
use onsale_messages::relay::PULSE_SUBJECT;
use onsale_store::{Store, StoreError};
use tokio::sync::{Mutex as Turn, Notify};
use tokio_util::sync::CancellationToken;

use super::Finder;
use crate::hearing::keep_hearing;

const SUBJECTS: &str = "inventory.*";
const SUBJECT_PREFIX: &str = "inventory.";
/// How often events are counted whose seats have changed.
const TICK: Duration = Duration::from_millis(250);
/// An event is not counted again within this time.
const SOON: Duration = Duration::from_millis(500);
/// Counts may be so old while many seats are left.
const LATER: Duration = Duration::from_secs(4);
/// Counts may be so old while nobody tells which seats change.
const UNHEARD_AGE: Duration = Duration::from_secs(5);
/// Events that are counted in one round.
const ROUND: usize = 1_000;
/// One seat in so many left is few.
const FEW_SHARE: u32 = 20;
/// The relay says every second that it lives.
const RELAY_PATIENCE: Duration = Duration::from_secs(4);
/// A change is told a moment before it can be seen: what was counted so soon after is counted again.
const UNSEEN: Duration = Duration::from_secs(1);

#[derive(Debug, Clone, Copy)]
struct Known {
    left: SeatsLeft,
    counted_at: Instant,
    /// Seats that have changed since.
    changed: u32,
    /// What the index says.
    is_sold_out_in_index: Option<bool>,
}

impl Known {
    /// When its seats should be counted anew.
    fn due(&self) -> Instant {
        let certain = self.left.free.saturating_sub(self.changed);
        let is_close = certain <= (self.left.all / FEW_SHARE).max(50);
        self.counted_at + if is_close { SOON } else { LATER }
    }
}

/// Events to be counted. What was told is never kept waiting by what is only doubted, which may be all
/// events there are.
#[derive(Default)]
struct Waiting {
    /// Their seats have changed since they were counted: when that was told last.
    told: HashMap<EventId, Instant>,
    /// Their seats may have changed while nobody told.
    doubted: HashSet<EventId>,
}

/// What is left of the seats of every event.
#[derive(Default)]
pub struct Seats {
    known: RwLock<HashMap<EventId, Known>>,
    /// Events to be counted.
    waiting: Mutex<Waiting>,
    flipped: Mutex<HashSet<EventId>>,
    has_flipped: Notify,
    /// Whoever has the turn counts for lists; and when that failed last.
    turn: Turn<Option<Instant>>,
    hears: AtomicBool,
}

impl Seats {
    /// What is left, as far as it is known.
    pub fn left(&self, event: EventId) -> Option<SeatsLeft> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.get(&event).map(|known| known.left)
    }

    /// The seats of an event were counted.
    pub fn learn(&self, event: EventId, left: SeatsLeft) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        // Of an event that was never counted, the index says that seats are left.
        let before = known.get(&event).map_or(Some(false), |known| known.is_sold_out_in_index);
        let counted_at = Instant::now();
        let now = Known { left, counted_at, changed: 0, is_sold_out_in_index: before };
        known.insert(event, now);
        drop(known);
        if before.is_some_and(|before| before != left.is_sold_out()) {
            self.flipped.lock().unwrap_or_else(PoisonError::into_inner).insert(event);
            self.has_flipped.notify_one();
        }
    }

    /// The index says whether an event is sold out.
    pub fn note_indexed(&self, event: EventId, is_sold_out: bool) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known.get_mut(&event) {
            known.is_sold_out_in_index = Some(is_sold_out);
        }
    }

    /// Counts the seats of those events of which nothing is known.
    pub async fn learn_missing(
        &self,
        store: &Store,
        events: impl Iterator<Item = EventId>,
    ) -> Result<(), StoreError> {
        let missing = events.filter(|event| self.left(*event).is_none()).collect();
        self.learn_all(store, missing).await
    }

    /// Counts the seats of those events of which nothing is known; and, while no changes are heard,
    /// of those that were not counted lately. A database that does not answer is left alone for a
    /// while, so that lists are shown at once.
    pub async fn refresh(
        &self,
        store: &Store,
        events: impl Iterator<Item = EventId>,
    ) -> Result<(), StoreError> {
        let hears = self.hears.load(Ordering::Relaxed);
        let (mut old, mut is_any_unknown) = (Vec::new(), false);
        {
            let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
            for event in events {
                match known.get(&event) {
                    None => is_any_unknown = true,
                    Some(known) if !hears && known.counted_at.elapsed() > UNHEARD_AGE => {}
                    Some(_) => continue,
                }
                old.push(event);
            }
        }
        if old.is_empty() {
            return Ok(());
        }
        let mut failed_at = match (is_any_unknown, self.turn.try_lock()) {
            (_, Ok(turn)) => turn,
            (true, Err(_)) => self.turn.lock().await,
            // Somebody counts already, and what is known is good enough meanwhile.
            (false, Err(_)) => return Ok(()),
        };
        if failed_at.is_some_and(|at| at.elapsed() < UNHEARD_AGE) {
            return Ok(());
        }
        let counted = self.learn_all(store, old).await;
        *failed_at = counted.is_err().then(Instant::now);
        counted
    }

    async fn learn_all(&self, store: &Store, events: Vec<EventId>) -> Result<(), StoreError> {
        if events.is_empty() {
            return Ok(());
        }
        let counted = store.seats_left(&events).await?;
        for event in events {
            self.learn(event, counted.get(&event).copied().unwrap_or_default());
        }
        Ok(())
    }

    /// Another index answers from now on: this is what it says of each event.
    pub fn compare(&self, index: impl Iterator<Item = (EventId, bool)>) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let mut flipped = self.flipped.lock().unwrap_or_else(PoisonError::into_inner);
        for (event, is_sold_out) in index {
            match known.get_mut(&event) {
                Some(known) => {
                    known.is_sold_out_in_index = Some(is_sold_out);
                    if known.left.is_sold_out() != is_sold_out {
                        flipped.insert(event);
                    }
                }
                None => drop(waiting.doubted.insert(event)),
            }
        }
        self.has_flipped.notify_one();
    }

    /// An event that the index has as sold out and is not, or the other way round.
    pub async fn flipped(&self) -> EventId {
        loop {
            {
                let mut flipped = self.flipped.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some(event) = flipped.iter().next().copied() {
                    flipped.remove(&event);
                    return event;
                }
            }
            self.has_flipped.notified().await;
        }
    }

    fn take(&self, heard: &Heard) {
        let event = heard.subject.strip_prefix(SUBJECT_PREFIX).and_then(|id| id.parse().ok());
        let (Some(event), Ok(delta)) = (event, AvailabilityDelta::from_bytes(&heard.body)) else {
            return tracing::warn!(
                subject = heard.subject,
                "what was told of seats cannot be read"
            );
        };
        let seats = u32::try_from(delta.seats().len()).unwrap_or(u32::MAX);
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known.get_mut(&event) {
            known.changed = known.changed.saturating_add(seats);
        }
        drop(known);
        self.note_changed([(event, Instant::now())]);
    }

    fn note_changed(&self, told: impl IntoIterator<Item = (EventId, Instant)>) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        for (event, told_at) in told {
            let last = waiting.told.entry(event).or_insert(told_at);
            *last = (*last).max(told_at);
        }
    }

    /// Anything may have changed.
    fn doubt_all(&self) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.values_mut().for_each(|known| known.changed = u32::MAX);
        let events: Vec<EventId> = known.keys().copied().collect();
        drop(known);
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).doubted.extend(events);
    }

    /// Events that should be counted now, and when their seats changed.
    fn due(&self, now: Instant) -> Vec<(EventId, Instant)> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let Waiting { told, doubted } = &mut *waiting;
        let is_due = |event: &EventId| known.get(event).is_none_or(|known| known.due() <= now);
        let told_of = told.iter().map(|(event, told_at)| (*event, *told_at));
        // Whatever was seen of those is as good as ever.
        let doubts = doubted.iter().map(|event| (*event, now.checked_sub(UNSEEN).unwrap_or(now)));
        let due = told_of.chain(doubts).filter(|(event, _)| is_due(event)).take(ROUND);
        let due: Vec<(EventId, Instant)> = due.collect();
        for (event, _) in &due {
            told.remove(event);
            doubted.remove(event);
        }
        due
    }

    async fn count(&self, store: &Store) {
        let due = self.due(Instant::now());
        if due.is_empty() {
            return;
        }
        let asked = Instant::now();
        let events: Vec<EventId> = due.iter().map(|(event, _)| *event).collect();
        match store.seats_left(&events).await {
            Ok(counted) => {
                for event in events {
                    self.learn(event, counted.get(&event).copied().unwrap_or_default());
                }
                self.note_changed(unseen(due, asked));
            }
            Err(error) => {
                tracing::debug!(%error, "seats are counted later");
                self.note_changed(due);
            }
        }
    }
}

/// Those of what was told that may not have been seen by whoever asked then.
fn unseen(
    told: Vec<(EventId, Instant)>,
    asked: Instant,
) -> impl Iterator<Item = (EventId, Instant)> {
    told.into_iter().filter(move |(_, at)| asked.saturating_duration_since(*at) < UNSEEN)
}

/// Listens to changes of seats until `stop`.
pub async fn run(finder: &Finder, stop: &CancellationToken) {
    let complaint = "search does not hear of seats that change";
    let open = || finder.bus.listen(SUBJECTS);
    keep_hearing(stop, complaint, open, |said| listen(finder, said)).await;
}

async fn listen(finder: &Finder, said: impl Stream<Item = Heard>) {
    let mut said = std::pin::pin!(said);
    let seats = &finder.seats;
    let mut interruptions = finder.bus.interruptions();
    let mut tick = tokio::time::interval(TICK);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut pulse: Option<Instant> = None;
    seats.doubt_all();
    loop {
        tokio::select! {
            heard = said.next() => match heard {
                None => return,
                Some(heard) if heard.subject == PULSE_SUBJECT => {
                    if pulse.is_none() {
                        // What was told before somebody told it was not heard.
                        seats.doubt_all();
                    }
                    pulse = Some(Instant::now());
                }
                Some(heard) => seats.take(&heard),
            },
            _ = interruptions.changed() => seats.doubt_all(),
            _ = tick.tick() => {
                if pulse.is_some_and(|pulse| pulse.elapsed() > RELAY_PATIENCE) {
                    pulse = None;
                }
                seats.hears.store(pulse.is_some(), Ordering::Relaxed);
                seats.count(&finder.store).await;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(all: u32, free: u32) -> SeatsLeft {
        SeatsLeft { all, free, from_price_minor: None }
    }

    #[test]
    fn an_event_is_counted_soon_only_when_it_may_be_sold_out() {
        let now = Instant::now();
        let known = |free, changed| {
            let left = left(10_000, free);
            Known { left, counted_at: now, changed, is_sold_out_in_index: None }.due()
        };
        assert_eq!(known(9_000, 10), now + LATER);
        assert_eq!(known(9_000, 8_600), now + SOON);
        assert_eq!(known(0, 1), now + SOON);
    }

    #[test]
    fn what_was_counted_as_soon_as_it_was_told_is_counted_again() {
        let (now, event) = (Instant::now(), EventId(7));
        let seats = Seats::default();
        seats.note_changed([(event, now)]);
        let due = seats.due(now);
        assert_eq!(due, [(event, now)]);
        assert!(seats.due(now).is_empty(), "it is counted");
        assert_eq!(unseen(due.clone(), now + UNSEEN).count(), 0);
        seats.note_changed(unseen(due, now + UNSEEN / 2));
        assert_eq!(seats.due(now), [(event, now)]);
    }

    #[test]
    fn what_was_told_goes_before_what_is_doubted() {
        let (now, event) = (Instant::now(), EventId(7));
        let seats = Seats::default();
        seats.compare((1_000..5_000).map(|id| (EventId(id), false)));
        seats.note_changed([(event, now)]);
        let due = seats.due(now);
        assert_eq!((due.len(), due[0]), (ROUND, (event, now)));
        assert!(
            seats.due(now).iter().all(|(next, _)| *next != event && !due.contains(&(*next, now)))
        );
    }

    #[tokio::test]
    async fn the_index_is_told_when_an_event_sells_out_and_when_seats_come_back() {
        let (seats, event) = (Seats::default(), EventId(7));
        seats.learn(event, left(2, 1));
        seats.note_indexed(event, false);
        seats.learn(event, left(2, 2));
        seats.learn(event, left(2, 0));
        assert_eq!(seats.flipped().await, event);
        seats.note_indexed(event, true);
        seats.learn(event, left(2, 1));
        assert_eq!(seats.flipped().await, event);
    }
}
