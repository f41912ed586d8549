//! Every word of the catalogue, in how many events it occurs, and in which fields.
//!
//! What people type is looked up here first: with the words that it may mean, an index answers by
//! exact words only. Most of it is an immutable automaton; words that came since are a list beside
//! it, until it is made anew.

use std::{
    collections::BTreeMap,
    ops::Bound,
    sync::{Arc, LazyLock},
};

use fst::{Automaton, IntoStreamer, Map, MapBuilder, Streamer, automaton::Str};
use levenshtein_automata::{DFA, Distance, LevenshteinAutomatonBuilder, SINK_STATE};

use crate::field::FieldSet;

/// Similar words that are tried for one.
const MAX_SIMILAR: usize = 8;
/// Words that are tried for one that is being typed.
const MAX_COMPLETIONS: usize = 24;
/// Words that came since, beyond which the dictionary should be made anew.
const MAX_RECENT: usize = 2_000;

/// How a word of the catalogue comes close to one that was typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Closeness {
    /// It is the same.
    Same,
    /// It begins with it, or means the same.
    Kin,
    /// One letter is missing, added, another one, or has changed places.
    OneEdit,
    /// Two of these.
    TwoEdits,
}

impl Closeness {
    /// The part of a field's weight that a find is worth.
    #[must_use]
    pub const fn share(self) -> f32 {
        match self {
            Self::Same => 1.0,
            Self::Kin => 0.75,
            Self::OneEdit => 0.5,
            Self::TwoEdits => 0.25,
        }
    }
}

/// What the dictionary knows of a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Entry {
    /// In which fields it occurs.
    pub fields: FieldSet,
    /// In how many events, about.
    pub frequency: u64,
}

impl Entry {
    const fn to_number(self) -> u64 {
        self.frequency << 8 | self.fields.0 as u64
    }

    const fn from_number(number: u64) -> Self {
        Self { fields: FieldSet((number & 0xFF) as u8), frequency: number >> 8 }
    }

    /// Both together.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        let frequency = self.frequency.saturating_add(other.frequency);
        Self { fields: self.fields.or(other.fields), frequency }
    }
}

/// A word of the catalogue that may have been meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meant {
    /// The word.
    pub word: String,
    /// How close it comes.
    pub closeness: Closeness,
    /// What is known of it.
    pub entry: Entry,
}

/// All words. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Dictionary {
    base: Option<Arc<Map<Vec<u8>>>>,
    recent: Arc<BTreeMap<String, Entry>>,
}

impl Dictionary {
    /// Of these words.
    ///
    /// # Errors
    /// When there are more than an automaton can hold.
    pub fn new(words: &BTreeMap<String, Entry>) -> Result<Self, fst::Error> {
        let mut builder = MapBuilder::memory();
        for (word, entry) in words {
            builder.insert(word, entry.to_number())?;
        }
        let base = Map::new(builder.into_inner()?)?;
        Ok(Self { base: Some(Arc::new(base)), recent: Arc::default() })
    }

    /// Takes a word in.
    pub fn learn(&mut self, word: &str, fields: FieldSet) {
        let known = self.in_base(word);
        if known.is_some_and(|known| known.fields.or(fields) == known.fields) {
            return;
        }
        let entry = Entry { fields, frequency: 1 };
        let recent = Arc::make_mut(&mut self.recent);
        match recent.get_mut(word) {
            Some(known) => known.fields = known.fields.or(fields),
            None => drop(recent.insert(word.to_owned(), entry)),
        }
    }

    /// Whether so many words came since that it should be made anew.
    #[must_use]
    pub fn is_worn(&self) -> bool {
        self.recent.len() > MAX_RECENT
    }

    fn in_base(&self, word: &str) -> Option<Entry> {
        self.base.as_ref()?.get(word).map(Entry::from_number)
    }

    /// What is known of a word.
    #[must_use]
    pub fn entry(&self, word: &str) -> Option<Entry> {
        match (self.in_base(word), self.recent.get(word)) {
            (Some(base), Some(recent)) => Some(base.and(*recent)),
            (Some(base), None) => Some(base),
            (None, recent) => recent.copied(),
        }
    }

