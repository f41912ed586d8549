//! What the browser must never download.

use super::Finding;

const RULE: &str = "browser-code";
const BANNED: [&str; 8] =
    ["async-nats", "axum", "hyper", "leptos_axum", "redis", "reqwest", "sqlx", "tokio"];

/// Checks what `cargo tree` lists for the browser's code, one `name version` a line.
pub fn check(listed: &str) -> Vec<Finding> {
    let names = listed.lines().filter_map(|line| line.split_whitespace().next());
    names
        .filter(|name| BANNED.iter().any(|banned| is_or_belongs_to(name, banned)))
        .map(|name| {
            let message = format!("`{name}` reaches the browser: make it optional under `ssr`");
            Finding::broken(RULE, "app/Cargo.toml", 0, message)
        })
        .collect()
}

/// `sqlx-core` belongs to `sqlx`.
fn is_or_belongs_to(name: &str, family: &str) -> bool {
    name.strip_prefix(family)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('-') || rest.starts_with('_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_crate_in_the_browser_is_found() {
        let listed = "onsale-app v0.1.0 (/somewhere/app)\nleptos v0.8.23\nsqlx-core v0.9.0\n";
        let findings = check(listed);
        assert_eq!(findings.len(), 1);
        assert!(findings[0].message.contains("sqlx-core"));
    }

    #[test]
    fn similar_names_are_not_the_family() {
        assert!(check("axumite v1.0.0\nserde v1.0.0").is_empty());
    }
}
