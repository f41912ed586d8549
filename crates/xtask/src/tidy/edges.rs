//! Who may import whom. The direction of these edges is what keeps decisions in `domain`, SQL in
//! `store` and the browser's code small.

use std::collections::BTreeMap;

use toml::{Table, Value};

use super::Finding;
use super::tree::Tree;

const RULE: &str = "imports";

/// What one of our crates may depend on.
struct Room {
    /// Its package name without `onsale-`.
    name: &'static str,
    /// Crates of ours, without `onsale-`.
    ours: &'static [&'static str],
    /// Crates of others.
    others: Others,
}

enum Others {
    /// Only these.
    Only(&'static [&'static str]),
    /// Any but these.
    AnyBut(&'static [&'static str]),
}

use Others::{AnyBut, Only};

const ROOMS: [Room; 23] = [
    Room {
        name: "domain",
        ours: &[],
        others: Only(&["base64", "hmac", "serde", "sha2", "thiserror", "uuid"]),
    },
    Room {
        name: "messages",
        ours: &["domain"],
        others: Only(&["hex", "serde", "serde_json", "thiserror", "uuid"]),
    },
    Room {
        name: "search",
        ours: &["domain"],
        others: AnyBut(&["async-nats", "axum", "leptos", "leptos_axum", "redis", "sqlx", "tokio"]),
    },
    Room {
        name: "quickwit-client",
        ours: &[],
        others: Only(&[
            "fastrand",
            "reqwest",
            "rustls",
            "serde",
            "serde_json",
            "thiserror",
            "tokio",
            "url",
        ]),
    },
    Room {
        name: "app",
        ours: &["domain"],
        others: AnyBut(&["async-nats", "axum", "hyper", "redis", "sqlx", "tokio"]),
    },
    Room {
        name: "store",
        ours: &["domain", "messages"],
        others: AnyBut(&["async-nats", "axum", "leptos", "leptos_axum"]),
    },
    Room {
        name: "wal",
        ours: &["domain", "messages"],
        others: AnyBut(&["async-nats", "axum", "leptos", "leptos_axum", "redis", "sqlx"]),
    },
    Room {
        name: "bus",
        ours: &["messages"],
        others: AnyBut(&["axum", "leptos", "leptos_axum", "redis", "sqlx"]),
    },
    Room {
        name: "indexing",
        ours: &["bus", "domain", "messages", "store"],
        others: AnyBut(&["async-nats", "axum", "leptos", "leptos_axum", "redis", "sqlx"]),
    },
    Room {
        name: "catalogue",
        ours: &["domain"],
        others: AnyBut(&["async-nats", "axum", "leptos", "leptos_axum", "redis", "sqlx"]),
    },
    Room {
        name: "payments",
        ours: &["domain"],
        others: AnyBut(&["async-nats", "axum", "leptos", "leptos_axum", "redis", "sqlx"]),
    },
    Room {
        name: "ops",
        ours: &[],
        others: AnyBut(&["async-nats", "leptos", "leptos_axum", "redis", "sqlx"]),
    },
    Room {
        name: "pages",
        ours: &["app"],
        others: AnyBut(&["async-nats", "redis", "sqlx", "tokio"]),
    },
    Room {
        name: "engine",
        ours: &["domain", "messages", "store"],
        others: AnyBut(&["async-nats", "axum", "leptos", "leptos_axum", "redis", "sqlx"]),
    },
    Room {
        name: "server",
        ours: &[
            "app", "bus", "domain", "engine", "indexing", "messages", "ops", "pages", "payments",
            "search", "store",
        ],
        others: AnyBut(&["async-nats", "leptos", "leptos_axum", "redis", "sqlx"]),
    },
    Room {
        name: "workers",
        ours: &[
            "bus", "domain", "engine", "indexing", "messages", "ops", "payments", "search",
            "store", "wal",
        ],
        others: AnyBut(&["axum", "leptos", "leptos_axum", "redis", "sqlx"]),
    },
    Room {
        name: "sandbox",
        ours: &["ops", "payments"],
        others: AnyBut(&["async-nats", "leptos", "leptos_axum", "redis", "sqlx"]),
    },
    Room {
        name: "cli",
        ours: &["bus", "catalogue", "domain", "messages", "ops", "payments", "search", "store"],
        others: AnyBut(&["async-nats", "axum", "leptos", "leptos_axum", "redis", "sqlx"]),
    },
    Room {
        name: "testkit",
        ours: &["bus", "catalogue", "domain", "messages", "ops", "payments", "store"],
        others: AnyBut(&["leptos", "leptos_axum"]),
    },
    Room { name: "model", ours: &["domain"], others: Only(&["stateright", "uuid"]) },
    Room {
        name: "end2end",
        ours: &["domain", "testkit"],
        others: AnyBut(&["async-nats", "leptos", "leptos_axum", "redis", "sqlx"]),
    },
    Room {
        name: "bench",
        ours: &[
            "app",
            "bus",
            "catalogue",
            "domain",
            "messages",
            "ops",
            "payments",
            "search",
            "server",
            "store",
            "testkit",
        ],
        // Messages and `redis` are baselines.
        others: AnyBut(&["leptos", "leptos_axum"]),
    },
    Room {
        name: "site",
        ours: &[],
        others: AnyBut(&["async-nats", "axum", "leptos", "redis", "sqlx", "tokio"]),
    },
];

