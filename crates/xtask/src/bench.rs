//! `cargo xtask bench NAME`: measurements of Onsale against a baseline, both in one run, with
//! programs that were compiled to run quickly.

use std::process::ExitCode;

use crate::build::{self, Profile};
use crate::check::stack::Stack;
use crate::error::Result;
use crate::layout::Layout;
use crate::machine::{self, BrowserUse, Needs};
use crate::services::fleet::StopRequest;
use crate::services::postgres::Keeping;
use crate::tool::Tool;

/// Measurements of pages in a browser.
const IN_BROWSER: [&str; 2] = ["seatmap", "lighthouse"];

/// Prepares what a measurement needs, makes it, and takes everything down again.
pub fn bench(layout: &Layout, words: &[String]) -> Result<ExitCode> {
    let name = words.first().map_or("", String::as_str);
    let browser =
        if IN_BROWSER.contains(&name) { BrowserUse::Measurements } else { BrowserUse::None };
    let needs = Needs {
        postgres: true,
        nats: true,
        redis: true,
        faketime: true,
        browser,
        edge: true,
        yardstick: name == "page",
        ..Needs::default()
    };
    let machine = machine::prepare(layout, needs)?;
    let profile = Profile::Release;
    println!("Compiling to run quickly");
    build::measured_programs(machine.rust, layout)?;
    if name == "page" || IN_BROWSER.contains(&name) {
        // A page is measured with what it loads.
        build::wasm(machine.rust, layout)?;
        build::site(layout, profile)?;
    }
    let stop = StopRequest::listen()?;
    let stack = Stack::start(&machine, layout, profile, Keeping::Measured, stop)?;
    let program = Tool::new(profile.folder(layout).join("onsale-bench"));
    let measured = stack.equip(words.iter().fold(program, |tool, word| tool.arg(word))).run();
    stack.stop()?;
    measured.map(|()| ExitCode::SUCCESS)
}
