//! Where files live.

use std::collections::BTreeSet;

use super::Finding;
use super::tree::Tree;

const TOP_LEVEL: [&str; 9] =
    ["app", "crates", "docs", "end2end", "migrations", "nats", "public", "server", "workers"];

/// Top-level folders are fixed; a migration says why before it says what.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let tops: BTreeSet<&str> = tree
        .files
        .keys()
        .filter_map(|path| Some(path.split_once('/')?.0))
        .filter(|top| !top.starts_with('.') && !TOP_LEVEL.contains(top))
        .collect();
    let strangers = tops.into_iter().map(|top| {
        let message = format!("is not one of {}", TOP_LEVEL.join(", "));
        Finding::broken("top-level", &format!("{top}/"), 0, message)
    });
    let silent = tree
        .with_extension("sql")
        .filter(|(path, text)| path.starts_with("migrations/") && !begins_with_a_reason(text))
        .map(|(path, _)| {
            let message = "begins without a comment that says why it is needed";
            Finding::broken("migration-reason", path, 1, message)
        });
    strangers.chain(silent).collect()
}

fn begins_with_a_reason(sql: &str) -> bool {
    let first = sql.trim_start();
    let comment = first.strip_prefix("--").or_else(|| first.strip_prefix("/*"));
    comment.is_some_and(|rest| rest.starts_with(|c: char| !c.is_alphanumeric()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stranger_at_the_top_is_found_once() {
        let tree = Tree::of(&[
            ("scripts/a.sh", ""),
            ("scripts/b.sh", ""),
            (".ci/run", ""),
            ("README.md", ""),
        ]);
        let findings = check(&tree);
        assert_eq!(findings.len(), 1);
        assert_eq!(findings[0].file, "scripts/");
    }

    #[test]
    fn a_migration_without_a_reason_is_found() {
        let tree = Tree::of(&[
            ("migrations/0001_bare.sql", "CREATE TABLE seat ();"),
            ("migrations/0002_told.sql", "\n-- Seats are inventory.\nCREATE TABLE seat ();"),
        ]);
        let findings = check(&tree);
        assert_eq!(findings.len(), 1);
        assert_eq!(findings[0].file, "migrations/0001_bare.sql");
    }
}
