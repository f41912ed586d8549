//! Rust, read just well enough for the rules: which bytes are code, which code is a test, and
//! where functions begin and end. No parser, so that xtask compiles in seconds.

use std::collections::BTreeSet;

use super::tree::Tree;

/// One file of Rust.
#[derive(Debug)]
pub struct Source<'a> {
    /// Path in the checkout.
    pub path: &'a str,
    /// The text with comments, literals and test items blanked out; lines stay where they were.
    pub code: String,
    /// Whether the whole file serves tests.
    pub is_test: bool,
}

impl<'a> Source<'a> {
    /// Every file of Rust.
    pub fn all(tree: &'a Tree) -> Vec<Self> {
        let masked: Vec<(&str, String)> = tree
            .with_extension("rs")
            .map(|(path, text)| (path, without_comments_and_literals(text)))
            .collect();
        let test_modules: BTreeSet<String> =
            masked.iter().flat_map(|(path, code)| test_modules_of(path, code)).collect();
        masked
            .into_iter()
            .map(|(path, code)| Self {
                path,
                code: without_tests(&code),
                is_test: is_test_file(path) || is_below(path, &test_modules),
            })
            .collect()
    }
}

fn is_test_file(path: &str) -> bool {
    let test_support = ["end2end/", "crates/testkit/"];
    path.contains("/tests/")
        || path.ends_with("/tests.rs")
        || test_support.iter().any(|folder| path.starts_with(folder))
}

/// Paths, without `.rs`, of modules declared as `#[cfg(test)] mod name;`.
fn test_modules_of(path: &str, code: &str) -> Vec<String> {
    let stem = path.strip_suffix(".rs").unwrap_or(path);
    let (folder, file) = stem.rsplit_once('/').unwrap_or(("", stem));
    let home = match file {
        "mod" | "lib" | "main" => folder,
        _ => stem,
    };
    test_items(code)
        .into_iter()
        .filter_map(|(start, end)| {
            let item = code[start..end].strip_suffix(';')?;
            let name = item.rsplit_once("mod ")?.1.trim();
            Some(format!("{home}/{name}"))
        })
        .collect()
}

fn is_below(path: &str, modules: &BTreeSet<String>) -> bool {
    modules.iter().any(|module| {
        path.strip_prefix(module.as_str())
            .is_some_and(|rest| rest.starts_with('.') || rest.starts_with('/'))
    })
}

/// Blanks comments, strings and character literals, keeping every line break.
fn without_comments_and_literals(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut code = bytes.to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let end = end_of_comment_or_literal(bytes, at);
        if end > at {
            blank(&mut code[at..end]);
        }
        at = end.max(at + 1);
    }
    String::from_utf8_lossy(&code).into_owned()
}

fn blank(bytes: &mut [u8]) {
    for byte in bytes {
        if *byte != b'\n' {
            *byte = b' ';
        }
    }
}

/// The end of the comment or literal that starts at `at`, or `at` when none does.
fn end_of_comment_or_literal(bytes: &[u8], at: usize) -> usize {
    let rest = &bytes[at..];
    let previous_is_word = at > 0 && is_word(bytes[at - 1]);
    match rest {
        [b'/', b'/', ..] => find(rest, b"\n").map_or(bytes.len(), |line| at + line),
        [b'/', b'*', ..] => at + block_comment(rest),
        [b'"', ..] => at + quoted(rest, b'"'),
        [b'r', b'"' | b'#', ..] if !previous_is_word => at + raw_string(rest),
        [b'b', b'r', b'"' | b'#', ..] if !previous_is_word => at + 1 + raw_string(&rest[1..]),
        [b'\'', b'\\', ..] => at + quoted(rest, b'\''),
        // A lifetime has no closing quote right behind its first character.
        [b'\'', ..] => match std::str::from_utf8(&rest[1..rest.len().min(6)]) {
            Ok(text) => at + character(text),
            Err(error) => {
                let valid = &rest[1..1 + error.valid_up_to()];
                at + character(std::str::from_utf8(valid).unwrap_or_default())
            }
        },
        _ => at,
    }
}

