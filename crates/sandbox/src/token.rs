//! Payment tokens: each is a promise of how a payment will go.

use serde::{Deserialize, Serialize};

use crate::limits::MAX_LATE_SECONDS;

const PROMPT_MS: u64 = 300;
const SLOW_MS: u64 = 5_000;
const LATE_SECONDS: u64 = 20;

/// How a payment will go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Behaviour {
    /// How it ends.
    pub verdict: Verdict,
    /// How long after the confirmation it ends; no matter for a decline at once.
    pub settles_after_ms: u64,
    /// How the end is told.
    pub news: News,
    /// Whether the first refund of the payment is accepted and then fails.
    #[serde(default)]
    pub first_refund_fails: bool,
}

/// How a payment ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It is paid.
    Pays,
    /// It is declined in the answer to the confirmation.
    DeclinesAtOnce,
    /// It looks well and fails later.
    FailsLater,
}

/// How webhooks tell of a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum News {
    /// `processing`, then the end, once each.
    Ordinary,
    /// The end is delivered three times.
    Duplicated,
    /// The end comes before `processing`.
    Reordered,
    /// Nothing is delivered.
    Lost,
}

impl Behaviour {
    /// Reads a token; `None` for one that does not exist.
    pub fn of_token(token: &str) -> Option<Self> {
        let pays = |settles_after_ms, news| Self {
            verdict: Verdict::Pays,
            settles_after_ms,
            news,
            first_refund_fails: false,
        };
        let ends = |verdict| Self { verdict, ..pays(PROMPT_MS, News::Ordinary) };
        Some(match token {
            "tok_visa" => pays(PROMPT_MS, News::Ordinary),
            "tok_declined" => ends(Verdict::DeclinesAtOnce),
            "tok_fails_later" => ends(Verdict::FailsLater),
            "tok_slow" => pays(SLOW_MS, News::Ordinary),
            "tok_late" => pays(LATE_SECONDS * 1000, News::Ordinary),
            "tok_duplicated" => pays(PROMPT_MS, News::Duplicated),
            "tok_reordered" => pays(PROMPT_MS, News::Reordered),
            "tok_lost" => pays(PROMPT_MS, News::Lost),
            "tok_refund_fails" => {
                Self { first_refund_fails: true, ..pays(PROMPT_MS, News::Ordinary) }
            }
            _ => pays(late_seconds(token)? * 1000, News::Ordinary),
        })
    }
}

/// The number in `tok_late_SECONDS`.
fn late_seconds(token: &str) -> Option<u64> {
    let digits = token.strip_prefix("tok_late_")?;
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    digits.parse().ok().filter(|seconds| *seconds <= MAX_LATE_SECONDS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn late_tokens_say_how_late() {
        let settles_after = |token| Behaviour::of_token(token).map(|it| it.settles_after_ms);
        assert_eq!(settles_after("tok_visa"), Some(300));
        assert_eq!(settles_after("tok_slow"), Some(5_000));
        assert_eq!(settles_after("tok_late"), Some(20_000));
        assert_eq!(settles_after("tok_late_0"), Some(0));
        assert_eq!(settles_after("tok_late_90"), Some(90_000));
    }

    #[test]
    fn other_tokens_do_not_exist() {
        for token in ["", "tok_", "visa", "tok_late_", "tok_late_+1", "tok_late_86401", "TOK_VISA"]
        {
            assert_eq!(Behaviour::of_token(token), None, "{token}");
        }
    }
}
