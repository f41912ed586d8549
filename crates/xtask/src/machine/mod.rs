//! What the machine must have: found, or installed after saying what is missing and why.

mod apt;
mod browser;
mod debian_rust;
mod nats;
mod postgres;
pub mod rust;

use std::path::{Path, PathBuf};

pub use browser::{Browser, BrowserUse};
pub use postgres::PostgresPrograms;

use crate::error::{Error, Result, refuse};
use crate::layout::Layout;
use crate::tool::{Tool, find_on_path};
use rust::Rust;

/// What a command is going to use.
#[derive(Debug, Clone, Copy, Default)]
pub struct Needs {
    /// A PostgreSQL to start ourselves.
    pub postgres: bool,
    /// A NATS to start ourselves.
    pub nats: bool,
    /// A Redis to start ourselves.
    pub redis: bool,
    /// Chromium, Node and the packages that drive them.
    pub browser: BrowserUse,
    /// What gives a process a wrong clock.
    pub faketime: bool,
    /// Varnish with the module that forgets by word.
    pub edge: bool,
    /// nginx and wrk, to measure against.
    pub yardstick: bool,
    /// rustfmt and clippy.
    pub lints: bool,
}

/// The programs that were found.
#[derive(Debug)]
pub struct Machine {
    /// The compiler.
    pub rust: Rust,
    postgres: Option<PostgresPrograms>,
    nats_server: Option<PathBuf>,
    redis_server: Option<PathBuf>,
    browser: Option<Browser>,
    faketime: Option<PathBuf>,
    varnishd: Option<PathBuf>,
}

impl Machine {
    /// PostgreSQL's programs.
    pub fn postgres(&self) -> Result<&PostgresPrograms> {
        found(self.postgres.as_ref(), "PostgreSQL 15 or newer")
    }

    /// `nats-server`.
    pub fn nats_server(&self) -> Result<&PathBuf> {
        found(self.nats_server.as_ref(), "nats-server 2.12 or newer")
    }

    /// `redis-server`.
    pub fn redis_server(&self) -> Result<&PathBuf> {
        found(self.redis_server.as_ref(), "redis-server")
    }

    /// What browser tests drive.
    pub fn browser(&self) -> Result<&Browser> {
        found(self.browser.as_ref(), "Chromium, Node and playwright-core")
    }

    /// `varnishd`.
    pub fn varnishd(&self) -> Result<&PathBuf> {
        found(self.varnishd.as_ref(), "varnishd with xkey")
    }

    /// The library that gives a process a wrong clock.
    pub fn faketime(&self) -> Result<&PathBuf> {
        found(self.faketime.as_ref(), "libfaketimeMT.so.1")
    }
}

fn found<'a, T>(program: Option<&'a T>, name: &str) -> Result<&'a T> {
    program.ok_or_else(|| Error::Refused(format!("{name} is not on this machine")))
}

/// One thing the machine lacks.
struct Missing {
    what: &'static str,
    why: &'static str,
    /// Debian's packages that bring it; empty when it comes from elsewhere.
    packages: &'static [&'static str],
}

/// Finds everything the needs name; installs what is not there.
pub fn prepare(layout: &Layout, needs: Needs) -> Result<Machine> {
    let missing = survey(layout, needs);
    if !missing.is_empty() {
        println!("  this machine lacks:");
        for item in &missing {
            println!("    - {}: {}", item.what, item.why);
        }
        let packages: Vec<&str> = missing.iter().flat_map(|item| item.packages).copied().collect();
        apt::install(&packages)?;
    }
    let rust = match Rust::ready(layout) {
        Some(rust) => rust,
        None => Rust::install(layout)?,
    };
    if needs.lints {
        rust.ensure_lints(layout)?;
    }
    Ok(Machine {
        rust,
        postgres: needs.postgres.then(PostgresPrograms::find).flatten(),
        nats_server: match needs.nats {
            true => Some(nats::ensure(layout)?),
            false => None,
        },
        redis_server: find_on_path("redis-server"),
        browser: match needs.browser {
            BrowserUse::None => None,
            usage => Some(browser::ensure(layout, usage)?),
        },
        faketime: faketime(),
        varnishd: varnishd(),
    })
}

/// Varnish, if its module for words is there too.
fn varnishd() -> Option<PathBuf> {
    let folders = ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib"];
    let module = |folder: &&str| Path::new(folder).join("varnish/vmods/libvmod_xkey.so").exists();
    folders.iter().any(module).then(|| find_on_path("varnishd")).flatten()
}

