//! Holds in Redis: they turn most losers away before PostgreSQL hears of them.
//!
//! Redis decides nothing. When it is empty, slow or gone, PostgreSQL sees more losers, and that is
//! all. A lock lives a few seconds shorter than the hold it stands for, so it never keeps a seat
//! from the next buyer.

use std::time::Duration;

use onsale_domain::{BookingId, EventId, SeatIndex};
use redis::{FromRedisValue, Script, aio::ConnectionManager};

use crate::{StoreError, redis_connection};

/// By how much a lock is shorter than its hold.
const SHORTER_BY: Duration = Duration::from_secs(5);
/// How long a lock lives while its hold is being decided, and a mark that its seats were given back.
/// Short, so that a server that dies in between keeps nobody from the seat.
const UNDECIDED: Duration = Duration::from_secs(8);

/// How long a lock lives that stands for a hold of `ttl_seconds`.
#[must_use]
pub fn life_for_hold(ttl_seconds: u32) -> Duration {
    Duration::from_secs(u64::from(ttl_seconds)).saturating_sub(SHORTER_BY).max(SHORTER_BY / 5)
}

/// Locks the seats of each claim, all of a claim or none: returns the positions of those that
/// others have. A lock that the booking has already counts as free, so asking again is safe.
/// Arguments: the life of the locks, then the owner and the number of seats of each claim.
const LOCK: &str = r"
local taken, first = {}, 1
for claim = 2, #ARGV, 2 do
    local owner, last, free = ARGV[claim], first + ARGV[claim + 1] - 1, true
    for at, has in ipairs(redis.call('MGET', unpack(KEYS, first, last))) do
        if has and has ~= owner then
            taken[#taken + 1] = first + at - 2
            free = false
        end
    end
    if free then
        for at = first, last do redis.call('SET', KEYS[at], owner, 'PX', ARGV[1]) end
    end
    first = last + 1
end
return taken";

/// Locks the seats of claims that are held, except those that others have locked and those of
/// bookings that gave their seats back meanwhile. Keys: the seats of each claim, then its mark.
/// Arguments: the life of the locks, then the owner and the number of seats of each claim.
const LOCK_HELD: &str = r"
local first = 1
for claim = 2, #ARGV, 2 do
    local owner, mark = ARGV[claim], first + ARGV[claim + 1]
    local has = redis.call('MGET', unpack(KEYS, first, mark))
    if not has[mark - first + 1] then
        for at = first, mark - 1 do
            local locked_by = has[at - first + 1]
            if not locked_by or locked_by == owner then
                redis.call('SET', KEYS[at], owner, 'PX', ARGV[1])
            end
        end
    end
    first = mark + 1
end";

/// Unlocks the seats that each booking has, and marks that it gave them back. Keys as of
/// [`LOCK_HELD`]. Arguments: the life of the marks, then the owner and the number of seats of each.
const GIVE_BACK: &str = r"
local first = 1
for claim = 2, #ARGV, 2 do
    local owner, mark = ARGV[claim], first + ARGV[claim + 1]
    for at, has in ipairs(redis.call('MGET', unpack(KEYS, first, mark))) do
        if has == owner then redis.call('DEL', KEYS[first + at - 1]) end
    end
    redis.call('SET', KEYS[mark], '', 'PX', ARGV[1])
    first = mark + 1
end";

/// Seats of one event that a booking wants to lock, or has locked.
#[derive(Debug, Clone, Copy)]
pub struct SeatClaim<'a> {
    /// The booking.
    pub booking: BookingId,
    /// The seats.
    pub seats: &'a [SeatIndex],
}

/// Locks on seats, for a few minutes at most. Cheap to clone.
#[derive(Clone)]
pub struct SeatLocks {
    connection: ConnectionManager,
}

impl SeatLocks {
    /// Prepares a connection; it is made, and made again, in the background.
    ///
    /// # Errors
    /// [`StoreError::Redis`] for an URL that cannot be used.
    pub fn open(url: &str, timeout: Duration) -> Result<Self, StoreError> {
        Ok(Self { connection: redis_connection::open(url, timeout)? })
    }

    /// Locks the seats of each claim for as long as deciding takes, all of a claim or none, the first
    /// claim first. Returns for each claim the seats that others have. A lock that the booking has
    /// already lives on. One call, however many claims there are.
    ///
    /// # Errors
    /// [`StoreError::Redis`] when Redis does not answer in time: go on without it.
    pub async fn lock(
        &self,
        event: EventId,
        claims: &[SeatClaim<'_>],
    ) -> Result<Vec<Vec<SeatIndex>>, StoreError> {
        let taken: Vec<usize> = self.call(LOCK, event, claims, UNDECIDED, Marks::None).await?;
        let mut taken_of = Vec::with_capacity(claims.len());
        let mut first = 0;
        for claim in claims {
            let last = first + claim.seats.len();
            let positions = taken.iter().filter(|at| (first..last).contains(*at));
            taken_of
                .push(positions.filter_map(|at| claim.seats.get(at - first)).copied().collect());
            first = last;
        }
        Ok(taken_of)
    }

    /// Locks the seats of claims that are held, for `life`. Their buyers may know of it, and may have
    /// given the seats back: those are left alone.
    ///
    /// # Errors
    /// [`StoreError::Redis`] when Redis does not answer in time; PostgreSQL turns losers away then.
    pub async fn lock_held(
        &self,
        event: EventId,
        claims: &[SeatClaim<'_>],
        life: Duration,
    ) -> Result<(), StoreError> {
        self.call::<()>(LOCK_HELD, event, claims, life, Marks::OfBookings).await
    }

    /// Unlocks the seats of bookings that have ended, or did not get them. Should such a booking be made
    /// after all within some seconds, its seats are locked for as long as deciding takes, no longer.
    ///
    /// # Errors
    /// [`StoreError::Redis`] when Redis does not answer in time; the locks end by themselves.
    pub async fn give_back(
        &self,
        event: EventId,
        claims: &[SeatClaim<'_>],
    ) -> Result<(), StoreError> {
        self.call::<()>(GIVE_BACK, event, claims, UNDECIDED, Marks::OfBookings).await
    }

    async fn call<T: FromRedisValue>(
        &self,
        script: &str,
        event: EventId,
        claims: &[SeatClaim<'_>],
        life: Duration,
        marks: Marks,
    ) -> Result<T, StoreError> {
        let script = Script::new(script);
        let mut call = script.prepare_invoke();
        call.arg(u64::try_from(life.as_millis()).unwrap_or(u64::MAX).max(1));
        for claim in claims {
            for seat in claim.seats {
                call.key(key(event, *seat));
            }
            if marks == Marks::OfBookings {
                call.key(format!("given-back:{{{event}}}:{}", claim.booking));
            }
            call.arg(claim.booking.to_string()).arg(claim.seats.len());
        }
        Ok(call.invoke_async(&mut self.connection.clone()).await?)
    }

    /// Whether Redis answers.
    ///
    /// # Errors
    /// [`StoreError::Redis`] when it does not.
    pub async fn ping(&self) -> Result<(), StoreError> {
        let _: String = redis::cmd("PING").query_async(&mut self.connection.clone()).await?;
        Ok(())
    }
}

/// Whether the keys of a claim end with the mark of its booking.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Marks {
    None,
    OfBookings,
}

/// The braces keep the seats of an event on one node of a Redis cluster.
fn key(event: EventId, seat: SeatIndex) -> String {
    format!("hold:{{{event}}}:{seat}")
}
