//! Keeping the index in step with the catalogue: what the stream tells has changed is read from the
//! database and put into the index. Reading the same twice does no harm.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use onsale_bus::{BusError, Tail, Told};
use onsale_domain::EventId;
use onsale_indexing::{Dirty, News, in_stream};
use onsale_messages::topology::CDC_STREAM;
use tokio::{task::JoinHandle, time::sleep_until};
use tokio_util::sync::CancellationToken;

use super::{
    Finder, FinderError,
    build::build,
    index::{Changes, HeldIndex, blocking, generations, remove},
};

/// Changes that come together are committed together.
const WINDOW: Duration = Duration::from_millis(50);
/// Beyond so many changed events the rest waits for the next commit.
const MANY: usize = 5_000;
/// How long to wait for transactions to end, so that what is read shows what was told.
const PATIENCE: Duration = Duration::from_millis(250);
/// When that was in vain, the events are read once more after this time.
const READ_AGAIN: Duration = Duration::from_secs(1);
/// How often it is checked that the stream is still the same.
const CHECK: Duration = Duration::from_secs(2);
/// The pause after a failure.
const RETRY_PAUSE: Duration = Duration::from_millis(500);

/// Why the index is not followed any longer.
enum Ended {
    /// Another index takes its place.
    Built(HeldIndex),
    /// It has to be made anew; until then it goes on answering.
    Broken(&'static str),
}

struct Follower<F> {
    finder: Arc<Finder>,
    changed: F,
    held: Option<HeldIndex>,
    building: Option<JoinHandle<Result<HeldIndex, FinderError>>>,
    dirty: Dirty,
    /// When what is dirty is put into the index.
    due: Option<Instant>,
    /// Events to read once more.
    again: Vec<(Instant, EventId)>,
}

/// Brings an index in, and keeps it in step until `stop`. `changed` is called after each change.
pub async fn run(finder: Arc<Finder>, changed: impl Fn() + Send, stop: &CancellationToken) {
    let (folder, synonyms) = (finder.folder.clone(), Arc::clone(&finder.synonyms));
    let held = blocking(move || Ok(HeldIndex::open(&folder, &synonyms))).await.ok().flatten();
    let mut follower = Follower {
        finder,
        changed,
        held: None,
        building: None,
        dirty: Dirty::default(),
        due: None,
        again: Vec::new(),
    };
    if let Some(held) = held {
        tracing::info!(generation = held.generation, "the search index was found on disk");
        follower.hold(held);
    }
    tokio::select! {
        () = stop.cancelled() => {}
        () = follower.run() => {}
    }
    if let Some(building) = follower.building {
        building.abort();
    }
}

impl<F: Fn() + Send> Follower<F> {
    async fn run(&mut self) {
        loop {
            let ended = match self.held.is_some() {
                true => self.follow().await,
                false => self.wait_for_build().await,
            };
            self.finder.note(|status| status.follows = false);
            match ended {
                Ok(Ended::Built(held)) => self.hold(held),
                Ok(Ended::Broken(reason)) => {
                    tracing::warn!(reason, "the search index is made anew");
                    match self.wait_for_build().await {
                        Ok(Ended::Built(held)) => self.hold(held),
                        Ok(Ended::Broken(_)) => {}
                        Err(error) => self.complain(&error).await,
                    }
                }
                Err(error) => self.complain(&error).await,
            }
        }
    }

    async fn complain(&self, error: &FinderError) {
        tracing::warn!(%error, "the search index cannot follow the catalogue");
        tokio::time::sleep(RETRY_PAUSE).await;
    }

    /// From now on this index answers.
    fn hold(&mut self, held: HeldIndex) {
        let (finder, view) = (&self.finder, held.view());
        match view.digests() {
            Ok(all) => finder.seats.compare(all.into_iter().map(|it| (it.event, it.is_sold_out))),
            Err(error) => tracing::error!(%error, "the search index cannot be read"),
        }
        finder.publish(view);
        finder.note(|status| {
            status.generation = held.generation;
            status.sequence = held.checkpoint.sequence;
        });
        for (generation, path) in generations(&finder.folder) {
            if generation < held.generation {
                remove(&path);
            }
        }
        // Nothing was made of an index before the first.
        if self.held.replace(held).is_some() {
            (self.changed)();
        }
    }

    fn start_to_build(&mut self) -> &mut JoinHandle<Result<HeldIndex, FinderError>> {
        self.building.get_or_insert_with(|| {
            let finder = Arc::clone(&self.finder);
            tokio::spawn(async move {
                let built = build(&finder).await;
                finder.note(|status| status.building = None);
                built
            })
        })
    }

    async fn wait_for_build(&mut self) -> Result<Ended, FinderError> {
        let built = self.start_to_build().await;
        self.building = None;
        built.map_err(|_| FinderError::BrokenOff)?.map(Ended::Built)
    }

