//! Signing and checking passes.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use hmac::{Hmac, KeyInit, Mac};
use onsale_domain::waiting_room::{AdmissionPass, InvalidPass, limits::MAX_TOKEN_CHARS};
use sha2::Sha256;

/// So that a signature of ours means a pass and nothing else.
const CONTEXT: &[u8] = b"onsale admission pass\0";

/// The pair of keys that signs passes. It follows from the operator's secret, so that every server
/// has the same.
pub struct PassKey {
    signing: SigningKey,
    verifying: VerifyingKey,
}

impl PassKey {
    pub fn new(secret: &[u8]) -> Self {
        // HMAC takes keys of any length; the error of this constructor cannot occur.
        let mac = <Hmac<Sha256> as KeyInit>::new_from_slice(secret);
        let mut mac = mac.unwrap_or_else(|_| Hmac::new(&Default::default()));
        mac.update(b"ed25519 key of admission passes");
        let signing = SigningKey::from_bytes(&mac.finalize().into_bytes().into());
        let verifying = signing.verifying_key();
        Self { signing, verifying }
    }

    /// The text of a pass.
    pub fn seal(&self, pass: &AdmissionPass) -> String {
        let body = pass.to_bytes();
        let signature = self.signing.sign(&message(&body));
        URL_SAFE_NO_PAD.encode([&body[..], &signature.to_bytes()].concat())
    }

    /// The pass that a text is, if we signed it.
    pub fn open(&self, text: &str) -> Result<AdmissionPass, InvalidPass> {
        if text.len() > MAX_TOKEN_CHARS {
            return Err(InvalidPass);
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| InvalidPass)?;
        let (body, signature) = bytes.split_at_checked(AdmissionPass::BYTES).ok_or(InvalidPass)?;
        let signature = Signature::from_slice(signature).map_err(|_| InvalidPass)?;
        self.verifying.verify_strict(&message(body), &signature).map_err(|_| InvalidPass)?;
        AdmissionPass::from_bytes(body)
    }

    /// The public key in hexadecimal: with it, anybody can check passes and nobody make one.
    pub fn public_hex(&self) -> String {
        hex::encode(self.verifying.as_bytes())
    }
}

fn message(body: &[u8]) -> Vec<u8> {
    [CONTEXT, body].concat()
}

#[cfg(test)]
mod tests {
    use onsale_domain::{
        EventId, Timestamp, UserId,
        waiting_room::{Epoch, QueueNumber},
    };
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_pass_is_read_as_it_was_signed_and_no_byte_can_be_changed() {
        let key = PassKey::new(b"a secret of the operator, 32 chars");
        let pass = AdmissionPass {
            event: EventId(3),
            epoch: Epoch(1),
            number: QueueNumber(77),
            user: UserId(Uuid::from_u128(9)),
            hold_budget: 4,
            issued_at: Timestamp(1_000),
            expires_at: Timestamp(601_000),
        };
        let text = key.seal(&pass);
        assert_eq!(key.open(&text), Ok(pass));
        let bytes = URL_SAFE_NO_PAD.decode(&text).expect("base64");
        for at in 0..bytes.len() {
            let mut forged = bytes.clone();
            forged[at] ^= 1;
            assert_eq!(key.open(&URL_SAFE_NO_PAD.encode(forged)), Err(InvalidPass), "byte {at}");
        }
        let other = PassKey::new(b"another secret of the operator!!!");
        assert_eq!(other.open(&text), Err(InvalidPass));
        assert_eq!(key.open(""), Err(InvalidPass));
        assert_ne!(key.public_hex(), other.public_hex());
    }
}
