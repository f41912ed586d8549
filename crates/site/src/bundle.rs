//! WASM bound to JavaScript.

use std::path::Path;

use wasm_bindgen_cli_support::Bindgen;

use crate::error::{Error, Result};

/// The folder, inside the site, that every page loads its code from.
pub const FOLDER: &str = "pkg";
/// The server writes this name into its pages (`LEPTOS_OUTPUT_NAME`). wasm-bindgen appends `_bg`
/// to the WASM's, and the pages rely on that too.
const NAME: &str = "onsale";

/// Writes `onsale.js`, `onsale_bg.wasm` and any snippets into `folder`.
pub fn write(wasm: &Path, folder: &Path) -> Result<()> {
    bind(wasm, folder)
        .map_err(|error| Error::Bind { wasm: wasm.to_owned(), reason: format!("{error:#}") })
}

fn bind(wasm: &Path, folder: &Path) -> std::result::Result<(), impl std::fmt::Display> {
    let mut bindgen = Bindgen::new();
    bindgen
        .input_path(wasm)
        .out_name(NAME)
        .typescript(false)
        // A page always says where its WASM lies.
        .omit_default_module_path(true)
        .remove_name_section(true)
        .remove_producers_section(true);
    bindgen.web(true).and_then(|bindgen| bindgen.generate(folder))
}
