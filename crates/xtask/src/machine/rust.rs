//! Which Rust compiles the project, and how it learns to compile for the browser.
//!
//! Ordinary machines get the WASM target from rustup. Where it cannot be downloaded, Debian's own
//! compiler takes over (see [`super::debian_rust`]); then it builds server and browser code alike,
//! because two compilers share no artefacts.

use super::debian_rust;
use crate::error::Result;
use crate::layout::Layout;
use crate::tool::{Tool, find_on_path};

/// The target of the code that runs in the browser.
pub const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// The compiler that all of our cargo calls use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rust {
    /// Whatever `rust-toolchain.toml` selects.
    Selected,
    /// Debian's compiler, linked into rustup under the name [`debian_rust::TOOLCHAIN`].
    Debian,
}

impl Rust {
    /// The compiler that is ready for both targets right now, if any. A machine that once took
    /// Debian's stays with it: changing compilers would compile everything anew.
    pub fn ready(layout: &Layout) -> Option<Self> {
        if debian_rust::is_chosen() {
            return debian_rust::is_linked().then_some(Self::Debian);
        }
        let selected = Self::Selected;
        selected.has_wasm_target(layout).then_some(selected)
    }

    /// Makes one ready: rustup's target first, Debian's packages when that cannot be had.
    pub fn install(layout: &Layout) -> Result<Self> {
        if !debian_rust::is_chosen() && find_on_path("rustup").is_some() {
            let rustup = Self::Selected
                .tool("rustup", layout)
                .args(["target", "add", WASM_TARGET])
                .env("RUST_BACKTRACE", "0");
            println!("  $ {}", rustup.line());
            match rustup.capture() {
                Ok(_) if Self::Selected.has_wasm_target(layout) => return Ok(Self::Selected),
                Ok(_) => println!("  rustup reports success, but the target is not there"),
                Err(error) => println!("  rustup cannot install it here: {error}"),
            }
        }
        Self::install_debian(layout)
    }

    /// Makes Debian's compiler ready without asking rustup for its target first.
    pub fn install_debian(layout: &Layout) -> Result<Self> {
        println!("  taking it from Debian's packages (built once, in about two minutes)");
        debian_rust::install(layout)?;
        Ok(Self::Debian)
    }

    /// A call of `cargo` with this compiler, at the top of the checkout.
    pub fn cargo(self, layout: &Layout) -> Tool {
        self.tool("cargo", layout)
    }

    /// Installs rustfmt and clippy for the compiler where a minimal profile left them out.
    pub fn ensure_lints(self, layout: &Layout) -> Result<()> {
        let works = |lint: &str| self.cargo(layout).args([lint, "--version"]).succeeds();
        if works("fmt") && works("clippy") {
            return Ok(());
        }
        self.tool("rustup", layout).args(["component", "add", "rustfmt", "clippy"]).run_aloud()
    }

    fn tool(self, program: &str, layout: &Layout) -> Tool {
        let tool = without_outer_cargo(Tool::new(program)).in_folder(layout.root());
        match self {
            Self::Selected => tool,
            Self::Debian => tool.env("RUSTUP_TOOLCHAIN", debian_rust::TOOLCHAIN),
        }
    }

    fn has_wasm_target(self, layout: &Layout) -> bool {
        let printed = self
            .tool("rustc", layout)
            .args(["--print", "target-libdir", "--target", WASM_TARGET])
            .capture();
        printed.is_ok_and(|folder| std::path::Path::new(&folder).is_dir())
    }
}

/// Hides what the outer `cargo xtask` put into our environment: its choice of toolchain, and
/// variables of the xtask package that would make build scripts believe something changed.
pub fn without_outer_cargo(tool: Tool) -> Tool {
    let inherited = std::env::vars_os().map(|(key, _)| key).filter(|key| {
        let key = key.to_string_lossy();
        let of_package = key.starts_with("CARGO_PKG_") || key.starts_with("CARGO_MANIFEST_");
        let of_toolchain = key.starts_with("RUSTUP_TOOLCHAIN") || key == "RUST_RECURSION_COUNT";
        of_package || of_toolchain || key == "CARGO" || key == "LD_LIBRARY_PATH"
    });
    inherited.fold(tool, |tool, key| tool.without_env(key))
}
