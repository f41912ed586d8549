//! What Rust's test harness prints, shown as it comes and counted on the way.

use crate::error::{Result, refuse};
use crate::services::fleet::StopRequest;
use crate::tool::Tool;

/// Sums over test binaries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// Tests that passed.
    pub passed: usize,
    /// Tests that failed.
    pub failed: usize,
    /// Tests that were left out on purpose.
    pub ignored: usize,
    /// Names of those that failed.
    pub failures: Vec<String>,
}

impl Counts {
    /// Takes notice of one printed line.
    fn read(&mut self, line: &str) {
        if let Some(summary) = line.trim().strip_prefix("test result: ") {
            self.passed += number_before(summary, " passed");
            self.failed += number_before(summary, " failed");
            self.ignored += number_before(summary, " ignored");
        } else if let Some(name) = line.trim().strip_suffix(" ... FAILED") {
            let name = name.strip_prefix("test ").unwrap_or(name);
            self.failures.push(name.to_owned());
        }
    }
}

fn number_before(text: &str, word: &str) -> usize {
    let before = text.split_once(word).map_or("", |(before, _)| before);
    let digits = before.rsplit(|c: char| !c.is_ascii_digit()).next();
    digits.and_then(|digits| digits.parse().ok()).unwrap_or(0)
}

/// Runs a `cargo test`, restricted to the filters, and adds what it reports to `seen`. Ends early
/// when somebody asks this command to stop.
pub fn run(
    cargo: Tool,
    filters: &[String],
    stop: Option<&StopRequest>,
    seen: &mut Counts,
) -> Result<()> {
    let cargo = match filters.is_empty() {
        true => cargo,
        false => cargo.arg("--").args(filters),
    };
    let goes_on = || !stop.is_some_and(StopRequest::is_made);
    cargo.run_reading(|line| {
        seen.read(line);
        goes_on()
    })?;
    match goes_on() {
        true => Ok(()),
        false => refuse("interrupted"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_of_all_binaries_add_up() {
        let mut counts = Counts::default();
        for line in [
            "running 3 tests",
            "test holds::two_buyers_one_seat ... FAILED",
            "test holds::one_buyer ... ok",
            "test result: FAILED. 1 passed; 1 failed; 1 ignored; 0 measured; 0 filtered out",
            "test result: ok. 12 passed; 0 failed; 0 ignored; 0 measured; 3 filtered out",
        ] {
            counts.read(line);
        }
        let expected = Counts {
            passed: 13,
            failed: 1,
            ignored: 1,
            failures: vec!["holds::two_buyers_one_seat".to_owned()],
        };
        assert_eq!(counts, expected);
    }
}
