//! Names that change with the content, so that browsers and edges may keep a file for ever:
//! `event.css` becomes `event.0123456789abcdef.css`. Pages find the names in `assets.json`, and
//! those of the code in `hashes.txt`, which is how Leptos wants to be told.

use std::{
    collections::BTreeMap,
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};

use crate::{
    bundle,
    error::{At, Error, Result},
    files,
};

/// What every file of these kinds is called, by what it was called in `public/`.
pub const NAMES_FILE: &str = "assets.json";
/// The hashes of JavaScript and WASM.
pub const CODE_HASHES_FILE: &str = "hashes.txt";
/// Digits in a name; 64 bits tell the versions of one file apart.
pub const DIGITS: usize = 16;

/// Paths of the site as pages know them, and as they are.
pub type Names = BTreeMap<String, String>;

/// Renames fonts, style sheets, scripts and code.
pub fn by_content(top: &Path) -> Result<()> {
    let mut names = Names::new();
    // A style sheet names fonts, so fonts are named first.
    for kind in ["woff2", "css"] {
        for file in files::below(top)?.iter().filter(|file| has_extension(file, kind)) {
            if kind == "css" {
                rewrite(file, &names, "url(\"", "\")")?;
            }
            let named = rename(file)?;
            names.insert(path_in(top, file), path_in(top, &named));
        }
    }
    name_scripts(top, &mut names)?;
    let mut hashes = String::new();
    for kind in ["js", "wasm"] {
        let file = top.join(bundle::FOLDER).join(bundle::NAME).with_extension(kind);
        let hash = hash_of(&file)?;
        rename(&file)?;
        hashes.push_str(&format!("{kind}: {hash}\n"));
    }
    let hashes_file = top.join(CODE_HASHES_FILE);
    fs::write(&hashes_file, hashes).at(&hashes_file)?;
    let names_file = top.join(NAMES_FILE);
    let text = serde_json::to_string_pretty(&names).at(&names_file)?;
    fs::write(&names_file, text).at(&names_file)
}

fn has_extension(file: &Path, extension: &str) -> bool {
    file.extension() == Some(OsStr::new(extension))
}

/// Renames scripts of pages without WASM. One that loads others is named after them: a script of a
/// new release must not load an old one that a browser has kept.
fn name_scripts(top: &Path, names: &mut Names) -> Result<()> {
    let of_code = top.join(bundle::FOLDER);
    let mut left = files::below(top)?;
    left.retain(|file| has_extension(file, "js") && !file.starts_with(&of_code));
    while !left.is_empty() {
        let mut ready = Vec::new();
        for file in &left {
            let text = fs::read_to_string(file).at(file)?;
            let loads = |other: &PathBuf| {
                other != file && text.contains(&format!("\"{}\"", path_in(top, other)))
            };
            if !left.iter().any(loads) {
                ready.push(file.clone());
            }
        }
        if ready.is_empty() {
            return Err(Error::Circle { scripts: left });
        }
        left.retain(|file| !ready.contains(file));
        for file in ready {
            rewrite(&file, names, "\"", "\"")?;
            let named = rename(&file)?;
            names.insert(path_in(top, &file), path_in(top, &named));
        }
    }
    Ok(())
}

/// Has a file name others as they are named now, wherever their names stand between these.
fn rewrite(file: &Path, names: &Names, before: &str, after: &str) -> Result<()> {
    let text = fs::read_to_string(file).at(file)?;
    let named = names.iter().fold(text, |text, (old, new)| {
        text.replace(&format!("{before}{old}{after}"), &format!("{before}{new}{after}"))
    });
    fs::write(file, named).at(file)
}

fn hash_of(file: &Path) -> Result<String> {
    let mut hash = hex::encode(Sha256::digest(fs::read(file).at(file)?));
    hash.truncate(DIGITS);
    Ok(hash)
}

fn rename(file: &Path) -> Result<PathBuf> {
    let extension = file.extension().unwrap_or_default().to_string_lossy();
    let named = file.with_extension(format!("{}.{extension}", hash_of(file)?));
    fs::rename(file, &named).at(file)?;
    Ok(named)
}

