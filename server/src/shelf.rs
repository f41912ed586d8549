//! A shelf: what one request has loaded is there for all that ask after it.
//!
//! Something on the shelf is **fresh** for a while, then **old**: whoever asks for it takes it as it
//! is, and has it loaded anew meanwhile. When it is too old for that, they wait. While loading fails,
//! whatever is there is taken, for a day, and loading is tried again now and then. What fails with
//! nothing there fails for everybody who asks within a moment, so that a database that is down is
//! not asked once for each fan. However many ask, one load is under way.
//!
//! What is known to have changed is [outdated](Shelf::outdate): those who ask wait until it is loaded,
//! and a load that had begun before counts as old when it ends, because it may not show the change.

use std::{
    borrow::Borrow,
    hash::Hash,
    sync::{
        Arc, Mutex, PoisonError, RwLock,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use moka::sync::Cache;
use tokio::{
    sync::{Mutex as Turn, OwnedMutexGuard},
    task::JoinHandle,
};

/// What failed is not tried again for so long.
const FAILURE_LIFE: Duration = Duration::from_millis(500);

/// How long things are good for.
#[derive(Debug, Clone, Copy)]
pub struct Life {
    /// Fresh for so long, a tenth more or less, so that what was loaded together is not loaded
    /// together again.
    pub fresh: Duration,
    /// Old, but good enough while it is loaded anew, until this age.
    pub old: Duration,
    /// Better than nothing when loading fails, until this age.
    pub on_failure: Duration,
}

impl Life {
    /// Fresh for so long, old for half a minute, and better than nothing for a day.
    pub const fn fresh_for(fresh: Duration) -> Self {
        Self { fresh, old: Duration::from_secs(30), on_failure: Duration::from_secs(86_400) }
    }
}

/// How it came that something was there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// It was fresh.
    Fresh,
    /// It was old, and is being loaded.
    Old,
    /// It was loaded now.
    Loaded,
    /// It could not be loaded; this is how it was.
    Stale,
}

/// What a load brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Made<V> {
    /// The thing.
    pub value: V,
    /// How long before now its making began, when somebody else has made it.
    pub age: Duration,
}

impl<V> From<V> for Made<V> {
    fn from(value: V) -> Self {
        Self { value, age: Duration::ZERO }
    }
}

struct Kept<V> {
    value: V,
    /// When its loading began: it shows everything that had happened by then.
    begun: Instant,
    fresh_until: Instant,
}

struct Failure<E> {
    error: E,
    at: Instant,
}

struct Place<V, E> {
    kept: RwLock<Option<Kept<V>>>,
    /// How the last load failed, until one succeeds.
    failure: Mutex<Option<Failure<E>>>,
    outdated: Mutex<Option<Instant>>,
    /// Whoever has the turn loads.
    turn: Arc<Turn<()>>,
    weight: AtomicU32,
}

impl<V, E> Default for Place<V, E> {
    fn default() -> Self {
        Self {
            kept: RwLock::new(None),
            failure: Mutex::new(None),
            outdated: Mutex::new(None),
            turn: Arc::default(),
            weight: AtomicU32::new(1),
        }
    }
}

/// What is there.
struct Seen<V> {
    value: V,
    is_fresh: bool,
    is_outdated: bool,
    age: Duration,
}

/// Things by their keys. The least used go when there are too many.
pub struct Shelf<K, V, E> {
    places: Cache<K, Arc<Place<V, E>>>,
    all_outdated: Mutex<Option<Instant>>,
    life: Life,
    weigh: fn(&V) -> u32,
}