/// Where Debian and its relatives put libfaketime.
fn faketime() -> Option<PathBuf> {
    let folders = ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib"];
    let library = |folder: &&str| PathBuf::from(folder).join("faketime/libfaketimeMT.so.1");
    folders.iter().map(library).find(|path| path.exists())
}

/// Makes the compiler for the browser ready, and says which one it is.
pub fn prepare_rust(layout: &Layout, debian: bool) -> Result<()> {
    let rust = match Rust::ready(layout) {
        Some(rust) if rust == Rust::Debian || !debian => rust,
        _ if debian => Rust::install_debian(layout)?,
        _ => Rust::install(layout)?,
    };
    rust.cargo(layout).arg("--version").run()
}

fn survey(layout: &Layout, needs: Needs) -> Vec<Missing> {
    let mut missing = Vec::new();
    let mut lacking = |absent: bool, what, why, packages| {
        if absent {
            missing.push(Missing { what, why, packages });
        }
    };
    lacking(
        find_on_path("cc").is_none(),
        "a C compiler",
        "it links every program, and compiles the cryptography behind TLS",
        &["gcc", "libc6-dev"],
    );
    lacking(
        find_on_path("make").is_none(),
        "make",
        "it builds the allocator of servers and workers",
        &["make"],
    );
    lacking(
        Rust::ready(layout).is_none(),
        "Rust's target wasm32-unknown-unknown",
        "the pages' interactive parts are compiled to it",
        &[],
    );
    lacking(
        needs.postgres && PostgresPrograms::find().is_none(),
        "PostgreSQL 15 or newer",
        "it holds every seat, booking and payment",
        &["postgresql"],
    );
    lacking(
        needs.nats && nats::find(layout).is_none(),
        "nats-server 2.12 or newer",
        "reservations, payments and change events travel through JetStream",
        nats::packages(),
    );
    lacking(
        needs.redis && find_on_path("redis-server").is_none(),
        "redis-server",
        "it refuses conflicting holds before they reach the database",
        &["redis-server"],
    );
    lacking(
        needs.faketime && faketime().is_none(),
        "libfaketime",
        "a test runs a worker whose clock is an hour off",
        &["libfaketime"],
    );
    lacking(
        needs.edge && varnishd().is_none(),
        "Varnish with xkey",
        "it stands in front of the servers and answers for them",
        &["varnish", "varnish-modules"],
    );
    lacking(
        needs.yardstick && (find_on_path("nginx").is_none() || find_on_path("wrk").is_none()),
        "nginx and wrk",
        "pages are measured against files of the same content",
        &["nginx-light", "wrk"],
    );
    browser::survey(layout, needs.browser, &mut lacking);
    missing
}

/// The first number of a version somewhere in a program's answer to `--version`: `(2, 15)` in
/// `nats-server: v2.15.1`.
fn version_of(program: &std::path::Path) -> Option<(u32, u32)> {
    parse_version(&Tool::new(program).arg("--version").capture().ok()?)
}

fn parse_version(text: &str) -> Option<(u32, u32)> {
    let start = text.find(|c: char| c.is_ascii_digit())?;
    let mut numbers = text[start..].split(|c: char| !c.is_ascii_digit());
    let major = numbers.next()?.parse().ok()?;
    let minor = numbers.next().and_then(|minor| minor.parse().ok()).unwrap_or(0);
    Some((major, minor))
}

/// Refuses on machines for which a prebuilt binary is not pinned.
fn only_on_x86_64_linux(what: &str) -> Result<()> {
    if cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        return Ok(());
    }
    refuse(format!(
        "{what} is fetched by itself only on x86-64 Linux: please install it and put it on PATH"
    ))
}

#[cfg(test)]
mod tests {
    use super::parse_version;

    #[test]
    fn versions_are_found_in_what_programs_say() {
        assert_eq!(parse_version("nats-server: v2.15.1"), Some((2, 15)));
        assert_eq!(parse_version("v20.20.2"), Some((20, 20)));
        assert_eq!(parse_version("initdb (PostgreSQL) 15.18 (Debian)"), Some((15, 18)));
        assert_eq!(parse_version("initdb (PostgreSQL) 17beta1"), Some((17, 0)));
        assert_eq!(parse_version("no number"), None);
    }
}
