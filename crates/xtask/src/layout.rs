//! Where things live in a checkout. Everything we make that is not compiled lies in `.onsale/`,
//! which git ignores and `cargo xtask reset` may delete.

use std::path::{Path, PathBuf};

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
            .map_or_else(|| root.join("target"), |dir| root.join(dir));
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

    /// Our own state: data, logs, pid files, tools.
    pub fn state(&self) -> PathBuf {
        self.root.join(".onsale")
    }

    /// Programs that no package of the system provides.
    pub fn tools(&self) -> PathBuf {
        self.state().join("tools")
    }
}