    /// The most frequent words that begin like this one, itself left out.
    #[must_use]
    pub fn completions(&self, start: &str) -> Vec<Meant> {
        let mut found = Vec::new();
        if let Some(base) = &self.base {
            let mut stream = base.search(Str::new(start).starts_with()).into_stream();
            while let Some((word, number)) = stream.next() {
                found.push((word.to_vec(), Entry::from_number(number)));
            }
        }
        let from = (Bound::Included(start), Bound::Unbounded);
        let recent = self.recent.range::<str, _>(from);
        for (word, entry) in recent.take_while(|(word, _)| word.starts_with(start)) {
            if self.in_base(word).is_none() {
                found.push((word.clone().into_bytes(), *entry));
            }
        }
        found.retain(|(word, _)| word.len() > start.len());
        if found.len() > MAX_COMPLETIONS {
            let by_frequency = |(_, entry): &(Vec<u8>, Entry)| u64::MAX - entry.frequency;
            found.select_nth_unstable_by_key(MAX_COMPLETIONS, by_frequency);
            found.truncate(MAX_COMPLETIONS);
        }
        let meant = |(word, entry)| {
            Some(Meant { word: String::from_utf8(word).ok()?, closeness: Closeness::Kin, entry })
        };
        sorted(found.into_iter().filter_map(meant).collect())
    }

    /// Words that are written almost like this one: up to 3 letters none, from 4 with one edit, from
    /// 8 also with two when the first letter is the same.
    #[must_use]
    pub fn similar(&self, word: &str) -> Vec<Meant> {
        let letters = word.chars().count();
        let Some(first) = word.chars().next().filter(|_| letters > 3) else { return Vec::new() };
        let one = Near(ONE_EDIT.build_dfa(word));
        let mut found = self.within(&one, None);
        if letters > 7 && found.len() < MAX_SIMILAR {
            let two = Near(TWO_EDITS.build_dfa(word));
            found.extend(
                self.within(&two, Some(first))
                    .into_iter()
                    .filter(|meant| meant.closeness == Closeness::TwoEdits),
            );
        }
        found.retain(|meant| meant.word != word);
        let mut found = sorted(found);
        found.truncate(MAX_SIMILAR);
        found
    }

    fn within(&self, near: &Near, first: Option<char>) -> Vec<Meant> {
        let mut found = Vec::new();
        let mut take = |word: &[u8], entry: Entry| {
            let closeness = match near.0.eval(word) {
                Distance::Exact(0 | 1) => Closeness::OneEdit,
                _ => Closeness::TwoEdits,
            };
            if let Ok(word) = std::str::from_utf8(word) {
                found.push(Meant { word: word.to_owned(), closeness, entry });
            }
        };
        if let Some(base) = &self.base {
            let mut search = base.search(near);
            if let Some(first) = first {
                search = search.ge(first.to_string());
                search = search.lt(after(first));
            }
            let mut stream = search.into_stream();
            while let Some((word, number)) = stream.next() {
                take(word, Entry::from_number(number));
            }
        }
        for (word, entry) in &*self.recent {
            let is_near = matches!(near.0.eval(word), Distance::Exact(_));
            if is_near
                && first.is_none_or(|first| word.starts_with(first))
                && self.in_base(word).is_none()
            {
                take(word.as_bytes(), *entry);
            }
        }
        found
    }
}

/// Closest first, then the most frequent.
fn sorted(mut found: Vec<Meant>) -> Vec<Meant> {
    found.sort_by(|one, other| {
        one.closeness
            .cmp(&other.closeness)
            .then(other.entry.frequency.cmp(&one.entry.frequency))
            .then_with(|| one.word.cmp(&other.word))
    });
    found
}

/// The first text after all that begin with a letter.
fn after(letter: char) -> String {
    let next = (letter as u32 + 1..).find_map(char::from_u32);
    next.unwrap_or(char::MAX).to_string()
}

