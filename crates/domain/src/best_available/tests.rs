use std::{sync::Arc, time::Instant};

use proptest::prelude::*;

use super::{
    ranking::{cost_between, in_steps},
    *,
};
use crate::{
    availability::SeatState,
    seat_map::{
        Point, Row, SectionKind,
        fixtures::{any_map, map, row, seat, seated, stadium, standing},
    },
};

fn ask(quantity: u16) -> BestAvailable {
    BestAvailable { quantity, category: None, near: None }
}

fn numbers(seats: Option<Vec<SeatIndex>>) -> Vec<u32> {
    seats.unwrap_or_default().iter().map(|seat| seat.0).collect()
}

fn line(label: &str, count: usize, y: f32) -> Row {
    let first = 500.0 - 12.0 * (count as f32 - 1.0);
    let seats = (0..count).map(|number| seat(number + 1, first + 24.0 * number as f32, y, 0));
    row(label, seats.collect())
}

/// The rule of the module's description, seat by seat and without any shortcut.
fn oracle(
    map: &SeatMap,
    availability: &Availability,
    request: &BestAvailable,
) -> Option<Vec<SeatIndex>> {
    let aim = request.near.and_then(|seat| map.position_of(seat)).unwrap_or(map.focal_point);
    let quantity = usize::from(request.quantity);
    if quantity == 0 {
        return None;
    }
    let free = |seat: u32| availability.is_available(SeatIndex(seat));
    let wanted = |seat: u32| {
        request.category.is_none_or(|wanted| map.category_of(SeatIndex(seat)) == Some(wanted))
    };
    let cost = |seat: u32| map.position_of(SeatIndex(seat)).map_or(0, |at| cost_between(at, aim));
    let mut groups: Vec<(u64, Vec<u32>)> = Vec::new();
    for section in &map.sections {
        if let SectionKind::Standing { .. } = section.kind {
            let places = section.seat_range().filter(|seat| free(*seat) && wanted(*seat));
            let places: Vec<u32> = places.take(quantity).collect();
            groups.push((places.iter().map(|seat| u64::from(cost(*seat))).sum(), places));
        }
        for row in section.rows() {
            let range = row.seat_range();
            let spacing = row.typical_spacing().unwrap_or(0.0);
            let at = |seat: u32| row.seats[(seat - range.start) as usize].position;
            let side_by_side = |seat: u32| {
                seat > range.start
                    && seat < range.end
                    && at(seat).distance_squared(at(seat - 1))
                        <= (spacing * AISLE_SPACINGS) * (spacing * AISLE_SPACINGS)
            };
            for first in range.clone() {
                let end = first + u32::from(request.quantity);
                if end > range.end
                    || !(first..end).all(|seat| free(seat) && wanted(seat))
                    || !(first + 1..end).all(side_by_side)
                {
                    continue;
                }
                let free_left = |seat: u32| side_by_side(seat) && free(seat - 1);
                let free_right = |seat: u32| side_by_side(seat + 1) && free(seat + 1);
                let left = free_left(first) && !free_left(first - 1);
                let right = free_right(end - 1) && !free_right(end);
                let penalty = (u64::from(left) + u64::from(right))
                    * u64::from(in_steps(spacing * ORPHAN_PENALTY_SPACINGS))
                    * u64::from(request.quantity);
                let distance: u64 = (first..end).map(|seat| u64::from(cost(seat))).sum();
                groups.push((distance + penalty, (first..end).collect()));
            }
        }
    }
    groups.retain(|(_, seats)| seats.len() == quantity);
    let best = groups.into_iter().min_by_key(|(cost, seats)| (*cost, seats[0]))?;
    Some(best.1.into_iter().map(SeatIndex).collect())
}

#[test]
fn the_front_and_the_middle_go_first() {
    let map = map(vec![seated("Stalls", vec![line("A", 10, 100.0), line("B", 10, 130.0)])]);
    let all = Availability::all_available(20, 0);
    assert_eq!(numbers(best_available(&map, &all, &ask(2))), [4, 5]);
    assert_eq!(numbers(best_available(&map, &all, &ask(10))), (0..10).collect::<Vec<_>>());
    assert_eq!(best_available(&map, &all, &ask(11)), None);
    assert_eq!(best_available(&map, &all, &ask(0)), None);
}

