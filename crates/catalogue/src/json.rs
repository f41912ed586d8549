//! JSON read leniently: what has the wrong kind becomes a fault with its place, and reading
//! goes on.
//!
//! A [`Node`] is the text of one value whose syntax was checked. It is taken apart only where
//! something is needed from it, level by level, so that no tree of the whole file is ever built
//! and memory stays a small multiple of what is kept.

use std::borrow::Cow;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::{
    MAX_FILE_BYTES,
    fault::{Faults, Path, Problem, quoted},
};

/// One value of a file, not yet taken apart.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Node<'a>(&'a str);

/// The text of a file, without a byte order mark.
pub(crate) fn text_of(bytes: &[u8]) -> Result<&str, Problem> {
    if bytes.len() > MAX_FILE_BYTES {
        return Err(Problem::TooLarge { bytes: bytes.len(), limit: MAX_FILE_BYTES });
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let byte = error.valid_up_to();
        let line = 1 + bytes[..byte].iter().filter(|byte| **byte == b'\n').count();
        Problem::NotUtf8 { byte, line }
    })?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

impl<'a> Node<'a> {
    /// Checks the syntax of a whole text.
    pub fn parse(text: &'a str) -> Result<Self, Problem> {
        match serde_json::from_str::<&RawValue>(text) {
            Ok(value) => Ok(Self(value.get())),
            Err(error) => Err(Problem::NotJson { message: error.to_string() }),
        }
    }

    /// The value as written, for messages.
    pub fn as_written(self) -> String {
        quoted(self.0)
    }

    /// What it is, with its article.
    pub fn kind(self) -> &'static str {
        match self.0.as_bytes().first() {
            Some(b'{') => "an object",
            Some(b'[') => "a list",
            Some(b'"') => "a text",
            Some(b't' | b'f') => "true or false",
            Some(b'n') => "null",
            _ => "a number",
        }
    }

    pub fn is_null(self) -> bool {
        self.0 == "null"
    }

    /// A text; `None` for anything else, and for a text that escapes half a character.
    pub fn text(self) -> Option<Cow<'a, str>> {
        let inner = self.0.strip_prefix('"')?.strip_suffix('"')?;
        if inner.contains('\\') {
            serde_json::from_str(self.0).ok().map(Cow::Owned)
        } else {
            Some(Cow::Borrowed(inner))
        }
    }

    /// A number; infinite when it is written with too many zeros.
    pub fn number(self) -> Option<f64> {
        if self.kind() == "a number" { self.0.parse().ok() } else { None }
    }

    pub fn whole_number(self) -> Option<i64> {
        self.0.parse().ok()
    }

    /// The fields of these names, `None` for those that are absent or null. Of two fields with
    /// the same name the last counts; others are passed over. `None` if this is no object.
    pub fn fields<const N: usize>(self, names: [&str; N]) -> Option<[Option<Self>; N]> {
        let mut reader = serde_json::Deserializer::from_str(self.0);
        let found = reader.deserialize_map(Fields(&names)).ok()?;
        Some(found.map(|node| node.filter(|node| !node.is_null())))
    }

    /// Calls `visit` with each item of a list; `None` if this is no list.
    pub fn for_each(self, visit: impl FnMut(usize, Self)) -> Option<()> {
        serde_json::Deserializer::from_str(self.0).deserialize_seq(Items(visit)).ok()
    }
}

struct Fields<'n, const N: usize>(&'n [&'n str; N]);

impl<'a, const N: usize> Visitor<'a> for Fields<'_, N> {
    type Value = [Option<Node<'a>>; N];

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<M: MapAccess<'a>>(self, mut map: M) -> Result<Self::Value, M::Error> {
        let mut found = [None; N];
        while let Some(name) = map.next_key_seed(NameAmong(self.0))? {
            match name {
                Some(number) => found[number] = Some(Node(map.next_value::<&RawValue>()?.get())),
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(found)
    }
}

/// Reads a field's name without keeping it: which of the known names it is.
struct NameAmong<'n>(&'n [&'n str]);

impl<'de> DeserializeSeed<'de> for NameAmong<'_> {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for NameAmong<'_> {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(self.0.iter().position(|known| *known == name))
    }
}

struct Items<F>(F);

impl<'a, F: FnMut(usize, Node<'a>)> Visitor<'a> for Items<F> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<S: SeqAccess<'a>>(mut self, mut items: S) -> Result<(), S::Error> {
        let mut number = 0;
        while let Some(item) = items.next_element::<&RawValue>()? {
            (self.0)(number, Node(item.get()));
            number += 1;
        }
        Ok(())
    }
}

