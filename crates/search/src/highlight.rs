//! Which parts of a text were looked for.

use std::collections::BTreeSet;

use crate::analysis::words;

/// A part of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// The text.
    pub text: String,
    /// Whether it was looked for.
    pub is_match: bool,
}

/// The text in pieces: put together they are the text again. Empty when no word was looked for.
#[must_use]
pub fn pieces(text: &str, wanted: &BTreeSet<String>) -> Vec<Piece> {
    let mut found: Vec<Piece> = Vec::new();
    let mut end = 0;
    for word in words(text).into_iter().filter(|word| wanted.contains(&word.text)) {
        if word.start > end {
            found.push(Piece { text: text[end..word.start].to_owned(), is_match: false });
        }
        found.push(Piece { text: text[word.start..word.end].to_owned(), is_match: true });
        end = word.end;
    }
    if !found.is_empty() && end < text.len() {
        found.push(Piece { text: text[end..].to_owned(), is_match: false });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_are_marked_where_they_stand() {
        let wanted = ["beyonce", "sao"].map(String::from).into();
        let found = pieces("Beyoncé in São Paulo!", &wanted);
        let marked: Vec<_> = found.iter().filter(|it| it.is_match).map(|it| &*it.text).collect();
        assert_eq!(marked, ["Beyoncé", "São"]);
        let whole: String = found.iter().map(|it| it.text.as_str()).collect();
        assert_eq!(whole, "Beyoncé in São Paulo!");
        assert!(pieces("Jazz", &wanted).is_empty());
    }
}
