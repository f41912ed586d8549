//! Long work, shown: which step of how many, and how long each took.

use std::time::{Duration, Instant};

use crate::error::Result;

/// Counts the steps of one command.
#[derive(Debug)]
pub struct Steps {
    total: usize,
    taken: usize,
    begun: Instant,
}

impl Steps {
    /// A command of `total` steps.
    pub fn of(total: usize) -> Self {
        Self { total, taken: 0, begun: Instant::now() }
    }

    /// Announces a step, does it, and says how long it took.
    pub fn take<T>(&mut self, title: &str, step: impl FnOnce() -> Result<T>) -> Result<T> {
        self.taken += 1;
        println!("[{}/{}] {title}", self.taken, self.total);
        let begun = Instant::now();
        let outcome = step()?;
        println!("      done in {}", seconds(begun.elapsed()));
        Ok(outcome)
    }

    /// How long the whole command has taken so far.
    pub fn elapsed(&self) -> Duration {
        self.begun.elapsed()
    }
}

/// `0.4 s`, `1 m 12 s`
pub fn seconds(duration: Duration) -> String {
    let whole = duration.as_secs();
    match whole {
        0..60 => format!("{:.1} s", duration.as_secs_f64()),
        _ => format!("{} m {:02} s", whole / 60, whole % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_naturally() {
        assert_eq!(seconds(Duration::from_millis(440)), "0.4 s");
        assert_eq!(seconds(Duration::from_secs(72)), "1 m 12 s");
        assert_eq!(seconds(Duration::from_secs(3_605)), "60 m 05 s");
    }
}
