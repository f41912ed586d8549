//! What the provider tells us: signed, dated, and possibly twice, late or out of order.
//!
//! [`read`] checks the signature and the age of a delivery and then reads its event. A handler
//! that stores the raw body can [`verify`] first and let a worker [`WebhookEvent::parse`] it later.

mod event;
mod signature;

pub use event::{EventKind, EventObject, WebhookEvent};
pub use signature::{sign, verify};

use crate::Secret;

/// The header that carries time and signatures.
pub const SIGNATURE_HEADER: &str = "stripe-signature";
/// How far a delivery's time may be from ours, in either direction, in seconds.
pub const TOLERANCE_SECONDS: u64 = 300;
/// Longer bodies are not webhooks of ours; servers may refuse them unread.
pub const BODY_LIMIT_BYTES: usize = 256 * 1024;

/// Why a delivery is refused. Nothing of it may be believed or stored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WebhookError {
    /// There is no signature header.
    #[error("the signature header is missing")]
    MissingHeader,
    /// The header is not `t=…,v1=…`.
    #[error("the signature header is malformed")]
    MalformedHeader,
    /// Properly signed, but more than [`TOLERANCE_SECONDS`] from now: an old delivery sent again,
    /// or a clock that is wrong.
    #[error("the delivery's time is too far from now")]
    TooOld,
    /// No secret of ours made any of the signatures.
    #[error("the signature is wrong")]
    BadSignature,
    /// Properly signed, but no event.
    #[error("the body is not an event: {reason}")]
    MalformedBody {
        /// What is wrong with it.
        reason: String,
    },
}

/// Checks a delivery and reads its event.
///
/// `header` is the value of [`SIGNATURE_HEADER`], `body` the bytes exactly as they came, `secrets`
/// all that are valid now (two while a secret is being replaced), `now_seconds` the time of day.
///
/// # Errors
/// [`WebhookError`] says what is wrong; the signature is checked before age and body.
pub fn read(
    header: Option<&str>,
    body: &[u8],
    secrets: &[Secret],
    now_seconds: i64,
) -> Result<WebhookEvent, WebhookError> {
    verify(header, body, secrets, now_seconds)?;
    WebhookEvent::parse(body)
}
