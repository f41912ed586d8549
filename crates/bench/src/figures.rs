//! What is measured, and how it is told.

use std::{collections::BTreeMap, time::Duration};

use crate::client::Answer;

/// Durations of one kind, in microseconds.
#[derive(Debug, Clone, Default)]
pub struct Latencies(Vec<u32>);

impl Latencies {
    /// Adds one.
    pub fn add(&mut self, duration: Duration) {
        self.0.push(u32::try_from(duration.as_micros()).unwrap_or(u32::MAX));
    }

    /// How many there are.
    pub const fn count(&self) -> usize {
        self.0.len()
    }

    /// Milliseconds below which this share of them lies; 0 when there is none.
    pub fn quantile_ms(&mut self, share: f64) -> f64 {
        if self.0.is_empty() {
            return 0.0;
        }
        self.0.sort_unstable();
        let last = self.0.len() - 1;
        let at = (last as f64 * share).round() as usize;
        f64::from(self.0[at.min(last)]) / 1000.0
    }
}

/// What one side of a comparison did.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// Holds that were placed.
    pub holds: u64,
    /// Seats in them.
    pub seats: u64,
    /// Clear refusals.
    pub refused: u64,
    /// Payments that were begun.
    pub paid: u64,
    /// Answers that were neither, by their status and code.
    pub failures: BTreeMap<String, u64>,
    /// For how long.
    pub seconds: f64,
    /// How long a hold took.
    pub latencies: Latencies,
    /// Transactions that PostgreSQL committed meanwhile.
    pub transactions: i64,
    /// What the audit found.
    pub violations: u64,
}

impl Outcome {
    /// Holds per second.
    pub fn holds_per_second(&self) -> f64 {
        self.holds as f64 / self.seconds
    }

    /// Counts an answer that was neither a success nor a clear refusal.
    pub fn failed(&mut self, answer: &Answer) {
        let code = answer.text("code").unwrap_or_default();
        *self.failures.entry(format!("{} {code}", answer.status)).or_default() += 1;
    }

    /// One line of a table.
    pub fn row(&mut self, name: &str) -> String {
        let per_second = |count: u64| count as f64 / self.seconds;
        let (holds, seats) = (per_second(self.holds), per_second(self.seats));
        let (refused, paid) = (per_second(self.refused), per_second(self.paid));
        let per_hold = self.transactions as f64 / self.holds.max(1) as f64;
        let failed: u64 = self.failures.values().sum();
        let violations = self.violations;
        let [p50, p99, p999] = [0.5, 0.99, 0.999].map(|share| self.latencies.quantile_ms(share));
        format!(
            "{name:<22} {holds:>8.0} {seats:>8.0} {refused:>9.0} {paid:>7.0} {p50:>8.1} {p99:>8.1} \
             {p999:>8.1} {per_hold:>8.3} {failed:>6} {violations:>6}"
        )
    }
}

/// The head of the table whose lines are [`Outcome::row`].
pub fn head() -> String {
    format!(
        "{:<22} {:>8} {:>8} {:>9} {:>7} {:>8} {:>8} {:>8} {:>8} {:>6} {:>6}",
        "",
        "holds/s",
        "seats/s",
        "refused/s",
        "paid/s",
        "p50 ms",
        "p99 ms",
        "p99.9 ms",
        "tx/hold",
        "failed",
        "viol."
    )
}
