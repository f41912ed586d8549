//! Varints, texts and points: the alphabet of the binary form.

use super::{InvalidGeometry, MAX_COORDINATE, POSITION_STEPS_PER_UNIT, from_steps, to_steps};
use crate::seat_map::model::Point;

/// Five groups of seven bits: more than any number in a seat map needs.
const MAX_VARINT_BYTES: usize = 5;

/// A point in whole steps of the position grid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Steps {
    pub x: i64,
    pub y: i64,
}

impl Steps {
    pub fn of(point: Point) -> Self {
        Self { x: to_steps(point.x), y: to_steps(point.y) }
    }

    pub fn plus(self, other: Self) -> Self {
        Self { x: self.x + other.x, y: self.y + other.y }
    }

    pub fn minus(self, other: Self) -> Self {
        Self { x: self.x - other.x, y: self.y - other.y }
    }

    pub fn to_point(self) -> Point {
        Point { x: from_steps(self.x), y: from_steps(self.y) }
    }

    pub fn is_on_the_plan(self) -> bool {
        let limit = (MAX_COORDINATE * POSITION_STEPS_PER_UNIT) as u64;
        self.x.unsigned_abs() <= limit && self.y.unsigned_abs() <= limit
    }
}

pub(super) struct Writer {
    pub bytes: Vec<u8>,
}

impl Writer {
    pub fn byte(&mut self, byte: u8) {
        self.bytes.push(byte);
    }

    pub fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.bytes.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.bytes.push(number as u8);
    }

    pub fn count(&mut self, count: usize) {
        self.number(count as u64);
    }

    pub fn signed(&mut self, number: i64) {
        self.number(((number << 1) ^ (number >> 63)) as u64);
    }

    pub fn text(&mut self, text: &str) {
        self.count(text.len());
        self.bytes.extend_from_slice(text.as_bytes());
    }

    pub fn length(&mut self, units: f32) {
        self.signed(to_steps(units));
    }

    pub fn steps(&mut self, steps: Steps) {
        self.signed(steps.x);
        self.signed(steps.y);
    }

    pub fn point(&mut self, point: Point) {
        self.steps(Steps::of(point));
    }

    /// A list of points, each as the way from the one before.
    pub fn outline(&mut self, points: &[Point]) {
        self.count(points.len());
        let mut before = Steps::default();
        for point in points {
            let point = Steps::of(*point);
            self.steps(point.minus(before));
            before = point;
        }
    }
}

pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    pub fn at(&self) -> usize {
        self.at
    }

    pub fn remaining(&self) -> usize {
        self.bytes.len() - self.at
    }

    pub fn take(&mut self, count: usize) -> Result<&'a [u8], InvalidGeometry> {
        let end = self.at.checked_add(count).filter(|end| *end <= self.bytes.len());
        let end = end.ok_or(InvalidGeometry::Truncated { at: self.bytes.len() })?;
        let taken = &self.bytes[self.at..end];
        self.at = end;
        Ok(taken)
    }

    pub fn byte(&mut self) -> Result<u8, InvalidGeometry> {
        Ok(self.take(1)?[0])
    }

    pub fn number(&mut self) -> Result<u64, InvalidGeometry> {
        let mut number = 0;
        for group in 0..MAX_VARINT_BYTES {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << (7 * group);
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(InvalidGeometry::Number { at: self.at })
    }

    pub fn signed(&mut self) -> Result<i64, InvalidGeometry> {
        let number = self.number()?;
        Ok((number >> 1) as i64 ^ -((number & 1) as i64))
    }

    /// The count of things that take at least `bytes_each`, so that it cannot promise more than
    /// there is: what follows may allocate that many.
    pub fn count(&mut self, bytes_each: usize) -> Result<usize, InvalidGeometry> {
        let count = usize::try_from(self.number()?).unwrap_or(usize::MAX);
        if count > self.remaining() / bytes_each {
            return Err(InvalidGeometry::Truncated { at: self.bytes.len() });
        }
        Ok(count)
    }

    pub fn text(&mut self) -> Result<&'a str, InvalidGeometry> {
        let length = self.count(1)?;
        let at = self.at;
        std::str::from_utf8(self.take(length)?).map_err(|_| InvalidGeometry::Text { at })
    }

    pub fn length(&mut self) -> Result<f32, InvalidGeometry> {
        let steps = Steps { x: self.signed()?, y: 0 };
        Ok(self.on_the_plan(steps)?.to_point().x)
    }

    pub fn steps(&mut self) -> Result<Steps, InvalidGeometry> {
        Ok(Steps { x: self.signed()?, y: self.signed()? })
    }

    /// Refuses a place beyond the largest coordinate, so that sums of places cannot overflow.
    pub fn on_the_plan(&self, steps: Steps) -> Result<Steps, InvalidGeometry> {
        if steps.is_on_the_plan() {
            Ok(steps)
        } else {
            Err(InvalidGeometry::Number { at: self.at })
        }
    }

    pub fn point(&mut self) -> Result<Point, InvalidGeometry> {
        let steps = self.steps()?;
        Ok(self.on_the_plan(steps)?.to_point())
    }

    pub fn outline(&mut self) -> Result<Vec<Point>, InvalidGeometry> {
        let count = self.count(2)?;
        let mut points = Vec::with_capacity(count);
        let mut before = Steps::default();
        for _ in 0..count {
            let way = self.steps()?;
            before = self.on_the_plan(before.plus(way))?;
            points.push(before.to_point());
        }
        Ok(points)
    }
}
