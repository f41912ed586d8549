//! Compiling: our programs, the code for the browser, and the folder a browser loads from.

use std::fs;
use std::path::{Path, PathBuf};

use crate::digest::{file_sha256_hex, sha256_hex};
use crate::error::{FileContext, Result};
use crate::layout::{Layout, create_folder, entries_of};
use crate::machine::rust::{Rust, WASM_TARGET};
use crate::tool::Tool;

/// Every program that `up` and the integration tests start.
const PACKAGES: [&str; 5] =
    ["onsale-server", "onsale-workers", "onsale-sandbox", "onsale-cli", "onsale-site"];
const WASM_PROFILE: &str = "wasm";

/// How our programs are compiled. The code for the browser always has a profile of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// Compiles quickly.
    Dev,
    /// Runs quickly.
    Release,
}

impl Profile {
    /// Where cargo puts programs of this profile.
    pub fn folder(self, layout: &Layout) -> PathBuf {
        layout.target().join(match self {
            Self::Dev => "debug",
            Self::Release => "release",
        })
    }
}

/// What selects the code for the browser, in builds and lints alike.
pub const BROWSER_CODE: [&str; 8] = [
    "-p",
    "onsale-app",
    "--lib",
    "--no-default-features",
    "--features",
    "hydrate",
    "--target",
    WASM_TARGET,
];

/// Compiles our programs.
pub fn programs(rust: Rust, layout: &Layout, profile: Profile) -> Result<()> {
    compile(rust, layout, profile, &PACKAGES)
}

/// Compiles our programs with the measurements and their baselines, all to run quickly. One call:
/// two would choose features of libraries differently, and compile them twice.
pub fn measured_programs(rust: Rust, layout: &Layout) -> Result<()> {
    compile(rust, layout, Profile::Release, &[&PACKAGES[..], &["onsale-bench"]].concat())
}

fn compile(rust: Rust, layout: &Layout, profile: Profile, packages: &[&str]) -> Result<()> {
    let packages = packages.iter().flat_map(|package| ["-p", package]);
    let cargo = rust.cargo(layout).arg("build").args(packages);
    match profile {
        Profile::Dev => cargo.run(),
        Profile::Release => cargo.arg("--release").run(),
    }
}

/// Compiles the code for the browser. The kind of output is named here and not in the crate's
/// manifest: a crate that is always a `cdylib` has one file name for all its feature sets, and
/// builds of server and tests would overwrite each other's.
pub fn wasm(rust: Rust, layout: &Layout) -> Result<()> {
    rust.cargo(layout)
        .args(["rustc", "--profile", WASM_PROFILE, "--crate-type", "cdylib"])
        .args(BROWSER_CODE)
        .run()
}

/// Makes the folder a browser loads from, unless everything it is made of is unchanged.
pub fn site(layout: &Layout, profile: Profile) -> Result<()> {
    let wasm = layout.target().join(WASM_TARGET).join(WASM_PROFILE).join("onsale_app.wasm");
    let public = layout.root().join("public");
    let maker = layout.root().join("crates/site");
    let fingerprint = fingerprint(&[&wasm, &public, &maker])?;
    let stamp = layout.state().join("site.sha256");
    let known = fs::read_to_string(&stamp).unwrap_or_default();
    if known == fingerprint && layout.site().is_dir() {
        println!("      unchanged");
        return Ok(());
    }
    Tool::new(profile.folder(layout).join("onsale-site"))
        .arg("--wasm")
        .arg(&wasm)
        .arg("--public")
        .arg(&public)
        .arg("--out")
        .arg(layout.site())
        .run()?;
    create_folder(&layout.state())?;
    fs::write(&stamp, fingerprint).while_doing("write", &stamp)
}

/// One hash over files and folders: names and contents.
fn fingerprint(inputs: &[&Path]) -> Result<String> {
    let mut lines = String::new();
    for input in inputs {
        add_to_fingerprint(input, &mut lines)?;
    }
    Ok(sha256_hex(lines.as_bytes()))
}

fn add_to_fingerprint(path: &Path, lines: &mut String) -> Result<()> {
    if path.is_dir() {
        for entry in entries_of(path)? {
            add_to_fingerprint(&entry, lines)?;
        }
        return Ok(());
    }
    let hash = file_sha256_hex(path)?;
    lines.push_str(&format!("{hash} {}\n", path.display()));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_follows_names_and_contents() {
        let folder = std::env::temp_dir().join(format!("onsale-print-{}", std::process::id()));
        create_folder(&folder.join("deep")).expect("scratch folder");
        let write =
            |name: &str, text: &str| fs::write(folder.join(name), text).expect("own folder");
        let print = || fingerprint(&[&folder]).expect("readable");
        write("deep/a", "1");
        let first = print();
        assert_eq!(print(), first);
        write("deep/a", "2");
        let changed = print();
        assert_ne!(changed, first);
        fs::rename(folder.join("deep/a"), folder.join("b")).expect("own folder");
        assert_ne!(print(), changed);
        fs::remove_dir_all(&folder).expect("scratch goes");
    }
}
