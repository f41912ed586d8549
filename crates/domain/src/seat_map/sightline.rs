//! What somebody sees from a seat, as far as a plan can say it: how many rows are in front, how far
//! it is, and from which side one looks.

use super::model::{Point, SeatMap, ShapeKind};
use crate::ids::SeatIndex;

/// A seat is about so wide, in metres; plans have no scale of their own.
const SEAT_WIDTH_METRES: f32 = 0.5;
/// People sit all around when the middle of all seats is nearer to what they look at than this
/// share of their usual distance.
const ALL_AROUND: f32 = 0.15;
/// Up to so many degrees off the middle one looks straight ahead.
const CENTRE_DEGREES: f32 = 12.0;
/// From so many degrees on one looks from the side.
const SIDE_DEGREES: f32 = 40.0;

/// From which side one looks, for somebody who faces what there is to see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Straight ahead.
    Centre,
    /// A little from the left.
    CentreLeft,
    /// A little from the right.
    CentreRight,
    /// From the left.
    Left,
    /// From the right.
    Right,
}

impl Side {
    /// "in the centre", "from the left".
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Centre => "in the centre",
            Self::CentreLeft => "left of the centre",
            Self::CentreRight => "right of the centre",
            Self::Left => "from the left",
            Self::Right => "from the right",
        }
    }
}

/// What a plan says of the view from a seat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sightline {
    /// Which row of its section it is in, the first one being 1.
    pub row: u32,
    /// How many rows the section has.
    pub rows: u32,
    /// About how far what there is to see is away.
    pub distance_metres: u32,
    /// From which side; `None` where people sit all around.
    pub side: Option<Side>,
}

/// What the sightlines of all seats have in common, worked out once.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sightlines {
    /// From what there is to see to the middle of those who see it.
    axis: Option<Point>,
    spacing: f32,
}

impl Sightlines {
    /// A pass over all seats.
    #[must_use]
    pub fn new(map: &SeatMap) -> Self {
        let (mut x, mut y, mut distance, mut seats) = (0.0_f64, 0.0_f64, 0.0_f64, 0_u32);
        for position in map.sections.iter().flat_map(|section| section.seat_positions()) {
            x += f64::from(position.x - map.focal_point.x);
            y += f64::from(position.y - map.focal_point.y);
            distance += f64::from(position.distance_squared(map.focal_point).sqrt());
            seats += 1;
        }
        let count = f64::from(seats.max(1));
        let axis = Point { x: (x / count) as f32, y: (y / count) as f32 };
        let is_one_sided = length(axis) > ALL_AROUND * (distance / count) as f32;
        Self { axis: is_one_sided.then_some(axis), spacing: map.typical_spacing() }
    }

    /// The view from a seat; `None` in an area without seats.
    #[must_use]
    pub fn from(&self, map: &SeatMap, seat: SeatIndex) -> Option<Sightline> {
        let place = map.place(seat)?;
        let (row, found) = place.seat?;
        let rows = place.section.rows();
        let number = rows.iter().position(|other| other.first_seat == row.first_seat)?;
        let way = Point {
            x: found.position.x - map.focal_point.x,
            y: found.position.y - map.focal_point.y,
        };
        let metres = length(way) / self.spacing.max(f32::EPSILON) * SEAT_WIDTH_METRES;
        Some(Sightline {
            row: u32::try_from(number).unwrap_or(u32::MAX).saturating_add(1),
            rows: u32::try_from(rows.len()).unwrap_or(u32::MAX),
            distance_metres: metres.round() as u32,
            side: self.axis.map(|axis| side(axis, way)),
        })
    }
}

impl SeatMap {
    /// The word on what people look at, such as "Stage" or "Pitch"; empty when it has none.
    #[must_use]
    pub fn stage_name(&self) -> &str {
        let is_named = |shape: &&super::model::Shape| {
            shape.is_stage && !shape.text.is_empty() && !matches!(shape.kind, ShapeKind::Text(_))
        };
        self.shapes.iter().find(is_named).map_or("", |shape| &shape.text)
    }
}

fn length(way: Point) -> f32 {
    way.distance_squared(Point::default()).sqrt()
}

/// Whoever faces what there is to see has the left where `axis × way` grows, as y grows downwards.
fn side(axis: Point, way: Point) -> Side {
    let cross = axis.x * way.y - axis.y * way.x;
    let dot = axis.x * way.x + axis.y * way.y;
    let degrees = cross.atan2(dot).to_degrees();
    match (degrees.abs(), degrees > 0.0) {
        (off, _) if off <= CENTRE_DEGREES => Side::Centre,
        (off, true) if off < SIDE_DEGREES => Side::CentreLeft,
        (off, false) if off < SIDE_DEGREES => Side::CentreRight,
        (_, true) => Side::Left,
        (_, false) => Side::Right,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seat_map::fixtures::{map, row, seat, seated, stadium, standing};

    /// Two rows of 21 seats before a stage in the middle above them.
    fn hall() -> SeatMap {
        let line = |y: f32| (0..21).map(|x| seat(x, 20.0 * x as f32, y, 0)).collect();
        let rows = vec![row("A", line(100.0)), row("B", line(120.0))];
        let mut map = map(vec![seated("Stalls", rows), standing("Floor", 0, 3, Point::default())]);
        map.focal_point = Point { x: 200.0, y: 0.0 };
        map
    }

    fn view(seat: u32) -> Option<Sightline> {
        let map = hall();
        Sightlines::new(&map).from(&map, SeatIndex(seat))
    }

    #[test]
    fn the_middle_looks_straight_ahead_and_the_ends_from_their_side() {
        let sides: Vec<_> =
            [0, 6, 10, 14, 20].into_iter().filter_map(|seat| view(seat)?.side).collect();
        let expected = [Side::Left, Side::CentreLeft, Side::Centre, Side::CentreRight, Side::Right];
        assert_eq!(sides, expected);
    }

    #[test]
    fn rows_are_counted_and_the_distance_is_in_metres() {
        let expected = Sightline { row: 2, rows: 2, distance_metres: 3, side: Some(Side::Centre) };
        assert_eq!(view(31), Some(expected), "six seats' widths from the stage");
        assert_eq!(view(42), None, "nobody knows where in an area somebody stands");
        assert_eq!(view(99), None);
    }

    #[test]
    fn around_a_pitch_there_is_no_side() {
        let map = stadium();
        let lines = Sightlines::new(&map);
        let view = lines.from(&map, SeatIndex(0)).expect("a seat");
        assert_eq!(view.side, None);
        assert!(view.distance_metres > 0);
    }
}
