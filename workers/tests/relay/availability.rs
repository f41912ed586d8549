//! Deltas that are applied to a snapshot lead to what the table says.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures::StreamExt;
use onsale_domain::{
    Availability, AvailabilityDelta, BookingId, Currency, EventId, Money, SeatIndex, SeatState,
    UserId, availability::Learned,
};
use onsale_messages::{Lsn, decode, relay::Pulse};
use onsale_store::{HoldRequest, MoneyCame, Store, StoreOptions};
use onsale_testkit::{Cluster, Stack, StackOptions, eventually, streams};
use tokio::{sync::mpsc, task::JoinSet, time::timeout};
use uuid::Uuid;

use crate::support::{SETTLED, telling};

const EVENT: EventId = EventId(1);
const FANS: u64 = 4;
/// Seats that are to be learned by deltas, beginning with the crash.
const ENOUGH: usize = 200;

/// Somebody who follows the availability of an event.
struct Follower {
    base_url: String,
    deltas: mpsc::UnboundedReceiver<AvailabilityDelta>,
    /// Everything that came before the snapshot was there.
    early: Vec<AvailabilityDelta>,
    seats: Option<Availability>,
    learned: usize,
}

impl Follower {
    /// Listens from now on.
    async fn listen(stack: &Stack) -> Self {
        let mut told = streams::listen(&stack.nats_url(), "inventory.1").await;
        let (sender, deltas) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Some(message) = told.next().await {
                let delta = AvailabilityDelta::from_bytes(&message.payload).expect("a delta");
                if sender.send(delta).is_err() {
                    return;
                }
            }
        });
        Self { base_url: stack.url(0), deltas, early: Vec::new(), seats: None, learned: 0 }
    }

    async fn fetch(&self) -> Option<Availability> {
        let url = format!("{}/api/events/{EVENT}/seats.bin", self.base_url);
        let bytes = reqwest::get(url).await.ok()?.bytes().await.ok()?;
        Availability::from_bytes(&bytes).ok()
    }

    /// Fetches the snapshot, once it is as new as the first delta that was heard.
    async fn start(&mut self) {
        self.early.push(self.deltas.recv().await.expect("a delta"));
        let first = self.early[0].version;
        let seats = eventually("a snapshot", SETTLED, || async {
            self.fetch().await.filter(|seats| seats.version >= first)
        })
        .await;
        self.seats = Some(seats);
        for delta in std::mem::take(&mut self.early) {
            self.learn(&delta);
        }
    }

    fn learn(&mut self, delta: &AvailabilityDelta) {
        let seats = self.seats.as_mut().expect("a snapshot");
        match seats.learn(delta) {
            Learned::Seats(changed) => self.learned += changed,
            Learned::Known => {}
            Learned::Gap => panic!("a delta is missing: {seats:?} {delta:?}"),
        }
    }

    /// Learns everything that was heard.
    fn catch_up(&mut self) {
        while let Ok(delta) = self.deltas.try_recv() {
            self.learn(&delta);
        }
    }
}

fn store(stack: &Stack) -> Store {
    let options = StoreOptions {
        max_connections: 8,
        acquire_timeout: Duration::from_secs(10),
        statement_timeout: Duration::from_secs(10),
        workload: onsale_store::Workload::Online,
    };
    Store::open(&stack.database.url, "test", options).expect("a store")
}

/// The same numbers on every run.
struct Dice(u64);

impl Dice {
    fn throw(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }
}

/// Holds, gives back and buys seats, whatever is there, until somebody has seen enough.
async fn trade(store: Store, mut dice: Dice, seat_count: u64, enough: Arc<AtomicBool>) {
    let mut held: Vec<BookingId> = Vec::new();
    while !enough.load(Ordering::Relaxed) {
        let booking = match dice.throw(3) {
            0 | 1 => None,
            _ if held.is_empty() => None,
            _ => {
                let at = usize::try_from(dice.throw(held.len() as u64)).expect("small");
                Some(held.swap_remove(at))
            }
        };
        match booking {
            None => {
                let booking = BookingId(Uuid::new_v4());
                let first = u32::try_from(dice.throw(seat_count - 1)).expect("small");
                let request = HoldRequest {
                    booking,
                    user: UserId(Uuid::new_v4()),
                    event: EVENT,
                    seats: vec![SeatIndex(first), SeatIndex(first + 1)],
                    prices_minor: vec![100, 100],
                    currency: Currency::EUR,
                    fingerprint: vec![1],
                    ttl_seconds: 600,
                };
                let _ = store.place_holds(&[request]).await.expect("an outcome");
                held.push(booking);
            }
            Some(booking) if dice.throw(2) == 0 => {
                let _ = store.release(booking).await.expect("an outcome");
            }
            Some(booking) => {
                let paid = Money::new(200, Currency::EUR);
                let came = [MoneyCame { booking, paid }];
                let _ = store.payments_succeeded(&came, &[]).await.expect("an outcome");
            }
        }
    }
}

