//! `cargo xtask`: builds, runs and checks Onsale on a machine that has only Rust, git and root.

mod bench;
mod build;
mod check;
mod cli;
mod digest;
mod error;
mod layout;
mod machine;
mod operate;
mod progress;
mod services;
mod tidy;
mod tool;
mod up;

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use cli::Command;
use error::{Error, Result};
use layout::Layout;
use machine::Needs;
use signal_hook::consts::SIGPIPE;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let command = match Command::parse(&words) {
        Ok(command) => command,
        Err(reason) => {
            eprintln!("error: {reason}\n\n{}", cli::USAGE);
            return ExitCode::from(2);
        }
    };
    match obey(command) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn obey(command: Command) -> Result<ExitCode> {
    let layout = Layout::discover();
    if command.only_looks() {
        end_quietly_when_nobody_reads()?;
    }
    match command {
        Command::Up(options) => up::up(&layout, options),
        Command::Down => operate::down(&layout),
        Command::Reset => operate::reset(&layout),
        Command::Status => operate::status(&layout),
        Command::Logs { role, follow } => operate::logs(&layout, role, follow),
        Command::Test(options) => check::test(&layout, &options),
        Command::Bench(words) => bench::bench(&layout, &words),
        Command::Tidy => {
            let machine = machine::prepare(&layout, Needs::default())?;
            tidy::tidy(&layout, machine.rust)
        }
        Command::Toolchain { debian } => {
            machine::prepare_rust(&layout, debian).map(|()| ExitCode::SUCCESS)
        }
        Command::Help => {
            println!("{}", cli::USAGE);
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// `cargo xtask logs | head` ends like any other program in a pipe.
fn end_quietly_when_nobody_reads() -> Result<()> {
    const AS_IF_KILLED_BY_IT: i32 = 128 + SIGPIPE;
    let always = Arc::new(AtomicBool::new(true));
    signal_hook::flag::register_conditional_shutdown(SIGPIPE, AS_IF_KILLED_BY_IT, always)
        .map(drop)
        .map_err(|error| Error::Refused(format!("cannot listen for signals: {error}")))
}
