//! What people type into a search box, taken apart.

use onsale_domain::limits::MAX_KEYWORD_WORDS;

use crate::analysis;

/// Words that say little: they count when they occur, and need not.
const SMALL_WORDS: [&str; 24] = [
    "a", "an", "and", "at", "by", "in", "of", "on", "or", "the", "to", "with", "am", "das", "de",
    "del", "der", "die", "el", "im", "la", "le", "les", "und",
];

/// A search box, taken apart.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Keyword {
    /// Words that must occur.
    pub words: Vec<String>,
    /// Words that say little.
    pub small: Vec<String>,
    /// Words in quotes, which must follow on each other.
    pub phrases: Vec<Vec<String>>,
    /// Words that must not occur.
    pub excluded: Vec<String>,
    /// Whether the last of [`Keyword::words`] may be the beginning of one.
    pub is_open: bool,
    /// Whether something stands there, be it only punctuation.
    pub is_given: bool,
}

impl Keyword {
    /// Takes a text apart. Words beyond the limit are left out: edges refuse them before.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let mut keyword = Self { is_given: !text.trim().is_empty(), ..Self::default() };
        let mut ends_in_word = false;
        // Every second part stood between quotes; an open quote ends with the text.
        for (number, part) in text.split(['"', '“', '”', '„', '«', '»']).enumerate() {
            ends_in_word = false;
            if number % 2 == 1 {
                let phrase: Vec<String> = texts(part);
                match phrase.len() {
                    0 => {}
                    1 => keyword.words.extend(phrase),
                    _ => keyword.phrases.push(phrase),
                }
                continue;
            }
            for piece in part.split_whitespace() {
                ends_in_word = keyword.take(piece);
            }
            ends_in_word &= part.ends_with(|letter: char| !letter.is_whitespace());
        }
        keyword.is_open = ends_in_word;
        if keyword.words.is_empty() && keyword.phrases.is_empty() {
            // "The The" is a band.
            keyword.words = std::mem::take(&mut keyword.small);
        }
        keyword.words.truncate(MAX_KEYWORD_WORDS);
        keyword.small.truncate(MAX_KEYWORD_WORDS);
        keyword.excluded.truncate(MAX_KEYWORD_WORDS);
        keyword.phrases.truncate(MAX_KEYWORD_WORDS);
        keyword
    }

    /// The words that must occur, each with whether it may be the beginning of one.
    pub fn words_to_find(&self) -> impl Iterator<Item = (&String, bool)> {
        let last = self.words.len().wrapping_sub(1);
        let words = self.words.iter().enumerate();
        words.map(move |(number, word)| (word, self.is_open && number == last))
    }

    /// `true` when the piece ended in a word that must occur.
    fn take(&mut self, piece: &str) -> bool {
        if let Some(unwanted) = piece.strip_prefix(['-', '−'])
            && unwanted.starts_with(char::is_alphanumeric)
        {
            self.excluded.extend(texts(unwanted));
            return false;
        }
        let words = texts(piece);
        let mut is_word = false;
        for word in words {
            is_word = !SMALL_WORDS.contains(&word.as_str());
            let list = if is_word { &mut self.words } else { &mut self.small };
            if !list.contains(&word) {
                list.push(word);
            }
        }
        is_word
    }

    /// How many words it has in all.
    #[must_use]
    pub fn count(text: &str) -> usize {
        analysis::words(text).len()
    }
}

fn texts(text: &str) -> Vec<String> {
    analysis::words(text).into_iter().map(|word| word.text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_and_hyphens_have_their_meaning() {
        let keyword = Keyword::read("jazz \"Blue Note\" -Brunch rock-n-roll");
        assert_eq!(keyword.words, ["jazz", "rock", "n", "roll"]);
        assert_eq!(keyword.phrases, [["blue", "note"]]);
        assert_eq!(keyword.excluded, ["brunch"]);
        assert!(keyword.is_open);
    }

    #[test]
    fn a_blank_or_a_quote_ends_the_last_word() {
        assert!(Keyword::read("jaz").is_open);
        assert!(!Keyword::read("jazz ").is_open);
        assert!(!Keyword::read("jazz -br").is_open);
        assert!(!Keyword::read("\"jazz\"").is_open);
    }

    #[test]
    fn small_words_need_not_occur_unless_they_are_all_there_is() {
        let keyword = Keyword::read("The Night of the Proms");
        assert_eq!((keyword.words.len(), keyword.small.len()), (2, 2));
        assert_eq!(Keyword::read("the the").words, ["the"]);
    }

    #[test]
    fn punctuation_is_given_but_holds_nothing() {
        let keyword = Keyword::read("?!*(((");
        assert!(keyword.is_given && keyword.words.is_empty());
        assert!(!Keyword::read("  ").is_given);
    }
}
