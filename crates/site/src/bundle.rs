//! WASM bound to JavaScript.

use std::{fs, path::Path};

use wasm_bindgen_cli_support::Bindgen;

use crate::error::{At, Error, Result};
use crate::script;

/// The folder, inside the site, that every page loads its code from.
pub const FOLDER: &str = "pkg";
/// The server is compiled with this name (`LEPTOS_OUTPUT_NAME` in `.cargo/config.toml`) and its
/// pages load `onsale.{hash}.js` and `onsale.{hash}.wasm`.
pub const NAME: &str = "onsale";

/// Writes `onsale.js`, `onsale.wasm` and any snippets into `folder`.
pub fn write(wasm: &Path, folder: &Path) -> Result<()> {
    let refused = |reason: String| Error::Bind { wasm: wasm.to_owned(), reason };
    bind(wasm, folder).map_err(|error| refused(format!("{error:#}")))?;
    // wasm-bindgen appends `_bg`; a server that was compiled with the name does not.
    let (bound, served) = (format!("{NAME}_bg.wasm"), format!("{NAME}.wasm"));
    fs::rename(folder.join(bound), folder.join(served))
        .map_err(|error| refused(error.to_string()))?;
    let script = folder.join(format!("{NAME}.js"));
    let text = fs::read_to_string(&script).at(&script)?;
    fs::write(&script, script::stripped(&text)).at(&script)
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
