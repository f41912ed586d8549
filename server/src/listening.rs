//! Counting those who listen, of whom a server holds so many and no more.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

/// One who listens, until it is dropped.
pub struct Listening {
    count: Arc<AtomicUsize>,
    gauge: &'static str,
}

impl Listening {
    /// Counts one more, unless `most` listen already. `gauge` shows how many do.
    pub fn begin(count: &Arc<AtomicUsize>, most: usize, gauge: &'static str) -> Option<Self> {
        let before = count.fetch_add(1, Ordering::Relaxed);
        let listening = Self { count: Arc::clone(count), gauge };
        if before >= most {
            return None;
        }
        metrics::gauge!(gauge).set(before as f64 + 1.0);
        Some(listening)
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        let before = self.count.fetch_sub(1, Ordering::Relaxed);
        metrics::gauge!(self.gauge).set(before as f64 - 1.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_listen_and_no_more_and_each_makes_room() {
        let count = Arc::default();
        let begin = || Listening::begin(&count, 2, "onsale_test_listeners");
        let (first, _second) = (begin(), begin());
        assert!(first.is_some() && begin().is_none());
        drop(first);
        assert!(begin().is_some());
    }
}
