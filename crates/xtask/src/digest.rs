//! Content hashes: of downloads we verify and of inputs that may not have changed.

use std::path::Path;

use sha2::{Digest, Sha256};

use crate::error::{FileContext, Result};

/// SHA-256 in lower-case hexadecimal.
pub fn sha256_hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The same, of a whole file.
pub fn file_sha256_hex(file: &Path) -> Result<String> {
    Ok(sha256_hex(&std::fs::read(file).while_doing("read", file)?))
}
