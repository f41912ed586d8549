//! Keeping one index in step with the catalogue. When anything fails, it is begun anew from what is
//! written down.

mod batch;

use std::{
    collections::HashSet,
    sync::Arc,
    time::{Duration, Instant},
};

use onsale_bus::{BusError, Tail, Told};
use onsale_domain::EventId;
use onsale_indexing::{Dirty, News, in_stream};
use onsale_messages::topology::CDC_STREAM;
use onsale_search::{SearchError, quickwit::QuickwitIndex};
use onsale_store::SearchEpoch;
use quickwit_client::{Client, Retry};
use tokio::time::{MissedTickBehavior, interval, sleep_until};

use super::{Cluster, QuickwitError, mask_of, plan::MASK_FULL, seats::Seats};
pub use batch::held_as;

/// Changes that come together are sent together.
const WINDOW: Duration = Duration::from_millis(50);
/// Batches begin so far apart: each makes Quickwit commit.
const PACE: Duration = Duration::from_secs(1);
/// Beyond so many changed events the rest waits for the next batch.
const MANY: usize = 5_000;
/// How often it is checked that the stream is still the same.
const CHECK: Duration = Duration::from_secs(2);
/// How often it is checked that Quickwit still has everything.
const COUNT: Duration = Duration::from_secs(60);
/// How long a count may be wrong: what was committed may not be seen at once.
const COUNT_PATIENCE: Duration = Duration::from_secs(5);
/// The pause between two counts.
const COUNT_AGAIN: Duration = Duration::from_millis(500);

/// How long an index is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// Until it shows everything that was told by now.
    CaughtUp,
    /// For ever.
    Stopped,
}

/// Why the index is not followed any longer.
#[derive(Debug)]
pub enum Ended {
    /// It shows everything that was told when this began.
    CaughtUp,
    /// Another has to be made; until then it goes on answering.
    Broken(&'static str),
}

/// Who keeps an index.
pub struct Follower {
    cluster: Arc<Cluster>,
    pub epoch: SearchEpoch,
    index: QuickwitIndex,
    /// Sends nothing twice: when it is not certain that something was taken, it is sent in another
    /// revision.
    once: Client,
    dirty: Dirty,
    /// When what is dirty is sent.
    due: Option<Instant>,
    sent_at: Option<Instant>,
    counted_at: Instant,
    /// Events to read once more; until then the checkpoint stays where it is.
    again: Vec<(Instant, EventId)>,
    /// Events that wait for the next epoch, because too much is left out of this one.
    waiting: HashSet<EventId>,
    masked: u64,
    until: Until,
    seats: Seats,
}

impl Follower {
    /// Of an index. It hears of seats from now on.
    pub fn new(cluster: &Arc<Cluster>, epoch: SearchEpoch) -> Self {
        Self {
            index: cluster.index(&epoch),
            once: cluster.client.clone().with_retry(Retry::NEVER),
            dirty: Dirty::at(epoch.checkpoint.sequence),
            due: None,
            sent_at: None,
            counted_at: Instant::now(),
            again: Vec::new(),
            waiting: HashSet::new(),
            masked: 0,
            until: Until::Stopped,
            seats: Seats::listen(cluster),
            cluster: Arc::clone(cluster),
            epoch,
        }
    }

    /// Follows the stream from what is written down.
    pub async fn follow(&mut self, until: Until) -> Result<Ended, QuickwitError> {
        let bus = self.cluster.shop.bus.clone();
        let mut interruptions = bus.interruptions();
        let span = bus.span(CDC_STREAM).await?;
        let Some(checkpoint) = in_stream(self.epoch.checkpoint, &span) else {
            return Ok(Ended::Broken("the stream does not go on where the index stopped"));
        };
        if !self.is_whole(COUNT_PATIENCE).await? {
            return Ok(Ended::Broken("Quickwit does not have what it was given"));
        }
        self.epoch.checkpoint = checkpoint;
        self.begin_anew(until);
        let mut tail = bus.tail(CDC_STREAM, checkpoint.sequence).await?;
        let mut check = interval(CHECK);
        check.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            if until == Until::CaughtUp && self.has_caught_up(span.last) {
                return Ok(Ended::CaughtUp);
            }
            let due = self.due.unwrap_or_else(|| Instant::now() + Duration::from_secs(3600));
            let ended = tokio::select! {
                biased;
                () = sleep_until(due.into()) => self.put_in().await?,
                // The place in the stream was lost with the connection, or would be found late.
                _ = interruptions.changed() => return Err(BusError::Disconnected.into()),
                () = self.seats.due() => self.look_at_seats().await?,
                _ = check.tick() => self.check().await?,
                told = next(&mut tail, self.dirty.events.len() < MANY) => self.take(&told?),
            };
            if let Some(ended) = ended {
                return Ok(ended);
            }
        }
    }

