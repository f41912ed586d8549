//! HMAC-SHA256 over `{time}.{body}`, compared in constant time.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use subtle::{Choice, ConstantTimeEq as _};

use super::{BODY_LIMIT_BYTES, TOLERANCE_SECONDS, WebhookError};
use crate::Secret;

/// More signatures than any rotation of secrets makes; the rest of a header is refused.
const MAX_SIGNATURES: usize = 16;

/// Makes the header value for a delivery: `t=…,v1=…`.
#[must_use]
pub fn sign(secret: &Secret, timestamp_seconds: i64, body: &[u8]) -> String {
    let time = timestamp_seconds.to_string();
    let signature = signature_of(secret, &time, body);
    format!("t={time},v1={signature}")
}

/// Checks signature and age of a delivery; arguments as in [`super::read`].
///
/// # Errors
/// Any [`WebhookError`]; of the body only the length is looked at.
pub fn verify(
    header: Option<&str>,
    body: &[u8],
    secrets: &[Secret],
    now_seconds: i64,
) -> Result<(), WebhookError> {
    let delivery = SignedHeader::parse(header.ok_or(WebhookError::MissingHeader)?)?;
    if body.len() > BODY_LIMIT_BYTES {
        return Err(WebhookError::MalformedBody { reason: "it is too long".to_owned() });
    }
    let mut signed = Choice::from(0);
    for secret in secrets {
        let expected = signature_of(secret, delivery.time, body);
        for signature in &delivery.signatures {
            signed |= expected.as_bytes().ct_eq(signature.as_bytes());
        }
    }
    if !bool::from(signed) {
        return Err(WebhookError::BadSignature);
    }
    if delivery.time_seconds.abs_diff(now_seconds) > TOLERANCE_SECONDS {
        return Err(WebhookError::TooOld);
    }
    Ok(())
}

/// In small hexadecimal digits. Comparing digits rather than the bytes they stand for refuses a
/// signature whose letters were raised.
fn signature_of(secret: &Secret, time: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes())
        .expect("HMAC takes a key of any length");
    mac.update(time.as_bytes());
    mac.update(b".");
    mac.update(body);
    hex::encode(mac.finalize().into_bytes())
}

struct SignedHeader<'a> {
    /// The digits as they were sent, since they are what was signed.
    time: &'a str,
    time_seconds: i64,
    signatures: Vec<&'a str>,
}

