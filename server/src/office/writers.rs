//! The way to the writers. What comes in for a partition while a message is on its way leaves
//! together with the next one: the busier it gets, the less each command costs.
//!
//! Redis turns most losers away first, with one call for all. The writer decides the rest. When no
//! writer answers, an engine of this server decides with the same code; the guard of its statement
//! is the judge for both.

use std::{
    borrow::Cow,
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use onsale_app::api::Problem;
use onsale_bus::{Bus, BusError};
use onsale_domain::{EventId, SeatIndex, desk::Wanted};
use onsale_engine::{Engine, EngineRules, Maps};
use onsale_messages::{
    MAX_COMMANDS, RESERVATION_PARTITIONS, ReserveBatch, ReserveCommand, ReserveReplies,
    ReserveReply, decode, encode, partition_of, reservations_subject,
};
use onsale_ops::settings::BookingSettings;
use onsale_store::{SeatLocks, Store, StoreError, seat_locks::SeatClaim};
use tokio::sync::{Mutex, mpsc, oneshot};

use super::{
    batches::{Place, in_batches},
    problems::{crowded, internal},
};

/// Commands that may wait for one partition. More are told at once to come back.
const MAX_WAITING: usize = 4_096;
/// Messages to one partition whose answers are awaited at the same time.
const MESSAGES_AT_ONCE: usize = 2;

/// A command, and whoever waits for its reply.
struct Asked {
    command: ReserveCommand,
    /// Whether its seats can be locked in Redis.
    lockable: bool,
    since: Instant,
    reply_to: oneshot::Sender<Option<ReserveReply>>,
}

/// The way to the writers of all partitions.
pub struct Writers {
    partitions: Vec<mpsc::Sender<Asked>>,
}

impl Writers {
    /// Begins to take commands. Ends with the runtime.
    pub fn new(
        settings: &BookingSettings,
        store: &Store,
        bus: &Bus,
        locks: &SeatLocks,
        maps: &Maps,
    ) -> Self {
        let rules = EngineRules {
            hold_ttl_seconds: settings.hold_ttl_seconds,
            max_tickets_per_user_and_event: settings.max_tickets_per_user_and_event,
        };
        let open = |partition| {
            let (sender, receiver) = mpsc::channel(MAX_WAITING);
            let way = Way {
                subject: reservations_subject(partition),
                patience: Duration::from_millis(settings.writer_timeout_ms),
                bus: bus.clone(),
                locks: locks.clone(),
                engine: Mutex::new(Engine::new(store.clone(), rules, maps.clone())),
            };
            let way = Arc::new(way);
            let door = Arc::clone(&way);
            let begin = move |batch| {
                let door = Arc::clone(&door);
                async move { door.turn_away(batch).await }
            };
            let work = move |open, place: Place| {
                let way = Arc::clone(&way);
                async move {
                    let decided = way.settle(open).await;
                    // The next message need not wait for the locks.
                    drop(place);
                    way.tell(decided).await;
                }
            };
            tokio::spawn(in_batches(receiver, MAX_COMMANDS, MESSAGES_AT_ONCE, begin, work));
            sender
        };
        Self { partitions: (0..RESERVATION_PARTITIONS).map(open).collect() }
    }

    /// The reply to a command; or a problem when more are waiting than can be answered.
    pub async fn ask(
        &self,
        command: ReserveCommand,
        lockable: bool,
    ) -> Result<ReserveReply, Problem> {
        let partition = usize::from(partition_of(command.event));
        let Some(partition) = self.partitions.get(partition) else { return Err(internal()) };
        let (reply_to, reply) = oneshot::channel();
        let asked = Asked { command, lockable, since: Instant::now(), reply_to };
        if partition.try_send(asked).is_err() {
            metrics::counter!("onsale_crowded_total").increment(1);
            return Err(crowded());
        }
        match reply.await {
            Ok(Some(reply)) => Ok(reply),
            Ok(None) => Err(crowded()),
            Err(_) => Err(internal()),
        }
    }
}

/// The way to the writer of one partition.
struct Way {
    subject: String,
    patience: Duration,
    bus: Bus,
    locks: SeatLocks,
    /// Decides when no writer does.
    engine: Mutex<Engine>,
}

/// A command with its reply, and whether it has locks.
struct Decided {
    command: ReserveCommand,
    locked: bool,
    reply: ReserveReply,
    reply_to: oneshot::Sender<Option<ReserveReply>>,
}

impl Way {
    /// Tells those at once who waited too long or whose seats are locked; the others are left.
    async fn turn_away(&self, batch: Vec<Asked>) -> Vec<Asked> {
        let (fresh, late): (Vec<Asked>, Vec<Asked>) =
            batch.into_iter().partition(|asked| asked.since.elapsed() < self.patience);
        for asked in late {
            metrics::counter!("onsale_crowded_total").increment(1);
            // Whoever hung up needs no answer, here and below.
            let _ = asked.reply_to.send(None);
        }
        let taken = self.lock(&fresh).await;
        let mut open = Vec::with_capacity(fresh.len());
        for (asked, taken) in fresh.into_iter().zip(taken) {
            if taken.is_empty() {
                open.push(asked);
            } else {
                metrics::counter!("onsale_lock_refusals_total").increment(1);
                let _ = asked.reply_to.send(Some(ReserveReply::SeatsTaken { seats: taken }));
            }
        }
        open
    }

    /// Brings commands to their replies.
    async fn settle(&self, open: Vec<Asked>) -> Vec<Decided> {
        let (commands, open): (Vec<ReserveCommand>, Vec<_>) =
            open.into_iter().map(|asked| (asked.command, (asked.lockable, asked.reply_to))).unzip();
        let replies = self.decide(&commands).await;
        let decided = commands.into_iter().zip(open).zip(replies);
        decided
            .map(|((command, (locked, reply_to)), reply)| Decided {
                command,
                locked,
                reply,
                reply_to,
            })
            .collect()
    }

    /// Locks named seats. Returns for each command the seats that others have.
    async fn lock(&self, asked: &[Asked]) -> Vec<Vec<SeatIndex>> {
        let mut taken = vec![Vec::new(); asked.len()];
        let mut claims_of: BTreeMap<EventId, (Vec<usize>, Vec<SeatClaim<'_>>)> = BTreeMap::new();
        for (at, asked) in asked.iter().enumerate().filter(|(_, asked)| asked.lockable) {
            let Wanted::Named(seats) = &asked.command.wanted else { continue };
            let (positions, claims) = claims_of.entry(asked.command.event).or_default();
            positions.push(at);
            claims.push(SeatClaim { booking: asked.command.booking, seats });
        }
        for (event, (positions, claims)) in claims_of {
            match self.locks.lock(event, &claims).await {
                Ok(taken_of) => {
                    for (at, seats) in positions.into_iter().zip(taken_of) {
                        taken[at] = seats;
                    }
                }
                Err(error) => without_redis(&error),
            }
        }
        taken
    }

    async fn decide(&self, commands: &[ReserveCommand]) -> Vec<ReserveReply> {
        if commands.is_empty() {
            return Vec::new();
        }
        match self.ask_writer(commands).await {
            Ok(replies) if replies.len() == commands.len() => {
                if replies.iter().all(|reply| *reply != ReserveReply::Unavailable) {
                    return replies;
                }
                tracing::warn!("the writer cannot reach the database");
            }
            Ok(_) => tracing::error!("the writer did not reply to every command"),
            Err(error) => {
                tracing::warn!(%error, commands = commands.len(), "no writer answered");
            }
        }
        metrics::counter!("onsale_without_writer_total").increment(commands.len() as u64);
        self.engine.lock().await.decide(commands.to_vec()).await
    }

    async fn ask_writer(&self, commands: &[ReserveCommand]) -> Result<Vec<ReserveReply>, BusError> {
        let unreadable =
            |error: onsale_messages::InvalidPayload| BusError::Client(error.to_string());
        let batch = ReserveBatch {
            commands: Cow::Borrowed(commands),
            patience_ms: u32::try_from(self.patience.as_millis()).unwrap_or(u32::MAX),
        };
        let body = encode(&batch).map_err(unreadable)?;
        let answer = self.bus.ask(self.subject.clone(), body, self.patience).await?;
        Ok(decode::<ReserveReplies>(&answer).map_err(unreadable)?.replies)
    }

    /// Tells the replies. Then those who did not get the seats that they had locked let go of them,
    /// except of those that are taken: nobody else need ask the writer about these for some seconds.
    async fn tell(&self, decided: Vec<Decided>) {
        let mut left: BTreeMap<EventId, Vec<SeatIndex>> = BTreeMap::new();
        for Decided { command, locked, reply, reply_to } in decided {
            if let (true, Wanted::Named(mut seats)) = (locked, command.wanted) {
                match &reply {
                    ReserveReply::Held(_) | ReserveReply::Existing => seats.clear(),
                    ReserveReply::SeatsTaken { seats: taken } => {
                        seats.retain(|seat| !taken.contains(seat));
                    }
                    _ => {}
                }
                left.entry(command.event).or_default().extend(seats);
            }
            // Whoever hung up needs no answer.
            let _ = reply_to.send(Some(reply));
        }
        for (event, seats) in left {
            if let Err(error) = self.locks.give_back(event, &seats).await {
                without_redis(&error);
            }
        }
    }
}

fn without_redis(error: &StoreError) {
    metrics::counter!("onsale_without_redis_total").increment(1);
    tracing::warn!(%error, "going on without Redis");
}
