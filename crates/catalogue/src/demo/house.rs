//! Houses to play in: seat maps drawn by rule instead of by hand.

mod arena;
mod club;
mod hall;
mod ring;
mod stadium;
mod theatre;

pub(super) use arena::arena;
pub(super) use club::{mezzanine_club, row_club, table_club};
pub(super) use hall::hall;
pub use stadium::grand_stadium;
pub(super) use stadium::stadium;
pub(super) use theatre::theatre;

use onsale_domain::{
    SeatIndex,
    seat_map::{
        Category, CategoryIndex, Point, Row, Seat, SeatMap, Section, SectionKind, Shape, ShapeKind,
    },
};

/// Between the centres of two neighbours, in plan units.
const SPACING: f32 = 24.0;
/// Between two rows.
const ROW_PITCH: f32 = 29.0;
/// Between the centres of the seats on both sides of an aisle.
const AISLE: f32 = 54.0;
/// Around everything that is drawn.
const MARGIN: f32 = 60.0;

/// Warm to cool, best to cheapest; distinct in lightness too, for those who see few colours.
const COLORS: [&str; 4] = ["#b5482f", "#2f7f86", "#d9a441", "#5b5ea6"];

const fn at(x: f32, y: f32) -> Point {
    Point { x, y }
}

/// `count` places on a circle, equally far apart, the middle one `angle` radians off the
/// downward direction (to the right when positive), from left to right.
fn arc(center: Point, radius: f32, angle: f32, count: usize) -> Vec<Point> {
    let first = -(count.saturating_sub(1) as f32) / 2.0;
    let place = |number: usize| {
        let angle = angle + (first + number as f32) * SPACING / radius;
        at(center.x + radius * angle.sin(), center.y + radius * angle.cos())
    };
    (0..count).map(place).collect()
}

/// `count` places in a line around its middle, in the direction of an angle (0 to the right,
/// a quarter turn downwards).
fn line(middle: Point, angle: f32, count: usize) -> Vec<Point> {
    let (sin, cos) = angle.sin_cos();
    let first = -(count.saturating_sub(1) as f32) / 2.0;
    let place = |number: usize| {
        let way = (first + number as f32) * SPACING;
        at(middle.x + way * cos, middle.y + way * sin)
    };
    (0..count).map(place).collect()
}

/// Seats that fit on a stretch between two aisles.
fn seats_on(length: f32) -> usize {
    ((length - AISLE) / SPACING + 1.0).floor().max(0.0) as usize
}

/// A, B, C … without I and O, which look like figures; then AA, BB …
fn letter(row: usize) -> String {
    const LETTERS: [char; 24] = [
        'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'J', 'K', 'L', 'M', 'N', 'P', 'Q', 'R', 'S', 'T',
        'U', 'V', 'W', 'X', 'Y', 'Z',
    ];
    std::iter::repeat_n(LETTERS[row % LETTERS.len()], row / LETTERS.len() + 1).collect()
}

/// A row whose seats count on from `first_label`.
fn row(label: impl ToString, places: Vec<Point>, first_label: usize, category: u8) -> Row {
    let seat = |(label, position): (usize, Point)| Seat {
        label: label.to_string(),
        position,
        category: CategoryIndex(category),
        accessible: false,
    };
    let seats = (first_label..).zip(places).map(seat).collect();
    Row { label: label.to_string(), first_seat: SeatIndex(0), seats }
}

/// Makes the first and last `count` seats of a row wheelchair places.
fn accessible_ends(row: &mut Row, count: usize) {
    let seats = row.seats.len();
    for (number, seat) in row.seats.iter_mut().enumerate() {
        seat.accessible = number < count || number + count >= seats;
    }
}

/// A map under construction; anything may lie anywhere until [`Drawing::finish`].
struct Drawing {
    map: SeatMap,
}

impl Drawing {
    fn new(name: &str, categories: &[&str]) -> Self {
        let category = |(name, color): (&&str, &str)| Category {
            name: (*name).to_owned(),
            color: color.to_owned(),
        };
        let map = SeatMap {
            name: name.to_owned(),
            width: 0.0,
            height: 0.0,
            focal_point: Point::default(),
            categories: categories.iter().zip(COLORS).map(category).collect(),
            sections: Vec::new(),
            shapes: Vec::new(),
        };
        Self { map }
    }

    fn seated(&mut self, name: impl ToString, rows: Vec<Row>) {
        let kind = SectionKind::Seated { rows };
        let section = Section { name: name.to_string(), first_seat: SeatIndex(0), kind };
        self.map.sections.push(section);
    }

    fn standing(&mut self, name: &str, category: u8, capacity: u32, outline: Vec<Point>) {
        let kind = SectionKind::Standing { category: CategoryIndex(category), capacity, outline };
        let section = Section { name: name.to_owned(), first_seat: SeatIndex(0), kind };
        self.map.sections.push(section);
    }

    /// What people look at, and from where on distances count.
    fn stage(&mut self, text: &str, kind: ShapeKind, focal_point: Point) {
        self.map.focal_point = focal_point;
        self.map.shapes.push(Shape { kind, text: text.to_owned(), is_stage: true });
    }

    fn shape(&mut self, text: &str, kind: ShapeKind) {
        self.map.shapes.push(Shape { kind, text: text.to_owned(), is_stage: false });
    }