#[test]
fn no_seat_is_left_alone_when_it_can_be_helped() {
    let map = map(vec![seated("Stalls", vec![line("A", 5, 100.0)])]);
    let all = Availability::all_available(5, 0);
    assert_eq!(numbers(best_available(&map, &all, &ask(2))), [0, 1]);
    let mut two_left = all.clone();
    (2..5).for_each(|seat| {
        two_left.set(SeatIndex(seat), SeatState::Sold);
    });
    assert_eq!(numbers(best_available(&map, &two_left, &ask(1))), [1]);
}

#[test]
fn an_aisle_separates() {
    let xs = [0.0, 24.0, 80.0, 104.0, 128.0];
    let seats = (1..).zip(xs).map(|(label, x)| seat(label, x, 0.0, 0)).collect();
    let map = map(vec![seated("Stalls", vec![row("A", seats)])]);
    let all = Availability::all_available(5, 0);
    assert_eq!(numbers(best_available(&map, &all, &ask(3))), [2, 3, 4]);
    assert_eq!(best_available(&map, &all, &ask(4)), None);
}

#[test]
fn a_buyer_who_lost_a_seat_is_offered_the_nearest() {
    let map = stadium();
    let mut availability = Availability::all_available(map.seat_count(), 0);
    let lost = SeatIndex(31_337);
    availability.set(lost, SeatState::Held);
    let request = BestAvailable { near: Some(lost), ..ask(1) };
    let offered = numbers(best_available(&map, &availability, &request));
    assert_eq!(offered.len(), 1);
    assert!(offered[0].abs_diff(lost.0) <= 2, "{offered:?}");
    let beyond = BestAvailable { near: Some(SeatIndex(9_999_999)), ..ask(1) };
    assert_eq!(
        best_available(&map, &availability, &beyond),
        best_available(&map, &availability, &ask(1))
    );
}

#[test]
fn a_standing_area_gives_its_first_free_places() {
    let at = Point { x: 500.0, y: 50.0 };
    let map = map(vec![seated("Stalls", vec![line("A", 4, 300.0)]), standing("Floor", 1, 9, at)]);
    let mut availability = Availability::all_available(13, 0);
    availability.set(SeatIndex(5), SeatState::Sold);
    assert_eq!(numbers(best_available(&map, &availability, &ask(3))), [4, 6, 7]);
    let seated = BestAvailable { category: Some(CategoryIndex(0)), ..ask(3) };
    assert_eq!(numbers(best_available(&map, &availability, &seated)), [0, 1, 2]);
    assert_eq!(best_available(&map, &availability, &ask(9)), None);
}

#[test]
fn a_party_is_split_only_when_asked_and_nobody_sits_alone() {
    let map = map(vec![seated("Stalls", vec![line("A", 5, 100.0), line("B", 5, 130.0)])]);
    let mut availability = Availability::all_available(10, 0);
    for taken in [0, 4, 5, 9] {
        availability.set(SeatIndex(taken), SeatState::Sold);
    }
    assert_eq!(best_available(&map, &availability, &ask(4)), None);
    let groups = best_available_split(&map, &availability, &ask(4)).unwrap_or_default();
    assert_eq!(groups.iter().map(Vec::len).collect::<Vec<_>>(), [2, 2]);
    assert_eq!(best_available_split(&map, &availability, &ask(7)), None);
}

#[test]
fn thousands_of_questions_to_a_nearly_full_stadium() {
    let map = stadium();
    let mut house = House::new(
        Arc::new(SeatRanking::new(&map)),
        Availability::all_available(map.seat_count(), 0),
    );
    // Every 31st seat is free: no two side by side, so a pair has to be looked for everywhere.
    for seat in (0..map.seat_count()).filter(|seat| seat % 31 != 0) {
        house.set(SeatIndex(seat), SeatState::Sold);
    }
    assert_eq!(house.best_available(&ask(2)), None);
    let started = Instant::now();
    for _ in 0..1000 {
        assert_eq!(house.best_available(&ask(2)), None);
    }
    println!("{:?} a question", started.elapsed() / 1000);
    house.set(SeatIndex(32), SeatState::Available);
    assert_eq!(numbers(house.best_available(&ask(2))), [31, 32]);
}

fn any_house() -> impl Strategy<Value = (SeatMap, Availability)> {
    (any_map(), prop::collection::vec(0_u8..6, 300), any::<bool>()).prop_map(
        |(map, states, mostly_full)| {
            let mut availability = Availability::all_available(map.seat_count(), 0);
            for seat in 0..map.seat_count() {
                let state = states[seat as usize % states.len()];
                if state == 0 || (mostly_full && state < 4) {
                    availability.set(SeatIndex(seat), SeatState::Sold);
                }
            }
            (map, availability)
        },
    )
}

