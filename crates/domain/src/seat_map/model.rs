//! Sections, rows and seats.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::ids::SeatIndex;

/// A point on the plan, in the plan's own units, y growing downwards.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Point {
    /// To the right.
    pub x: f32,
    /// Downwards.
    pub y: f32,
}

impl Point {
    /// The square of the distance to another point.
    #[must_use]
    pub fn distance_squared(self, other: Self) -> f32 {
        let (dx, dy) = (self.x - other.x, self.y - other.y);
        dx * dx + dy * dy
    }
}

/// The running number of a price category in its seat map.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CategoryIndex(pub u8);

/// A price category: its seats cost the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Category {
    /// As people read it: "Stalls".
    pub name: String,
    /// As `#rrggbb`, from the plan. Pages may prefer colours of their own for contrast.
    pub color: String,
}

/// A seat.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Seat {
    /// As printed on the ticket: "15".
    pub label: String,
    /// The centre of the seat.
    pub position: Point,
    /// The price category.
    pub category: CategoryIndex,
    /// Whether a wheelchair user can take it.
    pub accessible: bool,
}

/// A row of seats, from one end to the other: neighbours in the list sit side by side.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// As printed on the ticket: "G".
    pub label: String,
    /// The number of the row's first seat.
    pub first_seat: SeatIndex,
    /// The seats.
    pub seats: Vec<Seat>,
}

/// What kind of place a section is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum SectionKind {
    /// Rows of numbered seats.
    Seated {
        /// The rows, front to back.
        rows: Vec<Row>,
    },
    /// A general-admission area, sold by the number of people. Each of its places has a seat
    /// number of its own, so that one rule guards both kinds.
    Standing {
        /// The price category of the whole area.
        category: CategoryIndex,
        /// How many people may enter.
        capacity: u32,
        /// The outline of the area.
        outline: Vec<Point>,
    },
}

/// A section: a part of the venue with a name over its door.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Section {
    /// As printed on the ticket: "Stalls left".
    pub name: String,
    /// The number of the section's first seat.
    pub first_seat: SeatIndex,
    /// Seats in rows, or an area without.
    pub kind: SectionKind,
}

/// How a shape is drawn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum ShapeKind {
    /// A closed outline.
    Polygon(Vec<Point>),
    /// An ellipse around a centre.
    Ellipse {
        /// The centre.
        center: Point,
        /// Half its width.
        radius_x: f32,
        /// Half its height.
        radius_y: f32,
    },
    /// Only words.
    Text(Point),
}

/// Something drawn that nobody sits on: a stage, a wall, a sign.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Shape {
    /// Its form.
    pub kind: ShapeKind,
    /// Words on it; may be empty.
    pub text: String,
    /// Whether it is the stage, the pitch, or what people came to look at.
    pub is_stage: bool,
}

/// The seat map of a venue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SeatMap {
    /// The name of the plan.
    pub name: String,
    /// Width of the plan in its own units.
    pub width: f32,
    /// Height of the plan in its own units.
    pub height: f32,
    /// What people look at; "best" means near to it.
    pub focal_point: Point,
    /// Price categories, in the order of their numbers.
    pub categories: Vec<Category>,
    /// Sections, in the order of their seats.
    pub sections: Vec<Section>,
    /// What is drawn besides seats.
    pub shapes: Vec<Shape>,
}

/// Where a seat is: its section, and row and seat when it has them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place<'map> {
    /// Number of the section within the map.
    pub section_number: usize,
    /// The section.
    pub section: &'map Section,
    /// Row and seat; `None` in a general-admission area.
    pub seat: Option<(&'map Row, &'map Seat)>,
}

impl Section {
    /// How many seats or places the section has.
    #[must_use]
    pub fn seat_count(&self) -> u32 {
        match &self.kind {
            SectionKind::Seated { rows } => rows.iter().map(Row::seat_count).sum(),
            SectionKind::Standing { capacity, .. } => *capacity,
        }
    }

    /// The numbers of its seats.
    #[must_use]
    pub fn seat_range(&self) -> Range<u32> {
        self.first_seat.0..self.first_seat.0 + self.seat_count()
    }

    /// Its rows; none in a general-admission area.
    #[must_use]
    pub fn rows(&self) -> &[Row] {
        match &self.kind {
            SectionKind::Seated { rows } => rows,
            SectionKind::Standing { .. } => &[],
        }
    }
}

impl Row {
    /// How many seats the row has.
    #[must_use]
    pub fn seat_count(&self) -> u32 {
        u32::try_from(self.seats.len()).unwrap_or(u32::MAX)
    }

    /// The numbers of its seats.
    #[must_use]
    pub fn seat_range(&self) -> Range<u32> {
        self.first_seat.0..self.first_seat.0 + self.seat_count()
    }
}

impl SeatMap {
    /// How many seats and places the map has.
    #[must_use]
    pub fn seat_count(&self) -> u32 {
        self.sections.last().map_or(0, |section| section.seat_range().end)
    }

