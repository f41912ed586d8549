//! What best available needs to know of a map, worked out once.

use std::ops::Range;

use super::{AISLE_SPACINGS, BestAvailable, ORPHAN_PENALTY_SPACINGS, search::Search, split};
use crate::{
    availability::Availability,
    ids::SeatIndex,
    seat_map::{
        Bounds, CategoryIndex, POSITION_STEPS_PER_UNIT, Point, Row, SeatMap, Section, SectionKind,
    },
};

/// A map seen by the search: seats with their distance to the focal point, and rows and areas
/// in the order of their best seat. About 20 bytes a seat; it does not borrow the map.
#[derive(Debug, Clone)]
pub struct SeatRanking {
    pub(super) seats: Vec<RankedSeat>,
    /// Rows and general-admission areas, in the order of their seats.
    pub(super) stretches: Vec<Stretch>,
    /// Numbers of stretches, the one with the seat nearest to the focal point first.
    pub(super) by_cost: Vec<u32>,
}

#[derive(Debug, Clone)]
pub(super) struct RankedSeat {
    pub position: Point,
    /// Distance to the focal point.
    pub cost: u32,
    pub category: CategoryIndex,
    /// Whether the seat before it in the row sits next to it.
    pub joined: bool,
}

/// A row, or a general-admission area.
#[derive(Debug, Clone)]
pub(super) struct Stretch {
    pub seats: Range<u32>,
    pub section_number: u32,
    pub standing: bool,
    pub bounds: Bounds,
    /// The cost of its best seat: no seat of it is better.
    pub least_cost: u32,
    /// One bit for each category that has a seat here.
    pub categories: u64,
    /// Added to each seat's cost for every seat left alone.
    pub orphan_penalty: u32,
}

impl Stretch {
    pub fn may_hold(&self, category: Option<CategoryIndex>) -> bool {
        category.is_none_or(|category| self.categories & category_bit(category) != 0)
    }
}

/// Categories beyond 64 share bits: the search looks at each seat's category anyway.
fn category_bit(category: CategoryIndex) -> u64 {
    1 << (category.0 % 64)
}

/// A distance in whole sixteenths of a plan unit.
pub(super) fn cost_between(one: Point, other: Point) -> u32 {
    in_steps(one.distance_squared(other).sqrt())
}

pub(super) fn in_steps(units: f32) -> u32 {
    (units * POSITION_STEPS_PER_UNIT).round() as u32
}

impl SeatRanking {
    /// Ranks the seats of a map, which must be [valid](SeatMap::validate): a millisecond or two
    /// for 60,000 seats.
    #[must_use]
    pub fn new(map: &SeatMap) -> Self {
        let seats = Vec::with_capacity(map.seat_count() as usize);
        let mut ranking = Self { seats, stretches: Vec::new(), by_cost: Vec::new() };
        for (section_number, section) in (0..).zip(&map.sections) {
            match &section.kind {
                SectionKind::Seated { rows } => {
                    for row in rows.iter().filter(|row| !row.seats.is_empty()) {
                        ranking.add_row(map, section_number, row);
                    }
                }
                SectionKind::Standing { category, capacity, .. } if *capacity > 0 => {
                    ranking.add_area(map, section_number, section, *category);
                }
                SectionKind::Standing { .. } => {}
            }
        }
        let mut by_cost: Vec<u32> = (0..).take(ranking.stretches.len()).collect();
        // By their order when they cost the same.
        by_cost.sort_unstable_by_key(|stretch| {
            (ranking.stretches[*stretch as usize].least_cost, *stretch)
        });
        ranking.by_cost = by_cost;
        ranking
    }

    /// The best `quantity` seats side by side, ascending; `None` when no row or area has so many.
    #[must_use]
    pub fn best_available(
        &self,
        availability: &Availability,
        request: &BestAvailable,
    ) -> Option<Vec<SeatIndex>> {
        Search::new(self, availability, request).run()
    }

    /// See [`best_available_split`](super::best_available_split).
    #[must_use]
    pub fn best_available_split(
        &self,
        availability: &Availability,
        request: &BestAvailable,
    ) -> Option<Vec<Vec<SeatIndex>>> {
        let together = self.best_available(availability, request);
        together
            .map(|seats| vec![seats])
            .or_else(|| split::best_split(&Search::new(self, availability, request)))
    }

    /// For every seat, whether it is free and one of at least `quantity` free seats side by side,
    /// or a place in an area with so many free places.
    #[must_use]
    pub fn seats_with_room(&self, availability: &Availability, quantity: u16) -> Vec<bool> {
        let quantity = usize::from(quantity);
        let mut has_room = vec![false; self.seats.len()];
        for stretch in &self.stretches {
            // Free places of an area are side by side wherever they are.
            let mut group: Vec<u32> = Vec::new();
            for seat in stretch.seats.clone() {
                let is_free = availability.is_available(SeatIndex(seat));
                let goes_on = stretch.standing || is_free && self.seats[seat as usize].joined;
                if !goes_on {
                    mark(&mut has_room, &mut group, quantity);
                }
                if is_free {
                    group.push(seat);
                }
            }
            mark(&mut has_room, &mut group, quantity);
        }
        has_room
    }

    /// The number of the stretch that a seat belongs to.
    pub(super) fn stretch_of(&self, seat: SeatIndex) -> Option<usize> {
        let stretch = self
            .stretches
            .partition_point(|stretch| stretch.seats.start <= seat.0)
            .checked_sub(1)?;
        self.stretches[stretch].seats.contains(&seat.0).then_some(stretch)
    }

    fn add_row(&mut self, map: &SeatMap, section_number: u32, row: &Row) {
        let Some(bounds) = row.bounds() else { return };
        let spacing = row.typical_spacing().unwrap_or_default();
        let aisle = spacing * AISLE_SPACINGS;
        let (mut least_cost, mut categories) = (u32::MAX, 0);
        let mut before: Option<Point> = None;
        for seat in &row.seats {
            let cost = cost_between(seat.position, map.focal_point);
            let is_near = |before: Point| before.distance_squared(seat.position) <= aisle * aisle;
            self.seats.push(RankedSeat {
                position: seat.position,
                cost,
                category: seat.category,
                joined: before.is_some_and(is_near),
            });
            before = Some(seat.position);
            least_cost = least_cost.min(cost);
            categories |= category_bit(seat.category);
        }
        let orphan_penalty = in_steps(spacing * ORPHAN_PENALTY_SPACINGS);
        self.stretches.push(Stretch {
            seats: row.seat_range(),
            section_number,
            standing: false,
            bounds,
            least_cost,
            categories,
            orphan_penalty,
        });
    }

    fn add_area(
        &mut self,
        map: &SeatMap,
        section_number: u32,
        section: &Section,
        category: CategoryIndex,
    ) {
        let position = map.position_of(section.first_seat).unwrap_or(map.focal_point);
        let cost = cost_between(position, map.focal_point);
        let place = RankedSeat { position, cost, category, joined: true };
        self.seats.extend(std::iter::repeat_n(place, section.seat_count() as usize));
        self.stretches.push(Stretch {
            seats: section.seat_range(),
            section_number,
            standing: true,
            bounds: Bounds { min: position, max: position },
            least_cost: cost,
            categories: category_bit(category),
            orphan_penalty: 0,
        });
    }
}

/// Marks the seats of a group that is large enough, and begins a new one.
fn mark(has_room: &mut [bool], group: &mut Vec<u32>, quantity: usize) {
    if group.len() >= quantity {
        group.iter().for_each(|seat| has_room[*seat as usize] = true);
    }
    group.clear();
}
