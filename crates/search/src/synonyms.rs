//! Words that mean the same, from a file that people can edit.

use std::collections::HashMap;

use crate::analysis::words;

/// Lines of a file of synonyms, at most.
const MAX_LINES: usize = 10_000;

/// Words that mean the same.
#[derive(Debug, Clone, Default)]
pub struct Synonyms(HashMap<String, Vec<String>>);

/// A line that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line} of the synonyms: {reason}")]
pub struct InvalidSynonyms {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub reason: &'static str,
}

impl Synonyms {
    /// The synonyms that come with the program.
    ///
    /// # Errors
    /// [`InvalidSynonyms`] when its own file is wrong.
    pub fn built_in() -> Result<Self, InvalidSynonyms> {
        Self::parse(include_str!("synonyms.txt"))
    }

    /// Reads a file: `a, b, c` are the same, `a, b => c` finds `c` for `a` and `b`; `#` begins a
    /// comment.
    ///
    /// # Errors
    /// [`InvalidSynonyms`] names the line.
    pub fn parse(text: &str) -> Result<Self, InvalidSynonyms> {
        let mut found: HashMap<String, Vec<String>> = HashMap::new();
        for (number, line) in (1..).zip(text.lines()) {
            let wrong = |reason| InvalidSynonyms { line: number, reason };
            if number > MAX_LINES {
                return Err(wrong("there are too many lines"));
            }
            let line = line.split('#').next().unwrap_or_default().trim();
            if line.is_empty() {
                continue;
            }
            let (from, to) = match line.split_once("=>") {
                Some((from, to)) => (list(from).map_err(wrong)?, list(to).map_err(wrong)?),
                None => {
                    let same = list(line).map_err(wrong)?;
                    (same.clone(), same)
                }
            };
            for word in from {
                let others = to.iter().filter(|other| **other != word).cloned();
                found.entry(word.clone()).or_default().extend(others);
            }
        }
        Ok(Self(found))
    }

    /// The words that mean the same as this one.
    #[must_use]
    pub fn of(&self, word: &str) -> &[String] {
        self.0.get(word).map_or(&[], Vec::as_slice)
    }
}

fn list(text: &str) -> Result<Vec<String>, &'static str> {
    text.split(',')
        .map(|part| match words(part).as_slice() {
            [word] => Ok(word.text.clone()),
            _ => Err("between two commas stands one word"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_kinds_of_line_are_read() {
        let synonyms = Synonyms::parse("a, Ä b # no\n").expect_err("two words");
        assert_eq!(synonyms.line, 1);
        let synonyms =
            Synonyms::parse("# x\nTeatro, theatre\nDécembre => december").expect("reads");
        assert_eq!(synonyms.of("theatre"), ["teatro"]);
        assert_eq!(synonyms.of("decembre"), ["december"]);
        assert!(synonyms.of("december").is_empty());
    }

    #[test]
    fn the_built_in_ones_are_right() {
        assert!(Synonyms::built_in().is_ok_and(|it| it.of("soccer").contains(&"football".into())));
    }
}