fn any_request() -> impl Strategy<Value = BestAvailable> {
    let category = prop::option::of((0_u8..3).prop_map(CategoryIndex));
    let near = prop::option::of((0_u32..250).prop_map(SeatIndex));
    (0_u16..8, category, near).prop_map(|(quantity, category, near)| BestAvailable {
        quantity,
        category,
        near,
    })
}

proptest! {
    #[test]
    fn finds_what_the_rule_says((map, availability) in any_house(), request in any_request()) {
        let expected = oracle(&map, &availability, &request);
        prop_assert_eq!(best_available(&map, &availability, &request), expected);
    }

    #[test]
    fn a_house_that_sells_and_takes_back_remembers_nothing_wrong(
        (map, availability) in any_house(),
        steps in prop::collection::vec((any_request(), any::<prop::sample::Index>()), 1..12),
    ) {
        let mut house = House::new(Arc::new(SeatRanking::new(&map)), availability.clone());
        for (request, back) in steps {
            let found = house.best_available(&request);
            let expected = oracle(&map, house.availability(), &request);
            prop_assert_eq!(&found, &expected);
            for seat in found.unwrap_or_default() {
                prop_assert!(house.set(seat, SeatState::Held));
            }
            if map.seat_count() > 0 {
                house.set(SeatIndex(back.index(map.seat_count() as usize) as u32), SeatState::Available);
            }
        }
    }

    #[test]
    fn a_split_party_sits_near_itself((map, availability) in any_house(), request in any_request()) {
        let together = best_available(&map, &availability, &request);
        let Some(groups) = best_available_split(&map, &availability, &request) else {
            prop_assert_eq!(together, None);
            return Ok(());
        };
        if let Some(together) = together {
            prop_assert_eq!(groups, vec![together]);
            return Ok(());
        }
        let mut seats: Vec<SeatIndex> = groups.concat();
        prop_assert!((2..=MAX_SPLIT_GROUPS).contains(&groups.len()));
        prop_assert_eq!(seats.len(), usize::from(request.quantity));
        prop_assert!(seats.is_sorted());
        seats.dedup();
        prop_assert_eq!(seats.len(), usize::from(request.quantity));
        let ranking = SeatRanking::new(&map);
        let rows: Vec<usize> = seats.iter().filter_map(|seat| ranking.stretch_of(*seat)).collect();
        prop_assert!(rows[rows.len() - 1] - rows[0] < MAX_SPLIT_ROWS);
        for seat in seats {
            prop_assert!(availability.is_available(seat));
            prop_assert!(request.category.is_none_or(|c| map.category_of(seat) == Some(c)));
        }
        for group in groups {
            for pair in group.windows(2) {
                prop_assert_eq!(pair[0].0 + 1, pair[1].0);
                prop_assert!(ranking.seats[pair[1].as_usize()].joined);
            }
        }
    }
}

#[test]
fn seats_with_room_are_those_beside_enough_others() {
    let rows = vec![line("A", 8, 100.0)];
    let map = map(vec![seated("S", rows), standing("F", 0, 3, Point::default())]);
    let mut availability = Availability::all_available(map.seat_count(), 0);
    availability.set(SeatIndex(2), SeatState::Held);
    let with_room = |quantity| {
        let room = SeatRanking::new(&map).seats_with_room(&availability, quantity);
        (0..).zip(room).filter_map(|(seat, has)| has.then_some(seat)).collect::<Vec<u32>>()
    };
    assert_eq!(with_room(3), [3, 4, 5, 6, 7, 8, 9, 10]);
    assert_eq!(with_room(4), [3, 4, 5, 6, 7]);
    assert_eq!(with_room(6), [0; 0]);
}

proptest! {
    #[test]
    fn there_is_room_exactly_where_a_group_can_be_had(
        map in any_map(),
        gone in prop::collection::vec(0_u32..60, 0..40),
        quantity in 1_u16..6,
    ) {
        let mut availability = Availability::all_available(map.seat_count(), 0);
        for seat in gone {
            availability.set(SeatIndex(seat), SeatState::Sold);
        }
        let room = SeatRanking::new(&map).seats_with_room(&availability, quantity);
        let best = best_available(&map, &availability, &ask(quantity));
        prop_assert_eq!(best.is_some(), room.contains(&true));
        prop_assert!(best.into_iter().flatten().all(|seat| room[seat.as_usize()]));
    }
}
