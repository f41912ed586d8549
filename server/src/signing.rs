//! What we sign so that it comes back unchanged: the cookie that names a user, and the secret of
//! a booking's link. Nothing of it is stored.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use onsale_domain::{BookingId, UserId};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// Bytes of a signature that are kept: 128 bits.
const SIGNATURE_BYTES: usize = 16;

/// Signs with the operator's secret. Each purpose has a name of its own within it.
#[derive(Clone)]
pub struct Signer {
    mac: Hmac<Sha256>,
}

impl Signer {
    pub fn new(secret: &str) -> Self {
        // HMAC takes keys of any length; the error of this constructor cannot occur.
        let key = <Hmac<Sha256> as KeyInit>::new_from_slice(secret.as_bytes());
        Self { mac: key.unwrap_or_else(|_| Hmac::new(&Default::default())) }
    }

    fn signature(&self, purpose: &str, text: &str) -> String {
        let mut mac = self.mac.clone();
        mac.update(purpose.as_bytes());
        mac.update(b"\0");
        mac.update(text.as_bytes());
        URL_SAFE_NO_PAD.encode(&mac.finalize().into_bytes()[..SIGNATURE_BYTES])
    }

    fn agrees(&self, purpose: &str, text: &str, signature: &str) -> bool {
        self.signature(purpose, text).as_bytes().ct_eq(signature.as_bytes()).into()
    }

    /// The value of the cookie that names a user.
    pub fn user_cookie(&self, user: UserId) -> String {
        let id = user.to_string();
        format!("{id}.{}", self.signature("user", &id))
    }

    /// The user that a cookie names, if we signed it.
    pub fn user_of(&self, cookie: &str) -> Option<UserId> {
        let (id, signature) = cookie.split_once('.')?;
        self.agrees("user", id, signature).then(|| id.parse().ok())?
    }

    /// What forms carry of somebody who is signed in with this secret.
    pub fn csrf_token(&self, session: &str) -> String {
        self.signature("csrf", session)
    }

    /// Whether a form carries it.
    pub fn is_csrf_token(&self, session: &str, given: &str) -> bool {
        self.agrees("csrf", session, given)
    }

    /// The secret of a booking's link.
    pub fn booking_secret(&self, booking: BookingId) -> String {
        self.signature("booking", &booking.to_string())
    }

    /// Whether this is the secret of that booking's link.
    pub fn opens_booking(&self, booking: BookingId, secret: &str) -> bool {
        self.agrees("booking", &booking.to_string(), secret)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_cookie_names_its_user_and_nobody_else() {
        let signer = Signer::new("a secret of the operator, 32 chars");
        let user = UserId(Uuid::from_u128(7));
        let cookie = signer.user_cookie(user);
        assert_eq!(signer.user_of(&cookie), Some(user));
        let other = cookie.replace("0007.", "0008.");
        assert_ne!(other, cookie);
        assert_eq!(signer.user_of(&other), None);
        assert_eq!(signer.user_of(&user.to_string()), None);
        assert_eq!(Signer::new("another secret").user_of(&cookie), None);
    }

    #[test]
    fn a_link_opens_its_booking_only() {
        let signer = Signer::new("a secret of the operator, 32 chars");
        let (mine, other) = (BookingId(Uuid::from_u128(1)), BookingId(Uuid::from_u128(2)));
        let secret = signer.booking_secret(mine);
        assert!(signer.opens_booking(mine, &secret));
        assert!(!signer.opens_booking(other, &secret));
        assert!(!signer.opens_booking(mine, ""));
        let cookie = signer.user_cookie(UserId(mine.0));
        let (_, signature) = cookie.split_once('.').expect("a signed cookie");
        assert!(!signer.opens_booking(mine, signature), "purposes are kept apart");
    }
}
