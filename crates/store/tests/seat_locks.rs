//! Locks on seats in Redis: who is turned away, and for how long.

#![allow(clippy::expect_used, missing_docs)]

use std::time::Duration;

use onsale_domain::{BookingId, EventId, SeatIndex};
use onsale_store::{SeatLocks, seat_locks::SeatClaim};
use onsale_testkit::{Redis, eventually};
use uuid::Uuid;

const EVENT: EventId = EventId(7);
const TIMEOUT: Duration = Duration::from_millis(500);

struct House {
    locks: SeatLocks,
    _redis: Redis,
}

async fn house() -> House {
    let redis = Redis::start().await;
    let locks = SeatLocks::open(&redis.url, TIMEOUT).expect("an address");
    House { locks, _redis: redis }
}

fn seats(numbers: &[u32]) -> Vec<SeatIndex> {
    numbers.iter().map(|number| SeatIndex(*number)).collect()
}

fn booking(number: u128) -> BookingId {
    BookingId(Uuid::from_u128(number))
}

impl House {
    /// The seats that others have.
    async fn wants(&self, owner: u128, numbers: &[u32]) -> Vec<SeatIndex> {
        let seats = seats(numbers);
        let claim = SeatClaim { booking: booking(owner), seats: &seats };
        let taken = self.locks.lock(EVENT, &[claim]).await.expect("Redis answers");
        taken.into_iter().next().expect("one claim")
    }

    async fn are_given_back(&self, seats: &[SeatIndex]) {
        self.locks.give_back(EVENT, seats).await.expect("Redis answers");
    }
}

#[tokio::test]
async fn a_claim_gets_all_of_its_seats_or_none() {
    let house = house().await;
    let both = [seats(&[1, 2]), seats(&[2, 3])];
    let claims = [(1, &both[0]), (2, &both[1])]
        .map(|(owner, seats)| SeatClaim { booking: booking(owner), seats });
    let taken = house.locks.lock(EVENT, &claims).await.expect("Redis answers");
    assert_eq!(taken, [seats(&[]), seats(&[2])]);
    assert!(house.wants(3, &[3]).await.is_empty(), "the loser locked nothing");
    assert!(house.wants(1, &[1, 2]).await.is_empty(), "asking again is safe");
}

#[tokio::test]
async fn seats_that_are_given_back_can_be_locked_at_once() {
    let house = house().await;
    assert!(house.wants(1, &[5, 6]).await.is_empty());
    assert_eq!(house.wants(2, &[6, 7]).await, seats(&[6]));
    house.are_given_back(&[]).await;
    assert_eq!(house.wants(2, &[6, 7]).await, seats(&[6]));
    house.are_given_back(&seats(&[5, 6])).await;
    assert!(house.wants(2, &[5, 6, 7]).await.is_empty());
}

#[tokio::test]
async fn a_lock_that_ran_out_keeps_nobody_away_while_others_live() {
    let house = house().await;
    assert!(house.wants(1, &[5]).await.is_empty());
    assert_eq!(house.wants(2, &[5]).await, seats(&[5]));
    eventually("the lock to run out", Duration::from_secs(30), || async {
        // This one lives on, and the hash with it.
        assert!(house.wants(1, &[6]).await.is_empty());
        house.wants(2, &[5]).await.is_empty().then_some(())
    })
    .await;
    assert_eq!(house.wants(2, &[6]).await, seats(&[6]), "this one lives");
}

#[tokio::test]
async fn more_seats_than_lua_hands_over_at_once_are_locked_and_given_back() {
    let house = house().await;
    let all: Vec<SeatIndex> = (0..5_000).map(SeatIndex).collect();
    let claims = |owner: u128| {
        let claim = move |(number, seats): (usize, _)| SeatClaim {
            booking: booking(owner + number as u128),
            seats,
        };
        all.chunks(2).enumerate().map(claim).collect::<Vec<_>>()
    };
    let none = house.locks.lock(EVENT, &claims(10_000)).await.expect("Redis answers");
    assert!(none.iter().all(Vec::is_empty), "all were free");
    let taken = house.locks.lock(EVENT, &claims(20_000)).await.expect("Redis answers");
    assert!(taken.iter().flatten().eq(all.iter()), "each is named, with the claim that wants it");
    house.are_given_back(&all).await;
    assert!(house.wants(1, &[0, 2_500, 4_999]).await.is_empty());
}
