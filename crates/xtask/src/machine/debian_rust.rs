//! A Rust toolchain with the WASM target, made of Debian's packages.
//!
//! Debian ships the compiler and the sources of the standard library, but no compiled library for
//! `wasm32-unknown-unknown`. We compile that once, put it beside Debian's files in a sysroot of
//! its own below the user's cache, and link the sysroot into rustup. The folder's name carries a
//! hash of `rustc -vV` and of our flags: an upgraded compiler gets a new one.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use super::apt;
use super::rust::{WASM_TARGET, without_outer_cargo};
use crate::digest::sha256_hex;
use crate::error::{FileContext, Result, refuse};
use crate::layout::{Layout, create_folder, delete_folder, entries_of};
use crate::tool::Tool;

/// The name under which rustup knows the toolchain.
pub const TOOLCHAIN: &str = "onsale-web";

const PACKAGES: [&str; 6] =
    ["rustc-web", "cargo-web", "rust-web-src", "rust-web-clippy", "rustfmt-web", "lld-22"];
const LINKER: &str = "/usr/bin/lld-22";
/// Optimising across crates needs the library's bitcode, which cargo leaves out by default.
const STD_FLAGS: &str = "-Cembed-bitcode=yes";
const RUSTC: &str = "/usr/bin/rustc";
const CARGO: &str = "/usr/bin/cargo";
const PROGRAMS: [&str; 7] =
    ["rustc", "rustdoc", "cargo", "cargo-clippy", "clippy-driver", "rustfmt", "cargo-fmt"];

/// Whether this machine took Debian's compiler before, be it an older one.
pub fn is_chosen() -> bool {
    linked_folder().is_some()
}

/// Whether rustup's link points at the sysroot of the compiler that is installed now.
pub fn is_linked() -> bool {
    let current = Compiler::installed().and_then(|compiler| compiler.sysroot());
    current.is_ok_and(|sysroot| sysroot.is_dir() && linked_folder() == Some(sysroot))
}

/// Installs the packages, builds the sysroot unless the cache has it, and links it.
pub fn install(layout: &Layout) -> Result<()> {
    let missing: Vec<&str> =
        PACKAGES.into_iter().filter(|package| !apt::is_installed(package)).collect();
    apt::install(&missing)?;
    let compiler = Compiler::installed()?;
    let sysroot = compiler.sysroot()?;
    if !sysroot.is_dir() {
        compiler.assemble(&sysroot)?;
    }
    without_outer_cargo(Tool::new("rustup"))
        .args(["toolchain", "link", TOOLCHAIN])
        .arg(&sysroot)
        .run_aloud()?;
    // cargo does not notice another standard library below the same compiler.
    delete_folder(&layout.target().join(WASM_TARGET))
}

fn linked_folder() -> Option<PathBuf> {
    let home = match std::env::var_os("RUSTUP_HOME") {
        Some(home) => PathBuf::from(home),
        None => PathBuf::from(std::env::var_os("HOME")?).join(".rustup"),
    };
    fs::read_link(home.join("toolchains").join(TOOLCHAIN)).ok()
}

/// Debian's compiler, as it describes itself.
struct Compiler {
    /// For example `x86_64-unknown-linux-gnu`.
    host: String,
    /// For example `1.96.0`.
    release: String,
    /// Short hash of the whole description and of how we compile the library.
    fingerprint: String,
}

impl Compiler {
    fn installed() -> Result<Self> {
        let described = Tool::new(RUSTC).arg("-vV").capture()?;
        let field = |name: &str| {
            described
                .lines()
                .find_map(|line| line.strip_prefix(name))
                .map(|value| value.trim().to_owned())
        };
        let (Some(host), Some(release)) = (field("host:"), field("release:")) else {
            return refuse(format!("{RUSTC} -vV names no host and release:\n{described}"));
        };
        let mut fingerprint = sha256_hex(format!("{described}\n{STD_FLAGS}").as_bytes());
        fingerprint.truncate(12);
        Ok(Self { host, release, fingerprint })
    }

    /// Where the finished sysroot lives. It appears there whole, by a rename.
    fn sysroot(&self) -> Result<PathBuf> {
        let name = format!("rust-{}-{}", self.release, self.fingerprint);
        Ok(cache_folder()?.join(name))
    }