impl<K, V, E> Shelf<K, V, E>
where
    K: Hash + Eq + Clone + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
    E: Clone + Send + Sync + 'static,
{
    /// A shelf for so many things.
    pub fn new(capacity: u64, life: Life) -> Self {
        Self::weighed(capacity, life, |_| 1)
    }

    /// A shelf that bears so much.
    pub fn weighed(capacity: u64, life: Life, weigh: fn(&V) -> u32) -> Self {
        let places = Cache::builder()
            .max_capacity(capacity)
            .weigher(|_, place: &Arc<Place<V, E>>| place.weight.load(Ordering::Relaxed))
            .build();
        Self { places, all_outdated: Mutex::new(None), life, weigh }
    }

    /// What is there and fresh, without waiting for anything.
    pub fn fresh<Q>(&self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let seen = self.look(&*self.places.get(key)?)?;
        seen.is_fresh.then_some(seen.value)
    }

    /// What is there, or what `load` brings. A load that was begun is finished, whoever hangs up.
    ///
    /// # Errors
    /// What `load` says when it fails and nothing is there.
    pub async fn get<L, F, M>(&self, key: &K, life: Option<Life>, load: L) -> Result<(V, Found), E>
    where
        L: FnOnce() -> F + Send,
        F: Future<Output = Result<M, E>> + Send + 'static,
        M: Into<Made<V>> + Send + 'static,
    {
        let life = life.unwrap_or(self.life);
        let place = self.places.get_with_by_ref(key, Arc::default);
        let seen = self.look(&place);
        match seen {
            Some(Seen { value, is_fresh: true, .. }) => Ok((value, Found::Fresh)),
            // Boxed, because it is rare and large: everything that may have to load something would
            // be as large itself, for each request.
            seen => Box::pin(self.old_or_loaded(key, place, seen, life, load)).await,
        }
    }

    /// What is there but not fresh, or what `load` brings.
    async fn old_or_loaded<L, F, M>(
        &self,
        key: &K,
        place: Arc<Place<V, E>>,
        seen: Option<Seen<V>>,
        life: Life,
        load: L,
    ) -> Result<(V, Found), E>
    where
        L: FnOnce() -> F + Send,
        F: Future<Output = Result<M, E>> + Send + 'static,
        M: Into<Made<V>> + Send + 'static,
    {
        if let Some(seen) = seen {
            let is_failing = place.failed().is_some();
            let is_good_enough = match is_failing {
                true => seen.age < life.on_failure,
                false => seen.age < life.old && !seen.is_outdated,
            };
            if is_good_enough {
                if let Ok(turn) = Arc::clone(&place.turn).try_lock_owned()
                    && place.failed_lately().is_none()
                {
                    self.begin(key, &place, turn, life, load());
                }
                let found = if is_failing { Found::Stale } else { Found::Old };
                return Ok((seen.value, found));
            }
        }
        let turn = Arc::clone(&place.turn).lock_owned().await;
        // Somebody may have loaded it meanwhile, or tried to.
        if let Some(seen) = self.look(&place).filter(|seen| seen.is_fresh) {
            return Ok((seen.value, Found::Loaded));
        }
        let error = match place.failed_lately() {
            Some(error) => error,
            None => match self.begin(key, &place, turn, life, load()).await {
                Ok(Ok(value)) => return Ok((value, Found::Loaded)),
                Ok(Err(error)) => error,
                Err(panicked) => std::panic::resume_unwind(panicked.into_panic()),
            },
        };
        match self.look(&place) {
            Some(seen) if seen.age < life.on_failure => Ok((seen.value, Found::Stale)),
            _ => Err(error),
        }
    }

    /// Loads in a task of its own, and weighs what came.
    fn begin<F, M>(
        &self,
        key: &K,
        place: &Arc<Place<V, E>>,
        turn: OwnedMutexGuard<()>,
        life: Life,
        load: F,
    ) -> JoinHandle<Result<V, E>>
    where
        F: Future<Output = Result<M, E>> + Send + 'static,
        M: Into<Made<V>> + Send + 'static,
    {
        let (places, weigh) = (self.places.clone(), self.weigh);
        let (key, place) = (key.clone(), Arc::clone(place));
        tokio::spawn(async move {
            let loaded = Arc::clone(&place).load(turn, life, load).await;
            if let Ok(value) = &loaded {
                let weight = weigh(value);
                let before = place.weight.swap(weight, Ordering::Relaxed);
                let is_there = places.get(&key).is_some_and(|there| Arc::ptr_eq(&there, &place));
                if is_there && before != weight {
                    places.insert(key, place);
                }
            }
            loaded
        })
    }

    /// The thing has changed.
    pub fn outdate(&self, key: &K) {
        if let Some(place) = self.places.get(key) {
            place.outdate();
        }
    }

    /// The things for which this holds have changed.
    pub fn outdate_where(&self, holds: impl Fn(&V) -> bool) {
        for (_, place) in &self.places {
            let concerns = {
                let kept = place.kept.read().unwrap_or_else(PoisonError::into_inner);
                // What is being loaded for the first time may show what was before.
                kept.as_ref().is_none_or(|kept| holds(&kept.value))
            };
            if concerns {
                place.outdate();
            }
        }
    }

    /// Anything may have changed.
    pub fn outdate_all(&self) {
        let mut outdated = self.all_outdated.lock().unwrap_or_else(PoisonError::into_inner);
        *outdated = Some(Instant::now());
    }

    fn look(&self, place: &Place<V, E>) -> Option<Seen<V>> {
        let since = |outdated: &Mutex<Option<Instant>>, begun| {
            let outdated = *outdated.lock().unwrap_or_else(PoisonError::into_inner);
            outdated.is_some_and(|outdated| begun <= outdated)
        };
        let kept = place.kept.read().unwrap_or_else(PoisonError::into_inner);
        let kept = kept.as_ref()?;
        let now = Instant::now();
        let is_outdated =
            since(&place.outdated, kept.begun) || since(&self.all_outdated, kept.begun);
        Some(Seen {
            value: kept.value.clone(),
            is_fresh: now < kept.fresh_until && !is_outdated,
            is_outdated,
            age: now.saturating_duration_since(kept.begun),
        })
    }
}

