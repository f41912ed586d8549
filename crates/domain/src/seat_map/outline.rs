//! The outlines of sections: what is drawn, and clicked, while single seats are too small to see.

use super::{
    geometry::{Bounds, edges, polygon_area, polygon_contains, polygon_middle},
    hull::convex_hull,
    model::{Point, Row, SeatMap, Section, SectionKind},
};

/// Room between the outermost seats and the outline, as a share of the spacing between seats.
const PADDING: f32 = 0.75;
/// How far, as a share of the spacing, the sides of an outline may leave the ends of single rows:
/// enough to draw a straight aisle where rows end half a seat apart.
const SIDE_SMOOTHING: f32 = 0.5;
/// The same along the first and the last row: little, so that curves stay curves.
const CURVE_SMOOTHING: f32 = 0.08;

/// The outline of every section of a map and where its name is written.
#[derive(Debug, Clone)]
pub struct SectionOutlines {
    sections: Vec<Outlined>,
}

#[derive(Debug, Clone)]
struct Outlined {
    outline: Vec<Point>,
    label_point: Point,
    area: f32,
    bounds: Option<Bounds>,
}

impl SectionOutlines {
    /// Works out all outlines: a millisecond or two for a stadium.
    #[must_use]
    pub fn new(map: &SeatMap) -> Self {
        let spacing = map.typical_spacing();
        let outlined = |section: &Section| {
            let outline = section.outline(spacing);
            Outlined {
                label_point: label_point(section, &outline),
                area: polygon_area(&outline),
                bounds: Bounds::around(outline.iter().copied()),
                outline,
            }
        };
        Self { sections: map.sections.iter().map(outlined).collect() }
    }

    /// The corners of a section, in order around it; empty for a section without seats.
    #[must_use]
    pub fn outline(&self, section_number: usize) -> &[Point] {
        self.sections.get(section_number).map_or(&[], |section| &section.outline)
    }

    /// Where the name of a section is written: its middle, or the seat nearest to the middle
    /// when the section bends around it.
    #[must_use]
    pub fn label_point(&self, section_number: usize) -> Option<Point> {
        self.sections.get(section_number).map(|section| section.label_point)
    }

    /// Whether a point lies in a section, perhaps in others too.
    #[must_use]
    pub fn contains(&self, section_number: usize, point: Point) -> bool {
        self.sections.get(section_number).is_some_and(|section| section.contains(point))
    }

    /// The number of the section at a point; the smaller one where outlines overlap.
    #[must_use]
    pub fn section_at(&self, point: Point) -> Option<usize> {
        let found = self.sections.iter().enumerate().filter(|(_, section)| section.contains(point));
        found.min_by(|one, other| one.1.area.total_cmp(&other.1.area)).map(|(number, _)| number)
    }
}

impl Outlined {
    fn contains(&self, point: Point) -> bool {
        self.bounds.is_some_and(|bounds| bounds.contains(point))
            && polygon_contains(&self.outline, point)
    }
}

fn label_point(section: &Section, outline: &[Point]) -> Point {
    let (mut x, mut y, mut seats) = (0.0, 0.0, 0);
    for position in section.seat_positions() {
        x += f64::from(position.x);
        y += f64::from(position.y);
        seats += 1;
    }
    if seats == 0 {
        return polygon_middle(outline).unwrap_or_default();
    }
    let middle = Point { x: (x / f64::from(seats)) as f32, y: (y / f64::from(seats)) as f32 };
    if polygon_contains(outline, middle) {
        return middle;
    }
    let distance = |point: &Point| point.distance_squared(middle);
    let nearest =
        section.seat_positions().min_by(|one, other| distance(one).total_cmp(&distance(other)));
    nearest.unwrap_or(middle)
}

impl Section {
    /// The corners of a line around the section, in order, where seats are `spacing` plan units
    /// apart. An area has the outline it was given.
    ///
    /// The line follows the first row, the ends of the rows, and the last row, so that curved
    /// sections lie side by side without overlapping. Where rows are too irregular for that it
    /// is the convex hull of the seats.
    #[must_use]
    pub fn outline(&self, spacing: f32) -> Vec<Point> {
        let rows = match &self.kind {
            SectionKind::Standing { outline, .. } => return outline.clone(),
            SectionKind::Seated { rows } => rows,
        };
        let rows: Vec<&Row> = rows.iter().filter(|row| !row.seats.is_empty()).collect();
        let padding = PADDING * spacing;
        let ring = ring_along(&rows, padding, spacing);
        if is_simple(&ring) && holds_its_rows(&ring, &rows) {
            return ring;
        }
        convex_hull(self.seat_positions().flat_map(|seat| around(seat, padding)).collect())
    }
}

/// Eight points around a seat: padding for a hull.
fn around(seat: Point, padding: f32) -> [Point; 8] {
    let diagonal = padding * std::f32::consts::FRAC_1_SQRT_2;
    let at = |x: f32, y: f32| Point { x: seat.x + x, y: seat.y + y };
    [
        at(padding, 0.0),
        at(diagonal, diagonal),
        at(0.0, padding),
        at(-diagonal, diagonal),
        at(-padding, 0.0),
        at(-diagonal, -diagonal),
        at(0.0, -padding),
        at(diagonal, -diagonal),
    ]
}