    /// Gives every section and row the number of its first seat, in the order they stand in.
    /// Call it once, after building a map by hand or by import.
    pub fn number_seats(&mut self) {
        let mut next = 0;
        for section in &mut self.sections {
            section.first_seat = SeatIndex(next);
            if let SectionKind::Seated { rows } = &mut section.kind {
                let mut next_in_row = next;
                for row in rows {
                    row.first_seat = SeatIndex(next_in_row);
                    next_in_row += row.seat_count();
                }
            }
            next = section.seat_range().end;
        }
    }

    /// Finds a seat by its number: two binary searches.
    #[must_use]
    pub fn place(&self, seat: SeatIndex) -> Option<Place<'_>> {
        if seat.0 >= self.seat_count() {
            return None;
        }
        let section_number =
            self.sections.partition_point(|section| section.first_seat <= seat).checked_sub(1)?;
        let section = &self.sections[section_number];
        let rows = section.rows();
        if rows.is_empty() {
            return Some(Place { section_number, section, seat: None });
        }
        let row = &rows[rows.partition_point(|row| row.first_seat <= seat).checked_sub(1)?];
        let found = row.seats.get((seat.0 - row.first_seat.0) as usize)?;
        Some(Place { section_number, section, seat: Some((row, found)) })
    }

    /// The price category of a seat.
    #[must_use]
    pub fn category_of(&self, seat: SeatIndex) -> Option<CategoryIndex> {
        let place = self.place(seat)?;
        match (&place.section.kind, place.seat) {
            (SectionKind::Standing { category, .. }, _) => Some(*category),
            (SectionKind::Seated { .. }, Some((_, seat))) => Some(seat.category),
            (SectionKind::Seated { .. }, None) => None,
        }
    }

    /// The price category of every seat, in the order of their numbers.
    pub fn seat_categories(&self) -> impl Iterator<Item = CategoryIndex> + '_ {
        self.sections.iter().flat_map(|section| {
            let standing = match &section.kind {
                SectionKind::Standing { category, capacity, .. } => (*category, *capacity as usize),
                SectionKind::Seated { .. } => (CategoryIndex(0), 0),
            };
            let seated = section.rows().iter().flat_map(|row| row.seats.iter().map(|s| s.category));
            seated.chain(std::iter::repeat_n(standing.0, standing.1))
        })
    }
}

impl Place<'_> {
    /// "Stalls, row G, seat 15", or "Floor, standing".
    #[must_use]
    pub fn describe(&self) -> String {
        match self.seat {
            Some((row, seat)) => {
                format!("{}, row {}, seat {}", self.section.name, row.label, seat.label)
            }
            None => format!("{}, standing", self.section.name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(label: &str, seats: usize, category: u8) -> Row {
        let seat = |number: usize| Seat {
            label: number.to_string(),
            position: Point { x: number as f32, y: 0.0 },
            category: CategoryIndex(category),
            accessible: false,
        };
        Row {
            label: label.into(),
            first_seat: SeatIndex(0),
            seats: (1..=seats).map(seat).collect(),
        }
    }

    fn map() -> SeatMap {
        let seated = |name: &str, rows| Section {
            name: name.into(),
            first_seat: SeatIndex(0),
            kind: SectionKind::Seated { rows },
        };
        let standing = Section {
            name: "Floor".into(),
            first_seat: SeatIndex(0),
            kind: SectionKind::Standing {
                category: CategoryIndex(2),
                capacity: 7,
                outline: vec![],
            },
        };
        let mut map = SeatMap {
            name: "Test".into(),
            width: 10.0,
            height: 10.0,
            focal_point: Point::default(),
            categories: vec![],
            sections: vec![
                seated("Stalls", vec![row("A", 3, 0), row("B", 2, 1)]),
                standing,
                seated("Circle", vec![row("A", 4, 1)]),
            ],
            shapes: vec![],
        };
        map.number_seats();
        map
    }

    #[test]
    fn seats_are_numbered_through() {
        let map = map();
        assert_eq!(map.seat_count(), 16);
        let categories: Vec<u8> = map.seat_categories().map(|category| category.0).collect();
        assert_eq!(categories, [0, 0, 0, 1, 1, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1]);
        for (seat, category) in (0..).zip(&categories) {
            assert_eq!(map.category_of(SeatIndex(seat)), Some(CategoryIndex(*category)));
        }
    }

    #[test]
    fn a_seat_is_found_by_its_number() {
        let map = map();
        let describe = |seat| map.place(SeatIndex(seat)).map(|place| place.describe());
        assert_eq!(describe(0).as_deref(), Some("Stalls, row A, seat 1"));
        assert_eq!(describe(4).as_deref(), Some("Stalls, row B, seat 2"));
        assert_eq!(describe(5).as_deref(), Some("Floor, standing"));
        assert_eq!(describe(11).as_deref(), Some("Floor, standing"));
        assert_eq!(describe(15).as_deref(), Some("Circle, row A, seat 4"));
        assert_eq!(describe(16), None);
    }
}