static ONE_EDIT: LazyLock<LevenshteinAutomatonBuilder> =
    LazyLock::new(|| LevenshteinAutomatonBuilder::new(1, true));
static TWO_EDITS: LazyLock<LevenshteinAutomatonBuilder> =
    LazyLock::new(|| LevenshteinAutomatonBuilder::new(2, true));

/// Words at most so many edits away.
struct Near(DFA);

impl Automaton for &Near {
    type State = u32;

    fn start(&self) -> u32 {
        self.0.initial_state()
    }

    fn is_match(&self, state: &u32) -> bool {
        matches!(self.0.distance(*state), Distance::Exact(_))
    }

    fn can_match(&self, state: &u32) -> bool {
        *state != SINK_STATE
    }

    fn accept(&self, state: &u32, byte: u8) -> u32 {
        self.0.transition(*state, byte)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field::Field;

    fn dictionary(words: &[(&str, u64)]) -> Dictionary {
        let fields = FieldSet::default().with(Field::Title);
        let entry = |frequency| Entry { fields, frequency };
        let words = words.iter().map(|(word, count)| ((*word).to_owned(), entry(*count)));
        Dictionary::new(&words.collect()).expect("a dictionary")
    }

    fn texts(meant: &[Meant]) -> Vec<(&str, Closeness)> {
        meant.iter().map(|it| (it.word.as_str(), it.closeness)).collect()
    }

    #[test]
    fn long_words_forgive_more() {
        let known = dictionary(&[("jazz", 9), ("jam", 5), ("orchestra", 7), ("archestra", 1)]);
        assert!(known.similar("jan").is_empty(), "short words are taken as they are");
        assert_eq!(texts(&known.similar("jaz")), []);
        assert_eq!(texts(&known.similar("jzaz")), [("jazz", Closeness::OneEdit)]);
        assert_eq!(
            texts(&known.similar("orchestar")),
            [("orchestra", Closeness::OneEdit)],
            "letters that changed places are one edit, and two edits keep the first letter"
        );
        assert_eq!(texts(&known.similar("orkestrra")), []);
        assert_eq!(texts(&known.similar("orchetsar")), [("orchestra", Closeness::TwoEdits)]);
    }

    #[test]
    fn what_is_being_typed_is_completed_by_the_frequent() {
        let known = dictionary(&[("ma", 1), ("mad", 3), ("madrid", 50), ("mo", 9)]);
        let words = known.completions("ma");
        assert_eq!(texts(&words), [("madrid", Closeness::Kin), ("mad", Closeness::Kin)]);
        let many: Vec<(String, u64)> = (0..200).map(|n| (format!("m{n:03}"), n)).collect();
        let many: Vec<(&str, u64)> = many.iter().map(|(word, n)| (word.as_str(), *n)).collect();
        let completed = dictionary(&many).completions("m");
        assert_eq!((completed.len(), completed[0].word.as_str()), (MAX_COMPLETIONS, "m199"));
    }

    #[test]
    fn a_word_that_came_since_is_known_like_the_others() {
        let mut known = dictionary(&[("paris", 3)]);
        known.learn("parisienne", FieldSet::default().with(Field::Title));
        known.learn("paris", FieldSet::default().with(Field::City));
        let paris = known.entry("paris").expect("known");
        assert!(paris.fields.has(Field::City) && paris.fields.has(Field::Title));
        assert_eq!(texts(&known.completions("pari")).len(), 2);
        assert_eq!(texts(&known.similar("parisiene")), [("parisienne", Closeness::OneEdit)]);
        assert!(known.entry("lyon").is_none());
    }

    #[test]
    fn letters_of_all_scripts_are_edited_as_wholes() {
        let known = dictionary(&[("москва", 2), ("東京事変", 1)]);
        assert_eq!(texts(&known.similar("масква")), [("москва", Closeness::OneEdit)]);
        assert_eq!(texts(&known.similar("東京事件")), [("東京事変", Closeness::OneEdit)]);
    }
}
