//! The token of somebody who waits: all that is known of them, in their own hands, signed.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use uuid::Uuid;

use super::{Epoch, QueueNumber, limits::MAX_TOKEN_CHARS};
use crate::{EventId, Timestamp, UserId};

const VERSION: u8 = 1;
const BODY_BYTES: usize = 45;
/// Bytes of a signature that are kept: 128 bits.
const SIGNATURE_BYTES: usize = 16;

/// What a token says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueToken {
    /// The event.
    pub event: EventId,
    /// The room's epoch when it was given out.
    pub epoch: Epoch,
    /// The number.
    pub number: QueueNumber,
    /// Whose it is. In somebody else's browser it is worth nothing.
    pub user: UserId,
    /// When it was given out.
    pub issued_at: Timestamp,
}

/// Why a token is worth nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidToken {
    /// It is not the text of a token.
    #[error("it cannot be read")]
    Malformed,
    /// We did not sign it, or for something else.
    #[error("it was not signed here")]
    Forged,
}

/// The key that signs tokens. Each purpose has signatures of its own.
#[derive(Clone)]
pub struct TokenKey {
    mac: Hmac<Sha256>,
}

impl TokenKey {
    /// The key that follows from the operator's secret.
    #[must_use]
    pub fn new(secret: &[u8]) -> Self {
        // HMAC takes keys of any length; the error of this constructor cannot occur.
        let key = <Hmac<Sha256> as KeyInit>::new_from_slice(secret);
        Self { mac: key.unwrap_or_else(|_| Hmac::new(&Default::default())) }
    }

    fn mac(&self, purpose: &str, body: &[u8]) -> Hmac<Sha256> {
        let mut mac = self.mac.clone();
        mac.update(b"waiting-room\0");
        mac.update(purpose.as_bytes());
        mac.update(b"\0");
        mac.update(body);
        mac
    }

    /// Signs a body for a purpose.
    pub(super) fn seal(&self, purpose: &str, body: &[u8]) -> String {
        let signature = self.mac(purpose, body).finalize().into_bytes();
        let mut sealed = Vec::with_capacity(body.len() + SIGNATURE_BYTES);
        sealed.extend_from_slice(body);
        sealed.extend_from_slice(&signature[..SIGNATURE_BYTES]);
        URL_SAFE_NO_PAD.encode(sealed)
    }

    /// The body of a text that we signed for this purpose.
    pub(super) fn open(&self, purpose: &str, text: &str) -> Result<Vec<u8>, InvalidToken> {
        if text.len() > MAX_TOKEN_CHARS {
            return Err(InvalidToken::Malformed);
        }
        let mut sealed = URL_SAFE_NO_PAD.decode(text).map_err(|_| InvalidToken::Malformed)?;
        let length = sealed.len().checked_sub(SIGNATURE_BYTES).ok_or(InvalidToken::Malformed)?;
        let mac = self.mac(purpose, &sealed[..length]);
        // Compares in constant time.
        mac.verify_truncated_left(&sealed[length..]).map_err(|_| InvalidToken::Forged)?;
        sealed.truncate(length);
        Ok(sealed)
    }
}

/// For what a token was signed.
const WAITING: &str = "token";
const RECOVERY: &str = "recovery";

impl QueueToken {
    /// The token for the browser that waits.
    #[must_use]
    pub fn seal(&self, key: &TokenKey) -> String {
        key.seal(WAITING, &self.to_bytes())
    }

    /// Reads a token.
    ///
    /// # Errors
    /// [`InvalidToken`] for anything that we did not sign as a token.
    pub fn open(text: &str, key: &TokenKey) -> Result<Self, InvalidToken> {
        Self::from_bytes(&key.open(WAITING, text)?)
    }

    /// The secret of the link that brings the place to another device.
    #[must_use]
    pub fn seal_recovery(&self, key: &TokenKey) -> String {
        key.seal(RECOVERY, &self.to_bytes())
    }

