//! Asking again.

use std::time::Duration;

/// How a call is repeated: after pauses that double, each drawn at random between half of it and all
/// of it, so that clients that were refused together do not come back together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retry {
    /// Times that a call is made at most, the first included.
    pub attempts: u32,
    /// The first pause.
    pub first_pause: Duration,
    /// No pause is longer.
    pub longest_pause: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            attempts: 6,
            first_pause: Duration::from_millis(100),
            longest_pause: Duration::from_secs(5),
        }
    }
}

impl Retry {
    /// Every call is made once.
    pub const NEVER: Self =
        Self { attempts: 1, first_pause: Duration::ZERO, longest_pause: Duration::ZERO };

    /// The pause after an attempt, counted from 1; `None` when there is no other.
    pub(crate) fn pause_after(&self, attempt: u32) -> Option<Duration> {
        if attempt >= self.attempts {
            return None;
        }
        let doubled = self.first_pause.saturating_mul(1 << (attempt - 1).min(16));
        let whole = doubled.min(self.longest_pause);
        Some(whole.mul_f64(0.5 + 0.5 * fastrand::f64()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_and_end() {
        let retry = Retry { attempts: 4, ..Retry::default() };
        let pauses: Vec<_> = (1..=4).map(|attempt| retry.pause_after(attempt)).collect();
        for (pause, whole) in pauses.iter().flatten().zip([100, 200, 400]) {
            let whole = Duration::from_millis(whole);
            assert!(*pause >= whole / 2 && *pause <= whole, "{pause:?}");
        }
        assert_eq!(pauses[3], None);
        assert!(Retry { attempts: 99, ..retry }.pause_after(60) <= Some(retry.longest_pause));
        assert_eq!(Retry::NEVER.pause_after(1), None);
    }
}
