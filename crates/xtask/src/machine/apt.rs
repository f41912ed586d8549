//! Debian's packages.

use crate::error::{Result, refuse};
use crate::tool::{Tool, find_on_path};

/// Whether a package is installed and configured.
pub fn is_installed(package: &str) -> bool {
    Tool::new("dpkg-query")
        .args(["--show", "--showformat=${db:Status-Abbrev}", package])
        .capture()
        .is_ok_and(|status| status.starts_with("ii"))
}

/// Installs packages, after refreshing the lists (a bare machine may have none).
pub fn install(packages: &[&str]) -> Result<()> {
    if packages.is_empty() {
        return Ok(());
    }
    if find_on_path("apt-get").is_none() {
        return refuse(format!(
            "this machine has no apt-get: please install what Debian calls {} and start again",
            packages.join(", ")
        ));
    }
    Tool::as_root("apt-get").args(["update", "-qq"]).run_aloud()?;
    Tool::as_root("env")
        .args(["DEBIAN_FRONTEND=noninteractive", "apt-get", "install"])
        .args(["--yes", "-qq", "--no-install-recommends"])
        .args(packages)
        .run_aloud()
}
