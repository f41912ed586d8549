//! The text of the checkout: what git tracks or would track.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::error::Result;
use crate::tool::Tool;

/// Files by their path in the checkout. Files that are not text are there with no text.
#[derive(Debug, Default)]
pub struct Tree {
    /// Path, always with `/`, and contents.
    pub files: BTreeMap<String, String>,
}

impl Tree {
    /// Reads a checkout. Files that others delete meanwhile are left out.
    pub fn read(root: &Path) -> Result<Self> {
        let listed = Tool::new("git")
            .args(["ls-files", "--cached", "--others", "--exclude-standard", "-z"])
            .in_folder(root)
            .capture()?;
        let files = listed
            .split('\0')
            .filter(|path| !path.is_empty())
            .filter_map(|path| Some((path.to_owned(), fs::read(root.join(path)).ok()?)))
            .map(|(path, bytes)| (path, String::from_utf8(bytes).unwrap_or_default()))
            .collect();
        Ok(Self { files })
    }

    /// Files whose name ends in `.extension`.
    pub fn with_extension(&self, extension: &str) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().map(|(path, text)| (path.as_str(), text.as_str())).filter(
            move |(path, _)| path.rsplit_once('.').is_some_and(|(_, found)| found == extension),
        )
    }
}

#[cfg(test)]
impl Tree {
    /// A checkout made of these files.
    pub fn of(files: &[(&str, &str)]) -> Self {
        let owned = |(path, text): &(&str, &str)| ((*path).to_owned(), (*text).to_owned());
        Self { files: files.iter().map(owned).collect() }
    }
}
