//! Phases as they happen, and the table at the end.

use std::time::{Duration, Instant};

use super::libtest::Counts;
use crate::error::{Error, Result};
use crate::progress::seconds;

/// What became of a run so far.
#[derive(Debug)]
pub struct Report {
    begun: Instant,
    phases: Vec<Phase>,
}

#[derive(Debug)]
struct Phase {
    name: &'static str,
    took: Duration,
    passed: bool,
    /// Only phases that run tests have counts.
    counts: Option<Counts>,
}

impl Report {
    /// Nothing happened yet.
    pub fn new() -> Self {
        Self { begun: Instant::now(), phases: Vec::new() }
    }

    /// Runs a phase that either holds or does not.
    pub fn phase<T>(&mut self, name: &'static str, work: impl FnOnce() -> Result<T>) -> Result<T> {
        self.record(name, |_| work(), false)
    }

    /// Runs a phase that counts tests.
    pub fn tests(
        &mut self,
        name: &'static str,
        work: impl FnOnce(&mut Counts) -> Result<()>,
    ) -> Result<()> {
        self.record(name, work, true)
    }

    fn record<T>(
        &mut self,
        name: &'static str,
        work: impl FnOnce(&mut Counts) -> Result<T>,
        counting: bool,
    ) -> Result<T> {
        println!("\n== {name} ({} so far)", seconds(self.begun.elapsed()));
        let begun = Instant::now();
        let mut counts = Counts::default();
        let outcome = work(&mut counts);
        self.phases.push(Phase {
            name,
            took: begun.elapsed(),
            passed: outcome.is_ok(),
            counts: counting.then_some(counts),
        });
        outcome
    }

    /// Says why the run ends early. An error between phases counts as a phase of its own.
    pub fn fail(&mut self, error: &Error) {
        println!("\nerror: {error}");
        if self.is_green() {
            self.phases.push(Phase {
                name: "set-up",
                took: Duration::ZERO,
                passed: false,
                counts: None,
            });
        }
    }

    /// Whether everything held so far.
    pub fn is_green(&self) -> bool {
        self.phases.iter().all(|phase| phase.passed)
    }

    /// Prints the table, the names of failed tests, and as the last line the sum.
    pub fn close(&self) {
        println!("\n{:<18} {:>7} {:>7} {:>8} {:>11}", "", "passed", "failed", "ignored", "took");
        for phase in &self.phases {
            println!("{}", phase.row());
        }
        let failures: Vec<&String> = self
            .phases
            .iter()
            .filter_map(|phase| phase.counts.as_ref())
            .flat_map(|counts| &counts.failures)
            .collect();
        if !failures.is_empty() {
            println!("\nfailed tests:");
            for name in failures {
                println!("  {name}");
            }
        }
        let (passed, failed) = self.sum();
        println!("\nin {}\n{passed} passed, {failed} failed", seconds(self.begun.elapsed()));
    }

    /// Tests that passed, and everything that failed: a phase that fails without a failed test
    /// (a lint, a crash) counts as one.
    fn sum(&self) -> (usize, usize) {
        let tests = |phase: &Phase| phase.counts.clone().unwrap_or_default();
        let passed = self.phases.iter().map(|phase| tests(phase).passed).sum();
        let failed = self
            .phases
            .iter()
            .map(|phase| tests(phase).failed.max(usize::from(!phase.passed)))
            .sum();
        (passed, failed)
    }
}

impl Phase {
    fn row(&self) -> String {
        let took = seconds(self.took);
        match &self.counts {
            Some(counts) => format!(
                "{:<18} {:>7} {:>7} {:>8} {took:>11}",
                self.name, counts.passed, counts.failed, counts.ignored
            ),
            None => {
                let word = if self.passed { "ok" } else { "FAILED" };
                format!("{:<18} {word:>7} {:>7} {:>8} {took:>11}", self.name, "", "")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::refuse;

    #[test]
    fn a_phase_that_fails_without_a_failed_test_counts_as_one() {
        let mut report = Report::new();
        let tested = report.tests("tests", |counts| {
            counts.passed = 7;
            Ok(())
        });
        assert!(tested.is_ok() && report.is_green());
        assert!(report.phase("tidy", || refuse::<()>("broken")).is_err());
        assert!(!report.is_green());
        assert_eq!(report.sum(), (7, 1));
    }

    #[test]
    fn failed_tests_are_not_counted_twice() {
        let mut report = Report::new();
        let failed = report.tests("tests", |counts| {
            counts.failed = 3;
            refuse("cargo test failed")
        });
        assert!(failed.is_err());
        assert_eq!(report.sum(), (0, 3));
    }
}
