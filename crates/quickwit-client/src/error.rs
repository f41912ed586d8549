//! What can go wrong.

/// Why a call has no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The address is not one of a server.
    #[error("not an address of a server: {0}")]
    Address(String),
    /// The name cannot be one of an index, so nothing was sent.
    #[error("`{0}` cannot be the name of an index")]
    IndexId(String),
    /// The server cannot be reached, or the connection broke.
    #[error("Quickwit cannot be reached: {0}")]
    Http(#[from] reqwest::Error),
    /// Quickwit refuses, and says why.
    #[error("Quickwit refuses ({status}): {message}")]
    Refused {
        /// The status of HTTP.
        status: u16,
        /// Quickwit's own words.
        message: String,
    },
    /// The answer is not of the form that Quickwit 0.9 gives.
    #[error("an answer that cannot be read: {0}")]
    Unreadable(serde_json::Error),
    /// A document or request cannot be written as JSON.
    #[error("cannot be written as JSON: {0}")]
    Unwritable(serde_json::Error),
    /// A document is larger than a whole request may be.
    #[error("document {number} has {bytes} bytes, more than a request may have")]
    DocumentTooLarge {
        /// Its number among the documents, from 0.
        number: usize,
        /// Its size.
        bytes: usize,
    },
    /// Quickwit took a request and could not read some of its documents.
    #[error("{rejected} of {all} documents were rejected; the first: {reason}")]
    Rejected {
        /// How many.
        rejected: u64,
        /// Of how many.
        all: u64,
        /// Quickwit's words about the first.
        reason: String,
    },
}

impl Error {
    /// The status of HTTP, when Quickwit refused.
    #[must_use]
    pub const fn status(&self) -> Option<u16> {
        match self {
            Self::Refused { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// Whether what was asked for is not there.
    #[must_use]
    pub const fn is_not_found(&self) -> bool {
        matches!(self.status(), Some(404))
    }

    /// Whether it is worth asking again.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Http(error) => !error.is_builder() && !error.is_decode(),
            Self::Refused { status, .. } => matches!(status, 429 | 502 | 503 | 504),
            _ => false,
        }
    }
}
