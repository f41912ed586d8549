//! `cargo xtask tidy`: the house rules as code. Each failure names the file, the rule and the way
//! out, so that nobody has to know the rules by heart.

mod edges;
mod folders;
mod lengths;
mod places;
mod rust_source;
mod tree;
mod wasm_tree;

use std::collections::BTreeSet;
use std::fmt;
use std::process::ExitCode;

use crate::build::BROWSER_CODE;
use crate::error::Result;
use crate::layout::Layout;
use crate::machine::rust::Rust;
use tree::Tree;

/// How grave a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// Worth a thought; does not fail.
    Advice,
    /// Fails.
    Broken,
}

/// A rule broken at a place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// How grave.
    pub weight: Weight,
    /// Path in the checkout.
    pub file: String,
    /// From 1; 0 when the file as a whole is meant.
    pub line: usize,
    /// The rule's short name.
    pub rule: &'static str,
    /// What is wrong and what to do instead.
    pub message: String,
}

impl Finding {
    /// A broken rule.
    fn broken(rule: &'static str, file: &str, line: usize, message: impl Into<String>) -> Self {
        Self { weight: Weight::Broken, file: file.to_owned(), line, rule, message: message.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self.weight {
            Weight::Advice => "advice",
            Weight::Broken => "broken",
        };
        let Self { file, line, .. } = self;
        match line {
            0 => write!(f, "{word}: {file}")?,
            _ => write!(f, "{word}: {file}:{line}")?,
        }
        write!(f, " [{}] {}", self.rule, self.message)
    }
}

/// Every rule that needs no more than the text of the checkout.
const RULES: [fn(&Tree) -> Vec<Finding>; 5] =
    [edges::check, folders::check, lengths::check, places::check_code, places::check_text];

/// Checks every rule, prints what it finds, and says whether all of them hold.
pub fn check(layout: &Layout, rust: Rust) -> Result<bool> {
    let tree = Tree::read(layout.root())?;
    let mut findings: BTreeSet<Finding> = RULES.iter().flat_map(|rule| rule(&tree)).collect();
    let listed = rust
        .cargo(layout)
        .args(["tree", "--prefix", "none", "--format", "{p}", "--edges", "normal"])
        .args(BROWSER_CODE.iter().filter(|word| **word != "--lib"))
        .capture()?;
    findings.extend(wasm_tree::check(&listed));
    for finding in &findings {
        println!("{finding}");
    }
    let of_weight = |weight| findings.iter().filter(|one| one.weight == weight).count();
    let (broken, advice) = (of_weight(Weight::Broken), of_weight(Weight::Advice));
    println!(
        "{} files looked at: {broken} rules broken, {advice} pieces of advice",
        tree.files.len()
    );
    Ok(broken == 0)
}

/// `cargo xtask tidy`
pub fn tidy(layout: &Layout, rust: Rust) -> Result<ExitCode> {
    Ok(match check(layout, rust)? {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}