    /// Reads the secret of such a link: the token as it was given out, for the new device to be
    /// given one of its own.
    ///
    /// # Errors
    /// [`InvalidToken`] for anything that we did not sign as such a link.
    pub fn open_recovery(text: &str, key: &TokenKey) -> Result<Self, InvalidToken> {
        Self::from_bytes(&key.open(RECOVERY, text)?)
    }

    fn to_bytes(self) -> [u8; BODY_BYTES] {
        let mut bytes = [0; BODY_BYTES];
        bytes[0] = VERSION;
        bytes[1..9].copy_from_slice(&self.event.0.to_be_bytes());
        bytes[9..13].copy_from_slice(&self.epoch.0.to_be_bytes());
        bytes[13..21].copy_from_slice(&self.number.0.to_be_bytes());
        bytes[21..37].copy_from_slice(self.user.0.as_bytes());
        bytes[37..].copy_from_slice(&self.issued_at.0.to_be_bytes());
        bytes
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, InvalidToken> {
        let bytes: &[u8; BODY_BYTES] = bytes.try_into().map_err(|_| InvalidToken::Malformed)?;
        if bytes[0] != VERSION {
            return Err(InvalidToken::Malformed);
        }
        Ok(Self {
            event: EventId(i64::from_be_bytes(part(bytes, 1))),
            epoch: Epoch(u32::from_be_bytes(part(bytes, 9))),
            number: QueueNumber(u64::from_be_bytes(part(bytes, 13))),
            user: UserId(Uuid::from_bytes(part(bytes, 21))),
            issued_at: Timestamp(i64::from_be_bytes(part(bytes, 37))),
        })
    }
}

/// `N` bytes from a place that is known to be inside.
pub(super) fn part<const N: usize>(bytes: &[u8], from: usize) -> [u8; N] {
    let mut part = [0; N];
    part.copy_from_slice(&bytes[from..from + N]);
    part
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key() -> TokenKey {
        TokenKey::new(b"a secret of the operator, 32 chars")
    }

    fn token() -> QueueToken {
        QueueToken {
            event: EventId(7),
            epoch: Epoch(2),
            number: QueueNumber(9_999_999),
            user: UserId(Uuid::from_u128(5)),
            issued_at: Timestamp(1_790_000_000_123),
        }
    }

    #[test]
    fn reads_what_it_signed_and_nothing_else() {
        let text = token().seal(&key());
        assert_eq!(QueueToken::open(&text, &key()), Ok(token()));
        assert_eq!(text.len(), 82);
        let other = TokenKey::new(b"another secret of the operator!!!");
        assert_eq!(QueueToken::open(&text, &other), Err(InvalidToken::Forged));
        assert_eq!(QueueToken::open("", &key()), Err(InvalidToken::Malformed));
        assert_eq!(QueueToken::open(&"A".repeat(600), &key()), Err(InvalidToken::Malformed));
    }

    #[test]
    fn purposes_are_kept_apart() {
        let link = token().seal_recovery(&key());
        assert_eq!(QueueToken::open_recovery(&link, &key()), Ok(token()));
        assert_eq!(QueueToken::open(&link, &key()), Err(InvalidToken::Forged));
        let text = token().seal(&key());
        assert_eq!(QueueToken::open_recovery(&text, &key()), Err(InvalidToken::Forged));
    }

    proptest! {
        #[test]
        fn no_bit_can_be_changed(byte in 0_usize..61, bit in 0_u8..8) {
            let sealed = token().seal(&key());
            let mut bytes = URL_SAFE_NO_PAD.decode(sealed).expect("base64");
            bytes[byte] ^= 1 << bit;
            let forged = URL_SAFE_NO_PAD.encode(bytes);
            prop_assert_eq!(QueueToken::open(&forged, &key()), Err(InvalidToken::Forged));
        }

        #[test]
        fn whatever_comes_is_read_without_panic(text in "\\PC{0,120}") {
            prop_assert!(QueueToken::open(&text, &key()).is_err());
        }
    }
}
