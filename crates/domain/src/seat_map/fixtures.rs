//! Maps for tests: small random ones, and a stadium.

use proptest::prelude::*;

use super::{
    Category, CategoryIndex, Point, Row, Seat, SeatMap, Section, SectionKind, Shape, ShapeKind,
};
use crate::ids::SeatIndex;

pub(crate) fn seat(label: impl ToString, x: f32, y: f32, category: u8) -> Seat {
    Seat {
        label: label.to_string(),
        position: Point { x, y },
        category: CategoryIndex(category),
        accessible: false,
    }
}

pub(crate) fn row(label: impl ToString, seats: Vec<Seat>) -> Row {
    Row { label: label.to_string(), first_seat: SeatIndex(0), seats }
}

pub(crate) fn seated(name: impl ToString, rows: Vec<Row>) -> Section {
    let kind = SectionKind::Seated { rows };
    Section { name: name.to_string(), first_seat: SeatIndex(0), kind }
}

pub(crate) fn standing(name: impl ToString, category: u8, capacity: u32, at: Point) -> Section {
    let corner = |dx: f32, dy: f32| Point { x: at.x + dx, y: at.y + dy };
    let outline =
        vec![corner(-50.0, -50.0), corner(50.0, -50.0), corner(50.0, 50.0), corner(-50.0, 50.0)];
    let kind = SectionKind::Standing { category: CategoryIndex(category), capacity, outline };
    Section { name: name.to_string(), first_seat: SeatIndex(0), kind }
}

pub(crate) fn map(sections: Vec<Section>) -> SeatMap {
    let category = |name: &str| Category { name: name.into(), color: "#c8553d".into() };
    let mut map = SeatMap {
        name: "Test".into(),
        width: 1000.0,
        height: 800.0,
        focal_point: Point { x: 500.0, y: 0.0 },
        categories: vec![category("Near"), category("Middle"), category("Far")],
        sections,
        shapes: vec![],
    };
    map.number_seats();
    map.quantise();
    map
}

/// 100 blocks of 25 curved rows of 24 seats around a pitch: 60,000 seats.
pub(crate) fn stadium() -> SeatMap {
    let block = |number: usize| {
        let middle = number as f32 / 100.0 * std::f32::consts::TAU;
        let rows = (0..25).map(|row_number| {
            let radius = 9_500.0 + row_number as f32 * 30.0;
            let seats = (0..24).map(|seat_number| {
                let angle = middle + (seat_number as f32 - 11.5) * 24.0 / radius;
                let (x, y) = (10_500.0 + radius * angle.sin(), 10_500.0 - radius * angle.cos());
                let mut seat = seat(seat_number + 1, x, y, (number % 3) as u8);
                seat.accessible = row_number == 0 && seat_number < 2;
                seat
            });
            row(row_number + 1, seats.collect())
        });
        seated(format!("Block {}", 101 + number), rows.collect())
    };
    let mut map = map((0..100).map(block).collect());
    map.focal_point = Point { x: 10_500.0, y: 10_500.0 };
    map.shapes.push(Shape {
        kind: ShapeKind::Ellipse { center: map.focal_point, radius_x: 900.0, radius_y: 600.0 },
        text: "Pitch".into(),
        is_stage: true,
    });
    map
}

fn any_point() -> impl Strategy<Value = Point> {
    (-2000.0_f32..2000.0, -2000.0_f32..2000.0).prop_map(|(x, y)| Point { x, y })
}

/// Rows that are lines or bends with an aisle here and there, labelled this way or that.
fn any_row() -> impl Strategy<Value = Row> {
    let seat = (0_u8..10, 0_u8..12, 0_u8..3, -0.2_f32..0.2);
    let seats = prop::collection::vec(seat, 1..40);
    let labels = (0_usize..4, -3_i64..4, 0_i64..200);
    (any_point(), seats, labels, "[A-Z]{1,2}|Ä|").prop_map(|(start, seats, labels, label)| {
        let (kind, step, first) = labels;
        let mut place = start;
        let mut direction = 0.0_f32;
        let seats = (0_i64..).zip(seats).map(|(number, (aisle, accessible, category, turn))| {
            direction += turn / 8.0;
            let step_length = if aisle == 0 { 60.0 } else { 24.0 };
            place.x += step_length * direction.cos();
            place.y += step_length * direction.sin();
            let label = match kind {
                0 => (number + 1).to_string(),
                1 => (first + 200 + step * number).to_string(),
                2 => format!("{number:03}"),
                _ => format!("{first}{}", ["a", "ß", "", "12345678901"][number as usize % 4]),
            };
            let mut seat = self::seat(label, place.x, place.y, category);
            seat.accessible = accessible == 0;
            seat
        });
        row(label, seats.collect())
    })
}

fn any_section() -> impl Strategy<Value = Section> {
    prop_oneof![
        4 => ("\\PC{0,12}", prop::collection::vec(any_row(), 0..5))
            .prop_map(|(name, rows)| seated(name, rows)),
        1 => ("[A-Z][a-z]{2,8}", 0_u8..3, 0_u32..60, any_point())
            .prop_map(|(name, category, capacity, at)| standing(name, category, capacity, at)),
    ]
}

fn any_shape() -> impl Strategy<Value = Shape> {
    let kind = prop_oneof![
        prop::collection::vec(any_point(), 0..6).prop_map(ShapeKind::Polygon),
        any_point().prop_map(ShapeKind::Text),
        (any_point(), 0.0_f32..500.0, 0.0_f32..500.0).prop_map(|(center, radius_x, radius_y)| {
            ShapeKind::Ellipse { center, radius_x, radius_y }
        }),
    ];
    (kind, "\\PC{0,8}", any::<bool>()).prop_map(|(kind, text, is_stage)| Shape {
        kind,
        text,
        is_stage,
    })
}

/// A quantised map of up to five sections.
pub(crate) fn any_map() -> impl Strategy<Value = SeatMap> {
    let sections = prop::collection::vec(any_section(), 0..6);
    (sections, prop::collection::vec(any_shape(), 0..4), any_point()).prop_map(
        |(sections, shapes, focal_point)| {
            let mut map = map(sections);
            map.shapes = shapes;
            map.focal_point = focal_point;
            map.quantise();
            map
        },
    )
}
