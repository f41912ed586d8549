//! The names of the site's files. They change with the content of the files, so that browsers and
//! edges may keep them for ever.

use std::{collections::BTreeMap, sync::Arc};

use leptos::prelude::use_context;

/// What the files of the site are called, by the paths under which they were written. The server
/// may provide it as context; without it files are asked for as they were written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Assets(Arc<BTreeMap<String, String>>);

impl Assets {
    /// From pairs such as `/event.css` and `/event.0123456789abcdef.css`.
    #[must_use]
    pub fn new(names: BTreeMap<String, String>) -> Self {
        Self(Arc::new(names))
    }

    /// The path under which a browser finds the file.
    #[must_use]
    pub fn path_of<'a>(&'a self, written: &'a str) -> &'a str {
        self.0.get(written).map_or(written, String::as_str)
    }
}

/// The path under which a browser finds a file of the site.
pub(crate) fn asset(written: &str) -> String {
    use_context::<Assets>().unwrap_or_default().path_of(written).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_keep_their_names_are_found_as_well() {
        let names = [("/event.css".to_owned(), "/event.0123456789abcdef.css".to_owned())];
        let assets = Assets::new(names.into());
        assert_eq!(assets.path_of("/event.css"), "/event.0123456789abcdef.css");
        assert_eq!(assets.path_of("/favicon.svg"), "/favicon.svg");
    }
}
