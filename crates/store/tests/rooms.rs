//! The row of a room judges: numbers, draws and exchanges under many hands at once.

#![allow(clippy::expect_used, missing_docs)]

use std::{collections::HashSet, time::Duration};

use futures::future::join_all;
use onsale_domain::{
    EventId, Timestamp, UserId,
    waiting_room::{Epoch, Pace, Position, QueueNumber, RoomCommand, Schedule, Seed, Step},
};
use onsale_store::{CommandOutcome, ExchangeOutcome, RoomRecord, Store, StoreOptions, Workload};
use onsale_testkit::{Database, Environment, eventually};
use uuid::Uuid;

const EVENT: EventId = EventId(1);
const SEED: Seed = Seed([5; 32]);

struct House {
    database: Database,
    store: Store,
}

impl House {
    async fn open() -> Self {
        let database = Database::create(&Environment::read()).await;
        let options = StoreOptions {
            max_connections: 8,
            acquire_timeout: Duration::from_secs(20),
            statement_timeout: Duration::from_secs(20),
            workload: Workload::Online,
        };
        let store = Store::open(&database.url, "test", options).expect("a store");
        Self { database, store }
    }

    async fn order(&self, command: RoomCommand) -> RoomRecord {
        match self.store.command_room(EVENT, command, SEED, "test").await.expect("an answer") {
            CommandOutcome::Done(room) => *room,
            other => panic!("{command:?}: {other:?}"),
        }
    }

    async fn step(&self, room: &RoomRecord, called: u64, admit_up_to: u64) {
        let step = Step {
            called,
            admit_up_to,
            expired_below: 0,
            rate_per_minute: 60.0,
            pace: Pace { per_minute: 60.0, spread: 0.1 },
            sold_out: false,
        };
        assert!(self.store.step_room(room, &step, b"memory").await.expect("an answer"));
    }

    async fn exchange(&self, epoch: Epoch, number: u64, user: u128) -> ExchangeOutcome {
        let (number, position) = (QueueNumber(number), Position(number));
        let user = UserId(Uuid::from_u128(user));
        let outcome = self.store.exchange_number(EVENT, epoch, number, position, user).await;
        outcome.expect("an answer")
    }

    async fn close(self) {
        self.store.close().await;
        self.database.drop_now().await;
    }
}

#[tokio::test]
async fn no_number_is_leased_twice_also_when_some_are_given_back() {
    let house = House::open().await;
    let room = house.order(RoomCommand::SwitchOn).await;
    let leasing = (0..40_u64).map(|size| {
        let store = house.store.clone();
        async move {
            let lease = store.lease_numbers(EVENT, room.epoch, size % 7 + 1).await;
            let lease = lease.expect("an answer").expect("a lease");
            // A third of the servers gives back what it has not given out.
            let kept = if size % 3 == 0 { lease.first } else { lease.end };
            if kept < lease.end {
                let rest = (kept, lease.end);
                store.give_back_numbers(EVENT, room.epoch, rest).await.expect("an answer");
            }
            lease.first..kept
        }
    });
    let numbers: Vec<u64> = join_all(leasing).await.into_iter().flatten().collect();
    let distinct: HashSet<u64> = numbers.iter().copied().collect();
    assert_eq!(distinct.len(), numbers.len());
    let now = house.store.room(EVENT).await.expect("an answer").expect("a room");
    let accounted = numbers.len() as u64 + now.skipped;
    assert_eq!(now.next_number, accounted, "every number was given out or is known as skipped");
    house.close().await;
}

#[tokio::test]
async fn a_draw_is_held_once_and_nobody_slips_in_afterwards() {
    let house = House::open().await;
    let now = house.order(RoomCommand::SwitchOn).await.read_at;
    house.order(RoomCommand::SwitchOff).await;
    let schedule = Schedule { joins_at: now, opens_at: now.plus_seconds(3_600) };
    let planned = house.order(RoomCommand::Schedule(schedule)).await;
    assert_eq!((planned.drawn_count, planned.seed), (None, None), "the seed is a secret");
    let lease = house.store.lease_numbers(EVENT, planned.epoch, 10).await.expect("an answer");
    assert!(lease.expect("a lease").drawn);
    house
        .database
        .run("UPDATE waiting_rooms SET opens_at = now(), joins_at = now() - interval '1 minute'")
        .await;
    let late = house.store.lease_numbers(EVENT, planned.epoch, 5).await.expect("an answer");
    assert_eq!(late, None, "between the hour and the draw no numbers are given out");
    let (one, two) = tokio::join!(house.store.hold_due_draws(), house.store.hold_due_draws());
    let held = [one.expect("an answer"), two.expect("an answer")].concat();
    assert_eq!(held, [EVENT], "however many ask");
    let room = house.store.room(EVENT).await.expect("an answer").expect("a room");
    assert_eq!((room.drawn_count, room.seed), (Some(10), None), "every server must hear first");
    eventually("the seed to be published", Duration::from_secs(10), || async {
        let room = house.store.room(EVENT).await.expect("an answer").expect("a room");
        (room.seed == Some(SEED)).then_some(())
    })
    .await;
    let after = house.store.lease_numbers(EVENT, room.epoch, 1).await.expect("an answer");
    let after = after.expect("a lease");
    assert!(!after.drawn && after.first == 10);
    // What was leased for the draw and not given out belongs to it for ever.
    house.store.give_back_numbers(EVENT, room.epoch, (4, 10)).await.expect("an answer");
    let room = house.store.room(EVENT).await.expect("an answer").expect("a room");
    assert_eq!((room.next_number, room.skipped), (11, 6));
    house.close().await;
}