/// The readers below report what is wrong and give `None`.
impl Faults {
    pub(crate) fn expect_fields<'a, const N: usize>(
        &mut self,
        path: &Path<'_>,
        node: Node<'a>,
        names: [&str; N],
    ) -> Option<[Option<Node<'a>>; N]> {
        let fields = node.fields(names);
        if fields.is_none() {
            self.wrong_kind(path, "an object", node);
        }
        fields
    }

    pub(crate) fn wrong_kind(&mut self, path: &Path<'_>, expected: &'static str, node: Node<'_>) {
        self.report(path, Problem::Kind { expected, found: node.kind() });
    }

    pub(crate) fn expect<'a>(
        &mut self,
        path: &Path<'_>,
        node: Option<Node<'a>>,
    ) -> Option<Node<'a>> {
        if node.is_none() {
            self.report(path, Problem::Missing);
        }
        node
    }

    /// A text of 1 to `limit` characters. A number is taken as the text it is written as: people
    /// write row 7 without quotes.
    pub(crate) fn expect_name<'a>(
        &mut self,
        path: &Path<'_>,
        node: Option<Node<'a>>,
        limit: usize,
    ) -> Option<Cow<'a, str>> {
        let node = self.expect(path, node)?;
        let Some(text) = node.text().or_else(|| node.number().map(|_| Cow::Borrowed(node.0)))
        else {
            self.wrong_kind(path, "a text", node);
            return None;
        };
        let chars = text.chars().count();
        if text.trim().is_empty() {
            self.report(path, Problem::Empty);
        } else if chars > limit {
            self.report(path, Problem::TooLong { chars, limit });
        } else {
            return Some(text);
        }
        None
    }

    /// A text of 0 to `limit` characters; empty when absent.
    pub(crate) fn optional_text(
        &mut self,
        path: &Path<'_>,
        node: Option<Node<'_>>,
        limit: usize,
    ) -> String {
        let Some(node) = node else { return String::new() };
        let Some(text) = node.text() else {
            self.wrong_kind(path, "a text", node);
            return String::new();
        };
        let chars = text.chars().count();
        if chars > limit {
            self.report(path, Problem::TooLong { chars, limit });
            return String::new();
        }
        text.into_owned()
    }

    /// Calls `visit` with each item of a list.
    pub(crate) fn expect_list<'a>(
        &mut self,
        path: &Path<'_>,
        node: Option<Node<'a>>,
        mut visit: impl FnMut(&mut Self, &Path<'_>, usize, Node<'a>),
    ) {
        let Some(node) = self.expect(path, node) else { return };
        let visited = node.for_each(|number, item| visit(self, &path.item(number), number, item));
        if visited.is_none() {
            self.wrong_kind(path, "a list", node);
        }
    }

    /// A finite number between two others.
    pub(crate) fn expect_between(
        &mut self,
        path: &Path<'_>,
        node: Option<Node<'_>>,
        range: std::ops::RangeInclusive<f64>,
        expected: &'static str,
    ) -> Option<f64> {
        let node = self.expect(path, node)?;
        let Some(number) = node.number() else {
            self.wrong_kind(path, "a number", node);
            return None;
        };
        if range.contains(&number) {
            return Some(number);
        }
        self.report(path, Problem::Value { expected, found: node.as_written() });
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_taken_apart_level_by_level() {
        let text = r#" {"a": [1, "zw\u00f6lf", null], "b": {"a": 9}, "a2": 1e999, "b": 2} "#;
        let node = Node::parse(text).expect("JSON");
        let [a, b, c, huge] = node.fields(["a", "b", "c", "a2"]).expect("an object");
        assert_eq!(b.and_then(Node::number), Some(2.0));
        assert_eq!(huge.and_then(Node::number), Some(f64::INFINITY));
        assert!(c.is_none());
        let mut kinds = Vec::new();
        a.and_then(|list| list.for_each(|number, item| kinds.push((number, item.kind()))));
        assert_eq!(kinds, [(0, "a number"), (1, "a text"), (2, "null")]);
        assert!(node.for_each(|_, _| {}).is_none());
    }

    #[test]
    fn what_is_not_json_is_refused_with_its_place() {
        let message = |text: &str| match Node::parse(text) {
            Err(Problem::NotJson { message }) => message,
            other => format!("{other:?}"),
        };
        assert_eq!(message("{\n  \"x\": NaN}"), "expected value at line 2 column 8");
        assert_eq!(message("{} {}"), "trailing characters at line 1 column 4");
        assert!(message(&"[".repeat(1_000_000)).starts_with("EOF"));
        assert_eq!(text_of(b"\xef\xbb\xbf{}"), Ok("{}"));
        assert_eq!(text_of(b"{\n\"\xff\"}"), Err(Problem::NotUtf8 { byte: 3, line: 2 }));
    }

    #[test]
    fn half_a_character_is_no_text() {
        assert_eq!(Node::parse(r#""\ud83d""#).ok().and_then(Node::text), None);
        assert_eq!(
            Node::parse(r#""\ud83d\ude00""#).ok().and_then(Node::text).as_deref(),
            Some("😀")
        );
    }
}
