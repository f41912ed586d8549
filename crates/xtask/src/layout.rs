//! Where things live in a checkout. Everything we make that is not compiled lies in `.onsale/`,
//! which git ignores and `cargo xtask reset` may delete.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{FileContext, Result};

/// The folders of one checkout.
#[derive(Debug, Clone)]
pub struct Layout {
    root: PathBuf,
    target: PathBuf,
}

impl Layout {
    /// The checkout this command was compiled from.
    pub fn discover() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .ancestors()
            .nth(2)
            .unwrap_or(Path::new("."))
            .to_owned();
        let target = std::env::var_os("CARGO_TARGET_DIR")
            .map_or_else(|| root.join("target"), |folder| root.join(folder));
        Self { root, target }
    }

    /// The top of the checkout.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// What cargo compiles into.
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// The files a browser loads, made by `onsale-site`.
    pub fn site(&self) -> PathBuf {
        self.target.join("site")
    }

    /// Our own state: data, logs, process records, tools.
    pub fn state(&self) -> PathBuf {
        self.root.join(".onsale")
    }

    /// Programs that no package of the system provides.
    pub fn tools(&self) -> PathBuf {
        self.state().join("tools")
    }

    /// One folder of data per service.
    pub fn data(&self) -> PathBuf {
        self.state().join("data")
    }

    /// One record per running process.
    pub fn records(&self) -> PathBuf {
        self.state().join("run")
    }

    /// What each process prints.
    pub fn logs(&self) -> PathBuf {
        self.state().join("logs")
    }

    /// Scratch space of `cargo xtask test`.
    pub fn test(&self) -> PathBuf {
        self.state().join("test")
    }
}

/// Creates a folder with all folders above it.
pub fn create_folder(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).while_doing("create", folder)
}

/// Deletes a folder with everything in it; it may be absent.
pub fn delete_folder(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        other => other.while_doing("delete", folder),
    }
}

/// The entries of a folder, in the order of their names.
pub fn entries_of(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).while_doing("read", folder)?;
    let mut paths = entries
        .map(|entry| entry.map(|entry| entry.path()).while_doing("read", folder))
        .collect::<Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}
