//! A ring of seats around a field: straight stands along its sides, wedges around its corners.
//!
//! Every row keeps the same distance from a rectangle, so rows are parallel along the sides and
//! circles around the corners, and aisles keep their width from the first row to the last.

use std::f32::consts::FRAC_PI_2;

use onsale_domain::seat_map::{Point, Row};

use super::{Drawing, ROW_PITCH, SPACING, accessible_ends, arc, at, row, seats_on};

/// Part of a ring, clockwise from the upper side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// A straight side: how many quarter turns clockwise from the upper one.
    Side(u8),
    /// The corner after a side.
    Corner(u8),
}

impl Part {
    const fn quarter_turns(self) -> u8 {
        match self {
            Self::Side(turns) | Self::Corner(turns) => turns,
        }
    }
}

/// A tier of a ring.
pub(super) struct Ring {
    /// Half the width and height of the rectangle that rows keep their distance from.
    pub half: (f32, f32),
    /// The distance of the first row.
    pub first_radius: f32,
    pub rows: usize,
    /// The parts that have seats, each with its number of sections, in the order of their names.
    pub parts: Vec<(Part, usize)>,
    /// The number of the first section.
    pub first_number: usize,
}

/// A section: which of its part's, and of how many.
struct Bay {
    part: Part,
    number: usize,
    of: usize,
}

impl Ring {
    /// How far the last row is out.
    pub fn last_radius(&self) -> f32 {
        self.first_radius + (self.rows - 1) as f32 * ROW_PITCH
    }

    /// Draws the sections; `category` is asked for each, by its part, its number within it and
    /// how many the part has.
    pub fn draw(
        &self,
        drawing: &mut Drawing,
        name: impl Fn(usize) -> String,
        category: impl Fn(Part, usize, usize) -> u8,
    ) {
        let bays = self
            .parts
            .iter()
            .flat_map(|(part, of)| (0..*of).map(|number| Bay { part: *part, number, of: *of }));
        for (number, bay) in bays.enumerate() {
            let category = category(bay.part, bay.number, bay.of);
            let mut rows: Vec<Row> = (0..self.rows)
                .map(|number| {
                    let radius = self.first_radius + number as f32 * ROW_PITCH;
                    row(number + 1, self.places(&bay, radius), 1, category)
                })
                .collect();
            if let Some(first) = rows.first_mut().filter(|_| number % 3 == 0) {
                accessible_ends(first, 1);
            }
            drawing.seated(name(self.first_number + number), rows);
        }
    }

    /// The length of a bay's row, half an aisle at both ends included.
    fn width(&self, bay: &Bay, radius: f32) -> f32 {
        let whole = match bay.part {
            Part::Side(turns) if turns % 2 == 0 => 2.0 * self.half.0,
            Part::Side(_) => 2.0 * self.half.1,
            Part::Corner(_) => FRAC_PI_2 * radius,
        };
        whole / bay.of as f32
    }

    /// The places of a row, from left to right for somebody who faces the field.
    fn places(&self, bay: &Bay, radius: f32) -> Vec<Point> {
        let seats = seats_on(self.width(bay, radius));
        let turns = bay.part.quarter_turns();
        // Drawn for the upper side and the corner to its right, then turned.
        let (half_width, half_height) =
            if turns.is_multiple_of(2) { self.half } else { (self.half.1, self.half.0) };
        let share = (bay.number as f32 + 0.5) / bay.of as f32;
        let mut places = match bay.part {
            Part::Side(_) => {
                let middle = 2.0 * half_width * share - half_width;
                let first = middle - seats.saturating_sub(1) as f32 * SPACING / 2.0;
                let place = |seat: usize| at(first + seat as f32 * SPACING, -half_height - radius);
                (0..seats).map(place).collect()
            }
            Part::Corner(_) => {
                let angle = std::f32::consts::PI - FRAC_PI_2 * share;
                let mut places = arc(at(half_width, -half_height), radius, angle, seats);
                places.reverse();
                places
            }
        };
        places.reverse();
        places.into_iter().map(|place| turned(place, turns)).collect()
    }
}

/// Quarter turns clockwise around the middle of the field.
fn turned(point: Point, quarter_turns: u8) -> Point {
    (0..quarter_turns % 4).fold(point, |point, _| at(-point.y, point.x))
}
