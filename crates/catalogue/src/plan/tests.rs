use onsale_domain::seat_map::{Point, SeatMap, ShapeKind};
use proptest::prelude::*;

use super::parse;
use crate::{Faults, MAX_LISTED_FAULTS};

const SAMPLE: &[u8] = include_bytes!("../../samples/plan.json");

/// A plan of one zone whose rows are given, with the categories Stalls and Circle.
fn plan_of(rows: &str) -> String {
    format!(
        r##"{{"name": "Test", "categories": [{{"name": "Stalls", "color": "#AbC"}}, {{"name": "Circle"}}],
        "zones": [{{"name": "Main", "position": {{"x": 0, "y": 0}}, "rows": [{rows}]}}]}}"##
    )
}

fn seat(guid: &str, label: &str, x: &str, category: &str) -> String {
    format!(
        r#"{{"seat_guid": "{guid}", "seat_number": "{label}", "category": "{category}", "position": {{"x": {x}, "y": 0}}}}"#
    )
}

fn row(label: &str, seats: &[String]) -> String {
    format!(r#"{{"row_number": "{label}", "seats": [{}]}}"#, seats.join(","))
}

fn faults_of(text: &str) -> Faults {
    parse(text.as_bytes()).expect_err("a faulty plan")
}

fn messages(text: &str) -> Vec<String> {
    faults_of(text).listed().iter().map(ToString::to_string).collect()
}

#[test]
fn the_sample_is_read() {
    let map = parse(SAMPLE).unwrap_or_else(|faults| panic!("{faults}"));
    let names: Vec<&str> = map.sections.iter().map(|section| section.name.as_str()).collect();
    assert_eq!(names, ["Ground floor", "Balcony", "Balcony 2"]);
    assert_eq!(map.seat_count(), 15);
    let ground = &map.sections[0];
    // Zone (100, 80) + row (0, 30) + seat (24.5, 0).
    let second = &ground.rows()[1].seats[1];
    assert_eq!(second.position, Point { x: 124.5, y: 110.0 });
    // Two parts of row A, left and right of an aisle.
    assert_eq!(ground.rows()[0].seats.len(), 4);
    assert!(ground.rows()[1].seats[0].accessible);
    assert_eq!(map.focal_point, Point { x: 200.0, y: 20.0 });
    assert_eq!(map.categories[1].color, "#112233");
    let shapes: Vec<&str> = map.shapes.iter().map(|shape| shape.text.as_str()).collect();
    assert_eq!(shapes, ["Hauptbühne", "Bar", "", "", "Exit"]);
    assert!(matches!(map.shapes[4].kind, ShapeKind::Text(Point { x: 15.0, y: 410.0 })));
    assert_eq!(SeatMap::from_bytes(&map.to_bytes()), Ok(map));
}

#[test]
fn without_a_stage_people_look_at_the_upper_middle() {
    let seats = [seat("a", "1", "0", "Stalls"), seat("b", "2", "40", "Circle")];
    let map = parse(plan_of(&row("A", &seats)).as_bytes()).expect("sound");
    assert_eq!(map.focal_point, Point { x: 20.0, y: 0.0 });
    assert_eq!(map.categories[0].color, "#aabbcc");
}

#[test]
fn every_fault_is_found_and_named() {
    let rows = [
        row("A", &[seat("a", "1", "0", "Stalls"), seat("a", "2", "24", "Lodge")]),
        row("A", &[seat("b", "1", "48", "Stalls"), seat("c", "", "\"72\"", "Stalls")]),
        row("B", &[seat("d", "1", "1e999", "Stalls"), seat("e", "2", "null", "Stalls")]),
        row("C", &[seat("f", "1", "3000000", "Stalls"), "7".to_owned(), "{}".to_owned()]),
        r#"{"row_number": null, "position": {"x": 1}, "seats": {}}"#.to_owned(),
    ];
    assert_eq!(
        messages(&plan_of(&rows.join(","))),
        [
            "zones[0].rows[0].seats[1].seat_guid: `a` is a duplicate of zones[0].rows[0].seats[0]",
            "zones[0].rows[0].seats[1].category: there is no category `Lodge`",
            "zones[0].rows[1].seats[0].seat_number: `1` is a duplicate of zones[0].rows[0].seats[0]",
            "zones[0].rows[1].seats[1].seat_number: must not be empty",
            "zones[0].rows[1].seats[1].position.x: must be a number, found a text",
            "zones[0].rows[2].seats[0].position.x: 1e999 is no coordinate (they go up to 1048576 in either direction)",
            "zones[0].rows[2].seats[1].position.x: is missing",
            "zones[0].rows[3].seats[0].position.x: 3000000 is no coordinate (they go up to 1048576 in either direction)",
            "zones[0].rows[3].seats[1]: must be an object, found a number",
            "zones[0].rows[3].seats[2].seat_guid: is missing",
            "zones[0].rows[3].seats[2].seat_number: is missing",
            "zones[0].rows[3].seats[2].position: is missing",
            "zones[0].rows[3].seats[2].category: is missing",
            "zones[0].rows[4].row_number: is missing",
            "zones[0].rows[4].position.y: is missing",
            "zones[0].rows[4].seats: must be a list, found an object",
        ]
    );
}

#[test]
fn a_label_must_fit_on_a_ticket() {
    let long = "x".repeat(201);
    let faulty = plan_of(&row(&long, &[seat("a", "1", "0", "Stalls")]));
    assert_eq!(
        messages(&faulty),
        ["zones[0].rows[0].row_number: has 201 characters; the limit is 200"]
    );
}

#[test]
fn what_is_no_plan_is_refused() {
    assert_eq!(
        messages("{\"name\": \"x\",\n  oops}"),
        ["the file: is not JSON: key must be a string at line 2 column 3"]
    );
    assert_eq!(messages("[]"), ["the file: must be an object, found a list"]);
    assert_eq!(messages("{}"), ["categories: is missing", "zones: is missing"]);
    assert_eq!(messages(&plan_of("")), ["the file: the map has no seats"]);
    assert_eq!(
        messages(r#"{"categories": [{"name": "A"}, {"name": "A"}, {}], "zones": 3}"#),
        [
            "categories[1].name: `A` is a duplicate of categories[0]",
            "categories[2].name: is missing",
            "zones: must be a list, found a number",
        ]
    );
}

#[test]
fn faults_beyond_the_first_hundred_are_counted() {
    let seats: Vec<String> = (0..500).map(|n| seat(&n.to_string(), "1", "0", "Stalls")).collect();
    let faults = faults_of(&plan_of(&row("A", &seats)));
    assert_eq!((faults.listed().len(), faults.count()), (MAX_LISTED_FAULTS, 499));
    assert!(faults.to_string().ends_with("\nand 399 more"));
}

#[test]
fn more_than_a_million_seats_are_refused() {
    let seats = vec!["0"; 1_000_001].join(",");
    let faults = faults_of(&plan_of(&format!(r#"{{"row_number": 1, "seats": [{seats}]}}"#)));
    assert_eq!(faults.count(), 1_000_001);
    let sound = (0..1000).map(|n| seat(&n.to_string(), &n.to_string(), "0", "Stalls"));
    assert!(parse(plan_of(&row("A", &sound.collect::<Vec<_>>())).as_bytes()).is_ok());
}

proptest! {
    #[test]
    fn any_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = parse(&bytes);
    }

    #[test]
    fn a_bent_plan_never_panics(
        bends in prop::collection::vec((any::<prop::sample::Index>(), "[0-9\"{}\\[\\],:a-z\\\\]"), 1..4),
    ) {
        let mut bytes = SAMPLE.to_vec();
        for (at, with) in bends {
            let at = at.index(bytes.len());
            bytes[at] = with.as_bytes()[0];
        }
        if let Ok(map) = parse(&bytes) {
            prop_assert_eq!(map.validate(), Ok(()));
            prop_assert_eq!(SeatMap::from_bytes(&map.to_bytes()), Ok(map));
        }
    }
}
