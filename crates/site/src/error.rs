//! What can go wrong while making the site.

use std::io;
use std::path::{Path, PathBuf};

/// Why the site could not be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file or folder could not be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// Which one.
        path: PathBuf,
        /// What the operating system answered.
        source: io::Error,
    },
    /// wasm-bindgen did not take the WASM.
    #[error("cannot bind {} to JavaScript: {reason}", wasm.display())]
    Bind {
        /// The file given.
        wasm: PathBuf,
        /// The whole chain of reasons.
        reason: String,
    },
    /// Fans would wait too long for the page to come alive.
    #[error(
        "{what} weigh {} kB of brotli together, the budget is {} kB: make them smaller, or take a \
         dependency out of the browser's code",
        weight_bytes.div_ceil(1_000), budget_bytes / 1_000
    )]
    OverBudget {
        /// Whose budget it is.
        what: &'static str,
        /// What they weigh.
        weight_bytes: u64,
        /// What they may weigh.
        budget_bytes: u64,
    },
}

/// The result of a step.
pub type Result<T> = std::result::Result<T, Error>;

/// Names the file in an I/O error.
pub trait At<T> {
    /// Turns the error into [`Error::File`].
    fn at(self, path: &Path) -> Result<T>;
}

impl<T, E: Into<io::Error>> At<T> for std::result::Result<T, E> {
    fn at(self, path: &Path) -> Result<T> {
        self.map_err(|source| Error::File { path: path.to_owned(), source: source.into() })
    }
}