    /// What was told since the checkpoint is told again.
    fn begin_anew(&mut self, until: Until) {
        self.dirty = Dirty::at(self.epoch.checkpoint.sequence);
        self.due = None;
        self.again.clear();
        self.waiting.clear();
        self.until = until;
        self.seats.doubt_all();
        if until == Until::Stopped && self.masked >= MASK_FULL {
            self.cluster.wants_epoch.notify_one();
        }
    }

    fn has_caught_up(&self, goal: u64) -> bool {
        self.epoch.checkpoint.sequence >= goal && self.due.is_none() && self.seats.is_certain()
    }

    /// Soon, but not before the pace allows.
    fn note(&mut self, is_urgent: bool) {
        let soon = Instant::now() + WINDOW;
        let paced = self.sent_at.map_or(soon, |at| soon.max(at + PACE));
        let due = if is_urgent { soon } else { paced };
        self.due = Some(self.due.map_or(due, |known| known.min(due)));
    }

    fn take(&mut self, told: &Told) -> Option<Ended> {
        let news = match self.dirty.take(told, self.epoch.checkpoint.epoch) {
            Ok(news) => news,
            Err(error) => {
                tracing::error!(%error, "what changed cannot be read");
                return Some(Ended::Broken("a message of the stream cannot be read"));
            }
        };
        match (news, self.until) {
            (News::NewEpoch, Until::CaughtUp) => {
                return Some(Ended::Broken("the relay began a new epoch meanwhile"));
            }
            (News::NewEpoch, Until::Stopped) => {
                tracing::info!("the relay begins a new epoch");
                self.cluster.wants_epoch.notify_one();
            }
            (News::Changed | News::Gone, _) => {}
        }
        self.note(news == News::Gone);
        None
    }

    async fn look_at_seats(&mut self) -> Result<Option<Ended>, QuickwitError> {
        let flipped = self.seats.look(&self.cluster.shop.store, self.epoch.number).await?;
        if !flipped.is_empty() {
            self.dirty.events.extend(flipped);
            self.note(false);
        }
        Ok(None)
    }

    /// Whether the stream is still the one that is followed, and Quickwit has what it was given.
    async fn check(&mut self) -> Result<Option<Ended>, QuickwitError> {
        let now = Instant::now();
        let (due, later): (Vec<_>, _) =
            std::mem::take(&mut self.again).into_iter().partition(|(at, _)| *at <= now);
        self.again = later;
        if !due.is_empty() {
            self.dirty.events.extend(due.into_iter().map(|(_, event)| event));
            self.note(false);
        }
        let span = self.cluster.shop.bus.span(CDC_STREAM).await?;
        let checkpoint = self.epoch.checkpoint;
        if checkpoint.stream_made_at != span.made_at || span.last < checkpoint.sequence {
            return Ok(Some(Ended::Broken("the stream was made anew")));
        }
        if self.counted_at.elapsed() > COUNT && !self.is_whole(COUNT_PATIENCE).await? {
            return Ok(Some(Ended::Broken("Quickwit lost documents")));
        }
        Ok(None)
    }

    /// Whether as many documents are in the index as are written down, at the latest after `patience`.
    pub async fn is_whole(&mut self, patience: Duration) -> Result<bool, QuickwitError> {
        let (store, number) = (&self.cluster.shop.store, self.epoch.number);
        let begun = Instant::now();
        loop {
            let Some(pointer) = store.search_pointer_of(number).await? else { return Ok(false) };
            self.masked = (pointer.superseded.len() + pointer.voided.len()) as u64;
            let expected = store.document_count(number).await?;
            match self.index.count(&mask_of(pointer)).await {
                Ok(count) if count == expected => {
                    self.counted_at = Instant::now();
                    return Ok(true);
                }
                Ok(count) if begun.elapsed() > patience => {
                    tracing::warn!(count, expected, "Quickwit has another number of documents");
                    return Ok(false);
                }
                Err(SearchError::Quickwit(error)) if error.is_not_found() => return Ok(false),
                Err(error) => return Err(error.into()),
                Ok(_) => tokio::time::sleep(COUNT_AGAIN).await,
            }
        }
    }
}

/// The next message, unless so much is dirty that it should be sent first.
async fn next(tail: &mut Tail, is_open: bool) -> Result<Told, QuickwitError> {
    match is_open {
        true => Ok(tail.next().await?),
        false => std::future::pending().await,
    }
}