    fn assemble(&self, sysroot: &Path) -> Result<()> {
        let draft = beside(sysroot, ".draft");
        delete_folder(&draft)?;
        for folder in ["bin", "lib/rustlib", &self.rustlib("bin")] {
            create_folder(&draft.join(folder))?;
        }
        for program in PROGRAMS {
            // Not a symlink: the compiler finds its sysroot from where it really lies.
            place(&Path::new("/usr/bin").join(program), &draft.join("bin").join(program))?;
        }
        for library in self.driver_libraries()? {
            if let Some(name) = library.file_name() {
                place(&library, &draft.join("lib").join(name))?;
            }
        }
        link("/usr/lib/rustlib/src", &draft.join("lib/rustlib/src"))?;
        let host_library = self.rustlib("lib");
        link(&format!("/usr/{host_library}"), &draft.join(&host_library))?;
        link(LINKER, &draft.join(self.rustlib("bin")).join("rust-lld"))?;
        self.compile_standard_library(&draft)?;
        fs::rename(&draft, sysroot).while_doing("create", sysroot)
    }

    /// `lib/rustlib/{host}/{leaf}`
    fn rustlib(&self, leaf: &str) -> String {
        format!("lib/rustlib/{}/{leaf}", self.host)
    }

    /// `librustc_driver-*.so`, wherever this architecture keeps its libraries.
    fn driver_libraries(&self) -> Result<Vec<PathBuf>> {
        let architecture = self.host.split('-').next().unwrap_or("x86_64");
        let folder = PathBuf::from(format!("/usr/lib/{architecture}-linux-gnu"));
        let found: Vec<PathBuf> = entries_of(&folder)?
            .into_iter()
            .filter(|file| has_affixes(file, "librustc_driver-", ".so"))
            .collect();
        if found.is_empty() {
            return refuse(format!("no librustc_driver-*.so in {}", folder.display()));
        }
        Ok(found)
    }

    /// Builds an empty crate together with the standard library it stands on, and takes the
    /// library. Both panic strategies, because dev builds unwind and the shipped bundle aborts.
    fn compile_standard_library(&self, sysroot: &Path) -> Result<()> {
        let seed = beside(sysroot, ".seed");
        create_folder(&seed.join("src"))?;
        let manifest = "[package]\nname = \"seed\"\nedition = \"2024\"\n\n[workspace]\n";
        for (file, text) in [("Cargo.toml", manifest), ("src/lib.rs", "#![no_std]\n")] {
            let file = seed.join(file);
            fs::write(&file, text).while_doing("write", &file)?;
        }
        without_outer_cargo(Tool::new(CARGO))
            .args(["build", "--release", "--target", WASM_TARGET])
            .arg("-Zbuild-std=std,panic_abort,panic_unwind,test")
            .env("RUSTC", RUSTC)
            .env("RUSTC_BOOTSTRAP", "1")
            .env("CARGO_TARGET_DIR", seed.join("target"))
            .env("RUSTFLAGS", STD_FLAGS)
            .in_folder(&seed)
            .run_aloud()?;
        let library = sysroot.join("lib/rustlib").join(WASM_TARGET).join("lib");
        create_folder(&library)?;
        let built = seed.join("target").join(WASM_TARGET).join("release/deps");
        for file in entries_of(&built)? {
            let is_ours = has_affixes(&file, "libseed-", "");
            if let Some(name) =
                file.file_name().filter(|_| !is_ours && has_affixes(&file, "lib", ".rlib"))
            {
                fs::copy(&file, library.join(name)).while_doing("copy", &file)?;
            }
        }
        delete_folder(&seed)
    }
}

/// `$XDG_CACHE_HOME/onsale`, by default `~/.cache/onsale`.
fn cache_folder() -> Result<PathBuf> {
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache"));
    match cache.or_else(home) {
        Some(cache) => Ok(cache.join("onsale")),
        None => refuse("neither HOME nor XDG_CACHE_HOME is set: nowhere to keep the toolchain"),
    }
}

/// `…/name` with a suffix: a neighbour on the same file system. (`Path::with_extension` would cut
/// the name at the dots of the version.)
fn beside(folder: &Path, suffix: &str) -> PathBuf {
    let mut name = folder.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// A hard link, or a copy where the system allows none (other file system, other owner).
fn place(from: &Path, to: &Path) -> Result<()> {
    if fs::hard_link(from, to).is_ok() {
        return Ok(());
    }
    fs::copy(from, to).map(drop).while_doing("copy", from)
}

fn link(from: &str, to: &Path) -> Result<()> {
    symlink(from, to).while_doing("link", to)
}

fn has_affixes(file: &Path, prefix: &str, suffix: &str) -> bool {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with(prefix) && name.ends_with(suffix)
}
