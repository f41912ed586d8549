//! Counting those who listen, of whom a server holds so many and no more.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

/// So many at once, and no more.
#[derive(Debug)]
pub struct Limit {
    taken: AtomicUsize,
    most: usize,
}

impl Limit {
    /// Nobody is here yet.
    pub fn new(most: usize) -> Arc<Self> {
        Arc::new(Self { taken: AtomicUsize::new(0), most })
    }

    /// One more, unless there are so many already. Whoever was let in must [`Limit::leave`].
    fn enter(&self) -> bool {
        let is_in = self.taken.fetch_add(1, Ordering::Relaxed) < self.most;
        if !is_in {
            self.leave();
        }
        is_in
    }

    fn leave(&self) {
        self.taken.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Places for those who listen to one kind of news. Each has a file open for as long as it listens,
/// so all kinds together have a limit as well: those who buy need files too.
#[derive(Debug, Clone)]
pub struct Places {
    all: Arc<Limit>,
    own: Arc<Limit>,
    gauge: &'static str,
}

impl Places {
    /// At most so many, and together with the other kinds at most as `all` has it. `gauge` shows how
    /// many there are.
    pub fn new(all: &Arc<Limit>, most: usize, gauge: &'static str) -> Self {
        Self { all: Arc::clone(all), own: Limit::new(most), gauge }
    }

    /// A place, while there are any.
    pub fn take(&self) -> Option<Listening> {
        if !self.all.enter() {
            return None;
        }
        if !self.own.enter() {
            self.all.leave();
            return None;
        }
        self.show();
        Some(Listening(self.clone()))
    }

    fn show(&self) {
        metrics::gauge!(self.gauge).set(self.own.taken.load(Ordering::Relaxed) as f64);
    }
}

/// One who listens, until it is dropped.
#[derive(Debug)]
pub struct Listening(Places);

impl Drop for Listening {
    fn drop(&mut self) {
        self.0.own.leave();
        self.0.all.leave();
        self.0.show();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_listen_and_no_more_and_each_makes_room() {
        let all = Limit::new(3);
        let seats = Places::new(&all, 2, "onsale_test_listeners");
        let queue = Places::new(&all, 2, "onsale_test_listeners");
        let (first, _second) = (seats.take(), seats.take());
        assert!(first.is_some() && seats.take().is_none(), "two of a kind");
        let third = queue.take();
        assert!(third.is_some() && queue.take().is_none(), "three of all kinds");
        drop(first);
        assert!(queue.take().is_some());
        drop(third);
        assert!(seats.take().is_some());
    }
}
