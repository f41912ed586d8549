use std::time::Instant;

use proptest::prelude::*;

use super::*;
use crate::{
    limits::MAX_SEATS_PER_MAP,
    seat_map::{
        SectionKind,
        fixtures::{any_map, map, row, seat, seated, stadium},
    },
};

#[test]
fn a_stadium_fits_in_100_kilobytes() {
    let map = stadium();
    assert_eq!(map.seat_count(), 60_000);
    let bytes = map.to_bytes();
    let started = Instant::now();
    assert_eq!(SeatMap::from_bytes(&bytes).as_ref(), Ok(&map));
    println!("60,000 seats: {} bytes, read in {:?}", bytes.len(), started.elapsed());
    assert!(bytes.len() <= 100_000, "{} bytes", bytes.len());
}

#[test]
fn a_straight_row_costs_next_to_nothing() {
    let seats = (0..62).map(|number| seat(number + 1, 24.0 * number as f32, 0.0, 0)).collect();
    let one = map(vec![seated("Stalls", vec![row("A", seats)])]).to_bytes().len();
    let none = map(vec![seated("Stalls", vec![])]).to_bytes().len();
    assert!(one - none <= 14, "{} bytes", one - none);
}

#[test]
fn positions_beyond_the_plan_are_pulled_in_and_nonsense_becomes_zero() {
    let mut map = map(vec![seated("Stalls", vec![row("A", vec![seat(1, 0.0, 0.0, 0)])])]);
    if let SectionKind::Seated { rows } = &mut map.sections[0].kind {
        rows[0].seats[0].position = Point { x: 1e30, y: f32::NAN };
    }
    let read = SeatMap::from_bytes(&map.to_bytes()).expect("readable");
    map.quantise();
    assert_eq!(read, map);
    let position = map.sections[0].rows()[0].seats[0].position;
    assert_eq!(position, Point { x: MAX_COORDINATE, y: 0.0 });
}

#[test]
fn what_is_no_seat_map_is_refused() {
    assert_eq!(SeatMap::from_bytes(b""), Err(InvalidGeometry::Header));
    assert_eq!(SeatMap::from_bytes(b"OSG2..."), Err(InvalidGeometry::Header));
    let mut bytes = stadium().to_bytes();
    bytes.push(0);
    let at = bytes.len() - 1;
    assert_eq!(SeatMap::from_bytes(&bytes), Err(InvalidGeometry::Trailing { at }));
    let mut unknown = map(vec![]);
    unknown.categories.clear();
    unknown.sections = vec![seated("Stalls", vec![row("A", vec![seat(1, 0.0, 0.0, 0)])])];
    assert!(matches!(
        SeatMap::from_bytes(&unknown.to_bytes()),
        Err(InvalidGeometry::Category { category: 0, .. })
    ));
}

#[test]
fn a_promise_of_too_much_is_refused_before_anything_is_allocated() {
    let head = map(vec![]).to_bytes();
    let head = &head[..head.len() - 2];
    let read = |tail: &[u8]| SeatMap::from_bytes(&[head, tail].concat());
    let huge = [0xff, 0xff, 0xff, 0xff, 0x0f];
    assert!(matches!(read(&huge), Err(InvalidGeometry::Truncated { .. })));
    let standing = [&[1, 0, SECTION_STANDING, 0][..], &huge, &[0, 0, 0]].concat();
    let limit = MAX_SEATS_PER_MAP;
    assert_eq!(read(&standing), Err(InvalidGeometry::TooMany { what: "seats", limit }));
    let row = [&[1, 0, SECTION_SEATED, 1, LABELS_FROM_ONE, 0][..], &huge].concat();
    assert_eq!(read(&row), Err(InvalidGeometry::TooMany { what: "seats", limit }));
    let endless = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
    assert!(matches!(read(&endless), Err(InvalidGeometry::Number { .. })));
}

proptest! {
    #[test]
    fn reads_what_it_writes(map in any_map()) {
        let read = SeatMap::from_bytes(&map.to_bytes());
        prop_assert_eq!(read.as_ref(), Ok(&map));
    }

    #[test]
    fn a_cut_map_is_refused(map in any_map(), cut in 0.0..1.0_f64) {
        let bytes = map.to_bytes();
        let cut = (bytes.len() as f64 * cut) as usize;
        prop_assert!(SeatMap::from_bytes(&bytes[..cut]).is_err());
    }

    #[test]
    fn bent_bytes_never_panic(
        map in any_map(),
        bends in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let mut bytes = map.to_bytes();
        for (at, byte) in bends {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Ok(read) = SeatMap::from_bytes(&bytes) {
            prop_assert!(read.seat_count() as usize <= MAX_SEATS_PER_MAP);
            prop_assert_eq!(SeatMap::from_bytes(&read.to_bytes()), Ok(read));
        }
    }

    #[test]
    fn any_bytes_never_panic(tail in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = SeatMap::from_bytes(&[&MAGIC[..], &tail].concat());
    }
}
