//! Where things are: bounds, the usual distance between seats, and the place of a seat.

use super::model::{Point, Row, SeatMap, Section, SectionKind, ShapeKind};
use crate::ids::SeatIndex;

/// The distance between neighbours, in plan units, in a map that has no two neighbours.
const DEFAULT_SPACING: f32 = 24.0;

/// An upright rectangle, in plan units.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounds {
    /// Its upper left corner.
    pub min: Point,
    /// Its lower right corner.
    pub max: Point,
}

impl Bounds {
    /// The smallest rectangle around all the points; `None` without any.
    #[must_use]
    pub fn around(points: impl IntoIterator<Item = Point>) -> Option<Self> {
        let mut points = points.into_iter();
        let first = points.next()?;
        Some(points.fold(Self { min: first, max: first }, |bounds, point| Self {
            min: Point { x: bounds.min.x.min(point.x), y: bounds.min.y.min(point.y) },
            max: Point { x: bounds.max.x.max(point.x), y: bounds.max.y.max(point.y) },
        }))
    }

    /// The width, in plan units.
    #[must_use]
    pub fn width(self) -> f32 {
        self.max.x - self.min.x
    }

    /// The height, in plan units.
    #[must_use]
    pub fn height(self) -> f32 {
        self.max.y - self.min.y
    }

    /// The middle.
    #[must_use]
    pub fn center(self) -> Point {
        Point { x: (self.min.x + self.max.x) / 2.0, y: (self.min.y + self.max.y) / 2.0 }
    }

    /// The rectangle with `margin` more on each side.
    #[must_use]
    pub fn padded(self, margin: f32) -> Self {
        Self {
            min: Point { x: self.min.x - margin, y: self.min.y - margin },
            max: Point { x: self.max.x + margin, y: self.max.y + margin },
        }
    }

    /// Whether the point lies in it, its edges included.
    #[must_use]
    pub fn contains(self, point: Point) -> bool {
        (self.min.x..=self.max.x).contains(&point.x) && (self.min.y..=self.max.y).contains(&point.y)
    }

    /// Whether the two have a point in common.
    #[must_use]
    pub fn overlaps(self, other: Self) -> bool {
        self.min.x <= other.max.x
            && other.min.x <= self.max.x
            && self.min.y <= other.max.y
            && other.min.y <= self.max.y
    }

    /// The square of the distance from the point to the nearest point of the rectangle.
    #[must_use]
    pub fn distance_squared(self, point: Point) -> f32 {
        let nearest = Point {
            x: point.x.clamp(self.min.x, self.max.x),
            y: point.y.clamp(self.min.y, self.max.y),
        };
        nearest.distance_squared(point)
    }
}

impl Row {
    /// The rectangle around the centres of its seats.
    #[must_use]
    pub fn bounds(&self) -> Option<Bounds> {
        Bounds::around(self.seats.iter().map(|seat| seat.position))
    }

    /// The usual distance between neighbours (the median), in plan units.
    #[must_use]
    pub fn typical_spacing(&self) -> Option<f32> {
        median(self.neighbour_distances().collect())
    }

    fn neighbour_distances(&self) -> impl Iterator<Item = f32> + '_ {
        let distance = |one: Point, other: Point| one.distance_squared(other).sqrt();
        self.seats.windows(2).map(move |pair| distance(pair[0].position, pair[1].position))
    }
}

impl Section {
    /// The rectangle around the centres of its seats, or around the outline of its area.
    #[must_use]
    pub fn bounds(&self) -> Option<Bounds> {
        match &self.kind {
            SectionKind::Seated { .. } => Bounds::around(self.seat_positions()),
            SectionKind::Standing { outline, .. } => Bounds::around(outline.iter().copied()),
        }
    }

    /// The centres of its seats, in the order of their numbers; none in an area without seats.
    pub fn seat_positions(&self) -> impl Iterator<Item = Point> + '_ {
        self.rows().iter().flat_map(|row| row.seats.iter().map(|seat| seat.position))
    }
}

impl SeatMap {
    /// The rectangle around everything there is to draw: seats, areas and shapes.
    #[must_use]
    pub fn bounds(&self) -> Option<Bounds> {
        let sections = self.sections.iter().filter_map(Section::bounds);
        let shapes = self.shapes.iter().filter_map(|shape| match &shape.kind {
            ShapeKind::Polygon(points) => Bounds::around(points.iter().copied()),
            ShapeKind::Ellipse { center, radius_x, radius_y } => Some(Bounds {
                min: Point { x: center.x - radius_x, y: center.y - radius_y },
                max: Point { x: center.x + radius_x, y: center.y + radius_y },
            }),
            ShapeKind::Text(point) => Some(Bounds { min: *point, max: *point }),
        });
        Bounds::around(sections.chain(shapes).flat_map(|bounds| [bounds.min, bounds.max]))
    }

    /// The usual distance between two neighbours in a row (the median over the map), in plan
    /// units. A seat drawn with a third of it as its radius leaves room between neighbours.
    #[must_use]
    pub fn typical_spacing(&self) -> f32 {
        let rows = self.sections.iter().flat_map(Section::rows);
        median(rows.flat_map(Row::neighbour_distances).collect()).unwrap_or(DEFAULT_SPACING)
    }

