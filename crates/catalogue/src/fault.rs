//! Faults of a file: all of them, each with its place.

use std::fmt;

use onsale_domain::seat_map::{MAX_COORDINATE, SeatMapFault};

/// Faults that are kept and listed; the others are counted.
pub const MAX_LISTED_FAULTS: usize = 100;
/// Characters of the file that a message repeats at most.
const MAX_QUOTED_CHARS: usize = 60;

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// The file is too large to be read.
    #[error("has {bytes} bytes; the limit is {limit}")]
    TooLarge {
        /// Its size.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
    /// The file is not JSON; the message ends with line and column.
    #[error("is not JSON: {message}")]
    NotJson {
        /// What the JSON reader says.
        message: String,
    },
    /// The file is not UTF-8.
    #[error("is not UTF-8 from byte {byte} on (line {line})")]
    NotUtf8 {
        /// The first byte that is not, counted from 0.
        byte: usize,
        /// The line it is on, counted from 1.
        line: usize,
    },
    /// Something required is not there.
    #[error("is missing")]
    Missing,
    /// Something of another kind than expected.
    #[error("must be {expected}, found {found}")]
    Kind {
        /// "a number", "a list".
        expected: &'static str,
        /// "a text", "null".
        found: &'static str,
    },
    /// A text without characters.
    #[error("must not be empty")]
    Empty,
    /// A text of too many characters.
    #[error("has {chars} characters; the limit is {limit}")]
    TooLong {
        /// How many it has.
        chars: usize,
        /// The limit.
        limit: usize,
    },
    /// A coordinate that no plan has.
    #[error("{found} is no coordinate (they go up to {MAX_COORDINATE} in either direction)")]
    Coordinate {
        /// The number as written.
        found: String,
    },
    /// A number that makes no sense here.
    #[error("{found} is not {expected}")]
    Value {
        /// What was expected: "a whole number from 1 to 1000000".
        expected: &'static str,
        /// What is written.
        found: String,
    },
    /// The same twice where it may be only once.
    #[error("`{value}` is a duplicate of {first}")]
    Duplicate {
        /// What is there twice.
        value: String,
        /// Where it was first.
        first: String,
    },
    /// A name that refers to nothing.
    #[error("there is no {what} `{name}`")]
    Unknown {
        /// "category", "venue", "performer".
        what: &'static str,
        /// The name.
        name: String,
    },
    /// A category with seats but without a price.
    #[error("the category `{category}` has no price")]
    NoPrice {
        /// The category.
        category: String,
    },
    /// Times in an impossible order.
    #[error("is after {other}")]
    After {
        /// The time that should come later: "startsAt".
        other: &'static str,
    },
    /// More of something than the limits allow.
    #[error("has more than {limit} {what}")]
    TooMany {
        /// "seats", "sections".
        what: &'static str,
        /// The limit.
        limit: usize,
    },
    /// What the seat map's own rules say of the finished map.
    #[error(transparent)]
    SeatMap(#[from] SeatMapFault),
}

/// A problem and its place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {problem}")]
pub struct Fault {
    /// Where: `zones[2].rows[4].seats[7].seat_guid`, `line 12, startsAt`, `the file`.
    pub place: String,
    /// What.
    pub problem: Problem,
}

/// Everything that is wrong with a file: the first [`MAX_LISTED_FAULTS`] faults and the number
/// of all.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Faults {
    listed: Vec<Fault>,
    count: usize,
}

impl Faults {
    /// The first [`MAX_LISTED_FAULTS`] faults, in the order of the file.
    #[must_use]
    pub fn listed(&self) -> &[Fault] {
        &self.listed
    }

    /// How many there are in all.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.count
    }

    pub(crate) fn report(&mut self, place: impl fmt::Display, problem: Problem) {
        self.count += 1;
        if self.listed.len() < MAX_LISTED_FAULTS {
            self.listed.push(Fault { place: place.to_string(), problem });
        }
    }

    /// A file with a single fault, which concerns all of it.
    pub(crate) fn of_the_file(problem: Problem) -> Self {
        let mut faults = Self::default();
        faults.report("the file", problem);
        faults
    }

    /// `value` if there are no faults.
    pub(crate) fn or<T>(self, value: T) -> Result<T, Self> {
        if self.count == 0 { Ok(value) } else { Err(self) }
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, fault) in self.listed.iter().enumerate() {
            if number > 0 {
                f.write_str("\n")?;
            }
            fault.fmt(f)?;
        }
        let more = self.count - self.listed.len();
        if more > 0 {
            write!(f, "\nand {more} more")?;
        }
        Ok(())
    }
}

impl std::error::Error for Faults {}

/// Where something is in a file, written only when there is something to say about it:
/// `zones[2].rows[4]`.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Path<'p> {
    /// The whole file, or the whole line.
    Root,
    /// A numbered line.
    Line(usize),
    /// A field of an object.
    Field(&'p Path<'p>, &'static str),
    /// An item of a list.
    Item(&'p Path<'p>, usize),
}

impl<'p> Path<'p> {
    pub const fn field(&'p self, name: &'static str) -> Self {
        Self::Field(self, name)
    }

    pub const fn item(&'p self, number: usize) -> Self {
        Self::Item(self, number)
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => f.write_str("the file"),
            Self::Line(number) => write!(f, "line {number}"),
            Self::Field(Path::Root, name) => f.write_str(name),
            Self::Field(line @ Path::Line(_), name) => write!(f, "{line}, {name}"),
            Self::Field(parent, name) => write!(f, "{parent}.{name}"),
            Self::Item(parent, number) => write!(f, "{parent}[{number}]"),
        }
    }
}

/// A piece of the file as a message repeats it.
pub(crate) fn quoted(text: &str) -> String {
    match text.char_indices().nth(MAX_QUOTED_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
