//! The admission worker: one process holds the draws whose hour has come, and once a second lets
//! the rule of `domain::waiting_room` decide for each room how many are called and let in.
//!
//! What it decides is written to PostgreSQL, with the rule's memory, so whoever takes over goes on.
//! The key-value bucket only tells servers and operators at once; it can be lost.

use std::{
    collections::{HashMap, HashSet, hash_map::Entry},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use futures::StreamExt;
use onsale_bus::Bucket;
use onsale_domain::{
    EventId,
    waiting_room::{ControlRules, Controller, Epoch, RoomMode, Signals, Step, eta},
};
use onsale_messages::{
    HoldReport, LiveFigures, WAITING_ROOM_BUCKET, decode, encode,
    topology::{ADMISSION_CONSUMER, ADMISSION_STREAM},
};
use onsale_store::{Duty, Leadership, RoomFigures, RoomRecord, StoreError};
use tokio_util::sync::CancellationToken;

use crate::{
    Workshop,
    runner::{Decision, MessageStream, act, elected, with_messages},
};

/// How often the rule decides.
const STEP: Duration = Duration::from_secs(1);
/// Passes that have ended are put away every so many steps.
const SWEEP_EVERY: u64 = 5;
/// What a server saw longer ago says nothing about now.
const REPORT_LIFE: Duration = Duration::from_secs(5);

/// Waits to become the one, then runs all rooms until `stop` is cancelled.
pub async fn run(shop: Arc<Workshop>, stop: CancellationToken) {
    while let Some(leadership) = elected(&shop, Duty::Admission, &stop).await {
        lead(&shop, leadership, &stop).await;
    }
}

async fn lead(shop: &Workshop, mut leadership: Leadership, stop: &CancellationToken) {
    let term = stop.child_token();
    let heard = Heard::default();
    let listening = with_messages(shop, ADMISSION_STREAM, ADMISSION_CONSUMER, &term, |messages| {
        listen(messages, &heard, &term)
    });
    let stepping = async {
        let mut rooms = Rooms::default();
        let mut ticks = tokio::time::interval(STEP);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = term.cancelled() => return,
                _ = ticks.tick() => {}
            }
            if !leadership.still_holds().await {
                tracing::warn!("the leadership ended with its connection");
                return;
            }
            if let Err(error) = rooms.step_all(shop, &heard).await {
                tracing::warn!(%error, "waiting rooms could not be stepped");
            }
        }
    };
    tokio::select! {
        () = listening => {}
        () = stepping => {}
    }
    term.cancel();
    leadership.resign().await;
}

/// How long holds took lately, by event.
#[derive(Debug, Default)]
struct Heard(Mutex<HashMap<EventId, (Instant, u32)>>);

impl Heard {
    fn note(&self, report: &HoldReport) {
        let mut events = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        events.retain(|_, (at, _)| at.elapsed() < REPORT_LIFE);
        // Of several servers the slowest counts.
        let known = events.entry(report.event).or_insert((Instant::now(), 0));
        let slowest =
            if known.0.elapsed() < STEP { known.1.max(report.slow_ms) } else { report.slow_ms };
        *known = (Instant::now(), slowest);
    }

    fn hold_ms(&self, event: EventId) -> Option<u32> {
        let events = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, took) = events.get(&event)?;
        (at.elapsed() < REPORT_LIFE).then_some(*took)
    }
}

async fn listen(mut messages: MessageStream, heard: &Heard, term: &CancellationToken) {
    loop {
        let message = tokio::select! {
            () = term.cancelled() => return,
            message = messages.next() => message,
        };
        let Some(message) = message else { return };
        let decision = match decode::<HoldReport>(&message.payload) {
            Ok(report) => {
                heard.note(&report);
                Decision::Ack
            }
            Err(error) => Decision::DeadLetter(error.to_string()),
        };
        act(&message, decision).await;
    }
}

/// The rooms of this worker's term.
#[derive(Default)]
struct Rooms {
    controllers: HashMap<(EventId, Epoch), Controller>,
    bucket: Option<Bucket>,
    steps: u64,
}

impl Rooms {
    async fn step_all(&mut self, shop: &Workshop, heard: &Heard) -> Result<(), StoreError> {
        self.steps += 1;
        for event in shop.store.hold_due_draws().await? {
            tracing::info!(%event, "the draw was held");
        }
        let rooms = shop.store.rooms_on().await?;
        let on: HashSet<(EventId, Epoch)> =
            rooms.iter().map(|room| (room.event, room.epoch)).collect();
        self.controllers.retain(|key, _| on.contains(key));
        metrics::gauge!("onsale_waiting_rooms").set(rooms.len() as f64);
        for room in rooms {
            if let Err(error) = self.step(shop, &room, heard).await {
                tracing::warn!(event = %room.event, %error, "a waiting room could not be stepped");
                // What was decided may not have been written: the next step reads it anew.
                self.controllers.remove(&(room.event, room.epoch));
            }
        }
        Ok(())
    }