impl<'a> SignedHeader<'a> {
    /// Reads `t=…,v1=…[,v1=…]`; other schemes, such as `v0`, are passed over.
    fn parse(header: &'a str) -> Result<Self, WebhookError> {
        let mut time = None;
        let mut signatures = Vec::new();
        for part in header.split(',') {
            match part.split_once('=').ok_or(WebhookError::MalformedHeader)? {
                ("t", value) if time.is_none() => time = Some(value),
                ("t", _) => return Err(WebhookError::MalformedHeader),
                ("v1", value) => signatures.push(value),
                _ => {}
            }
        }
        let time = time.filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
        let time = time.ok_or(WebhookError::MalformedHeader)?;
        let time_seconds = time.parse().map_err(|_| WebhookError::MalformedHeader)?;
        if signatures.is_empty() || signatures.len() > MAX_SIGNATURES {
            return Err(WebhookError::MalformedHeader);
        }
        Ok(Self { time, time_seconds, signatures })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: i64 = 1_795_000_000;

    fn secret(text: &str) -> Secret {
        Secret::parse(text).expect("not empty")
    }

    fn check(header: &str, body: &[u8]) -> Result<(), WebhookError> {
        verify(Some(header), body, &[secret("whsec_1")], NOW)
    }

    #[test]
    fn a_known_signature_is_made() {
        // printf '1795000000.{}' | openssl dgst -sha256 -hmac whsec_1
        let expected =
            "t=1795000000,v1=ec77331ff8a1c8fbe6dce8bfb003f522864bed4c01fc9b4421fb90f52778b863";
        assert_eq!(sign(&secret("whsec_1"), NOW, b"{}"), expected);
        assert_eq!(check(expected, b"{}"), Ok(()));
    }

    #[test]
    fn age_is_judged_in_both_directions() {
        let body = b"{}";
        for (offset, expected) in [
            (-300, Ok(())),
            (300, Ok(())),
            (-301, Err(WebhookError::TooOld)),
            (301, Err(WebhookError::TooOld)),
        ] {
            let header = sign(&secret("whsec_1"), NOW + offset, body);
            assert_eq!(check(&header, body), expected, "{offset}");
        }
        let header = sign(&secret("whsec_1"), i64::MAX, body);
        assert_eq!(
            verify(Some(&header), body, &[secret("whsec_1")], -1),
            Err(WebhookError::TooOld)
        );
    }

    #[test]
    fn secrets_rotate() {
        let body = b"{}";
        let (old, new) = (secret("whsec_1"), secret("whsec_2"));
        let by_new = sign(&new, NOW, body);
        assert_eq!(check(&by_new, body), Err(WebhookError::BadSignature));
        assert_eq!(verify(Some(&by_new), body, &[old.clone(), new], NOW), Ok(()));
        let by_old = sign(&old, NOW, body);
        let (_, second) = by_old.split_once(',').expect("two parts");
        assert_eq!(check(&format!("{by_new},v0=abc,{second}"), body), Ok(()));
        assert_eq!(verify(Some(&by_old), body, &[], NOW), Err(WebhookError::BadSignature));
    }

    #[test]
    fn headers_of_another_form_are_refused() {
        let malformed = Err(WebhookError::MalformedHeader);
        let many = format!("t=1{}", ",v1=aa".repeat(MAX_SIGNATURES + 1));
        for header in [
            "",
            "t=1",
            "v1=aa",
            "t=,v1=aa",
            "t=x,v1=aa",
            "t=-1,v1=aa",
            "t=+1,v1=aa",
            "t=1,t=1,v1=aa",
            "t=1;v1=aa",
            "t=1,v0=aa",
            "t=99999999999999999999,v1=aa",
            &many,
        ] {
            assert_eq!(check(header, b"{}"), malformed, "{header}");
        }
        let missing = verify(None, b"{}", &[secret("whsec_1")], NOW);
        assert_eq!(missing, Err(WebhookError::MissingHeader));
    }

    #[test]
    fn long_bodies_are_refused() {
        let body = vec![b' '; BODY_LIMIT_BYTES + 1];
        let header = sign(&secret("whsec_1"), NOW, &body);
        assert!(matches!(check(&header, &body), Err(WebhookError::MalformedBody { .. })));
    }

    proptest! {
        #[test]
        fn what_is_signed_is_believed(body in any::<Vec<u8>>(), offset in -300_i64..=300) {
            let header = sign(&secret("whsec_1"), NOW + offset, &body);
            prop_assert_eq!(check(&header, &body), Ok(()));
        }

        #[test]
        fn any_altered_byte_of_the_body_is_refused(
            body in proptest::collection::vec(any::<u8>(), 1..200),
            at in any::<prop::sample::Index>(),
            flip in 1_u8..,
        ) {
            let header = sign(&secret("whsec_1"), NOW, &body);
            let mut altered = body;
            *at.get_mut(&mut altered) ^= flip;
            prop_assert_eq!(check(&header, &altered), Err(WebhookError::BadSignature));
        }

        #[test]
        fn any_altered_byte_of_time_or_signature_is_refused(
            body in any::<Vec<u8>>(),
            at in any::<prop::sample::Index>(),
            byte in 0_u8..128,
        ) {
            let header = sign(&secret("whsec_1"), NOW, &body);
            let mut altered = header.clone().into_bytes();
            *at.get_mut(&mut altered) = byte;
            let altered = String::from_utf8(altered).expect("ASCII");
            prop_assume!(altered != header);
            prop_assert!(check(&altered, &body).is_err());
        }

        #[test]
        fn no_header_makes_it_panic(header in any::<String>(), body in any::<Vec<u8>>()) {
            prop_assert!(check(&header, &body).is_err());
        }
    }
}
