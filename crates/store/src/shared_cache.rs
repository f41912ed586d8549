//! What one server has made, there for the others: a cache in Redis, behind the one that each has
//! in its memory.
//!
//! Redis' clock gives versions. Whoever begins to make something is told the time, and what is made
//! shows everything that had happened by then. So the rules are: what began earlier never takes the
//! place of what began later, and what began before a change is not given out. Changes are
//! **marks**, one for each word that an entry is known by, such as `event-1`. Marks live longer
//! than entries, and with `maxmemory-policy volatile-ttl` an entry is evicted before its mark.
//!
//! One server makes what is missing, with a **lease**; the others wait for it, for a moment. When
//! Redis does not answer, everybody makes things for themselves, and Redis is left alone for a
//! while.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use redis::{FromRedisValue, Script, Value, aio::ConnectionManager};

use crate::{StoreError, redis_connection};

/// How long a lease keeps the others waiting, should its holder die.
const LEASE: Duration = Duration::from_secs(2);
/// How long somebody waits for what another is making, before making it as well.
const PATIENCE: Duration = Duration::from_millis(400);
/// How often they look.
const LOOK_AGAIN: Duration = Duration::from_millis(20);
/// After Redis did not answer it is not asked for so long.
const REST: Duration = Duration::from_secs(1);
/// When a mark could not be left, entries are not believed for so long. No entry lives longer.
const DISTRUST: Duration = Duration::from_secs(60);
/// Marks outlive every entry.
const MARKS_LIFE_SECONDS: u64 = 3_600;
/// Something larger is not shared.
const MAX_BYTES: usize = 4 * 1024 * 1024;
/// The word that every entry is known by.
const EVERYTHING: &str = "*";
/// The hash of all marks. The braces keep everything on one node of a Redis cluster.
const MARKS: &str = "{cache}:marks";

/// The newest mark of the words in `words`; shared by the two scripts that ask for it.
macro_rules! newest_mark {
    () => {
        "local function newest(words)
             local found = tonumber(redis.call('HGET', KEYS[2], '*') or 0)
             for word in string.gmatch(words, '%S+') do
                 local mark = tonumber(redis.call('HGET', KEYS[2], word) or 0)
                 if mark > found then found = mark end
             end
             return found
         end
         local function clock()
             local time = redis.call('TIME')
             return time[1] * 1000000 + time[2]
         end
         "
    };
}

/// An entry with its age, or the time at which making it may begin, or nothing yet.
/// Keys: entry, marks, lease. Arguments: who asks, and the life of a lease.
const FIND: &str = concat!(
    newest_mark!(),
    "local entry = redis.call('HMGET', KEYS[1], 'begun', 'words', 'body')
     local now = clock()
     if entry[1] and tonumber(entry[1]) > newest(entry[2]) then
         return {'found', now - tonumber(entry[1]), entry[3]}
     end
     if redis.call('SET', KEYS[3], ARGV[1], 'NX', 'PX', ARGV[2]) then return {'make', now} end
     return {'wait', now}"
);

/// Stores an entry unless a newer one is there or something it shows has changed since, and gives
/// up the lease. Keys: as above. Arguments: who stores, begun, words, body, life.
const KEEP: &str = concat!(
    newest_mark!(),
    "local begun, kept = tonumber(ARGV[2]), 0
     local known = tonumber(redis.call('HGET', KEYS[1], 'begun') or 0)
     if begun > known and begun > newest(ARGV[3]) then
         redis.call('HSET', KEYS[1], 'begun', ARGV[2], 'words', ARGV[3], 'body', ARGV[4])
         redis.call('PEXPIRE', KEYS[1], ARGV[5])
         kept = 1
     end
     if redis.call('GET', KEYS[3]) == ARGV[1] then redis.call('DEL', KEYS[3]) end
     return kept"
);

/// Gives up a lease. Key: lease. Argument: who has it.
const GIVE_UP: &str = "
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 0";

/// Leaves a mark for each word. Key: marks. Arguments: the life of marks, then the words.
const MARK: &str = "
local time = redis.call('TIME')
for at = 2, #ARGV do redis.call('HSET', KEYS[1], ARGV[at], time[1] * 1000000 + time[2]) end
redis.call('EXPIRE', KEYS[1], ARGV[1])
return 0";

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SharedFound {
    /// Somebody has made it.
    Made {
        /// What was made.
        body: Vec<u8>,
        /// How long ago its making began.
        age: Duration,
    },
    /// Nobody has. Whoever is told so makes it and gives it to [`SharedCache::keep`].
    Missing(SharedLease),
    /// Redis does not answer, or what is in it cannot be trusted now.
    Nobody,
}

/// The time at which the making of something began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedLease {
    begun_micros: u64,
    holder: String,
}

/// A cache that all servers share. Cheap to clone.
#[derive(Clone)]
pub struct SharedCache {
    connection: ConnectionManager,
    state: Arc<State>,
}

/// Moments in milliseconds since `start`.
struct State {
    start: Instant,
    resting_until: AtomicU64,
    distrusted_until: AtomicU64,
}

impl SharedCache {
    /// Prepares a connection; it is made, and made again, in the background.
    ///
    /// # Errors
    /// [`StoreError::Redis`] for an URL that cannot be used.
    pub fn open(url: &str, timeout: Duration) -> Result<Self, StoreError> {
        let connection = redis_connection::open(url, timeout)?;
        let state = State {
            start: Instant::now(),
            resting_until: AtomicU64::new(0),
            distrusted_until: AtomicU64::new(0),
        };
        Ok(Self { connection, state: Arc::new(state) })
    }

