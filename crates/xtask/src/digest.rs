//! Content hashes: of downloads we verify and of inputs that may not have changed.

use std::path::Path;

use sha2::{Digest, Sha256};

use crate::error::{FileContext, Result};

/// Bytes in lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// SHA-256 in lower-case hexadecimal.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// The same, of a whole file.
pub fn file_sha256_hex(file: &Path) -> Result<String> {
    Ok(sha256_hex(&std::fs::read(file).while_doing("read", file)?))
}
