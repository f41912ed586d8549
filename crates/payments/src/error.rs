//! What can go wrong between us and the provider, sorted by what the caller should do next.

use serde::Deserialize;

/// The client could not be built from its settings.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The base address is no `http` or `https` URL.
    #[error("the base address of the payment provider is not an http or https URL")]
    BaseUrl,
    /// The API key has characters that no HTTP header may carry.
    #[error("the API key cannot be sent in an HTTP header")]
    ApiKey,
    /// TLS could not be set up, for example because the machine has no root certificates.
    #[error("TLS could not be set up: {0}")]
    Tls(#[from] rustls::Error),
    /// The HTTP client could not be built.
    #[error("the HTTP client could not be built: {0}")]
    Http(#[from] reqwest::Error),
}

/// The provider did not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProviderError {
    /// The payment method was declined; the buyer may try another one.
    #[error("declined ({code}): {message}")]
    Declined {
        /// The provider's code, such as `card_declined`.
        code: String,
        /// A sentence that may be shown to the buyer.
        message: String,
    },
    /// The provider understood and refused; sending the same again changes nothing.
    #[error("rejected with status {status} ({code}): {message}")]
    Rejected {
        /// The HTTP status.
        status: u16,
        /// The provider's code, such as `payment_intent_unexpected_state`, or the error's type
        /// where it has no code.
        code: String,
        /// A sentence for engineers.
        message: String,
    },
    /// No answer, or none that settles anything: time-outs, lost connections, 429, 5xx. What was
    /// asked may or may not have happened; ask again with the same idempotency key.
    #[error("the payment provider is unavailable: {reason}")]
    Unavailable {
        /// What was met.
        reason: String,
    },
    /// The answer is not one the provider's documentation describes, or an id is not one that the
    /// provider makes.
    #[error("not in the provider's form: {reason}")]
    Malformed {
        /// What is wrong.
        reason: String,
    },
}

impl ProviderError {
    /// Whether the same call, with the same idempotency key, may succeed later.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Unavailable { .. })
    }

    /// Reads an answer whose status is not a success.
    pub(crate) fn from_answer(status: u16, body: &[u8]) -> Self {
        let detail = serde_json::from_slice::<WireError>(body).map(|wire| wire.error);
        let detail = detail.unwrap_or_default();
        let code = detail.code.unwrap_or_else(|| detail.kind.clone());
        let busy = status == 409 && ["idempotency_key_in_use", "lock_timeout"].contains(&&*code);
        if status == 429 || status >= 500 || busy {
            return Self::Unavailable { reason: format!("status {status} {code}") };
        }
        if status == 402 && detail.kind == "card_error" {
            return Self::Declined { code, message: detail.message };
        }
        Self::Rejected { status, code, message: detail.message }
    }
}

#[derive(Deserialize)]
struct WireError {
    error: WireErrorDetail,
}

#[derive(Deserialize)]
struct WireErrorDetail {
    #[serde(rename = "type")]
    kind: String,
    code: Option<String>,
    #[serde(default)]
    message: String,
}

impl Default for WireErrorDetail {
    /// Stands for an error without a readable description.
    fn default() -> Self {
        Self { kind: "unknown".into(), code: None, message: "no description was given".into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_sorted_by_what_to_do_next() {
        let declined = br#"{"error":{"type":"card_error","code":"card_declined","decline_code":"generic_decline","message":"No."}}"#;
        assert_eq!(
            ProviderError::from_answer(402, declined),
            ProviderError::Declined { code: "card_declined".into(), message: "No.".into() }
        );
        let rejected = br#"{"error":{"type":"invalid_request_error","message":"Which?"}}"#;
        assert_eq!(
            ProviderError::from_answer(400, rejected),
            ProviderError::Rejected {
                status: 400,
                code: "invalid_request_error".into(),
                message: "Which?".into()
            }
        );
        let busy = br#"{"error":{"type":"idempotency_error","code":"idempotency_key_in_use"}}"#;
        assert!(ProviderError::from_answer(409, busy).is_retryable());
        assert!(ProviderError::from_answer(429, b"").is_retryable());
        assert!(ProviderError::from_answer(503, b"<html>").is_retryable());
        assert!(!ProviderError::from_answer(409, b"{}").is_retryable());
        assert!(!ProviderError::from_answer(402, b"<html>").is_retryable());
    }
}
