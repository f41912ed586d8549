//! A question lowered to a tree that every engine understands: exact words, phrases, and how they
//! are combined.
//!
//! Scores are constants of field and closeness and are summed, so that they do not depend on what
//! else an index holds or how it is cut; two engines then give the same hits in the same order.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    dictionary::{Closeness, Dictionary, Meant},
    field::Field,
    keyword::Keyword,
    synonyms::Synonyms,
};

/// A tree of conditions.
#[derive(Debug, Clone, PartialEq)]
pub enum Node {
    /// Every event.
    All,
    /// None.
    Nothing,
    /// Any of the words occurs in the field. It is worth `score`, however many occur.
    Words {
        /// The field.
        field: Field,
        /// The words, as they are indexed.
        words: Vec<String>,
        /// What it is worth.
        score: f32,
    },
    /// The words follow on each other in the field.
    Phrase {
        /// The field.
        field: Field,
        /// The words, as they are indexed.
        words: Vec<String>,
        /// What it is worth.
        score: f32,
    },
    /// Any of these; worth the sum of those that hold.
    Any(Vec<Node>),
    /// All of `must`, none of `must_not`; what holds of `may` is worth something too.
    Every {
        /// These must hold.
        must: Vec<Node>,
        /// These may.
        may: Vec<Node>,
        /// These must not.
        must_not: Vec<Node>,
    },
}

/// How a keyword is looked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// By the words as they were typed.
    pub exact: Node,
    /// Another keyword that was perhaps meant.
    pub suggestion: Option<String>,
    /// The words of the index that are looked for.
    pub words: BTreeSet<String>,
}

/// Fields in which phrases are looked for.
const WITH_PHRASES: [Field; 5] =
    [Field::Title, Field::Performers, Field::Venue, Field::City, Field::Description];

impl Plan {
    /// Of a keyword, by its words as they were typed.
    #[must_use]
    pub fn new(keyword: &Keyword, dictionary: &Dictionary, synonyms: &Synonyms) -> Self {
        let mut maker = Maker { dictionary, synonyms, words: BTreeSet::new() };
        let Some(mut conditions) = maker.conditions(keyword) else {
            let node = if keyword.is_given { Node::Nothing } else { Node::All };
            return Self { exact: node, suggestion: None, words: BTreeSet::new() };
        };
        let (mut is_corrected, mut meant) = (false, Vec::new());
        for (word, is_open) in keyword.words_to_find() {
            let same = maker.same(word, is_open);
            if !same.is_empty() {
                meant.push(word.clone());
            } else {
                is_corrected = true;
                // A word that nobody knows is left out of what was perhaps meant.
                meant.extend(dictionary.similar(word).into_iter().next().map(|best| best.word));
            }
            conditions.must.push(maker.any_of(&same));
        }
        Self {
            exact: conditions.node(),
            suggestion: (is_corrected && !meant.is_empty()).then(|| meant.join(" ")),
            words: maker.words,
        }
    }

    /// The same keyword by similar words too, for when its own find too little; `None` when there
    /// are none. The words that are looked for are then more.
    pub fn forgive(
        &mut self,
        keyword: &Keyword,
        dictionary: &Dictionary,
        synonyms: &Synonyms,
    ) -> Option<Node> {
        let mut maker = Maker { dictionary, synonyms, words: BTreeSet::new() };
        let mut conditions = maker.conditions(keyword)?;
        let mut has_similar = false;
        for (word, is_open) in keyword.words_to_find() {
            let mut meant = maker.same(word, is_open);
            let similar = dictionary.similar(word);
            has_similar |= !similar.is_empty();
            meant.extend(similar);
            conditions.must.push(maker.any_of(&meant));
        }
        if !has_similar {
            return None;
        }
        self.words = maker.words;
        Some(conditions.node())
    }
}

#[derive(Debug, Clone, Default)]
struct Conditions {
    must: Vec<Node>,
    may: Vec<Node>,
    must_not: Vec<Node>,
}

impl Conditions {
    fn node(self) -> Node {
        let Self { mut must, may, must_not } = self;
        if must.contains(&Node::Nothing) {
            return Node::Nothing;
        }
        match (must.len(), may.is_empty() && must_not.is_empty()) {
            (1, true) => must.remove(0),
            (0, _) => Node::Every { must: vec![Node::All], may, must_not },
            _ => Node::Every { must, may, must_not },
        }
    }
}

struct Maker<'d> {
    dictionary: &'d Dictionary,
    synonyms: &'d Synonyms,
    words: BTreeSet<String>,
}

