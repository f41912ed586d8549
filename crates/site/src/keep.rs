//! What stays of earlier sites: pages that an edge still has name files of theirs.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use crate::{
    bundle,
    error::{At, Result},
    files,
    name::{CODE_HASHES_FILE, DIGITS, NAMES_FILE, Names},
};

/// How long files are kept after their site was replaced: as long as an edge may keep pages.
const KEPT: Duration = Duration::from_secs(86_400);

/// Keeps files of the site before. What its own pages name is replaced now, however old it is, and
/// marked with this time; what it kept of sites before it goes once its mark is old.
pub fn keep_of_before(before: &Path, draft: &Path) -> Result<()> {
    if !before.is_dir() {
        return Ok(());
    }
    let in_use = named_by(before);
    for file in files::below(before)?.iter().filter(|file| is_named_by_content(file)) {
        let path = file.strip_prefix(before).unwrap_or(file);
        let is_in_use = in_use.contains(&unpacked(path));
        let kept = draft.join(path);
        if kept.exists() || !(is_in_use || is_recent(file)?) {
            continue;
        }
        if let Some(folder) = kept.parent() {
            fs::create_dir_all(folder).at(folder)?;
        }
        // A link has the mark of the file; a copy would be young for ever.
        fs::hard_link(file, &kept).at(&kept)?;
        if is_in_use {
            let mark = |kept: File| kept.set_modified(SystemTime::now());
            File::open(&kept).and_then(mark).at(&kept)?;
        }
    }
    Ok(())
}

/// The files, from the top of a site, that its pages name. Without its lists it names none.
fn named_by(site: &Path) -> BTreeSet<PathBuf> {
    let text = |list| fs::read_to_string(site.join(list)).unwrap_or_default();
    let names: Names = serde_json::from_str(&text(NAMES_FILE)).unwrap_or_default();
    let in_use = names.values().map(|path| PathBuf::from(path.trim_start_matches('/')));
    let hashes = text(CODE_HASHES_FILE);
    let code = hashes.lines().filter_map(|line| {
        let (kind, hash) = line.split_once(": ")?;
        Some(Path::new(bundle::FOLDER).join(format!("{}.{hash}.{kind}", bundle::NAME)))
    });
    in_use.chain(code).collect()
}

/// Whether its name is that of its content, packed or not.
fn is_named_by_content(file: &Path) -> bool {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let mut words = name.split('.').skip(1);
    words.next().is_some_and(|hash| {
        hash.len() == DIGITS && hash.bytes().all(|digit| digit.is_ascii_hexdigit())
    })
}

/// The path of the file that this one is, or is the packed form of.
fn unpacked(path: &Path) -> PathBuf {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("br" | "gz") => path.with_extension(""),
        _ => path.to_owned(),
    }
}

fn is_recent(file: &Path) -> Result<bool> {
    let marked = fs::metadata(file).and_then(|about| about.modified()).at(file)?;
    Ok(marked.elapsed().map_or(true, |age| age < KEPT))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CSS: &str = "page.0000000000000001.css";
    const PACKED: &str = "page.0000000000000001.css.br";
    const FONT: &str = "fonts/a.0000000000000002.woff2";
    const CODE: &str = "pkg/onsale.0000000000000003.wasm";

    fn write(top: &Path, files: &[(&str, &str)]) {
        for (name, text) in files {
            let file = top.join(name);
            fs::create_dir_all(file.parent().expect("a folder")).expect("own folder");
            fs::write(file, text).expect("own folder");
        }
    }

    /// Two days later.
    fn grow_old(top: &Path) {
        for file in files::below(top).expect("readable") {
            let then = SystemTime::now() - KEPT * 2;
            File::open(file).and_then(|file| file.set_modified(then)).expect("own file");
        }
    }

    /// What the next site keeps of this one.
    fn next(before: &Path) -> tempfile::TempDir {
        let draft = tempfile::tempdir().expect("scratch folder");
        write(draft.path(), &[(NAMES_FILE, "{}"), (CODE_HASHES_FILE, "")]);
        keep_of_before(before, draft.path()).expect("kept");
        draft
    }

    #[test]
    fn what_pages_name_is_kept_for_a_day_from_when_it_was_replaced() {
        let first = tempfile::tempdir().expect("scratch folder");
        let names = format!("{{ \"/page.css\": \"/{CSS}\", \"/fonts/a.woff2\": \"/{FONT}\" }}");
        write(
            first.path(),
            &[
                (NAMES_FILE, &names),
                (CODE_HASHES_FILE, "wasm: 0000000000000003\n"),
                (CSS, "css"),
                (PACKED, "packed"),
                (FONT, "font"),
                (CODE, "code"),
                ("page.0000000000000004.css", "of a site before it"),
                ("favicon.svg", "<svg/>"),
            ],
        );
        grow_old(first.path());

        let second = next(first.path());
        let third = next(second.path());
        for site in [&second, &third] {
            let kept: Vec<_> = files::below(site.path()).expect("readable");
            let named = [CSS, PACKED, FONT, CODE].map(|file| site.path().join(file));
            assert!(named.iter().all(|file| kept.contains(file)), "{kept:?}");
            assert_eq!(kept.len(), named.len() + 2, "and the two lists: {kept:?}");
        }

        grow_old(third.path());
        let fourth = next(third.path());
        assert_eq!(files::below(fourth.path()).expect("readable").len(), 2, "only the lists");
    }

    #[test]
    fn what_the_new_site_has_stays_and_the_first_site_has_none_before() {
        let (before, draft) = (tempfile::tempdir(), tempfile::tempdir());
        let (before, draft) = (before.expect("scratch folder"), draft.expect("scratch folder"));
        write(before.path(), &[(CSS, "before")]);
        write(draft.path(), &[(CSS, "now")]);
        keep_of_before(before.path(), draft.path()).expect("kept");
        assert_eq!(fs::read_to_string(draft.path().join(CSS)).expect("a file"), "now");
        keep_of_before(Path::new("/nowhere"), draft.path()).expect("nothing to keep");
    }
}
