//! `cargo xtask bench NAME`: measurements of Onsale against a baseline, both in one run, with
//! programs that were compiled to run quickly.

use std::process::ExitCode;

use crate::build::{self, Profile};
use crate::check::stack::Stack;
use crate::error::Result;
use crate::layout::Layout;
use crate::machine::{self, Needs};
use crate::services::fleet::StopRequest;
use crate::services::postgres::Keeping;
use crate::tool::Tool;

/// Prepares what a measurement needs, makes it, and takes everything down again.
pub fn bench(layout: &Layout, words: &[String]) -> Result<ExitCode> {
    let is_page = words.first().is_some_and(|name| name == "page");
    let needs = Needs {
        postgres: true,
        nats: true,
        redis: true,
        faketime: true,
        edge: true,
        yardstick: is_page,
        ..Needs::default()
    };
    let machine = machine::prepare(layout, needs)?;
    let profile = Profile::Release;
    println!("Compiling to run quickly");
    build::measured_programs(machine.rust, layout)?;
    if is_page {
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