/// The path by which a browser asks for a file.
fn path_in(top: &Path, file: &Path) -> String {
    format!("/{}", file.strip_prefix(top).unwrap_or(file).display())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(font: &str) -> (tempfile::TempDir, Names) {
        let top = tempfile::tempdir().expect("scratch folder");
        fs::create_dir_all(top.path().join("fonts")).expect("own folder");
        fs::create_dir_all(top.path().join("pkg")).expect("own folder");
        for (name, text) in [
            ("fonts/a.woff2", font),
            ("page.css", "@font-face { src: url(\"/fonts/a.woff2\") }"),
            ("favicon.svg", "<svg/>"),
            ("pkg/onsale.js", "go()"),
            ("pkg/onsale.wasm", "asm"),
        ] {
            fs::write(top.path().join(name), text).expect("own folder");
        }
        by_content(top.path()).expect("named");
        let names = fs::read_to_string(top.path().join(NAMES_FILE)).expect("the names");
        let names = serde_json::from_str(&names).expect("a map");
        (top, names)
    }

    #[test]
    fn pages_find_files_by_their_old_names_and_what_keeps_its_name_keeps_it() {
        let (top, names) = site("one");
        for name in ["/fonts/a.woff2", "/page.css"] {
            let named = names[name].trim_start_matches('/');
            assert!(top.path().join(named).exists(), "{named}");
            assert!(!top.path().join(name.trim_start_matches('/')).exists(), "{name}");
        }
        assert!(top.path().join("favicon.svg").exists() && !names.contains_key("/favicon.svg"));
        let hashes = fs::read_to_string(top.path().join(CODE_HASHES_FILE)).expect("the hashes");
        for line in hashes.lines() {
            let (kind, hash) = line.split_once(": ").expect("a kind and a hash");
            assert!(top.path().join(format!("pkg/onsale.{hash}.{kind}")).exists(), "{line}");
        }
    }

    #[test]
    fn a_script_is_named_after_those_that_it_loads() {
        let site = |last: &str| {
            let top = tempfile::tempdir().expect("scratch folder");
            fs::create_dir_all(top.path().join("pkg")).expect("own folder");
            for (name, text) in [
                ("a.js", "import { b } from \"/b.js\"; import(\"/c.js\")"),
                ("b.js", "import \"/c.js\"; new Worker(import.meta.url)"),
                ("c.js", last),
                ("pkg/onsale.js", "go()"),
                ("pkg/onsale.wasm", "asm"),
            ] {
                fs::write(top.path().join(name), text).expect("own folder");
            }
            top
        };
        let named = |top: &Path| -> Names {
            by_content(top).expect("named");
            let names = fs::read_to_string(top.join(NAMES_FILE)).expect("the names");
            serde_json::from_str(&names).expect("a map")
        };
        let (one, two) = (site("one"), site("two"));
        let (old, new) = (named(one.path()), named(two.path()));
        for script in ["/a.js", "/b.js", "/c.js"] {
            assert_ne!(old[script], new[script], "{script} loads what has changed");
        }
        assert_eq!(new.len(), 3, "the code of the islands has names of its own: {new:?}");
        let text = fs::read_to_string(two.path().join(&new["/a.js"][1..])).expect("a script");
        assert!(text.contains(&new["/b.js"]) && text.contains(&new["/c.js"]), "{text}");
        let circle = by_content(site("import \"/a.js\"").path()).expect_err("a circle");
        assert!(circle.to_string().contains("c.js"), "{circle}");
    }

    #[test]
    fn another_font_gives_its_style_sheet_another_name() {
        let (first, second) = (site("one"), site("two"));
        assert_ne!(first.1["/fonts/a.woff2"], second.1["/fonts/a.woff2"]);
        assert_ne!(first.1["/page.css"], second.1["/page.css"]);
        assert_eq!(site("one").1, first.1, "the same content has the same name");
    }
}
