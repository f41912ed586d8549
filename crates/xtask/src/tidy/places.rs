//! Words that belong to one place only, or nowhere.

use super::Finding;
use super::rust_source::{Source, line_of};
use super::tree::Tree;

/// A word that code may not use.
struct Word {
    rule: &'static str,
    /// What is looked for in code; comments and strings do not count.
    words: &'static [&'static str],
    /// Whether a file may use them.
    allowed_in: fn(&Source<'_>) -> bool,
    instead: &'static str,
}

const WORDS: [Word; 4] = [
    Word {
        rule: "sql",
        words: &["sqlx::"],
        allowed_in: |source| {
            source.is_below(&["crates/store/", "crates/testkit/", "crates/bench/"])
        },
        instead: "ask a function of crates/store: it alone speaks SQL",
    },
    Word {
        rule: "server-functions",
        words: &["#[server"],
        allowed_in: |source| source.is_below(&["app/src/server_fns"]),
        instead: "it is a public endpoint: put it into app/src/server_fns/, where all of them are",
    },
    Word {
        rule: "pure-domain",
        words: &[
            "SystemTime::now",
            "Instant::now",
            "Uuid::now",
            "Uuid::new_v4",
            "rand::",
            "getrandom",
        ],
        allowed_in: |source| !source.is_below(&["crates/domain/"]),
        instead: "time, randomness and ids are arguments of domain code",
    },
    Word {
        rule: "unfinished",
        words: &["todo!", "unimplemented!", "dbg!", ".unwrap()"],
        allowed_in: |source| source.is_test,
        instead: "finish it, or return an error that says what happened",
    },
];

/// Looks for the words in code.
pub fn check_code(tree: &Tree) -> Vec<Finding> {
    let sources = Source::all(tree);
    let mut findings = Vec::new();
    for source in &sources {
        for word in WORDS.iter().filter(|word| !(word.allowed_in)(source)) {
            for text in word.words {
                findings.extend(whole_words(&source.code, text).map(|at| {
                    let message = format!("`{text}` has no place here: {}", word.instead);
                    Finding::broken(word.rule, source.path, line_of(&source.code, at), message)
                }));
            }
        }
    }
    findings
}

impl Source<'_> {
    fn is_below(&self, places: &[&str]) -> bool {
        places.iter().any(|place| self.path.starts_with(place))
    }
}

/// Where `word` starts, but not as the end of a longer word: `operand::` does not use `rand::`.
fn whole_words<'a>(code: &'a str, word: &'a str) -> impl Iterator<Item = usize> {
    code.match_indices(word).map(|(at, _)| at).filter(move |at| {
        let before = code[..*at].chars().next_back();
        let starts_a_word = word.starts_with(|c: char| c.is_alphanumeric());
        !(starts_a_word && before.is_some_and(|c| c.is_alphanumeric() || c == '_'))
    })
}

/// Folders that exist on somebody's machine only. Written so that this file does not name them.
const FOREIGN_FOLDERS: [&str; 2] = [concat!("/wo", "rk/"), concat!("/ho", "me/")];

/// Looks for paths of one machine in everything that is committed.
pub fn check_text(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    let files = tree.files.iter().filter(|(path, _)| *path != "Cargo.lock");
    for (path, text) in files {
        for folder in FOREIGN_FOLDERS {
            let starts_a_path = |at: &usize| {
                let before = text[..*at].chars().next_back();
                before.is_none_or(|c| c.is_whitespace() || "\"'`(<=:[,".contains(c))
            };
            for at in text.match_indices(folder).map(|(at, _)| at).filter(starts_a_path) {
                let message = format!("`{folder}…` is a path of one machine");
                findings.push(Finding::broken("machine-path", path, line_of(text, at), message));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(path: &str, text: &str) -> Vec<&'static str> {
        let tree = Tree::of(&[(path, text)]);
        check_code(&tree).into_iter().map(|finding| finding.rule).collect()
    }

    #[test]
    fn sql_is_spoken_in_store_only() {
        let text = "use sqlx::PgPool;";
        assert_eq!(rules("server/src/office.rs", text), ["sql"]);
        assert!(rules("crates/store/src/holds.rs", text).is_empty());
        assert!(rules("server/src/office.rs", "// no sqlx:: here").is_empty());
    }

    #[test]
    fn server_functions_have_one_folder() {
        let text = "#[server]\nasync fn hold() {}";
        assert_eq!(rules("app/src/pages/event.rs", text), ["server-functions"]);
        assert!(rules("app/src/server_fns/holds.rs", text).is_empty());
    }

    #[test]
    fn domain_reads_no_clock_and_throws_no_dice() {
        let clock = "let now = SystemTime::now();";
        assert_eq!(rules("crates/domain/src/time.rs", clock), ["pure-domain"]);
        assert!(rules("crates/ops/src/clock.rs", clock).is_empty());
        assert_eq!(rules("crates/domain/src/a.rs", "rand::random()"), ["pure-domain"]);
        assert!(rules("crates/domain/src/a.rs", "operand::of()").is_empty());
    }

    #[test]
    fn unfinished_code_is_found_outside_tests() {
        assert_eq!(rules("app/src/a.rs", "fn a() { todo!() }"), ["unfinished"]);
        assert_eq!(rules("app/src/a.rs", "fn a() { b().unwrap(); }"), ["unfinished"]);
        assert!(rules("app/src/a.rs", "#[test]\nfn a() { b().unwrap(); }").is_empty());
        assert!(rules("app/tests/a.rs", "fn a() { b().unwrap(); }").is_empty());
    }

    #[test]
    fn paths_of_one_machine_are_found() {
        let folder = FOREIGN_FOLDERS[0];
        let guilty = format!("see\n`{folder}notes.md`");
        let innocent = format!("https://example.org{folder}notes.md and art{folder}x");
        let tree = Tree::of(&[("README.md", &guilty), ("docs/a.md", &innocent)]);
        let findings = check_text(&tree);
        assert_eq!(findings.len(), 1, "{findings:?}");
        assert_eq!((findings[0].file.as_str(), findings[0].line), ("README.md", 2));
    }
}