    /// Follows the stream until something fails or another index is there.
    async fn follow(&mut self) -> Result<Ended, FinderError> {
        let Some(held) = &mut self.held else { return Ok(Ended::Broken("there is none")) };
        let span = self.finder.bus.span(CDC_STREAM).await?;
        let Some(checkpoint) = in_stream(held.checkpoint, &span) else {
            return Ok(Ended::Broken("the stream does not go on where the index stopped"));
        };
        held.checkpoint = checkpoint;
        let mut tail = self.finder.bus.tail(CDC_STREAM, checkpoint.sequence).await?;
        self.dirty.sequence = checkpoint.sequence;
        self.finder.note(|status| status.follows = true);
        let mut check = tokio::time::interval(CHECK);
        check.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let finder = Arc::clone(&self.finder);
        let mut interruptions = finder.bus.interruptions();
        loop {
            let due = self.due.unwrap_or_else(|| Instant::now() + Duration::from_secs(3600));
            tokio::select! {
                biased;
                () = sleep_until(due.into()) => {
                    if let Some(ended) = self.put_in().await? {
                        return Ok(ended);
                    }
                }
                built = wait(&mut self.building) => {
                    self.building = None;
                    return built.map_err(|_| FinderError::BrokenOff)?.map(Ended::Built);
                }
                () = finder.wants_rebuild.notified() => drop(self.start_to_build()),
                event = finder.seats.flipped() => self.note_event(event),
                told = next(&mut tail, self.dirty.events.len() < MANY) => {
                    if let Some(ended) = self.take(&told?) {
                        return Ok(ended);
                    }
                }
                // The place in the stream was lost with the connection, or would be found late.
                _ = interruptions.changed() => return Err(BusError::Disconnected.into()),
                _ = check.tick() => {
                    if let Some(ended) = self.check().await? {
                        return Ok(ended);
                    }
                }
            }
        }
    }

    fn note_event(&mut self, event: EventId) {
        self.dirty.events.insert(event);
        self.due.get_or_insert_with(|| Instant::now() + WINDOW);
    }

    fn take(&mut self, told: &Told) -> Option<Ended> {
        let epoch = self.held.as_ref().map_or(0, |held| held.checkpoint.epoch);
        match self.dirty.take(told, epoch) {
            Ok(News::Changed | News::Gone) => {}
            Ok(News::NewEpoch) => {
                tracing::info!("the relay begins a new epoch");
                self.start_to_build();
            }
            Err(error) => {
                tracing::error!(%error, "what changed cannot be read");
                return Some(Ended::Broken("a message of the stream cannot be read"));
            }
        }
        self.due.get_or_insert_with(|| Instant::now() + WINDOW);
        None
    }

    /// Whether the stream is still the one that is followed.
    async fn check(&mut self) -> Result<Option<Ended>, FinderError> {
        let now = Instant::now();
        let (due, later) =
            std::mem::take(&mut self.again).into_iter().partition(|(at, _)| *at <= now);
        self.again = later;
        for (_, event) in Vec::<(Instant, EventId)>::from_iter(due) {
            self.note_event(event);
        }
        let Some(held) = &self.held else { return Ok(None) };
        self.finder.publish(held.catch_up().await?);
        let span = self.finder.bus.span(CDC_STREAM).await?;
        let is_same = held.checkpoint.stream_made_at == span.made_at;
        Ok((!is_same || span.last < held.checkpoint.sequence)
            .then_some(Ended::Broken("the stream was made anew")))
    }

    /// Puts what is dirty into the index.
    async fn put_in(&mut self) -> Result<Option<Ended>, FinderError> {
        self.due = None;
        let begun = Instant::now();
        let changes = match self.read().await {
            Ok(changes) => changes,
            Err(error) => {
                // What was told is told again from the checkpoint; flips of seats are not.
                self.due = Some(Instant::now() + RETRY_PAUSE);
                return Err(error);
            }
        };
        let dirty = std::mem::take(&mut self.dirty);
        self.dirty.sequence = dirty.sequence;
        let Some(held) = &mut self.held else { return Ok(None) };
        let count = changes.put.len() + changes.forget.len();
        if count == 0 && dirty.sequence == held.checkpoint.sequence {
            return Ok(None);
        }
        let mut checkpoint = held.checkpoint;
        checkpoint.sequence = checkpoint.sequence.max(dirty.sequence);
        let sequence = checkpoint.sequence;
        match held.change(changes, checkpoint).await {
            Ok(view) => self.finder.publish(view),
            Err(error) => {
                tracing::error!(%error, "the search index cannot be written");
                return Ok(Some(Ended::Broken("it cannot be written")));
            }
        }
        self.finder.note(|status| status.sequence = sequence);
        metrics::counter!("onsale_search_indexed_total").increment(count as u64);
        metrics::histogram!("onsale_search_commit_seconds").record(begun.elapsed().as_secs_f64());
        (self.changed)();
        Ok(None)
    }

    /// Reads everything that is dirty from the database.
    async fn read(&mut self) -> Result<Changes, FinderError> {
        let (store, seats) = (&self.finder.store, &self.finder.seats);
        let read = self.dirty.read(store, PATIENCE).await?;
        seats.learn_missing(store, read.listings.iter().map(|it| it.id)).await?;
        let with_seats = read.listings.into_iter().map(|listing| {
            let is_sold_out = seats.left(listing.id).is_some_and(|left| left.is_sold_out());
            seats.note_indexed(listing.id, is_sold_out);
            (listing, is_sold_out)
        });
        let changes = Changes { put: with_seats.collect(), forget: read.gone };
        if !read.is_settled {
            let at = Instant::now() + READ_AGAIN;
            self.again.extend(read.events.into_iter().map(|event| (at, event)));
        }
        Ok(changes)
    }
}

/// The next message, unless so much is dirty that it should be put in first.
async fn next(tail: &mut Tail, is_open: bool) -> Result<Told, FinderError> {
    match is_open {
        true => Ok(tail.next().await?),
        false => std::future::pending().await,
    }
}

/// What is being built, once it is; for ever when nothing is.
async fn wait<T>(building: &mut Option<JoinHandle<T>>) -> Result<T, tokio::task::JoinError> {
    match building {
        Some(building) => building.await,
        None => std::future::pending().await,
    }
}