    /// The centre of a seat; for a place in a general-admission area, the middle of the area.
    #[must_use]
    pub fn position_of(&self, seat: SeatIndex) -> Option<Point> {
        let place = self.place(seat)?;
        match (&place.section.kind, place.seat) {
            (_, Some((_, seat))) => Some(seat.position),
            (SectionKind::Standing { outline, .. }, None) => polygon_middle(outline),
            (SectionKind::Seated { .. }, None) => None,
        }
    }
}

/// The upper median of the numbers above zero: seats stacked on one point are no distance.
fn median(mut numbers: Vec<f32>) -> Option<f32> {
    numbers.retain(|number| *number > 0.0);
    if numbers.is_empty() {
        return None;
    }
    let middle = numbers.len() / 2;
    Some(*numbers.select_nth_unstable_by(middle, f32::total_cmp).1)
}

/// The centre of gravity of a polygon, or the middle of its bounds where it has no surface or
/// bends so much that the centre of gravity lies outside.
pub(super) fn polygon_middle(points: &[Point]) -> Option<Point> {
    let bounds = Bounds::around(points.iter().copied())?;
    let origin = bounds.min;
    let (mut doubled, mut x, mut y) = (0.0, 0.0, 0.0);
    for (one, other) in edges(points) {
        let (ax, ay) = (f64::from(one.x - origin.x), f64::from(one.y - origin.y));
        let (bx, by) = (f64::from(other.x - origin.x), f64::from(other.y - origin.y));
        let cross = ax * by - bx * ay;
        doubled += cross;
        x += (ax + bx) * cross;
        y += (ay + by) * cross;
    }
    let middle = Point {
        x: origin.x + (x / (3.0 * doubled)) as f32,
        y: origin.y + (y / (3.0 * doubled)) as f32,
    };
    Some(if polygon_contains(points, middle) { middle } else { bounds.center() })
}

/// The surface of a polygon, in square plan units.
pub(super) fn polygon_area(points: &[Point]) -> f32 {
    let Some(origin) = points.first() else { return 0.0 };
    let cross = |(one, other): (Point, Point)| {
        (one.x - origin.x) * (other.y - origin.y) - (other.x - origin.x) * (one.y - origin.y)
    };
    edges(points).map(cross).sum::<f32>().abs() / 2.0
}

/// Whether a point lies inside a polygon: a ray to the right crosses its edges an odd number of
/// times.
pub(super) fn polygon_contains(points: &[Point], point: Point) -> bool {
    let crosses = |(one, other): &(Point, Point)| {
        (one.y > point.y) != (other.y > point.y)
            && point.x < one.x + (point.y - one.y) / (other.y - one.y) * (other.x - one.x)
    };
    edges(points).filter(crosses).count() % 2 == 1
}

/// The edges of a closed outline, the one from the last point to the first included.
pub(super) fn edges(points: &[Point]) -> impl Iterator<Item = (Point, Point)> + '_ {
    let next = points.iter().skip(1).chain(points.first());
    points.iter().copied().zip(next.copied())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seat_map::fixtures::{map, row, seat, seated, stadium, standing};

    const SQUARE: [Point; 4] = [
        Point { x: 0.0, y: 0.0 },
        Point { x: 10.0, y: 0.0 },
        Point { x: 10.0, y: 10.0 },
        Point { x: 0.0, y: 10.0 },
    ];

    #[test]
    fn a_polygon_knows_its_middle_and_its_inside() {
        assert_eq!(polygon_middle(&SQUARE), Some(Point { x: 5.0, y: 5.0 }));
        assert_eq!(polygon_area(&SQUARE), 100.0);
        assert!(polygon_contains(&SQUARE, Point { x: 9.0, y: 1.0 }));
        assert!(!polygon_contains(&SQUARE, Point { x: 11.0, y: 1.0 }));
        assert_eq!(polygon_middle(&[]), None);
        assert_eq!(polygon_middle(&[SQUARE[1]; 3]), Some(SQUARE[1]));
    }

    #[test]
    fn spacing_is_what_most_neighbours_keep() {
        let xs = [0.0, 24.0, 48.0, 148.0, 172.0];
        let seats = (1..).zip(xs).map(|(label, x)| seat(label, x, 0.0, 0)).collect();
        let map = map(vec![seated("Stalls", vec![row("A", seats)])]);
        assert_eq!(map.typical_spacing(), 24.0);
        assert!((stadium().typical_spacing() - 24.0).abs() < 0.1);
        assert_eq!(super::super::fixtures::map(vec![]).typical_spacing(), DEFAULT_SPACING);
    }

    #[test]
    fn bounds_hold_seats_areas_and_shapes() {
        let at = Point { x: 300.0, y: 300.0 };
        let seats = vec![seat(1, -20.0, 7.0, 0), seat(2, 4.0, 7.0, 0)];
        let map = map(vec![seated("A", vec![row("A", seats)]), standing("B", 0, 5, at)]);
        let bounds = map.bounds().expect("not empty");
        assert_eq!(bounds.min, Point { x: -20.0, y: 7.0 });
        assert_eq!(bounds.max, Point { x: 350.0, y: 350.0 });
        assert_eq!(map.position_of(SeatIndex(1)), Some(Point { x: 4.0, y: 7.0 }));
        assert_eq!(map.position_of(SeatIndex(3)), Some(at));
        assert_eq!(map.position_of(SeatIndex(7)), None);
        assert_eq!(bounds.distance_squared(Point { x: -23.0, y: 3.0 }), 25.0);
    }
}
