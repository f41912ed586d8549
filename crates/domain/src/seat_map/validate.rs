//! What a seat map must keep to before tickets are sold by it.

use std::collections::HashSet;

use super::{
    codec::MAX_COORDINATE,
    model::{CategoryIndex, Point, Row, SeatMap, Section, SectionKind, ShapeKind},
};
use crate::{
    ids::SeatIndex,
    limits::{MAX_CATEGORIES_PER_MAP, MAX_NAME_CHARS, MAX_SEATS_PER_MAP, MAX_SECTIONS_PER_MAP},
};

/// Faults that one validation lists at most.
pub const MAX_LISTED_FAULTS: usize = 100;

/// A reason not to sell by a seat map.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SeatMapFault {
    /// There is nothing to sell.
    #[error("the map has no seats")]
    NoSeats,
    /// More of something than the limits allow.
    #[error("the map has {found} {what}; the limit is {limit}")]
    TooMany {
        /// "seats", "sections", "categories".
        what: &'static str,
        /// How many there are.
        found: usize,
        /// The limit.
        limit: usize,
    },
    /// A name without characters.
    #[error("{place} has no name")]
    NoName {
        /// What has no name: "section 3".
        place: String,
    },
    /// A name of too many characters.
    #[error("the name of {place} has {chars} characters; the limit is {MAX_NAME_CHARS}")]
    LongName {
        /// What has the name: "section 3".
        place: String,
        /// How many it has.
        chars: usize,
    },
    /// Two of the same name where tickets must tell them apart.
    #[error("{place} has the name `{name}` of another")]
    Duplicate {
        /// The second of the two.
        place: String,
        /// The name, cut to the limit of names.
        name: String,
    },
    /// A section or row without seats.
    #[error("{place} has no seats")]
    Empty {
        /// The section or row.
        place: String,
    },
    /// A category that the map does not list.
    #[error("{place} is of category {category}, which is not listed")]
    UnknownCategory {
        /// The seat or area.
        place: String,
        /// The number of the category.
        category: u8,
    },
    /// A position that is no number, or beyond the largest coordinate.
    #[error("{place} is not on the plan (coordinates go up to {MAX_COORDINATE})")]
    OffThePlan {
        /// The seat, area or shape.
        place: String,
    },
    /// Seats are not numbered in order: `number_seats` was not called.
    #[error("{place} starts with seat number {found} instead of {expected}")]
    Misnumbered {
        /// The section or row.
        place: String,
        /// The number it has.
        found: u32,
        /// The number it should have.
        expected: u32,
    },
}

impl SeatMap {
    /// Checks that the map keeps to the limits, that tickets by it can be told apart (sections
    /// by name, rows within a section, seats within a row), that categories exist, positions
    /// are numbers and seats are numbered in order.
    ///
    /// # Errors
    /// All faults, up to [`MAX_LISTED_FAULTS`].
    pub fn validate(&self) -> Result<(), Vec<SeatMapFault>> {
        let mut check = Check { map: self, faults: Vec::new(), next_seat: 0 };
        check.limits();
        check.categories();
        check.sections();
        check.drawing();
        if check.faults.is_empty() { Ok(()) } else { Err(check.faults) }
    }
}

struct Check<'map> {
    map: &'map SeatMap,
    faults: Vec<SeatMapFault>,
    next_seat: u64,
}

impl<'map> Check<'map> {
    fn report(&mut self, fault: SeatMapFault) {
        if self.faults.len() < MAX_LISTED_FAULTS {
            self.faults.push(fault);
        }
    }

    fn limits(&mut self) {
        let map = self.map;
        let seats = map.sections.iter().map(|section| section.seat_count() as usize).sum();
        for (what, found, limit) in [
            ("seats", seats, MAX_SEATS_PER_MAP),
            ("sections", map.sections.len(), MAX_SECTIONS_PER_MAP),
            ("categories", map.categories.len(), MAX_CATEGORIES_PER_MAP),
        ] {
            if found > limit {
                self.report(SeatMapFault::TooMany { what, found, limit });
            }
        }
        if seats == 0 {
            self.report(SeatMapFault::NoSeats);
        }
    }

    /// Checks a name's length and that `taken` does not have it.
    fn name(
        &mut self,
        name: &'map str,
        taken: &mut HashSet<&'map str>,
        place: impl Fn() -> String,
    ) {
        let chars = name.chars().count();
        if chars == 0 {
            self.report(SeatMapFault::NoName { place: place() });
        } else if chars > MAX_NAME_CHARS {
            self.report(SeatMapFault::LongName { place: place(), chars });
        }
        if !taken.insert(name) {
            self.report(SeatMapFault::Duplicate { place: place(), name: cut(name) });
        }
    }

    fn categories(&mut self) {
        let mut names = HashSet::new();
        for (number, category) in self.map.categories.iter().enumerate() {
            self.name(&category.name, &mut names, || format!("category {number}"));
        }
    }

    fn category(&mut self, category: CategoryIndex, place: impl Fn() -> String) {
        if usize::from(category.0) >= self.map.categories.len() {
            let fault = SeatMapFault::UnknownCategory { place: place(), category: category.0 };
            self.report(fault);
        }
    }

    fn point(&mut self, point: Point, place: impl Fn() -> String) {
        if !(point.x.abs() <= MAX_COORDINATE && point.y.abs() <= MAX_COORDINATE) {
            self.report(SeatMapFault::OffThePlan { place: place() });
        }
    }

    fn first_seat(&mut self, found: SeatIndex, place: impl Fn() -> String) {
        let expected = u32::try_from(self.next_seat).unwrap_or(u32::MAX);
        if found.0 != expected {
            self.report(SeatMapFault::Misnumbered { place: place(), found: found.0, expected });
        }
    }

