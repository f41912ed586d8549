//! Accessibility, checked by axe-core.

use std::{env, fs, sync::LazyLock};

use serde::Deserialize;

use crate::visitor::Visitor;

static SCRIPT: LazyLock<String> = LazyLock::new(|| {
    let path = env::var("ONSALE_AXE_JS")
        .expect("ONSALE_AXE_JS is not set: start the tests with `cargo xtask test`");
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
});

const RUN: &str = "async () => {
    const { violations } = await axe.run(document, { resultTypes: ['violations'] });
    return violations.flatMap(violation => violation.nodes.map(node => ({
        rule: violation.id,
        impact: node.impact ?? violation.impact ?? '',
        target: node.target.join(' '),
        summary: node.failureSummary ?? violation.help,
    })));
}";

/// One element that breaks one rule.
#[derive(Debug, Deserialize)]
struct Breach {
    rule: String,
    impact: String,
    target: String,
    summary: String,
}

/// What keeps people from using the page: the serious and critical breaches, a line each.
pub(crate) async fn barriers(visitor: &Visitor) -> Vec<String> {
    if visitor.ask("() => !window.axe").await {
        visitor.page().evaluate_expression(&SCRIPT).await.expect("axe-core loads");
    }
    let breaches: Vec<Breach> = visitor.ask(RUN).await;
    breaches
        .iter()
        .filter(|breach| matches!(breach.impact.as_str(), "serious" | "critical"))
        .map(|Breach { rule, impact, target, summary }| {
            let summary = summary.split_whitespace().collect::<Vec<_>>().join(" ");
            format!("{rule} ({impact}) at {target}: {summary}")
        })
        .collect()
}
