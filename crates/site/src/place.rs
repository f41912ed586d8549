//! The site appears whole: a running server never sees half of it.

use std::fs;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, RenameFlags, renameat_with};

use crate::error::{At, Result};

/// An empty folder beside `out`, to work in.
pub fn draft_of(out: &Path) -> Result<PathBuf> {
    let draft = out.with_extension("draft");
    if draft.exists() {
        fs::remove_dir_all(&draft).at(&draft)?;
    }
    fs::create_dir_all(&draft).at(&draft)?;
    Ok(draft)
}

/// Puts a finished draft in place of `out`, in one step that nobody can look between. Where the
/// file system cannot exchange folders (inside some containers), in two quick ones.
pub fn put(draft: &Path, out: &Path) -> Result<()> {
    if !out.exists() {
        return fs::rename(draft, out).at(out);
    }
    if renameat_with(CWD, draft, CWD, out, RenameFlags::EXCHANGE).is_ok() {
        // What is called draft now is the site of before.
        return fs::remove_dir_all(draft).at(draft);
    }
    fs::remove_dir_all(out).at(out)?;
    fs::rename(draft, out).at(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_site_replaces_the_one_before() {
        let top = tempfile::tempdir().expect("scratch folder");
        let out = top.path().join("site");
        for text in ["first", "second"] {
            let draft = draft_of(&out).expect("own folder");
            fs::write(draft.join("page"), text).expect("own folder");
            put(&draft, &out).expect("same file system");
            assert_eq!(fs::read_to_string(out.join("page")).expect("in place"), text);
            assert!(!draft.exists());
        }
    }
}
