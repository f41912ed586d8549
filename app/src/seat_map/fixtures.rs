//! A small theatre for tests: two rows of seats, and a floor to stand on.

use onsale_domain::{
    Availability, Currency, Money, SeatIndex,
    seat_map::{
        Category, CategoryIndex, Point, Row, Seat, SeatMap, Section, SectionKind, Shape, ShapeKind,
    },
};

use super::model::Model;

/// Seats 0–9 are row A, 10–19 row B (category 0, €64); 20–24 stand on the floor (category 1, €28).
pub(super) fn theatre() -> Model {
    let prices = [6400, 2800].map(|minor| Some(Money::new(minor, Currency::EUR)));
    let map = map();
    let availability = Availability::all_available(map.seat_count(), 1);
    let mut model = Model::new(map, availability, prices.to_vec(), true);
    model.viewport.resize(600.0, 400.0);
    model
}

fn map() -> SeatMap {
    let row = |label: &str, y: f32| Row {
        label: label.into(),
        first_seat: SeatIndex(0),
        seats: (1..=10_u8)
            .map(|number| Seat {
                label: number.to_string(),
                position: Point { x: f32::from(number) * 10.0, y },
                category: CategoryIndex(0),
                accessible: number == 10,
            })
            .collect(),
    };
    let stalls = SectionKind::Seated { rows: vec![row("A", 30.0), row("B", 40.0)] };
    let corner = |x: f32, y: f32| Point { x, y };
    let floor = SectionKind::Standing {
        category: CategoryIndex(1),
        capacity: 5,
        outline: vec![
            corner(10.0, 60.0),
            corner(100.0, 60.0),
            corner(100.0, 90.0),
            corner(10.0, 90.0),
        ],
    };
    let section = |name: &str, kind| Section { name: name.into(), first_seat: SeatIndex(0), kind };
    let category = |name: &str| Category { name: name.into(), color: "#7a2ea0".into() };
    let mut map = SeatMap {
        name: "Theatre".into(),
        width: 110.0,
        height: 100.0,
        focal_point: corner(55.0, 10.0),
        categories: vec![category("Stalls"), category("Floor")],
        sections: vec![section("Stalls", stalls), section("Floor", floor)],
        shapes: vec![Shape {
            kind: ShapeKind::Polygon(vec![
                corner(20.0, 5.0),
                corner(90.0, 5.0),
                corner(55.0, 15.0),
            ]),
            text: "Stage".into(),
            is_stage: true,
        }],
    };
    map.number_seats();
    map
}