    fn sections(&mut self) {
        let mut names = HashSet::new();
        for (number, section) in self.map.sections.iter().enumerate() {
            self.name(&section.name, &mut names, || format!("section {number}"));
            let place = || format!("section `{}`", cut(&section.name));
            self.first_seat(section.first_seat, place);
            if section.seat_count() == 0 {
                self.report(SeatMapFault::Empty { place: place() });
            }
            match &section.kind {
                SectionKind::Seated { rows } => self.rows(section, rows),
                SectionKind::Standing { category, capacity, outline } => {
                    self.category(*category, place);
                    outline.iter().for_each(|corner| self.point(*corner, place));
                    self.next_seat += u64::from(*capacity);
                }
            }
        }
    }

    fn rows(&mut self, section: &Section, rows: &'map [Row]) {
        let mut row_names = HashSet::new();
        for (number, row) in rows.iter().enumerate() {
            let unnamed = || format!("row {number} of section `{}`", cut(&section.name));
            self.name(&row.label, &mut row_names, unnamed);
            let in_row =
                || format!("row `{}` of section `{}`", cut(&row.label), cut(&section.name));
            self.first_seat(row.first_seat, in_row);
            if row.seats.is_empty() {
                self.report(SeatMapFault::Empty { place: in_row() });
            }
            let mut seat_names = HashSet::with_capacity(row.seats.len());
            for (number, seat) in row.seats.iter().enumerate() {
                self.name(&seat.label, &mut seat_names, || {
                    format!("seat {number} of {}", in_row())
                });
                let place = || format!("seat `{}` of {}", cut(&seat.label), in_row());
                self.category(seat.category, place);
                self.point(seat.position, place);
            }
            self.next_seat += row.seats.len() as u64;
        }
    }

    fn drawing(&mut self) {
        let map = self.map;
        self.point(map.focal_point, || "the focal point".into());
        self.point(Point { x: map.width, y: map.height }, || "the far corner".into());
        for (number, shape) in map.shapes.iter().enumerate() {
            let place = || format!("shape {number}");
            match &shape.kind {
                ShapeKind::Polygon(corners) => {
                    corners.iter().for_each(|corner| self.point(*corner, place));
                }
                ShapeKind::Ellipse { center, radius_x, radius_y } => {
                    self.point(*center, place);
                    self.point(Point { x: *radius_x, y: *radius_y }, place);
                }
                ShapeKind::Text(point) => self.point(*point, place),
            }
        }
    }
}

/// A name as a message repeats it.
fn cut(name: &str) -> String {
    name.chars().take(MAX_NAME_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seat_map::fixtures::{map, row, seat, seated, stadium, standing};

    fn messages(map: &SeatMap) -> Vec<String> {
        let faults = map.validate().expect_err("faulty");
        faults.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_sound_map_passes() {
        assert_eq!(stadium().validate(), Ok(()));
    }

    #[test]
    fn every_fault_is_named() {
        let long = "x".repeat(MAX_NAME_CHARS + 1);
        let seats = vec![seat(1, 0.0, 0.0, 0), seat(1, f32::NAN, 0.0, 9), seat("", 0.0, 0.0, 0)];
        let mut faulty = map(vec![
            seated("Stalls", vec![row("A", seats), row("A", vec![])]),
            standing("Stalls", 7, 0, Point::default()),
            seated(long, vec![row("A", vec![seat(1, 2e6, 0.0, 0)])]),
        ]);
        if let SectionKind::Seated { rows } = &mut faulty.sections[0].kind {
            rows[0].seats[1].position.x = f32::NAN;
        }
        faulty.sections[2].first_seat.0 = 9;
        faulty.categories[1].name = faulty.categories[0].name.clone();
        faulty.shapes.push(crate::seat_map::Shape {
            kind: ShapeKind::Text(Point { x: f32::INFINITY, y: 0.0 }),
            text: String::new(),
            is_stage: false,
        });
        let found = messages(&faulty);
        for expected in [
            "category 1 has the name `Near` of another",
            "seat 1 of row `A` of section `Stalls` has the name `1` of another",
            "seat `1` of row `A` of section `Stalls` is of category 9, which is not listed",
            "seat `1` of row `A` of section `Stalls` is not on the plan (coordinates go up to 1048576)",
            "seat 2 of row `A` of section `Stalls` has no name",
            "row 1 of section `Stalls` has the name `A` of another",
            "row `A` of section `Stalls` has no seats",
            "section 1 has the name `Stalls` of another",
            "section `Stalls` has no seats",
            "section `Stalls` is of category 7, which is not listed",
            "the name of section 2 has 201 characters; the limit is 200",
            "shape 0 is not on the plan (coordinates go up to 1048576)",
        ] {
            assert!(found.iter().any(|message| message == expected), "{expected} in {found:#?}");
        }
        assert!(found.iter().any(|message| message.ends_with("number 9 instead of 3")));
    }

    #[test]
    fn an_empty_and_an_overfull_map_are_refused() {
        assert_eq!(map(vec![]).validate(), Err(vec![SeatMapFault::NoSeats]));
        let overfull = map(vec![standing("Field", 0, 1_000_001, Point::default())]);
        assert_eq!(messages(&overfull), ["the map has 1000001 seats; the limit is 1000000"]);
    }

    #[test]
    fn the_list_of_faults_is_bounded() {
        let seats = (0..500).map(|_| seat(1, 0.0, 0.0, 200)).collect();
        let faults = map(vec![seated("S", vec![row("A", seats)])]).validate();
        assert_eq!(faults.map_err(|faults| faults.len()), Err(MAX_LISTED_FAULTS));
    }
}
