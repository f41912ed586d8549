//! Locks on seats in Redis: they turn most losers away before a writer hears of them.
//!
//! Redis decides nothing. When it is empty, slow or gone, writers see more losers, and that is all. A lock
//! is set when somebody names seats, and lives a few seconds, whoever gets them: while a seat is gone and
//! wanted, one of those who name it reaches the writer in that time, and is told so there (ADR 25).

use std::{sync::LazyLock, time::Duration};

use onsale_domain::{BookingId, EventId, SeatIndex};
use redis::{Script, aio::ConnectionManager};

use crate::{StoreError, redis_connection};

/// How long a lock lives, in milliseconds: longer than deciding takes, also without a writer, and short, so
/// that a server that dies meanwhile keeps nobody from the seat.
const LIFE_MS: u64 = 8_000;

/// Locks the seats of each claim, all of a claim or none: returns the positions of those that
/// others have. What the booking has locked already stays as it is, so asking again is safe.
///
/// The locks of an event are one hash, by seat: when the lock ends, in 13 digits of milliseconds by the clock
/// of Redis, and its owner. However many claims there are, it is asked and told once: each command of a
/// script has its price (ADR 24). It lives as long as its last lock.
///
/// Keys: the hash. Arguments: how long locks live, then for each claim its owner, the number of its seats,
/// and those.
const LOCK: &str = r"
local locks, life = KEYS[1], tonumber(ARGV[1])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local ends = string.format('%013.0f', now + life)

-- A call of Lua takes some thousands of values at most.
local function in_parts(list, call)
    for first = 1, #list, 2000 do
        call(first, math.min(first + 1999, #list))
    end
end

local claims, seats, owners = {}, {}, {}
local at, count = 2, #ARGV
while at < count do
    local claim = { owner = ARGV[at], first = #seats + 1, last = #seats + ARGV[at + 1] }
    for seat = at + 2, at + 1 + ARGV[at + 1] do
        seats[#seats + 1] = ARGV[seat]
    end
    claims[#claims + 1] = claim
    at = at + 2 + ARGV[at + 1]
end
in_parts(seats, function(first, last)
    for at, lock in ipairs(redis.call('HMGET', locks, unpack(seats, first, last))) do
        if lock and tonumber(string.sub(lock, 1, 13)) > now then
            owners[seats[first + at - 1]] = string.sub(lock, 14)
        end
    end
end)

local taken, told = {}, {}
for _, claim in ipairs(claims) do
    local free = true
    for at = claim.first, claim.last do
        local has = owners[seats[at]]
        if has and has ~= claim.owner then
            taken[#taken + 1] = at - 1
            free = false
        end
    end
    for at = claim.first, free and claim.last or 0 do
        local seat = seats[at]
        if not owners[seat] then
            owners[seat] = claim.owner
            told[#told + 1] = seat
            told[#told + 1] = ends .. claim.owner
        end
    end
end
in_parts(told, function(first, last)
    redis.call('HSET', locks, unpack(told, first, last))
end)
if #told > 0 then redis.call('PEXPIRE', locks, life) end
return taken";

/// The script with its digest, by which Redis knows it.
static LOCK_SCRIPT: LazyLock<Script> = LazyLock::new(|| Script::new(LOCK));

/// Seats of one event that a booking wants to lock.
#[derive(Debug, Clone, Copy)]
pub struct SeatClaim<'a> {
    /// The booking.
    pub booking: BookingId,
    /// The seats.
    pub seats: &'a [SeatIndex],
}

/// Locks on seats, for a few seconds. Cheap to clone.
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

    /// Locks the seats of each claim for some seconds, all of a claim or none, the first claim first.
    /// Returns for each claim the seats that others have. A lock that the booking has already lives on.
    /// One call, however many claims there are.
    ///
    /// # Errors
    /// [`StoreError::Redis`] when Redis does not answer in time: go on without it.
    pub async fn lock(
        &self,
        event: EventId,
        claims: &[SeatClaim<'_>],
    ) -> Result<Vec<Vec<SeatIndex>>, StoreError> {
        let mut call = LOCK_SCRIPT.prepare_invoke();
        call.key(key(event)).arg(LIFE_MS);
        for claim in claims {
            call.arg(claim.booking.0.as_bytes()).arg(claim.seats.len());
            for seat in claim.seats {
                call.arg(seat.0);
            }
        }
        let taken: Vec<usize> = call.invoke_async(&mut self.connection.clone()).await?;
        // They come in order.
        let mut taken = taken.into_iter().peekable();
        let mut taken_of = Vec::with_capacity(claims.len());
        let mut first = 0;
        for claim in claims {
            let last = first + claim.seats.len();
            let mut of_claim = Vec::new();
            while let Some(at) = taken.next_if(|at| *at < last) {
                of_claim.extend(claim.seats.get(at - first).copied());
            }
            taken_of.push(of_claim);
            first = last;
        }
        Ok(taken_of)
    }

    /// Unlocks seats that are free again, or that somebody who named them did not get. Should a quicker
    /// buyer have locked one of them meanwhile, the next one who names it is told by the writer.
    ///
    /// # Errors
    /// [`StoreError::Redis`] when Redis does not answer in time; the locks end by themselves.
    pub async fn give_back(&self, event: EventId, seats: &[SeatIndex]) -> Result<(), StoreError> {
        if seats.is_empty() {
            return Ok(());
        }
        let mut call = redis::cmd("HDEL");
        call.arg(key(event));
        for seat in seats {
            call.arg(seat.0);
        }
        Ok(call.query_async(&mut self.connection.clone()).await?)
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

/// The braces keep what belongs to an event on one node of a Redis cluster.
fn key(event: EventId) -> String {
    format!("hold:{{{event}}}")
}