impl<V: Clone, E: Clone> Place<V, E> {
    /// Loads while it has the turn.
    async fn load<M: Into<Made<V>>>(
        self: Arc<Self>,
        turn: OwnedMutexGuard<()>,
        life: Life,
        load: impl Future<Output = Result<M, E>>,
    ) -> Result<V, E> {
        let asked = Instant::now();
        let loaded = load.await.map(Into::into);
        match &loaded {
            Ok(Made { value, age }) => {
                let now = Instant::now();
                let begun = now.checked_sub(*age).filter(|begun| *begun < asked).unwrap_or(asked);
                let fresh_until = now + spread(life.fresh).saturating_sub(*age);
                let kept = Kept { value: value.clone(), begun, fresh_until };
                *self.kept.write().unwrap_or_else(PoisonError::into_inner) = Some(kept);
                *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = None;
            }
            Err(error) => {
                let failure = Failure { error: error.clone(), at: Instant::now() };
                *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(failure);
            }
        }
        drop(turn);
        loaded.map(|made| made.value)
    }

    /// How long ago the last load failed, if it did.
    fn failed(&self) -> Option<Duration> {
        let failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        failure.as_ref().map(|failure| failure.at.elapsed())
    }

    /// How the last load failed, if that was a moment ago.
    fn failed_lately(&self) -> Option<E> {
        let failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        let failure = failure.as_ref().filter(|failure| failure.at.elapsed() < FAILURE_LIFE)?;
        Some(failure.error.clone())
    }

    fn outdate(&self) {
        let mut outdated = self.outdated.lock().unwrap_or_else(PoisonError::into_inner);
        *outdated = Some(Instant::now());
    }
}

/// A tenth more or less.
fn spread(life: Duration) -> Duration {
    life.mul_f64(0.9 + 0.2 * fastrand::f64())
}

#[cfg(test)]
#[path = "shelf_tests.rs"]
mod tests;
