//! The binary form of a seat map: a few bytes a row and about one byte a seat.
//!
//! A stadium of 60,000 seats is some 8 MB of JSON but less than 100 kB in this form, before
//! compression, and the fan's browser decodes it in milliseconds. What makes it small:
//!
//! - positions are whole sixteenths of a plan unit, and a seat stores only how far it is from
//!   where the seats before it point to (see [`curve`]);
//! - the labels of a row that count 1, 2, 3 … or 12, 10, 8 … are a start and a step;
//! - a row's categories are runs, and "the same as the row before" costs nothing;
//! - wheelchair places are listed as exceptions.
//!
//! | part | holds |
//! | --- | --- |
//! | 4 bytes | `OSG1`; another form would have another digit |
//! | head | name, width, height, focal point |
//! | categories | count, then name and colour of each |
//! | sections | count, then name, kind and rows or area of each |
//! | shapes | count, then kind, words and form of each |
//!
//! Numbers are LEB128 varints, signed ones in zigzag; texts are a length and UTF-8. A decoder
//! refuses anything else with an [`InvalidGeometry`] that says where. It never allocates more
//! than the bytes it was given, or the [limits](crate::limits), allow for.

mod bytes;
mod curve;
mod decode;
mod encode;
#[cfg(test)]
mod tests;

use super::model::{Point, SeatMap, SectionKind, ShapeKind};

const MAGIC: [u8; 4] = *b"OSG1";

/// Steps of the position grid in one plan unit.
pub const POSITION_STEPS_PER_UNIT: f32 = 16.0;
/// The largest coordinate, in plan units, in either direction. Up to here every step of the
/// position grid is a number that `f32` can hold.
pub const MAX_COORDINATE: f32 = 1_048_576.0;

const SECTION_SEATED: u8 = 0;
const SECTION_STANDING: u8 = 1;

const SHAPE_POLYGON: u8 = 0;
const SHAPE_ELLIPSE: u8 = 1;
const SHAPE_TEXT: u8 = 2;
const SHAPE_IS_STAGE: u8 = 0x80;

const LABELS_MASK: u8 = 0b11;
const LABELS_FROM_ONE: u8 = 0;
const LABELS_RUN: u8 = 1;
const LABELS_TEXTS: u8 = 2;
const ROW_BENDS: u8 = 0b100;
const ROW_HAS_CATEGORIES: u8 = 0b1000;
const ROW_HAS_ACCESSIBLE: u8 = 0b1_0000;
const ROW_KNOWN_FLAGS: u8 = 0b1_1111;

/// Bytes that are not a seat map.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidGeometry {
    /// They do not start with the mark of a seat map.
    #[error("not a seat map: the mark `OSG1` is missing")]
    Header,
    /// They end too early.
    #[error("the seat map ends at byte {at}, in the middle of something")]
    Truncated {
        /// Where something was expected.
        at: usize,
    },
    /// A byte says something that this version does not know.
    #[error("byte {at} of the seat map says {found}, which means nothing here")]
    Unknown {
        /// Where.
        at: usize,
        /// The byte.
        found: u8,
    },
    /// A number is longer than a number can be, or beyond what it counts.
    #[error("the number at byte {at} of the seat map is out of range")]
    Number {
        /// Where it ends.
        at: usize,
    },
    /// A text is not UTF-8.
    #[error("the text at byte {at} of the seat map is not UTF-8")]
    Text {
        /// Where it starts.
        at: usize,
    },
    /// More of something than the limits allow.
    #[error("the seat map has more than {limit} {what}")]
    TooMany {
        /// "seats", "sections", "categories".
        what: &'static str,
        /// The limit.
        limit: usize,
    },
    /// A seat of a category that the map does not list.
    #[error("byte {at} of the seat map names category {category}, which is not listed")]
    Category {
        /// Where.
        at: usize,
        /// The number of the category.
        category: u64,
    },
    /// Something follows after the end.
    #[error("the seat map is complete at byte {at}, but more bytes follow")]
    Trailing {
        /// Where it ended.
        at: usize,
    },
}

/// A coordinate in whole steps of the position grid; what is no number becomes 0.
fn to_steps(units: f32) -> i64 {
    let limit = MAX_COORDINATE * POSITION_STEPS_PER_UNIT;
    (units * POSITION_STEPS_PER_UNIT).round().clamp(-limit, limit) as i64
}

/// The inverse of [`to_steps`]: exact, since steps stay below 2^24.
fn from_steps(steps: i64) -> f32 {
    steps as f32 / POSITION_STEPS_PER_UNIT
}

fn quantised(units: f32) -> f32 {
    from_steps(to_steps(units))
}

impl Point {
    fn quantise(&mut self) {
        *self = Self { x: quantised(self.x), y: quantised(self.y) };
    }
}

impl SeatMap {
    /// Moves every position to the nearest step of the position grid, a sixteenth of a plan unit.
    /// Importers call it once, after [`Self::validate`]; from then on [`Self::from_bytes`] gives
    /// back exactly what [`Self::to_bytes`] was given.
    pub fn quantise(&mut self) {
        self.width = quantised(self.width);
        self.height = quantised(self.height);
        self.focal_point.quantise();
        for section in &mut self.sections {
            match &mut section.kind {
                SectionKind::Seated { rows } => {
                    let seats = rows.iter_mut().flat_map(|row| &mut row.seats);
                    seats.for_each(|seat| seat.position.quantise());
                }
                SectionKind::Standing { outline, .. } => {
                    outline.iter_mut().for_each(Point::quantise)
                }
            }
        }
        for shape in &mut self.shapes {
            match &mut shape.kind {
                ShapeKind::Polygon(points) => points.iter_mut().for_each(Point::quantise),
                ShapeKind::Ellipse { center, radius_x, radius_y } => {
                    center.quantise();
                    *radius_x = quantised(*radius_x);
                    *radius_y = quantised(*radius_y);
                }
                ShapeKind::Text(point) => point.quantise(),
            }
        }
    }

    /// The binary form described at the top of this module.
    ///
    /// Seats are taken to be numbered in order, as [`Self::number_seats`] leaves them, and the
    /// map to be [valid](Self::validate): more categories or seats than the limits allow can be
    /// written but not read.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        encode::encode(self)
    }

    /// Reads what [`Self::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`InvalidGeometry`] for any other bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, InvalidGeometry> {
        decode::decode(bytes)
    }
}
