//! One error type for the whole command: every variant reads as a sentence a person can act on.

use std::io;
use std::path::{Path, PathBuf};

/// Why a step of `cargo xtask` could not be done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file or folder could not be read, written or moved.
    #[error("cannot {action} {}: {source}", path.display())]
    File {
        /// What was being done, as a verb ("read", "write").
        action: &'static str,
        /// The file it was done to.
        path: PathBuf,
        /// What the operating system answered.
        source: io::Error,
    },
    /// A program could not be started at all.
    #[error("cannot start `{command}`: {source}")]
    Start {
        /// The command line as typed.
        command: String,
        /// What the operating system answered.
        source: io::Error,
    },
    /// A program ran and said no.
    #[error("`{command}` failed ({status}){details}")]
    Failed {
        /// The command line as typed.
        command: String,
        /// Exit code or signal.
        status: String,
        /// The last lines it printed, indented, or nothing when they were shown already.
        details: String,
    },
    /// Everything else that a person must know or decide.
    #[error("{0}")]
    Refused(String),
}

/// The result of a step.
pub type Result<T> = std::result::Result<T, Error>;

/// Names the file in an I/O error, which the standard library leaves out.
pub trait FileContext<T> {
    /// Turns the error into [`Error::File`].
    fn while_doing(self, action: &'static str, path: &Path) -> Result<T>;
}

impl<T> FileContext<T> for io::Result<T> {
    fn while_doing(self, action: &'static str, path: &Path) -> Result<T> {
        self.map_err(|source| Error::File { action, path: path.to_owned(), source })
    }
}

/// Shorthand for [`Error::Refused`].
pub fn refuse<T>(reason: impl Into<String>) -> Result<T> {
    Err(Error::Refused(reason.into()))
}