impl Maker<'_> {
    /// Everything but the words that must occur; `None` when nothing is looked for.
    fn conditions(&mut self, keyword: &Keyword) -> Option<Conditions> {
        let is_empty =
            keyword.words.is_empty() && keyword.phrases.is_empty() && keyword.excluded.is_empty();
        if is_empty {
            return None;
        }
        let mut conditions = Conditions::default();
        for phrase in &keyword.phrases {
            self.words.extend(phrase.iter().cloned());
            let in_field =
                |field: Field| Node::Phrase { field, words: phrase.clone(), score: field.weight() };
            conditions.must.push(Node::Any(WITH_PHRASES.map(in_field).to_vec()));
        }
        for word in &keyword.small {
            let same = self.same(word, false);
            match self.any_of(&same) {
                Node::Nothing => {}
                node => conditions.may.push(node),
            }
        }
        for word in &keyword.excluded {
            let Some(entry) = self.dictionary.entry(word) else { continue };
            let fields = Field::ALL.into_iter().filter(|field| entry.fields.has(*field));
            let words = |field| Node::Words { field, words: vec![word.clone()], score: 0.0 };
            conditions.must_not.extend(fields.map(words));
        }
        Some(conditions)
    }

    /// The word itself, what means the same, and what begins like it when it is still being typed.
    fn same(&self, word: &str, is_open: bool) -> Vec<Meant> {
        let meant = |word: &str, closeness| {
            let entry = self.dictionary.entry(word)?;
            Some(Meant { word: word.to_owned(), closeness, entry })
        };
        let mut found: Vec<Meant> = meant(word, Closeness::Same).into_iter().collect();
        let same = self.synonyms.of(word).iter();
        found.extend(same.filter_map(|other| meant(other, Closeness::Kin)));
        if is_open {
            found.extend(self.dictionary.completions(word));
        }
        found
    }

    fn any_of(&mut self, meant: &[Meant]) -> Node {
        let mut groups: BTreeMap<(Field, Closeness), Vec<String>> = BTreeMap::new();
        for meant in meant {
            for field in Field::ALL.into_iter().filter(|field| meant.entry.fields.has(*field)) {
                let words = groups.entry((field, meant.closeness)).or_default();
                if !words.contains(&meant.word) {
                    words.push(meant.word.clone());
                }
            }
            self.words.insert(meant.word.clone());
        }
        if groups.is_empty() {
            return Node::Nothing;
        }
        let words = |((field, closeness), mut words): ((Field, Closeness), Vec<String>)| {
            words.sort();
            Node::Words { field, words, score: field.weight() * closeness.share() }
        };
        Node::Any(groups.into_iter().map(words).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> Dictionary {
        let mut known = Dictionary::default();
        let learn = |known: &mut Dictionary, word: &str, field| {
            known.learn(word, crate::field::FieldSet::default().with(field));
        };
        for word in ["jazz", "orchestra", "night"] {
            learn(&mut known, word, Field::Title);
        }
        learn(&mut known, "paris", Field::City);
        learn(&mut known, "football", Field::Genre);
        known
    }

    fn plan(text: &str) -> (Plan, Option<Node>) {
        let synonyms = Synonyms::built_in().expect("synonyms");
        let keyword = Keyword::read(text);
        let mut plan = Plan::new(&keyword, &known(), &synonyms);
        let forgiving = plan.forgive(&keyword, &known(), &synonyms);
        (plan, forgiving)
    }

    #[test]
    fn nothing_finds_everything_and_punctuation_nothing() {
        assert_eq!(plan("").0.exact, Node::All);
        assert_eq!(plan("?!").0.exact, Node::Nothing);
    }

    #[test]
    fn a_typo_is_looked_for_only_when_the_words_find_too_little() {
        let (plan, forgiving) = plan("orhcestra paris ");
        assert_eq!(plan.exact, Node::Nothing);
        assert_eq!(plan.suggestion.as_deref(), Some("orchestra paris"));
        let Some(Node::Every { must, .. }) = forgiving else { panic!("{plan:?}") };
        let orchestra =
            Node::Words { field: Field::Title, words: vec!["orchestra".into()], score: 4.0 };
        assert_eq!(must[0], Node::Any(vec![orchestra]));
    }

    #[test]
    fn a_word_that_nobody_knows_finds_nothing_and_is_left_out_of_what_was_meant() {
        let (plan, forgiving) = plan("xylophonique jazz ");
        assert_eq!((plan.exact, forgiving), (Node::Nothing, None));
        assert_eq!(plan.suggestion.as_deref(), Some("jazz"));
    }

    #[test]
    fn synonyms_find_what_they_mean() {
        let Node::Any(groups) = plan("soccer ").0.exact else { panic!("any") };
        let football =
            Node::Words { field: Field::Genre, words: vec!["football".into()], score: 1.5 };
        assert_eq!(groups, [football]);
    }

    #[test]
    fn what_is_excluded_alone_is_taken_from_everything() {
        let Node::Every { must, must_not, .. } = plan("-jazz").0.exact else { panic!("every") };
        assert_eq!((must, must_not.len()), (vec![Node::All], 1));
    }
}
