//! `cargo xtask`: builds, runs and checks Onsale on a machine that has only Rust, git and root.

mod digest;
mod error;
mod layout;
mod machine;
mod tool;

use std::process::ExitCode;

use layout::Layout;
use machine::rust::Rust;

fn main() -> ExitCode {
    let layout = Layout::discover();
    let debian = std::env::args().any(|arg| arg == "--debian");
    let rust = match Rust::ready(&layout) {
        Some(rust) if !debian || rust == Rust::Debian => Ok(rust),
        _ if debian => Rust::install_debian(),
        _ => Rust::install(&layout),
    };
    match rust.and_then(|rust| rust.cargo(&layout).arg("--version").run()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