/// Along the first row, down the ends of the rows on one side, back along the last row, and up
/// the ends on the other side.
fn ring_along(rows: &[&Row], padding: f32, spacing: f32) -> Vec<Point> {
    let rows = aligned(rows);
    let (Some(first), Some(last)) = (rows.first(), rows.last()) else { return Vec::new() };
    let forward = rows.get(1).map(|second| way(middle(first), middle(second)));
    let backward = rows.len().checked_sub(2).map(|at| way(middle(last), middle(&rows[at])));
    let front = edge_beside(first, padding, forward, -1.0);
    let mut back = edge_beside(last, padding, backward, 1.0);
    back.reverse();
    let inner = &rows[1..rows.len().saturating_sub(1).max(1)];
    let side = |from: &[Point], ends: Vec<Point>, to: &[Point]| {
        let corners = (from.last().copied(), to.first().copied());
        let line: Vec<Point> = corners.0.into_iter().chain(ends).chain(corners.1).collect();
        simplified(&line, SIDE_SMOOTHING * spacing)
    };
    let ends = inner.iter().map(|row| past_end(row, padding)).collect();
    let starts = inner.iter().rev().map(|row| past_start(row, padding)).collect();
    let pieces = [
        simplified(&front, CURVE_SMOOTHING * spacing),
        side(&front, ends, &back),
        simplified(&back, CURVE_SMOOTHING * spacing),
        side(&back, starts, &front),
    ];
    // Each piece ends where the next begins.
    pieces.iter().flat_map(|piece| &piece[..piece.len() - 1]).copied().collect()
}

/// The positions of each row, turned round where a row runs against the one before it.
fn aligned(rows: &[&Row]) -> Vec<Vec<Point>> {
    let mut result: Vec<Vec<Point>> = Vec::with_capacity(rows.len());
    for row in rows {
        let mut points: Vec<Point> = row.seats.iter().map(|seat| seat.position).collect();
        if let Some(before) = result.last() {
            let far = |one: Point, other: Point| one.distance_squared(other).sqrt();
            let (start, end) = (points[0], points[points.len() - 1]);
            let (start_before, end_before) = (before[0], before[before.len() - 1]);
            if far(start, end_before) + far(end, start_before)
                < far(start, start_before) + far(end, end_before)
            {
                points.reverse();
            }
        }
        result.push(points);
    }
    result
}

fn middle(row: &[Point]) -> Point {
    row[row.len() / 2]
}

fn way(from: Point, to: Point) -> Point {
    Point { x: to.x - from.x, y: to.y - from.y }
}

/// The direction of a row at a seat, of length 1; to the right when the row has only one place.
fn direction(row: &[Point], at: usize) -> Point {
    let (one, other) = (row[at.saturating_sub(1)], row[(at + 1).min(row.len() - 1)]);
    let way = way(one, other);
    let length = (way.x * way.x + way.y * way.y).sqrt();
    if length > 0.0 {
        Point { x: way.x / length, y: way.y / length }
    } else {
        Point { x: 1.0, y: 0.0 }
    }
}

fn moved(point: Point, direction: Point, distance: f32) -> Point {
    Point { x: point.x + direction.x * distance, y: point.y + direction.y * distance }
}

fn past_end(row: &[Point], padding: f32) -> Point {
    moved(row[row.len() - 1], direction(row, row.len() - 1), padding)
}

fn past_start(row: &[Point], padding: f32) -> Point {
    moved(row[0], direction(row, 0), -padding)
}

/// A line beside a row: on the side away from `inward`, or on `side` of a row that is alone.
fn edge_beside(row: &[Point], padding: f32, inward: Option<Point>, side: f32) -> Vec<Point> {
    let normal = |at: usize| {
        let along = direction(row, at);
        Point { x: -along.y, y: along.x }
    };
    let side = inward.map_or(side, |inward| {
        let normal = normal(row.len() / 2);
        if normal.x * inward.x + normal.y * inward.y > 0.0 { -1.0 } else { 1.0 }
    });
    let beside = |(at, point): (usize, &Point)| moved(*point, normal(at), side * padding);
    let mut edge: Vec<Point> = row.iter().enumerate().map(beside).collect();
    let last = edge.len() - 1;
    if last == 0 {
        edge.push(edge[0]);
    }
    let end = edge.len() - 1;
    edge[0] = moved(edge[0], direction(row, 0), -padding);
    edge[end] = moved(edge[end], direction(row, last), padding);
    edge
}

