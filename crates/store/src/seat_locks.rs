//! Holds in Redis: they turn most losers away before PostgreSQL hears of them.
//!
//! Redis decides nothing. When it is empty, slow or gone, PostgreSQL sees more losers, and that is
//! all. A lock lives a few seconds shorter than the hold it stands for, so it never keeps a seat
//! from the next buyer.

use std::{sync::LazyLock, time::Duration};

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

/// What the scripts share. The locks of an event are one hash, by seat: when the lock ends, in 13 digits of
/// milliseconds by the clock of Redis, and its owner. However many claims there are, it is asked and told
/// once: each command of a script has its price (ADR 24). It lives as long as its last lock.
///
/// Keys: the hash, then marks. Arguments: how long locks or marks live, then for each claim its owner, the
/// number of its seats, and those.
const COMMON: &str = r"
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

local told = {}
local function lock(seat, owner)
    owners[seat] = owner
    told[#told + 1] = seat
    told[#told + 1] = ends .. owner
end
local function tell()
    in_parts(told, function(first, last)
        redis.call('HSET', locks, unpack(told, first, last))
    end)
    if #told > 0 and redis.call('PTTL', locks) < life then
        redis.call('PEXPIRE', locks, life)
    end
end
";

/// Locks the seats of each claim, all of a claim or none: returns the positions of those that
/// others have. What the booking has locked already stays as it is, so asking again is safe.
const LOCK: &str = r"
local taken = {}
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
        if not owners[seats[at]] then lock(seats[at], claim.owner) end
    end
end
tell()
return taken";

/// Locks the seats of claims that are held, except those that others have locked and those of
/// bookings that gave their seats back meanwhile.
const LOCK_HELD: &str = r"
local marks = {}
in_parts(claims, function(first, last)
    for at, mark in ipairs(redis.call('MGET', unpack(KEYS, first + 1, last + 1))) do
        marks[first + at - 1] = mark
    end
end)
for number, claim in ipairs(claims) do
    for at = claim.first, marks[number] and 0 or claim.last do
        local has = owners[seats[at]]
        if not has or has == claim.owner then lock(seats[at], claim.owner) end
    end
end
tell()";

/// Unlocks the seats that each booking has, and marks that it gave them back.
const GIVE_BACK: &str = r"
local free = {}
for number, claim in ipairs(claims) do
    for at = claim.first, claim.last do
        if owners[seats[at]] == claim.owner then free[#free + 1] = seats[at] end
    end
    redis.call('SET', KEYS[number + 1], '', 'PX', life)
end
in_parts(free, function(first, last)
    redis.call('HDEL', locks, unpack(free, first, last))
end)";

/// The scripts, each with its digest, by which Redis knows it.
struct Scripts {
    lock: Script,
    lock_held: Script,
    give_back: Script,
}

static SCRIPTS: LazyLock<Scripts> = LazyLock::new(|| {
    let script = |own: &str| Script::new(&format!("{COMMON}{own}"));
    Scripts { lock: script(LOCK), lock_held: script(LOCK_HELD), give_back: script(GIVE_BACK) }
});

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
        let taken: Vec<usize> =
            self.call(&SCRIPTS.lock, event, claims, UNDECIDED, Marks::None).await?;
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
        self.call::<()>(&SCRIPTS.lock_held, event, claims, life, Marks::OfBookings).await
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
        self.call::<()>(&SCRIPTS.give_back, event, claims, UNDECIDED, Marks::OfBookings).await
    }

    async fn call<T: FromRedisValue>(
        &self,
        script: &Script,
        event: EventId,
        claims: &[SeatClaim<'_>],
        life: Duration,
        marks: Marks,
    ) -> Result<T, StoreError> {
        let mut call = script.prepare_invoke();
        // The braces keep what belongs to an event on one node of a Redis cluster.
        call.key(format!("hold:{{{event}}}"));
        call.arg(u64::try_from(life.as_millis()).unwrap_or(u64::MAX).max(1));
        for claim in claims {
            if marks == Marks::OfBookings {
                call.key(format!("given-back:{{{event}}}:{}", claim.booking));
            }
            call.arg(claim.booking.0.as_bytes()).arg(claim.seats.len());
            for seat in claim.seats {
                call.arg(seat.0);
            }
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

/// Whether there is a mark for each booking among the keys.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Marks {
    None,
    OfBookings,
}
