//! What the site weighs, and whether that is too much.

use std::ffi::OsStr;
use std::fmt::Write;

use crate::bundle;
use crate::compress::Sizes;
use crate::error::{Error, Result};

/// A table for people.
pub fn table(sizes: &[Sizes]) -> String {
    let mut table = format!("{:<40} {:>10} {:>10} {:>10}\n", "", "raw", "gzip", "brotli");
    for file in sizes {
        let name = file.file.display().to_string();
        let [raw, gzip, brotli] =
            [file.raw_bytes, file.gzip_bytes, file.brotli_bytes].map(kilobytes);
        // Writing to a String cannot fail.
        let _ = writeln!(table, "{name:<40} {raw:>10} {gzip:>10} {brotli:>10}");
    }
    table
}

/// The most that the scripts of pages without WASM may weigh together, in bytes of brotli: those of
/// the waiting room come to people on slow networks at the worst of times.
const LIGHT_BUDGET_BYTES: u64 = 12_000;

/// Refuses a site whose code weighs too much on the wire. The code of the islands, which the event
/// page loads, and the scripts of pages that load none of it are weighed apart.
pub fn hold_budget(sizes: &[Sizes], budget_bytes: u64) -> Result<()> {
    let is_code = |file: &&Sizes| {
        let extension = file.file.extension().and_then(OsStr::to_str);
        matches!(extension, Some("wasm" | "js"))
    };
    let (islands, light): (Vec<_>, Vec<_>) =
        sizes.iter().filter(is_code).partition(|file| file.file.starts_with(bundle::FOLDER));
    weigh("WASM and JavaScript of the islands", &islands, budget_bytes)?;
    weigh("scripts of pages without WASM", &light, LIGHT_BUDGET_BYTES)
}

fn weigh(what: &'static str, files: &[&Sizes], budget_bytes: u64) -> Result<()> {
    let weight_bytes = files.iter().map(|file| file.brotli_bytes).sum();
    if weight_bytes > budget_bytes {
        return Err(Error::OverBudget { what, weight_bytes, budget_bytes });
    }
    println!("{what}: {} of {} on the wire", kilobytes(weight_bytes), kilobytes(budget_bytes));
    Ok(())
}

/// Thousands of bytes with one decimal, rounded down.
fn kilobytes(bytes: u64) -> String {
    format!("{}.{} kB", bytes / 1_000, bytes % 1_000 / 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, brotli_bytes: u64) -> Sizes {
        Sizes {
            file: name.into(),
            raw_bytes: brotli_bytes * 4,
            gzip_bytes: brotli_bytes * 2,
            brotli_bytes,
        }
    }

    #[test]
    fn only_code_counts_and_the_limit_itself_is_allowed() {
        let sizes = [
            file("pkg/onsale.wasm", 250_000),
            file("pkg/onsale.js", 50_000),
            file("style.css", 900_000),
            file("queue.js", 12_000),
        ];
        assert!(hold_budget(&sizes, 300_000).is_ok());
        let refused = hold_budget(&sizes, 299_999).expect_err("one byte too many");
        assert!(refused.to_string().contains("islands weigh 300 kB"), "{refused}");
        let heavy = [file("queue.js", 12_001)];
        let refused = hold_budget(&heavy, 300_000).expect_err("one byte too many");
        assert!(refused.to_string().contains("without WASM weigh 13 kB"), "{refused}");
    }

    #[test]
    fn sizes_read_in_kilobytes() {
        let table = table(&[file("pkg/onsale.js", 12_345)]);
        assert!(table.contains("49.3 kB") && table.contains("12.3 kB"), "{table}");
    }
}