/// A line without the points that lie closer than `tolerance` to the line without them (after
/// Douglas and Peucker). Its ends stay.
fn simplified(line: &[Point], tolerance: f32) -> Vec<Point> {
    let Some(end) = line.len().checked_sub(1) else { return Vec::new() };
    let mut keep = vec![false; line.len()];
    keep[0] = true;
    keep[end] = true;
    let mut open = vec![(0, end)];
    while let Some((from, to)) = open.pop() {
        let off = |at: usize| distance_to_line(line[at], line[from], line[to]);
        let worst = (from + 1..to).max_by(|one, other| off(*one).total_cmp(&off(*other)));
        if let Some(worst) = worst.filter(|worst| off(*worst) > tolerance) {
            keep[worst] = true;
            open.extend([(from, worst), (worst, to)]);
        }
    }
    line.iter().zip(keep).filter(|(_, keep)| *keep).map(|(point, _)| *point).collect()
}

fn distance_to_line(point: Point, from: Point, to: Point) -> f32 {
    let (line, way) = (way(from, to), way(from, point));
    let length_squared = line.x * line.x + line.y * line.y;
    if length_squared <= f32::EPSILON {
        return point.distance_squared(from).sqrt();
    }
    let along = ((way.x * line.x + way.y * line.y) / length_squared).clamp(0.0, 1.0);
    point.distance_squared(moved(from, line, along)).sqrt()
}

/// Whether no two edges of the ring cross.
fn is_simple(ring: &[Point]) -> bool {
    let edges: Vec<(Point, Point)> = edges(ring).collect();
    let crossing = |at: usize| edges[at + 1..].iter().any(|other| cross(edges[at], *other));
    ring.len() >= 3 && !(0..edges.len()).any(crossing)
}

fn cross(one: (Point, Point), other: (Point, Point)) -> bool {
    let side = |line: (Point, Point), point: Point| {
        let (along, to) = (way(line.0, line.1), way(line.0, point));
        along.x * to.y - along.y * to.x
    };
    side(one, other.0) * side(one, other.1) < 0.0 && side(other, one.0) * side(other, one.1) < 0.0
}

fn holds_its_rows(ring: &[Point], rows: &[&Row]) -> bool {
    rows.iter().all(|row| {
        let last = row.seats.len() - 1;
        let quarters = (0..=4).map(|quarter| &row.seats[last * quarter / 4]);
        quarters.into_iter().all(|seat| polygon_contains(ring, seat.position))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::seat_map::fixtures::{any_map, map, row, seat, seated, stadium, standing};

    #[test]
    fn sections_of_a_stadium_are_few_corners_and_do_not_overlap() {
        let map = stadium();
        let outlines = SectionOutlines::new(&map);
        for (number, section) in map.sections.iter().enumerate() {
            assert!(outlines.outline(number).len() <= 12, "{:?}", outlines.outline(number));
            for position in section.seat_positions() {
                assert_eq!(outlines.section_at(position), Some(number));
            }
            let label = outlines.label_point(number).expect("has one");
            assert_eq!(outlines.section_at(label), Some(number));
        }
        assert_eq!(outlines.section_at(map.focal_point), None);
    }

    #[test]
    fn a_single_seat_and_a_single_row_have_a_surface() {
        let one = seated("One", vec![row("A", vec![seat(1, 0.0, 0.0, 0)])]);
        assert!(polygon_contains(&one.outline(24.0), Point { x: 10.0, y: 10.0 }));
        let seats = (0..9).map(|x| seat(x, 24.0 * x as f32, 100.0, 0)).collect();
        let outline = seated("Row", vec![row("A", seats)]).outline(24.0);
        assert_eq!(outline.len(), 4);
        assert!((polygon_area(&outline) - (8.0 * 24.0 + 36.0) * 36.0).abs() < 1.0);
    }

    #[test]
    fn a_row_that_runs_the_other_way_does_not_twist_the_outline() {
        let there = (0..9).map(|x| seat(x, 24.0 * x as f32, 0.0, 0)).collect();
        let back = (0..9).map(|x| seat(x, 24.0 * (8 - x) as f32, 30.0, 0)).collect();
        let outline = seated("S", vec![row("A", there), row("B", back)]).outline(24.0);
        assert_eq!(outline.len(), 4);
    }

    #[test]
    fn an_area_keeps_its_outline() {
        let at = Point { x: 100.0, y: 100.0 };
        let outlines = SectionOutlines::new(&map(vec![standing("Floor", 0, 10, at)]));
        assert_eq!(outlines.label_point(0), Some(at));
        assert_eq!(outlines.section_at(Point { x: 140.0, y: 60.0 }), Some(0));
        assert_eq!(outlines.outline(7), &[]);
    }

    proptest! {
        #[test]
        fn row_ends_lie_inside(map in any_map()) {
            let spacing = map.typical_spacing();
            for section in map.sections.iter().filter(|section| !section.rows().is_empty()) {
                let outline = section.outline(spacing);
                for row in section.rows() {
                    prop_assert!(polygon_contains(&outline, row.seats[0].position));
                    let last = row.seats.last().expect("rows have seats here");
                    prop_assert!(polygon_contains(&outline, last.position));
                }
            }
        }
    }
}