/// Length of `'x'` given what follows its first quote; 0 for a lifetime.
fn character(behind_quote: &str) -> usize {
    let mut characters = behind_quote.chars();
    match (characters.next(), characters.next()) {
        (Some(first), Some('\'')) => 2 + first.len_utf8(),
        _ => 0,
    }
}

fn block_comment(rest: &[u8]) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < rest.len() {
        match &rest[at..] {
            [b'/', b'*', ..] => (depth, at) = (depth + 1, at + 2),
            [b'*', b'/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return at;
        }
    }
    rest.len()
}

fn quoted(rest: &[u8], quote: u8) -> usize {
    let mut at = 1;
    while at < rest.len() {
        match rest[at] {
            b'\\' => at += 2,
            byte if byte == quote => return at + 1,
            _ => at += 1,
        }
    }
    rest.len()
}

/// Length of `r#"…"#`; 0 for a raw identifier such as `r#type`.
fn raw_string(rest: &[u8]) -> usize {
    let hashes = rest[1..].iter().take_while(|byte| **byte == b'#').count();
    let opening = 1 + hashes;
    if rest.get(opening) != Some(&b'"') {
        return 0;
    }
    let closing = [b"\"".as_slice(), &vec![b'#'; hashes]].concat();
    let body = opening + 1;
    find(&rest[body..], &closing).map_or(rest.len(), |at| body + at + closing.len())
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Blanks items under `#[cfg(test)]` and functions under `#[test]`.
fn without_tests(code: &str) -> String {
    let mut bytes = code.as_bytes().to_vec();
    for (start, end) in test_items(code) {
        blank(&mut bytes[start..end]);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Where test items start (at their attribute) and end.
fn test_items(code: &str) -> Vec<(usize, usize)> {
    let mut items = Vec::new();
    for marker in ["#[cfg(test)]", "#[cfg(all(test", "#[test]", "#[tokio::test"] {
        for (start, _) in code.match_indices(marker) {
            items.push((start, end_of_item(code, start)));
        }
    }
    items
}

/// The end of the item that begins at `start` with its attributes: the first `;`, or the brace
/// that closes the first block, outside of parentheses and square brackets.
fn end_of_item(code: &str, start: usize) -> usize {
    let mut nested = 0_usize;
    for (offset, byte) in code.as_bytes()[start..].iter().enumerate() {
        match byte {
            b'(' | b'[' => nested += 1,
            b')' | b']' => nested = nested.saturating_sub(1),
            b';' if nested == 0 => return start + offset + 1,
            b'{' if nested == 0 => return end_of_block(code, start + offset),
            _ => {}
        }
    }
    code.len()
}

fn end_of_block(code: &str, open: usize) -> usize {
    let mut depth = 0_usize;
    for (offset, byte) in code.as_bytes()[open..].iter().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return open + offset + 1;
        }
    }
    code.len()
}

/// A function with a body.
#[derive(Debug, PartialEq, Eq)]
pub struct Function<'a> {
    /// Its name.
    pub name: &'a str,
    /// The line of its `fn`, from 1.
    pub first_line: usize,
    /// From `fn` to the closing brace.
    pub lines: usize,
}

/// Every function in masked code, nested ones too.
pub fn functions(code: &str) -> Vec<Function<'_>> {
    code.match_indices("fn ")
        .filter(|(start, _)| *start == 0 || !is_word(code.as_bytes()[start - 1]))
        .filter_map(|(start, word)| {
            let behind = &code[start + word.len()..];
            let name_length = behind.bytes().take_while(|byte| is_word(*byte)).count();
            let end = end_of_item(code, start);
            let item = &code[start..end];
            (name_length > 0 && item.ends_with('}')).then(|| Function {
                name: &behind[..name_length],
                first_line: line_of(code, start),
                lines: item.matches('\n').count() + 1,
            })
        })
        .collect()
}

/// The line of a byte, from 1.
pub fn line_of(text: &str, at: usize) -> usize {
    text.as_bytes()[..at].iter().filter(|byte| **byte == b'\n').count() + 1
}

#[cfg(test)]
#[path = "rust_source_tests.rs"]
mod tests;