    /// Moves everything into the plan, with a margin around it, and numbers the seats.
    fn finish(mut self) -> SeatMap {
        if let Some(bounds) = self.map.bounds() {
            let way = at(MARGIN - bounds.min.x, MARGIN - bounds.min.y);
            self.map.width = bounds.width() + 2.0 * MARGIN;
            self.map.height = bounds.height() + 2.0 * MARGIN;
            for_each_point(&mut self.map, |point| {
                point.x += way.x;
                point.y += way.y;
            });
        }
        self.map.number_seats();
        self.map.quantise();
        self.map
    }
}

fn for_each_point(map: &mut SeatMap, mut change: impl FnMut(&mut Point)) {
    change(&mut map.focal_point);
    for section in &mut map.sections {
        match &mut section.kind {
            SectionKind::Seated { rows } => {
                let seats = rows.iter_mut().flat_map(|row| &mut row.seats);
                seats.for_each(|seat| change(&mut seat.position));
            }
            SectionKind::Standing { outline, .. } => outline.iter_mut().for_each(&mut change),
        }
    }
    for shape in &mut map.shapes {
        match &mut shape.kind {
            ShapeKind::Polygon(points) => points.iter_mut().for_each(&mut change),
            ShapeKind::Ellipse { center: point, .. } | ShapeKind::Text(point) => change(point),
        }
    }
}

fn rectangle(left: f32, top: f32, width: f32, height: f32) -> Vec<Point> {
    vec![
        at(left, top),
        at(left + width, top),
        at(left + width, top + height),
        at(left, top + height),
    ]
}

#[cfg(test)]
mod tests {
    use onsale_domain::{
        best_available::{BestAvailable, best_available},
        seat_map::SectionOutlines,
    };

    use super::*;

    fn houses() -> Vec<SeatMap> {
        vec![
            theatre("Theatre", 0),
            theatre("Theatre", 1),
            theatre("Theatre", 2),
            hall("Hall", 600, 0),
            hall("Hall", 1500, 2),
            table_club("Tables"),
            row_club("Rows", 1),
            mezzanine_club("Mezzanine", 240),
            arena("Arena"),
            stadium("Stadium"),
        ]
    }

    #[test]
    fn every_house_is_sound_and_survives_packing() {
        for map in houses() {
            assert_eq!(map.validate(), Ok(()), "{}", map.name);
            let bytes = map.to_bytes();
            assert!(bytes.len() <= 100_000, "{}: {} bytes", map.name, bytes.len());
            assert_eq!(SeatMap::from_bytes(&bytes).as_ref(), Ok(&map), "{}", map.name);
            let bounds = map.bounds().expect("not empty");
            assert!(bounds.min.x >= 0.0 && bounds.max.x <= map.width, "{}", map.name);
            assert!(bounds.min.y >= 0.0 && bounds.max.y <= map.height, "{}", map.name);
        }
    }

    #[test]
    fn the_largest_house_is_sound_and_survives_packing() {
        let map = grand_stadium("Grand");
        assert_eq!(map.validate(), Ok(()));
        assert_eq!(SeatMap::from_bytes(&map.to_bytes()), Ok(map));
    }

    #[test]
    fn houses_have_the_size_they_are_built_for() {
        assert!((0..3).all(|shape| theatre("T", shape).seat_count() == 1200));
        assert_eq!(arena("Arena").seat_count(), 18_000);
        assert_eq!(stadium("Stadium").seat_count(), 60_000);
        assert_eq!(grand_stadium("Grand").seat_count(), 100_000);
        for club in [table_club("C"), row_club("C", 0), row_club("C", 2), mezzanine_club("C", 300)]
        {
            assert!((200..=400).contains(&club.seat_count()), "{}", club.seat_count());
        }
    }

    /// No two seats nearer than the rows are apart, anywhere in the house.
    #[test]
    fn seats_keep_their_distance() {
        for map in houses() {
            let grid = onsale_domain::seat_map::SeatGrid::new(&map);
            for section in &map.sections {
                for (number, position) in (section.first_seat.0..).zip(section.seat_positions()) {
                    let around = onsale_domain::seat_map::Bounds { min: position, max: position };
                    grid.for_each_within(around.padded(22.0), |other, place| {
                        let distance = place.distance_squared(position).sqrt();
                        assert!(
                            other.0 == number || distance >= 22.0,
                            "{}, {}: {distance}",
                            map.name,
                            section.name
                        );
                    });
                }
            }
        }
    }

    #[test]
    fn sections_can_be_told_apart_on_the_plan() {
        for map in houses() {
            let outlines = SectionOutlines::new(&map);
            for (number, section) in map.sections.iter().enumerate() {
                for position in section.seat_positions() {
                    let found = outlines.section_at(position);
                    assert_eq!(found, Some(number), "{}, {}", map.name, section.name);
                }
            }
        }
    }

    #[test]
    fn the_best_seats_are_in_the_middle_of_the_front() {
        let map = theatre("Theatre", 0);
        let all = onsale_domain::Availability::all_available(map.seat_count(), 0);
        let request = BestAvailable { quantity: 4, category: None, near: None };
        let seats = best_available(&map, &all, &request).expect("a whole house is free");
        let place = map.place(seats[0]).map(|place| place.describe()).unwrap_or_default();
        assert!(place.starts_with("Stalls centre, row A"), "{place}");
    }
}
