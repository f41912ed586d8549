//! Texts that must never reach a log: API keys, signing secrets, payment tokens.

use std::fmt;

/// A text that is used but never shown: `Debug` prints stars, and there is no `Display`.
///
/// It is never empty, because an empty signing secret would let anybody sign.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

/// A secret without a single character.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a secret must not be empty")]
pub struct EmptySecret;

impl Secret {
    /// Wraps a secret text.
    ///
    /// # Errors
    /// [`EmptySecret`] when the text is empty or only white space.
    pub fn parse(text: impl Into<String>) -> Result<Self, EmptySecret> {
        let text = text.into();
        if text.trim().is_empty() { Err(EmptySecret) } else { Ok(Self(text)) }
    }

    /// The text itself, for the one place that needs it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_never_shown_and_never_empty() {
        let secret = Secret::parse("sk_hidden").expect("not empty");
        assert_eq!(format!("{secret:?}"), "***");
        assert_eq!(secret.expose(), "sk_hidden");
        assert_eq!(Secret::parse(""), Err(EmptySecret));
        assert_eq!(Secret::parse(" \n"), Err(EmptySecret));
    }
}
