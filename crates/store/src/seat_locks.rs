//! Holds in Redis: they turn most losers away before PostgreSQL hears of them.
//!
//! Redis decides nothing. When it is empty, slow or gone, PostgreSQL sees more losers, and that is
//! all. A lock lives a few seconds shorter than the hold it stands for, so it never keeps a seat
//! from the next buyer.

use std::time::Duration;

use onsale_domain::{BookingId, EventId, SeatIndex};
use redis::{Script, aio::ConnectionManager, aio::ConnectionManagerConfig};

use crate::StoreError;

/// By how much a lock is shorter than its hold.
const SHORTER_BY: Duration = Duration::from_secs(5);
/// How long a lock lives while its hold is being decided. Short, so that a server that dies in
/// between keeps nobody from the seat.
pub const UNDECIDED: Duration = Duration::from_secs(8);

/// How long a lock lives that stands for a hold of `ttl_seconds`.
#[must_use]
pub fn life_for_hold(ttl_seconds: u32) -> Duration {
    Duration::from_secs(u64::from(ttl_seconds)).saturating_sub(SHORTER_BY).max(SHORTER_BY / 5)
}

/// Locks all seats for a booking, or none: returns the positions of those that others have.
/// A lock that the booking has already counts as free, so asking again is safe.
const LOCK_ALL: &str = r"
local taken = {}
for position, key in ipairs(KEYS) do
    local owner = redis.call('GET', key)
    if owner and owner ~= ARGV[1] then taken[#taken + 1] = position - 1 end
end
if #taken == 0 then
    for _, key in ipairs(KEYS) do redis.call('SET', key, ARGV[1], 'PX', ARGV[2]) end
end
return taken";

/// Unlocks the seats that the booking has, and leaves those that it has not.
const UNLOCK_OWN: &str = r"
for _, key in ipairs(KEYS) do
    if redis.call('GET', key) == ARGV[1] then redis.call('DEL', key) end
end
return 0";

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
        let client = redis::Client::open(url)?;
        let config = ConnectionManagerConfig::new()
            .set_response_timeout(Some(timeout))
            .set_connection_timeout(Some(timeout))
            .set_number_of_retries(1);
        let connection = ConnectionManager::new_lazy_with_config(client, config)?;
        Ok(Self { connection })
    }

    /// Locks all seats for a booking, or none, for `life`. Returns those that others have. A lock
    /// that the booking has already lives on for `life` from now.
    ///
    /// # Errors
    /// [`StoreError::Redis`] when Redis does not answer in time: go on without it.
    pub async fn lock(
        &self,
        event: EventId,
        seats: &[SeatIndex],
        booking: BookingId,
        life: Duration,
    ) -> Result<Vec<SeatIndex>, StoreError> {
        let life_ms = u64::try_from(life.as_millis()).unwrap_or(u64::MAX).max(1);
        let script = Script::new(LOCK_ALL);
        let mut call = script.prepare_invoke();
        for seat in seats {
            call.key(key(event, *seat));
        }
        call.arg(booking.to_string()).arg(life_ms);
        let taken: Vec<usize> = call.invoke_async(&mut self.connection.clone()).await?;
        Ok(taken.into_iter().filter_map(|position| seats.get(position).copied()).collect())
    }

    /// Unlocks the seats of a booking.
    ///
    /// # Errors
    /// [`StoreError::Redis`] when Redis does not answer in time; the locks end by themselves.
    pub async fn unlock(
        &self,
        event: EventId,
        seats: &[SeatIndex],
        booking: BookingId,
    ) -> Result<(), StoreError> {
        let script = Script::new(UNLOCK_OWN);
        let mut call = script.prepare_invoke();
        for seat in seats {
            call.key(key(event, *seat));
        }
        call.arg(booking.to_string());
        let _: i64 = call.invoke_async(&mut self.connection.clone()).await?;
        Ok(())
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

/// The braces keep the seats of an event on one node of a Redis cluster.
fn key(event: EventId, seat: SeatIndex) -> String {
    format!("hold:{{{event}}}:{seat}")
}
