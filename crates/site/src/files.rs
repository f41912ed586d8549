//! Folders, walked and copied.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{At, Result};

/// Every file below a folder, in the order of their paths.
pub fn below(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).at(folder)? {
        let path = entry.at(folder)?.path();
        match path.is_dir() {
            true => files.extend(below(&path)?),
            false => files.push(path),
        }
    }
    files.sort();
    Ok(files)
}

/// Copies everything below a folder. Hidden files stay behind: they speak to editors and git.
pub fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).at(to)?;
    for entry in fs::read_dir(from).at(from)? {
        let entry = entry.at(from)?;
        let name = entry.file_name();
        if name.to_string_lossy().starts_with('.') {
            continue;
        }
        let (source, target) = (entry.path(), to.join(&name));
        match source.is_dir() {
            true => copy_folder(&source, &target)?,
            false => {
                fs::copy(&source, &target).at(&source)?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_copied_whole_but_for_hidden_files() {
        let top = tempfile::tempdir().expect("scratch folder");
        let (from, to) = (top.path().join("from"), top.path().join("to"));
        fs::create_dir_all(from.join("fonts")).expect("own folder");
        for name in ["robots.txt", "fonts/a.woff2", ".gitkeep"] {
            fs::write(from.join(name), name).expect("own folder");
        }
        copy_folder(&from, &to).expect("readable");
        let copied = below(&to).expect("readable");
        assert_eq!(copied, [to.join("fonts/a.woff2"), to.join("robots.txt")]);
    }
}
