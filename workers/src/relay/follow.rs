//! What becomes of each change.

use std::time::{Duration, Instant};

use onsale_messages::{
    Lsn, Position, encode,
    relay::{BookingTold, PULSE_SUBJECT, Pulse, RowTold, inventory_subject},
};
use onsale_wal::{Change, Feed, FeedEvent, Step, Transaction};
use tokio::time::{MissedTickBehavior, interval, sleep_until};

use super::{RelayError, begin::Begun, inventory::Inventory, lane::Lane, ledger::Ledger};
use crate::Workshop;

/// How often the relay says that it lives, and PostgreSQL is told what it may forget.
const BEAT: Duration = Duration::from_secs(1);
/// Later than anything that is waited for.
const LONG: Duration = Duration::from_secs(3600);

/// The relay at work.
pub struct Follower<'s> {
    shop: &'s Workshop,
    epoch: u64,
    /// Everything up to here was told.
    at: Lsn,
    feed: Feed,
    cdc: Lane,
    bookings: Lane,
    inventory: Inventory,
    ledger: Ledger,
    /// The sequence of the stream `CDC` that the database knows of.
    noted_cdc: u64,
}

/// What happens next.
enum Next {
    Read(FeedEvent),
    Stored,
    InventoryDue,
    Beat,
}

impl<'s> Follower<'s> {
    pub fn new(shop: &'s Workshop, begun: Begun) -> Self {
        let settings = &shop.settings.relay;
        let Begun { epoch, start, feed, cdc, bookings } = begun;
        let window = Duration::from_millis(settings.inventory_window_ms);
        Self {
            shop,
            epoch,
            at: start,
            feed,
            inventory: Inventory::new(epoch, start, window),
            ledger: Ledger::new(Duration::from_millis(settings.confirm_delay_ms)),
            noted_cdc: cdc.stored(),
            cdc,
            bookings,
        }
    }

    /// Tells what is committed until something fails.
    pub async fn follow(&mut self) -> Result<(), RelayError> {
        let mut beat = interval(BEAT);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let now = Instant::now();
            let due = self.inventory.due(now).unwrap_or(now + LONG);
            let next = tokio::select! {
                event = self.feed.next() => Next::Read(event?),
                stored = self.cdc.progress() => { stored?; Next::Stored }
                stored = self.bookings.progress() => { stored?; Next::Stored }
                () = sleep_until(due.into()) => Next::InventoryDue,
                _ = beat.tick() => Next::Beat,
            };
            match next {
                Next::Read(FeedEvent::Committed(transaction)) => self.tell(transaction).await?,
                Next::Read(FeedEvent::Reached(position)) => self.reached(position),
                Next::Stored => {}
                Next::InventoryDue => self.tell_inventory().await?,
                Next::Beat => self.beat().await?,
            }
            self.ledger.stored(self.cdc.stored(), self.bookings.stored(), Instant::now());
        }
    }

    async fn tell(&mut self, transaction: Transaction) -> Result<(), RelayError> {
        let Transaction { end, committed_at, changes } = transaction;
        for (ordinal, change) in (0..).zip(changes) {
            let position = Position { commit: end, ordinal };
            match change {
                Change::Seat { event, seat, state } => {
                    self.inventory.note(end, event, seat, state);
                }
                Change::Row(op, row) => {
                    let told = RowTold { epoch: self.epoch, lsn: end, op, row: *row };
                    let (subject, body) = (told.subject(), encode(&told)?);
                    self.cdc.tell(self.epoch, position, subject, body).await?;
                }
                Change::Booking(step) => {
                    let told = self.booking_told(end, *step);
                    let (subject, body) = (told.subject(), encode(&told)?);
                    self.bookings.tell(self.epoch, position, subject, body).await?;
                }
            }
        }
        self.reached(end);
        metrics::gauge!("onsale_relay_told_commit_seconds").set(committed_at.0 as f64 / 1000.0);
        let now = Instant::now();
        if self.inventory.due(now).is_some_and(|due| due <= now) {
            self.tell_inventory().await?;
        }
        Ok(())
    }

    fn booking_told(&self, lsn: Lsn, step: Step) -> BookingTold {
        let Step { step, booking, event, user, seats, total_minor, currency } = step;
        let epoch = self.epoch;
        BookingTold { epoch, lsn, step, booking, event, user, seats, total_minor, currency }
    }

    /// Everything up to a position was sent.
    fn reached(&mut self, position: Lsn) {
        self.at = self.at.max(position);
        self.ledger.sent(position, self.cdc.sent(), self.bookings.sent());
    }

    async fn tell_inventory(&mut self) -> Result<(), RelayError> {
        for (event, delta) in self.inventory.take(Instant::now()) {
            self.shop.bus.tell(inventory_subject(event), delta.to_bytes()).await?;
            metrics::counter!("onsale_relay_deltas_total").increment(1);
        }
        Ok(())
    }

    async fn beat(&mut self) -> Result<(), RelayError> {
        self.tell_inventory().await?;
        let pulse = Pulse { epoch: self.epoch, version: self.at.0 };
        self.shop.bus.tell(PULSE_SUBJECT.into(), encode(&pulse)?).await?;
        let Some(settled) = self.ledger.due(Instant::now()) else { return Ok(()) };
        // First our own note: it must not be behind what PostgreSQL has forgotten.
        if settled.cdc > self.noted_cdc {
            self.shop.store.note_cdc_sequence(settled.cdc).await?;
            self.noted_cdc = settled.cdc;
        }
        self.feed.confirm(settled.end);
        Ok(())
    }

    /// Ends the stream, so that the slot is free for whoever follows.
    pub async fn close(self) {
        self.feed.close().await;
    }
}
