//! The files of the built site, and what they are called: names change with the content.

use std::{fs, path::Path};

use onsale_app::Assets;
use tower_http::services::ServeDir;

/// Which names the site's files have; the site's maker writes it.
const NAMES_FILE: &str = "assets.json";
/// Which hashes the names of the code have; the site's maker writes it.
const CODE_HASHES_FILE: &str = "hashes.txt";
/// Digits of a hash in a name.
const HASH_DIGITS: usize = 16;

/// The names of the site's files. Without a built site they are asked for as they were written.
pub fn assets(site_root: &Path) -> Assets {
    let text = fs::read_to_string(site_root.join(NAMES_FILE)).unwrap_or_default();
    Assets::new(serde_json::from_str(&text).unwrap_or_default())
}

/// The file that names the code, from the top of the disk, where it exists.
pub(crate) fn code_hashes(site_root: &Path) -> Option<String> {
    let file = fs::canonicalize(site_root.join(CODE_HASHES_FILE)).ok()?;
    Some(file.to_string_lossy().into_owned())
}

pub(crate) fn files(site_root: &Path) -> ServeDir {
    ServeDir::new(site_root).precompressed_br().precompressed_gzip()
}

/// Whether a path has a name that changes with the content of the file:
/// `/event.0123456789abcdef.css`.
#[must_use]
pub fn is_hashed_file(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    let mut words = name.split('.').skip(1);
    let is_hash = |word: &str| {
        word.len() == HASH_DIGITS && word.bytes().all(|digit| digit.is_ascii_hexdigit())
    };
    words.next().is_some_and(is_hash) && words.next().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_hashes_make_a_name_of_its_content() {
        assert!(is_hashed_file("/pkg/onsale.0123456789abcdef.wasm"));
        for path in ["/event.css", "/a.0123456789abcdef", "/0123456789abcdef.css", "/a.b.css", "/"]
        {
            assert!(!is_hashed_file(path), "{path}");
        }
    }

    #[test]
    fn a_site_that_is_not_built_has_no_names() {
        let nowhere = Path::new("/a folder that does not exist");
        assert_eq!(assets(nowhere), Assets::default());
        assert_eq!(code_hashes(nowhere), None);
    }
}
