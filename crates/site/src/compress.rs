//! Compression, done once here instead of at every request: beside each text-like file stands a
//! `.br` and a `.gz`, which the server hands out by itself.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use brotli::enc::BrotliEncoderParams;
use flate2::{Compression, write::GzEncoder};

use crate::error::{At, Result};
use crate::files;

/// Images and fonts are compressed already.
const COMPRESSIBLE: [&str; 11] =
    ["css", "html", "ico", "js", "json", "map", "svg", "txt", "wasm", "webmanifest", "xml"];
/// As small as it gets; the time is spent once.
const BROTLI_QUALITY: i32 = 11;

/// What one file weighs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sizes {
    /// Path inside the site.
    pub file: PathBuf,
    /// As it is.
    pub raw_bytes: u64,
    /// With gzip, for old clients.
    pub gzip_bytes: u64,
    /// With brotli, for everybody else.
    pub brotli_bytes: u64,
}

/// Compresses every file below `top` that gains by it.
pub fn folder(top: &Path) -> Result<Vec<Sizes>> {
    let files: Vec<PathBuf> =
        files::below(top)?.into_iter().filter(|file| is_compressible(file)).collect();
    files.iter().map(|file| compress(top, file)).collect()
}

fn is_compressible(file: &Path) -> bool {
    let extension = file.extension().and_then(|extension| extension.to_str());
    extension.is_some_and(|extension| COMPRESSIBLE.contains(&extension))
}

fn compress(top: &Path, file: &Path) -> Result<Sizes> {
    let raw = fs::read(file).at(file)?;
    let brotli = brotli(&raw).at(file)?;
    let gzip = gzip(&raw).at(file)?;
    Ok(Sizes {
        file: file.strip_prefix(top).unwrap_or(file).to_owned(),
        raw_bytes: raw.len() as u64,
        gzip_bytes: write_if_smaller(&gzip, &raw, file, ".gz")?,
        brotli_bytes: write_if_smaller(&brotli, &raw, file, ".br")?,
    })
}

/// Writes the smaller form beside the file. Without it the server sends the file itself, so what
/// is returned is what goes over the wire.
fn write_if_smaller(packed: &[u8], raw: &[u8], file: &Path, suffix: &str) -> Result<u64> {
    if packed.len() >= raw.len() {
        return Ok(raw.len() as u64);
    }
    let mut name = file.as_os_str().to_owned();
    name.push(suffix);
    let beside = PathBuf::from(name);
    fs::write(&beside, packed).at(&beside)?;
    Ok(packed.len() as u64)
}

fn brotli(mut raw: &[u8]) -> io::Result<Vec<u8>> {
    let parameters = BrotliEncoderParams {
        quality: BROTLI_QUALITY,
        size_hint: raw.len(),
        ..BrotliEncoderParams::default()
    };
    let mut packed = Vec::new();
    brotli::BrotliCompress(&mut raw, &mut packed, &parameters)?;
    Ok(packed)
}

fn gzip(raw: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(raw)?;
    encoder.finish()
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn packed_files_unpack_to_the_same_bytes() {
        let top = tempfile::tempdir().expect("scratch folder");
        let text = "seat ".repeat(1_000);
        fs::write(top.path().join("style.css"), &text).expect("own folder");
        fs::write(top.path().join("photo.webp"), &text).expect("own folder");
        fs::write(top.path().join("tiny.txt"), "a").expect("own folder");

        let sizes = folder(top.path()).expect("readable");
        assert_eq!(sizes.len(), 2, "photos are left alone");
        assert!(sizes[0].brotli_bytes < 100 && sizes[0].gzip_bytes < 100);
        assert_eq!(sizes[1].brotli_bytes, 1, "what does not shrink is sent as it is");
        assert!(!top.path().join("tiny.txt.br").exists());

        let read = |name: &str| fs::read(top.path().join(name)).expect("written");
        let mut unpacked = String::new();
        brotli::Decompressor::new(read("style.css.br").as_slice(), 4_096)
            .read_to_string(&mut unpacked)
            .expect("brotli");
        assert_eq!(unpacked, text);
        unpacked.clear();
        flate2::read::GzDecoder::new(read("style.css.gz").as_slice())
            .read_to_string(&mut unpacked)
            .expect("gzip");
        assert_eq!(unpacked, text);
    }
}