    /// What is known by a name, or leave to make it. Waits a moment while somebody makes it.
    pub async fn find(&self, name: &str) -> SharedFound {
        if self.state.is_before(&self.state.distrusted_until) {
            return SharedFound::Nobody;
        }
        let holder = uuid::Uuid::new_v4().to_string();
        let script = Script::new(FIND);
        let since = Instant::now();
        loop {
            let mut call = script.prepare_invoke();
            add_keys(&mut call, name);
            let life_ms = u64::try_from(LEASE.as_millis()).unwrap_or(u64::MAX);
            call.arg(holder.as_str()).arg(life_ms);
            let answer: Option<Vec<Value>> =
                self.asked(call.invoke_async(&mut self.connection.clone())).await;
            let found = match answer.as_deref() {
                Some([word, number, rest @ ..]) => read(word, number, rest.first(), &holder),
                _ => return SharedFound::Nobody,
            };
            match found {
                Some(found) => return found,
                None if since.elapsed() > PATIENCE => return SharedFound::Nobody,
                None => tokio::time::sleep(LOOK_AGAIN).await,
            }
        }
    }

    /// Gives what was made to the others, for `life`, and says whether it was taken: it is not when
    /// there is a newer one, or one of its words was marked since its making began.
    pub async fn keep(
        &self,
        name: &str,
        lease: &SharedLease,
        words: &[String],
        body: &[u8],
        life: Duration,
    ) -> bool {
        if body.len() > MAX_BYTES {
            self.give_up(name, lease).await;
            return false;
        }
        let life = u64::try_from(life.min(DISTRUST).as_millis()).unwrap_or(u64::MAX).max(1);
        let script = Script::new(KEEP);
        let mut call = script.prepare_invoke();
        add_keys(&mut call, name);
        call.arg(lease.holder.as_str()).arg(lease.begun_micros).arg(words.join(" "));
        call.arg(body).arg(life);
        let kept: Option<i64> = self.asked(call.invoke_async(&mut self.connection.clone())).await;
        kept == Some(1)
    }

    /// Lets somebody else make what could not be made here.
    pub async fn give_up(&self, name: &str, lease: &SharedLease) {
        let script = Script::new(GIVE_UP);
        let mut call = script.prepare_invoke();
        call.key(lease_key(name)).arg(lease.holder.as_str());
        // Where Redis does not answer, the lease ends by itself.
        let _: Option<i64> = self.asked(call.invoke_async(&mut self.connection.clone())).await;
    }

    /// What is known by these words has changed: nothing that began before is given out any more.
    pub async fn mark(&self, words: &[String]) {
        let script = Script::new(MARK);
        let mut call = script.prepare_invoke();
        call.key(MARKS).arg(MARKS_LIFE_SECONDS);
        for word in words {
            call.arg(word.as_str());
        }
        let marked: Option<i64> = self.asked(call.invoke_async(&mut self.connection.clone())).await;
        if marked.is_none() {
            self.state.set(&self.state.distrusted_until, DISTRUST);
        }
    }

    /// Anything may have changed.
    pub async fn mark_everything(&self) {
        self.mark(&[EVERYTHING.to_owned()]).await;
    }

    /// The answer to a call; `None` when Redis gives none, or is being left alone.
    async fn asked<T: FromRedisValue>(
        &self,
        call: impl Future<Output = Result<T, redis::RedisError>>,
    ) -> Option<T> {
        if self.state.is_before(&self.state.resting_until) {
            return None;
        }
        match call.await {
            Ok(answer) => Some(answer),
            Err(error) => {
                tracing::warn!(%error, "the shared cache does not answer");
                self.state.set(&self.state.resting_until, REST);
                None
            }
        }
    }
}

impl State {
    fn now_ms(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn is_before(&self, moment: &AtomicU64) -> bool {
        self.now_ms() < moment.load(Ordering::Relaxed)
    }

    fn set(&self, moment: &AtomicU64, from_now: Duration) {
        let from_now = u64::try_from(from_now.as_millis()).unwrap_or(u64::MAX);
        moment.fetch_max(self.now_ms().saturating_add(from_now), Ordering::Relaxed);
    }
}

/// Reads an answer; `None` when somebody else is making it.
fn read(word: &Value, number: &Value, body: Option<&Value>, holder: &str) -> Option<SharedFound> {
    let (Value::BulkString(word), Value::Int(number)) = (word, number) else {
        return Some(SharedFound::Nobody);
    };
    let micros = u64::try_from(*number).unwrap_or_default();
    match (word.as_slice(), body) {
        (b"found", Some(Value::BulkString(body))) => {
            Some(SharedFound::Made { body: body.clone(), age: Duration::from_micros(micros) })
        }
        (b"make", _) => Some(SharedFound::Missing(SharedLease {
            begun_micros: micros,
            holder: holder.to_owned(),
        })),
        (b"wait", _) => None,
        _ => Some(SharedFound::Nobody),
    }
}

fn add_keys(call: &mut redis::ScriptInvocation<'_>, name: &str) {
    call.key(format!("{{cache}}:entry:{name}")).key(MARKS).key(lease_key(name));
}

fn lease_key(name: &str) -> String {
    format!("{{cache}}:lease:{name}")
}