/// What the table says of the event's seats.
async fn table(stack: &Stack) -> HashMap<u32, String> {
    let told = "SELECT seat || ' ' || status FROM tickets WHERE event_id = 1";
    let line = |line: String| {
        let (seat, status) = line.split_once(' ').expect("a seat and a status");
        (seat.parse().expect("a seat"), status.to_owned())
    };
    stack.database.list(told).await.into_iter().map(line).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deltas_lead_from_a_snapshot_to_the_table_also_through_a_crash_of_the_relay() {
    let options = StackOptions { redis: false, relay: true, ..StackOptions::default() };
    let mut stack = Stack::start(options).await;
    telling(&stack, 0).await;
    let mut follower = Follower::listen(&stack).await;
    let seat_count = stack.database.number("SELECT count(*) FROM tickets WHERE event_id = 1").await;
    let seat_count = u64::try_from(seat_count).expect("a count");
    let mut fans = JoinSet::new();
    let enough = Arc::new(AtomicBool::new(false));
    for fan in 1..=FANS {
        let dice = Dice(fan.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        fans.spawn(trade(store(&stack), dice, seat_count, Arc::clone(&enough)));
    }
    follower.start().await;
    stack.workers[0].kill();
    stack.workers[0].start_again();
    while follower.learned <= ENOUGH {
        let delta = timeout(SETTLED, follower.deltas.recv()).await.expect("deltas go on");
        follower.learn(&delta.expect("somebody listens"));
    }
    enough.store(true, Ordering::Relaxed);
    while let Some(ended) = fans.join_next().await {
        ended.expect("a fan came to an end");
    }
    let truth = table(&stack).await;
    let states: Vec<&str> = truth.values().map(String::as_str).collect();
    assert!(["available", "held", "sold"].iter().all(|state| states.contains(state)));
    let limit = tokio::time::Instant::now() + SETTLED;
    loop {
        follower.catch_up();
        let seats = follower.seats.as_ref().expect("a snapshot");
        let differing =
            truth.iter().filter(|(seat, status)| seats.get(SeatIndex(**seat)).as_str() != *status);
        let count = differing.count();
        if count == 0 {
            break;
        }
        assert!(tokio::time::Instant::now() < limit, "{count} seats differ\n{}", stack.logs());
        tokio::task::yield_now().await;
    }
    stack.stop().await;
}

/// What the store says of the first seat of the event, and the version of what it says.
async fn look(store: &Store) -> (Option<Lsn>, Option<SeatState>) {
    let horizon = store.horizon(Duration::from_millis(500)).await.expect("an answer");
    let (seats, _) = store.unavailable_seats(EVENT).await.expect("the seats");
    let first = seats.iter().find(|record| record.seat == SeatIndex(0));
    (horizon.map(|horizon| horizon.lsn), first.map(|record| record.state))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_version_claims_to_show_a_commit_that_nobody_can_see_yet() {
    // A commit that asks for it waits for a standby that does not exist: it is in the log, and told,
    // and nobody can see it.
    let waiting = "synchronous_standby_names = 'nobody'\nsynchronous_commit = local";
    let cluster = Cluster::start(waiting).await;
    let options = StackOptions { redis: false, relay: true, ..StackOptions::default() };
    let stack = Stack::start_in(cluster.environment.clone(), options).await;
    telling(&stack, 0).await;
    let (mut follower, store) = (Follower::listen(&stack).await, store(&stack));
    let free_seat = "
        UPDATE tickets SET status = 'available', booking_id = NULL, held_until = NULL
         WHERE event_id = 1 AND seat = 0";
    stack.database.run(free_seat).await;
    let freed = follower.deltas.recv().await.expect("a delta");
    let (version, state) = look(&store).await;
    assert!(version >= Some(Lsn(freed.version)) && state.is_none());
    let tracks = stack.database.tracks();
    let blocking = tokio::spawn(async move { tracks.block(1, 0).await });
    let told = follower.deltas.recv().await.expect("a delta");
    assert_eq!(told.seats(), [(SeatIndex(0), SeatState::Blocked)]);
    assert_eq!(look(&store).await, (None, None), "it is told, and cannot be seen");
    stack.database.run("ALTER SYSTEM SET synchronous_standby_names = ''").await;
    stack.database.run("SELECT pg_reload_conf()").await;
    blocking.await.expect("the commit went through");
    let (version, state) = look(&store).await;
    assert_eq!(state, Some(SeatState::Blocked));
    assert!(version >= Some(Lsn(told.version)));
    stack.stop().await;
}

#[tokio::test]
async fn the_relay_says_every_second_that_it_lives() {
    let options = StackOptions { servers: 0, redis: false, relay: true, ..StackOptions::default() };
    let stack = Stack::start(options).await;
    telling(&stack, 0).await;
    let mut pulses = streams::listen(&stack.nats_url(), "inventory.pulse").await;
    let mut next = async || {
        let message = tokio::time::timeout(SETTLED, pulses.next()).await;
        decode::<Pulse>(&message.expect("in time").expect("a pulse").payload).expect("a pulse")
    };
    let first = next().await;
    assert_eq!(i64::try_from(first.epoch), Ok(crate::support::epoch(&stack).await));
    stack.database.tracks().leave(1).await.expect("a track");
    let mut later = next().await;
    while later.version <= first.version {
        later = next().await;
    }
    stack.stop().await;
}
