//! Form-encoded parameters: each is taken once, and what nobody takes is refused.

use std::{collections::BTreeMap, str::FromStr};

use sha2::{Digest as _, Sha256};
use url::form_urlencoded;

use crate::{
    error::ApiError,
    limits::{MAX_METADATA, MAX_METADATA_NAME_CHARACTERS, MAX_METADATA_VALUE_CHARACTERS},
    token::Behaviour,
};

/// The parameters of a call.
pub struct Form {
    pairs: BTreeMap<String, String>,
}

impl Form {
    /// Decodes a body or a query.
    pub fn parse(encoded: &[u8]) -> Result<Self, ApiError> {
        let mut pairs = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(encoded).into_owned() {
            if pairs.contains_key(&name) {
                let message = "The parameter was given twice";
                return Err(ApiError::parameter("parameter_duplicate", &name, message));
            }
            pairs.insert(name, value);
        }
        Ok(Self { pairs })
    }

    /// Stands for a call to `path` with these parameters, whatever their order.
    pub fn fingerprint(&self, path: &str) -> String {
        let mut digest = Sha256::new_with_prefix(path);
        for (name, value) in &self.pairs {
            for text in [name, value] {
                digest.update(text.len().to_be_bytes());
                digest.update(text);
            }
        }
        hex::encode(digest.finalize())
    }

    /// Takes a text.
    pub fn text(&mut self, name: &str) -> Option<String> {
        self.pairs.remove(name)
    }

    /// Takes a text that must be there.
    pub fn required(&mut self, name: &str) -> Result<String, ApiError> {
        self.text(name).ok_or_else(|| {
            let message = format!("Missing required param: {name}.");
            ApiError::parameter("parameter_missing", name, &message)
        })
    }

    /// Takes a number, `true` or `false`.
    pub fn parsed<T: FromStr>(&mut self, name: &str) -> Result<Option<T>, ApiError> {
        let Some(text) = self.text(name) else { return Ok(None) };
        text.parse().map(Some).map_err(|_| {
            let message = "The parameter cannot be read";
            ApiError::parameter("parameter_invalid", name, message)
        })
    }

    /// Takes `payment_method`.
    pub fn method(&mut self) -> Result<Option<Behaviour>, ApiError> {
        let Some(token) = self.text("payment_method") else { return Ok(None) };
        Behaviour::of_token(&token).map(Some).ok_or_else(|| {
            let message = "No such PaymentMethod: see the sandbox's list of tokens";
            ApiError::parameter("resource_missing", "payment_method", message)
        })
    }

    /// Takes every `metadata[name]`.
    pub fn metadata(&mut self) -> Result<BTreeMap<String, String>, ApiError> {
        let is_note =
            |name: &String, _: &mut String| name.starts_with("metadata[") && name.ends_with(']');
        let mut metadata = BTreeMap::new();
        for (name, value) in self.pairs.extract_if(.., is_note) {
            let bare = name["metadata[".len()..name.len() - 1].to_owned();
            let too_long = bare.chars().count() > MAX_METADATA_NAME_CHARACTERS
                || value.chars().count() > MAX_METADATA_VALUE_CHARACTERS;
            if bare.is_empty() || too_long || metadata.len() == MAX_METADATA {
                let message = "Too many notes, or one whose name or text is too long";
                return Err(ApiError::parameter("parameter_invalid", "metadata", message));
            }
            metadata.insert(bare, value);
        }
        Ok(metadata)
    }

    /// Ends the reading: what is left was not understood.
    pub fn finish(self) -> Result<(), ApiError> {
        match self.pairs.keys().next() {
            None => Ok(()),
            Some(name) => {
                let message = format!("Received unknown parameter: {name}");
                Err(ApiError::parameter("parameter_unknown", name, &message))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_does_not_change_what_is_asked() {
        let print = |path: &str, text: &str| {
            Form::parse(text.as_bytes()).expect("a form").fingerprint(path)
        };
        assert_eq!(print("/a", "x=1&y=2"), print("/a", "y=2&x=1"));
        assert_ne!(print("/a", "x=1&y=2"), print("/b", "x=1&y=2"));
        assert_ne!(print("/a", "x=1&y=2"), print("/a", "x=1y&=2"));
        assert_ne!(print("/a", "x=1"), print("/a", "x=2"));
    }

    #[test]
    fn parameters_are_taken_once_and_the_rest_is_refused() {
        let mut form =
            Form::parse(b"amount=5&confirm=yes&metadata%5Bbooking_id%5D=b&odd=1").expect("a form");
        assert_eq!(form.parsed::<i64>("amount"), Ok(Some(5)));
        assert_eq!(form.parsed::<i64>("amount"), Ok(None));
        assert!(form.parsed::<bool>("confirm").is_err());
        assert!(form.required("currency").is_err());
        assert_eq!(form.metadata().expect("notes")["booking_id"], "b");
        assert!(form.finish().is_err());
        assert!(Form::parse(b"a=1&a=2").is_err());
    }

    #[test]
    fn notes_are_bounded() {
        let metadata = |text: String| Form::parse(text.as_bytes()).and_then(|mut it| it.metadata());
        assert!(metadata("metadata[]=1".into()).is_err());
        assert!(metadata(format!("metadata[{}]=1", "n".repeat(41))).is_err());
        assert!(metadata(format!("metadata[n]={}", "v".repeat(501))).is_err());
        let many: String = (0..51).map(|at| format!("metadata[{at}]=1&")).collect();
        assert!(metadata(many).is_err());
    }
}
