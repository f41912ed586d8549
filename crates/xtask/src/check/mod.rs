//! `cargo xtask test`: everything that must hold before a change is shared, in the order in which
//! failures are cheapest to learn about.

mod libtest;
mod report;
pub mod stack;

use std::process::ExitCode;

use crate::build::{self, BROWSER_CODE, Profile};
use crate::error::{Result, refuse};
use crate::layout::Layout;
use crate::machine::rust::Rust;
use crate::machine::{self, BrowserUse, Machine, Needs};
use crate::services::fleet::StopRequest;
use crate::services::postgres::Keeping;
use crate::tidy;
use crate::tool::Tool;
use libtest::Counts;
use report::Report;
use stack::Stack;
pub use stack::clear;

/// Crates whose tests need nothing but themselves.
const WITHOUT_SERVICES: [&str; 9] = [
    "onsale-domain",
    "onsale-model",
    "onsale-messages",
    "onsale-catalogue",
    "onsale-payments",
    "onsale-app",
    "onsale-search",
    "quickwit-client",
    "xtask",
];
/// Its examples in documentation are part of its contract, so they are run.
const DOCUMENTED: &str = "onsale-domain";
const BROWSER_TESTS: &str = "onsale-end2end";

/// What was asked on the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Leave out what needs services.
    pub fast: bool,
    /// Only tests whose name contains one of these.
    pub filters: Vec<String>,
}

/// Runs the phases until one fails, and closes with counts either way.
pub fn test(layout: &Layout, options: &Options) -> Result<ExitCode> {
    let mut report = Report::new();
    if let Err(error) = run(layout, options, &mut report) {
        report.fail(&error);
    }
    report.close();
    Ok(match report.is_green() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

fn run(layout: &Layout, options: &Options, report: &mut Report) -> Result<()> {
    let full = !options.fast;
    let needs = Needs {
        postgres: full,
        nats: full,
        redis: full,
        browser: if full { BrowserUse::Tests } else { BrowserUse::None },
        faketime: full,
        edge: full,
        yardstick: false,
        lints: true,
    };
    let machine = report.phase("machine", || machine::prepare(layout, needs))?;
    let rust = machine.rust;
    match options.filters.is_empty() {
        true => style(rust, layout, report)?,
        false => println!("Only tests named like {:?}: no lints", options.filters),
    }
    match options.fast {
        true => report.tests("tests", |seen| fast_tests(rust, layout, options, seen)),
        false => full_tests(&machine, layout, options, report),
    }
}

fn style(rust: Rust, layout: &Layout, report: &mut Report) -> Result<()> {
    let cargo = || rust.cargo(layout);
    report.phase("format", || cargo().args(["fmt", "--all", "--check"]).run())?;
    report.phase("clippy", || {
        let all = ["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"];
        cargo().args(all).run()
    })?;
    report.phase("clippy, browser", || {
        let cargo = cargo().arg("clippy").args(BROWSER_CODE);
        cargo.args(["--", "-D", "warnings"]).run()
    })?;
    report.phase("tidy", || match tidy::check(layout, rust)? {
        true => Ok(()),
        false => refuse("house rules are broken"),
    })
}

fn fast_tests(rust: Rust, layout: &Layout, options: &Options, seen: &mut Counts) -> Result<()> {
    let packages = WITHOUT_SERVICES.iter().flat_map(|package| ["-p", package]);
    let cargo = rust
        .cargo(layout)
        .arg("test")
        .args(packages)
        // The pages as the server renders them.
        .args(["--features", "onsale-app/ssr"]);
    libtest::run(without_docs(cargo), &options.filters, None, seen)
}

fn full_tests(
    machine: &Machine,
    layout: &Layout,
    options: &Options,
    report: &mut Report,
) -> Result<()> {
    let (rust, profile) = (machine.rust, Profile::Dev);
    report.phase("programs", || build::programs(rust, layout, profile))?;
    report.phase("browser code", || build::wasm(rust, layout))?;
    report.phase("site", || build::site(layout, profile))?;
    let stop = StopRequest::listen()?;
    let stack = report.phase("services", || {
        Stack::start(machine, layout, profile, Keeping::ShortLived, stop.clone())
    })?;
    let cargo = |action: &[&str]| stack.equip(rust.cargo(layout).args(action));
    let run = |tool, seen: &mut Counts| libtest::run(tool, &options.filters, Some(&stop), seen);
    report.tests("tests", |seen| {
        let everything = ["test", "--workspace", "--exclude", BROWSER_TESTS];
        run(without_docs(cargo(&everything)), seen)
    })?;
    report
        .tests("examples in docs", |seen| run(cargo(&["test", "-p", DOCUMENTED, "--doc"]), seen))?;
    report.tests("browser tests", |seen| {
        run(cargo(&["test", "-p", BROWSER_TESTS, "--no-fail-fast"]), seen)
    })?;
    report.phase("stop services", || stack.stop())
}

/// All test binaries, even after one has failed.
fn without_docs(cargo: Tool) -> Tool {
    cargo.args(["--lib", "--bins", "--tests", "--no-fail-fast"])
}
