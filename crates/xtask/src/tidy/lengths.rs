//! Files a newcomer can hold in the head, functions that fit a screen.

use super::rust_source::{Source, functions};
use super::tree::Tree;
use super::{Finding, Weight};

const FILE_LINES_MOST: usize = 450;
const FILE_LINES_GOOD: usize = 300;
const FUNCTION_LINES_MOST: usize = 70;
const EXTENSIONS: [&str; 5] = ["css", "js", "rs", "sh", "sql"];

/// Counts lines of files, and of functions outside tests.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let files = EXTENSIONS
        .iter()
        .flat_map(|extension| tree.with_extension(extension))
        .filter_map(|(path, text)| check_file(path, text.lines().count()));
    let sources = Source::all(tree);
    let functions = sources.iter().filter(|source| !source.is_test).flat_map(|source| {
        functions(&source.code)
            .into_iter()
            .filter(|function| function.lines > FUNCTION_LINES_MOST)
            .map(|function| {
                let message = format!(
                    "`{}` has {} lines, the most is {FUNCTION_LINES_MOST}: name its parts",
                    function.name, function.lines
                );
                Finding::broken("function-length", source.path, function.first_line, message)
            })
    });
    files.chain(functions).collect()
}

fn check_file(path: &str, lines: usize) -> Option<Finding> {
    let rule = "file-length";
    let message = format!("has {lines} lines: good is up to {FILE_LINES_GOOD}");
    match lines {
        0..=FILE_LINES_GOOD => None,
        _ if lines <= FILE_LINES_MOST => {
            Some(Finding { weight: Weight::Advice, ..Finding::broken(rule, path, 0, message) })
        }
        _ => Some(Finding::broken(
            rule,
            path,
            0,
            format!("{message}, the most is {FILE_LINES_MOST}"),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn function_of(lines: usize) -> String {
        format!("fn long() {{\n{}}}\n", "    step();\n".repeat(lines - 2))
    }

    #[test]
    fn a_function_of_71_lines_is_found() {
        let longest = function_of(70);
        let too_long = function_of(71);
        let tree = Tree::of(&[("app/src/a.rs", &longest), ("app/src/b.rs", &too_long)]);
        let findings = check(&tree);
        assert_eq!(findings.len(), 1, "{findings:?}");
        assert_eq!((findings[0].file.as_str(), findings[0].line), ("app/src/b.rs", 1));
    }

    #[test]
    fn tests_may_be_long() {
        let text = format!("#[cfg(test)]\nmod tests {{\n{}}}\n", function_of(90));
        assert!(check(&Tree::of(&[("app/src/a.rs", &text)])).is_empty());
    }

    #[test]
    fn a_long_file_is_advice_and_a_longer_one_is_broken() {
        let (long, longer) = ("\n".repeat(301), "\n".repeat(451));
        let tree = Tree::of(&[("public/a.css", &long), ("public/b.css", &longer)]);
        let weights: Vec<Weight> = check(&tree).iter().map(|finding| finding.weight).collect();
        assert_eq!(weights, [Weight::Advice, Weight::Broken]);
    }
}
