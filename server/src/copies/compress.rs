//! Packing what is sent many times.

use std::io::Write;

use flate2::{Compression, write::GzEncoder};

/// A page packed once and sent many times is worth some milliseconds; the last level takes ten
/// times as long for one byte in fifty.
const BROTLI_QUALITY: i32 = 6;
const BROTLI_WINDOW_BITS: i32 = 20;
const GZIP_LEVEL: u32 = 6;

/// The bytes with brotli.
pub fn brotli(bytes: &[u8]) -> Vec<u8> {
    let parameters = brotli::enc::BrotliEncoderParams {
        quality: BROTLI_QUALITY,
        lgwin: BROTLI_WINDOW_BITS,
        size_hint: bytes.len(),
        ..Default::default()
    };
    let mut packed = Vec::with_capacity(bytes.len() / 4);
    match brotli::BrotliCompress(&mut &bytes[..], &mut packed, &parameters) {
        Ok(_) => packed,
        // Writing to memory does not fail; the bytes as they are would be no brotli.
        Err(_) => bytes.to_vec(),
    }
}

/// The bytes with gzip.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder =
        GzEncoder::new(Vec::with_capacity(bytes.len() / 3), Compression::new(GZIP_LEVEL));
    match encoder.write_all(bytes).and_then(|()| encoder.finish()) {
        Ok(packed) => packed,
        Err(_) => bytes.to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn what_is_packed_can_be_unpacked() {
        let text = "row F seat 12, ".repeat(400).into_bytes();
        let (small, smaller) = (gzip(&text), brotli(&text));
        assert!(small.len() < text.len() / 10 && smaller.len() < small.len());
        let mut unpacked = Vec::new();
        flate2::read::GzDecoder::new(&small[..]).read_to_end(&mut unpacked).expect("gzip");
        assert_eq!(unpacked, text);
        unpacked.clear();
        brotli::Decompressor::new(&smaller[..], 4096).read_to_end(&mut unpacked).expect("brotli");
        assert_eq!(unpacked, text);
    }
}