/// xtask is compiled before everything else, so it stands alone.
const XTASK: Room = Room {
    name: "xtask",
    ours: &[],
    others: Only(&["rustix", "serde", "sha2", "signal-hook", "thiserror", "toml"]),
};

/// Checks every manifest of the workspace.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let manifests = tree.with_extension("toml").filter(|(path, _)| path.ends_with("/Cargo.toml"));
    manifests.flat_map(|(path, text)| check_manifest(path, text)).collect()
}

fn check_manifest(path: &str, text: &str) -> Vec<Finding> {
    let broken = |message: String| Finding::broken(RULE, path, 0, message);
    let manifest: Table = match text.parse() {
        Ok(manifest) => manifest,
        Err(error) => return vec![broken(format!("is not TOML: {error}"))],
    };
    let name =
        manifest.get("package").and_then(|package| package.get("name")).and_then(Value::as_str);
    let Some(name) = name else {
        return vec![broken("names no package".to_owned())];
    };
    let short = short_name(name);
    let Some(room) = ROOMS.iter().chain([&XTASK]).find(|room| room.name == short) else {
        return vec![broken(format!(
            "no rule says what `{name}` may import: add it to crates/xtask/src/tidy/edges.rs"
        ))];
    };
    let mut findings = Vec::new();
    for (dependency, details) in dependencies(&manifest) {
        if !room.allows(&dependency) {
            findings.push(broken(format!("`{name}` may not import `{dependency}`")));
        }
        if details.get("workspace").and_then(Value::as_bool) != Some(true) {
            findings.push(broken(format!(
                "`{dependency}` needs `workspace = true`: versions stand in the root's table"
            )));
        }
    }
    findings
}

impl Room {
    fn allows(&self, dependency: &str) -> bool {
        if let Some(ours) = dependency.strip_prefix("onsale-") {
            return self.ours.contains(&ours);
        }
        match self.others {
            Only(allowed) => allowed.contains(&dependency),
            AnyBut(banned) => !banned.contains(&dependency),
        }
    }
}

fn short_name(package: &str) -> &str {
    package.strip_prefix("onsale-").unwrap_or(package)
}

/// What the crate's own code can import, on any target. Tests may import more.
fn dependencies(manifest: &Table) -> BTreeMap<String, Value> {
    let for_targets = manifest
        .get("target")
        .and_then(Value::as_table)
        .into_iter()
        .flat_map(|targets| targets.values())
        .filter_map(Value::as_table);
    std::iter::once(manifest)
        .chain(for_targets)
        .flat_map(|table| [table.get("dependencies"), table.get("build-dependencies")])
        .flatten()
        .filter_map(Value::as_table)
        .flat_map(|table| table.clone())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(manifest: &str) -> Vec<String> {
        let tree = Tree::of(&[("crates/x/Cargo.toml", manifest)]);
        check(&tree).into_iter().map(|finding| finding.message).collect()
    }

    #[test]
    fn domain_may_not_import_a_runtime() {
        let manifest =
            "[package]\nname = \"onsale-domain\"\n[dependencies]\ntokio.workspace = true";
        assert_eq!(findings(manifest), ["`onsale-domain` may not import `tokio`"]);
    }

    #[test]
    fn the_pages_may_not_import_the_store_on_any_target() {
        let manifest = "[package]\nname = \"onsale-app\"\n\
            [target.'cfg(unix)'.dependencies]\nonsale-store.workspace = true";
        assert_eq!(findings(manifest), ["`onsale-app` may not import `onsale-store`"]);
    }

    #[test]
    fn tests_may_import_more() {
        let manifest = "[package]\nname = \"onsale-store\"\n[dev-dependencies]\nonsale-testkit.workspace = true";
        assert!(findings(manifest).is_empty());
    }

    #[test]
    fn versions_stand_in_the_root() {
        let manifest = "[package]\nname = \"onsale-domain\"\n[dependencies]\nserde = \"1\"";
        assert_eq!(findings(manifest).len(), 1);
    }

    #[test]
    fn a_new_crate_needs_a_rule() {
        assert!(findings("[package]\nname = \"onsale-mail\"")[0].starts_with("no rule says"));
    }
}