    async fn step(
        &mut self,
        shop: &Workshop,
        room: &RoomRecord,
        heard: &Heard,
    ) -> Result<(), StoreError> {
        if room.mode == RoomMode::Scheduled {
            return Ok(());
        }
        let store = &shop.store;
        if self.steps.is_multiple_of(SWEEP_EVERY) {
            store.sweep_passes(room.event).await?;
        }
        let figures = store.room_figures(room.event).await?;
        let target = shop.settings.waiting_room.target_hold_ms;
        let rules = ControlRules::of(&room.rules, target);
        let signals = signals_of(room, &figures, heard.hold_ms(room.event));
        let controller = self.controller(shop, room).await?;
        let step = controller.step(&rules, &signals);
        let memory = encode(&*controller).map_err(|error| StoreError::Corrupt {
            what: "the memory of a rule",
            reason: error.to_string(),
        })?;
        if !store.step_room(room, &step, &memory).await? {
            self.controllers.remove(&(room.event, room.epoch));
            return Ok(());
        }
        if room.mode == RoomMode::Draining && store.end_drained_room(room.event).await? {
            tracing::info!(event = %room.event, "the waiting room is empty and off");
        }
        self.tell(shop, live_figures(room, &figures, &step)).await;
        Ok(())
    }

    /// The rule with its memory, read from the database in the first step of a term.
    async fn controller(
        &mut self,
        shop: &Workshop,
        room: &RoomRecord,
    ) -> Result<&mut Controller, StoreError> {
        let key = (room.event, room.epoch);
        match self.controllers.entry(key) {
            Entry::Occupied(known) => Ok(known.into_mut()),
            Entry::Vacant(place) => {
                let memory = shop.store.room_controller(room.event, room.epoch).await?;
                let resumed =
                    || Controller::resumed(room.called, room.expired_below, room.admitted);
                let remembered = memory.and_then(|memory| remembered(&memory));
                Ok(place.insert(remembered.unwrap_or_else(resumed)))
            }
        }
    }

    async fn tell(&mut self, shop: &Workshop, figures: LiveFigures) {
        if !shop.bus.is_connected() {
            self.bucket = None;
            return;
        }
        if self.bucket.is_none() {
            let opened = shop.bus.bucket(WAITING_ROOM_BUCKET, shop.settings.nats.replicas).await;
            self.bucket = opened.ok();
        }
        let (Some(bucket), Ok(body)) = (&self.bucket, encode(&figures)) else { return };
        let key = figures.event.to_string();
        // Nothing waits for it: servers look for themselves, too.
        let put = tokio::time::timeout(STEP / 2, bucket.put(&key, body)).await;
        if !matches!(put, Ok(Ok(()))) {
            tracing::debug!(event = key, "figures of a waiting room were not taken");
            self.bucket = None;
        }
    }
}

/// The rule with its memory, if that can be read.
fn remembered(memory: &[u8]) -> Option<Controller> {
    decode(memory)
        .inspect_err(|error| {
            tracing::error!(%error, "the rule of a waiting room goes on without memory");
        })
        .ok()
}

fn signals_of(room: &RoomRecord, figures: &RoomFigures, hold_ms: Option<u32>) -> Signals {
    Signals {
        now: room.read_at,
        calling: room.mode.calls(),
        tail: room.next_number,
        admitted: room.admitted,
        active_passes: figures.active_passes,
        shopping: figures.shopping,
        available_seats: figures.available_seats,
        held_seats: figures.held_seats,
        hold_ms,
    }
}

fn live_figures(room: &RoomRecord, figures: &RoomFigures, step: &Step) -> LiveFigures {
    let waiting = room.next_number.saturating_sub(step.called).saturating_sub(room.skipped);
    let newcomer = eta(waiting, step.pace).filter(|_| room.mode.calls());
    LiveFigures {
        event: room.event,
        epoch: room.epoch.0,
        mode: room.mode.as_str().to_owned(),
        waiting,
        admitted: room.admitted,
        active: figures.active_passes,
        converting: figures.active_passes.saturating_sub(figures.shopping),
        abandoned: room.abandoned,
        rate_per_minute: step.rate_per_minute,
        newcomer_seconds: newcomer.map(|eta| eta.likely_seconds),
        available_seats: figures.available_seats,
        held_seats: figures.held_seats,
    }
}