#[tokio::test]
async fn one_number_makes_one_pass_and_one_user_has_one() {
    let house = House::open().await;
    let room = house.order(RoomCommand::SwitchOn).await;
    house.store.lease_numbers(EVENT, room.epoch, 10).await.expect("an answer").expect("a lease");
    assert_eq!(house.exchange(room.epoch, 3, 1).await, ExchangeOutcome::NotYet);
    house.step(&room, 10, 0).await;
    assert_eq!(house.exchange(room.epoch, 3, 1).await, ExchangeOutcome::OneMoment);
    house.step(&room, 10, 3).await;
    // Twenty devices with the same number at once, each in the name of another user.
    let rush = join_all((1..=20).map(|user| house.exchange(room.epoch, 3, user))).await;
    let passes = rush.iter().filter(|it| matches!(it, ExchangeOutcome::Admitted(_))).count();
    assert_eq!(passes, 1, "{rush:?}");
    assert!(rush.contains(&ExchangeOutcome::InUse));
    // One user with many numbers at once.
    let rush = join_all((4..9).map(|number| house.exchange(room.epoch, number, 77))).await;
    let numbers: HashSet<u64> = rush
        .iter()
        .filter_map(|it| match it {
            ExchangeOutcome::Admitted(pass) => Some(pass.number.0),
            _ => None,
        })
        .collect();
    assert_eq!(numbers.len(), 1, "the same pass for each: {rush:?}");
    let admitted = "SELECT admitted FROM waiting_rooms";
    assert_eq!(house.database.number(admitted).await, 2);
    assert!(matches!(house.exchange(room.epoch, 9, 78).await, ExchangeOutcome::Admitted(_)));
    let none_left = house.exchange(room.epoch, if numbers.contains(&4) { 5 } else { 4 }, 79).await;
    assert_eq!(none_left, ExchangeOutcome::OneMoment, "the ceiling of passes holds");
    // Its time over, the number is worth nothing to anybody.
    house.database.run("UPDATE admission_passes SET expires_at = now()").await;
    assert_eq!(house.exchange(room.epoch, 9, 78).await, ExchangeOutcome::Spent);
    house.order(RoomCommand::Reset).await;
    assert_eq!(house.exchange(room.epoch, 9, 78).await, ExchangeOutcome::Void);
    house.close().await;
}

#[tokio::test]
async fn a_step_of_another_time_changes_nothing() {
    let house = House::open().await;
    let room = house.order(RoomCommand::SwitchOn).await;
    house.store.lease_numbers(EVENT, room.epoch, 10).await.expect("an answer").expect("a lease");
    house.step(&room, 5, 5).await;
    let memory = house.store.room_controller(EVENT, room.epoch).await.expect("an answer");
    assert_eq!(memory.as_deref(), Some(&b"memory"[..]));
    let stale = RoomRecord { epoch: Epoch(room.epoch.0 + 1), ..room.clone() };
    let step = Step {
        called: 9,
        admit_up_to: 9,
        expired_below: 9,
        rate_per_minute: 1.0,
        pace: Pace { per_minute: 1.0, spread: 1.0 },
        sold_out: false,
    };
    assert!(!house.store.step_room(&stale, &step, b"").await.expect("an answer"));
    house.order(RoomCommand::Pause).await;
    assert!(!house.store.step_room(&room, &step, b"").await.expect("an answer"), "paused since");
    let room = house.store.room(EVENT).await.expect("an answer").expect("a room");
    assert_eq!((room.called, room.expired_below), (5, 0));
    let back = Step { called: 2, ..step };
    assert!(house.store.step_room(&room, &back, b"").await.expect("an answer"));
    let room = house.store.room(EVENT).await.expect("an answer").expect("a room");
    assert_eq!(room.called, 5, "nobody is called back");
    assert!(room.read_at > Timestamp(0));
    house.close().await;
}
