//! Texts as words. The same code reads what is indexed and what is looked for, whatever the engine.

use tantivy::tokenizer::{Token, TokenStream, Tokenizer};
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Letters of a word that count; what follows is cut.
const MAX_WORD_CHARS: usize = 40;

/// A word, and where it stands in its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// Small letters without accents.
    pub text: String,
    /// Its first byte.
    pub start: usize,
    /// The byte after its last.
    pub end: usize,
}

/// The words of a text. Apostrophes belong to words and are left out: "O'Hara" is `ohara`.
#[must_use]
pub fn words(text: &str) -> Vec<Word> {
    let mut found = Vec::new();
    let mut start = None;
    for (at, letter) in text.char_indices() {
        match (is_part_of_word(letter), start) {
            (true, None) => start = Some(at),
            (false, Some(first)) => {
                push(&mut found, text, first, at);
                start = None;
            }
            _ => {}
        }
    }
    if let Some(first) = start {
        push(&mut found, text, first, text.len());
    }
    found
}

/// A text as one word per word, separated by blanks: two texts that are written differently and
/// read the same are equal.
#[must_use]
pub fn fold(text: &str) -> String {
    let words = words(text);
    words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ")
}

fn push(found: &mut Vec<Word>, text: &str, start: usize, end: usize) {
    let text = folded(&text[start..end]);
    if !text.is_empty() {
        found.push(Word { text, start, end });
    }
}

fn is_part_of_word(letter: char) -> bool {
    letter.is_alphanumeric() || is_apostrophe(letter) || is_combining_mark(letter)
}

const fn is_apostrophe(letter: char) -> bool {
    matches!(letter, '\'' | '’' | '‘' | 'ʼ' | '`')
}

fn folded(word: &str) -> String {
    let mut folded = String::with_capacity(word.len());
    let letters = word.nfkd().filter(|letter| !is_combining_mark(*letter));
    for letter in letters.flat_map(char::to_lowercase) {
        match plain(letter) {
            Some(plain) => folded.push_str(plain),
            None if letter.is_alphanumeric() => folded.push(letter),
            None => {}
        }
    }
    if let Some((cut, _)) = folded.char_indices().nth(MAX_WORD_CHARS) {
        folded.truncate(cut);
    }
    folded
}

/// Letters that Unicode does not take apart, as people without them on the keyboard write them.
const fn plain(letter: char) -> Option<&'static str> {
    Some(match letter {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ø' => "o",
        'ł' => "l",
        'đ' | 'ð' => "d",
        'þ' => "th",
        'ı' => "i",
        _ => return None,
    })
}

/// [`words`] for tantivy.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct WordTokenizer;

/// The name under which an index knows it.
pub(crate) const TOKENIZER: &str = "onsale";

pub(crate) struct WordStream {
    words: std::vec::IntoIter<Word>,
    token: Token,
}

impl Tokenizer for WordTokenizer {
    type TokenStream<'a> = WordStream;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> WordStream {
        WordStream { words: words(text).into_iter(), token: Token::default() }
    }
}

impl TokenStream for WordStream {
    fn advance(&mut self) -> bool {
        let Some(word) = self.words.next() else { return false };
        self.token.position = self.token.position.wrapping_add(1);
        self.token.offset_from = word.start;
        self.token.offset_to = word.end;
        self.token.text = word.text;
        true
    }

    fn token(&self) -> &Token {
        &self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.token
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_and_capitals_do_not_count() {
        assert_eq!(
            fold("Beyoncé — São Paulo, STRASSE/Straße"),
            "beyonce sao paulo strasse strasse"
        );
        assert_eq!(fold("Smørrebrød Łódź Ærø Đorđe"), "smorrebrod lodz aero dorde");
        assert_eq!(fold("Sinead O’Connor's"), "sinead oconnors");
        assert_eq!(fold("e\u{301}te\u{301}"), "ete");
    }

    #[test]
    fn words_know_where_they_stand() {
        let text = "«Ça va?»";
        let found = words(text);
        assert_eq!(&text[found[0].start..found[0].end], "Ça");
        assert_eq!(&text[found[1].start..found[1].end], "va");
        assert_eq!(found.len(), 2);
    }

    #[test]
    fn what_holds_no_word_has_none() {
        assert!(words("?!… '' \u{301} \0").is_empty());
        assert_eq!(words(&"x".repeat(100_000))[0].text.len(), MAX_WORD_CHARS);
    }
}
