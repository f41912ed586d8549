//! PostgreSQL's own programs, which Debian keeps off PATH.

use std::path::{Path, PathBuf};

use super::version_of;
use crate::layout::entries_of;
use crate::tool::find_on_path;

const OLDEST_MAJOR: u32 = 15;

/// The folder with `initdb`, `postgres` and `createdb`.
#[derive(Debug, Clone)]
pub struct PostgresPrograms {
    folder: PathBuf,
}

impl PostgresPrograms {
    /// The newest installation, on PATH or in Debian's folders; of equals, Debian's.
    pub fn find() -> Option<Self> {
        let installed = entries_of(Path::new("/usr/lib/postgresql")).unwrap_or_default();
        let debian = installed.into_iter().map(|version| version.join("bin"));
        let on_path = find_on_path("initdb").and_then(|file| Some(file.parent()?.to_owned()));
        let newest = on_path
            .into_iter()
            .chain(debian)
            .filter_map(|folder| Some((version_of(&folder.join("initdb"))?, folder)))
            .filter(|((major, _), _)| *major >= OLDEST_MAJOR)
            .max_by_key(|(version, _)| *version);
        newest.map(|(_, folder)| Self { folder })
    }

    /// One of the programs.
    pub fn program(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}
