//! The search for one group of seats, side by side.

use super::{
    BestAvailable,
    ranking::{SeatRanking, Stretch, cost_between, in_steps},
};
use crate::{availability::Availability, ids::SeatIndex, seat_map::Point};

/// One question, with all that the answer depends on.
pub(super) struct Search<'a> {
    pub ranking: &'a SeatRanking,
    availability: &'a Availability,
    pub request: &'a BestAvailable,
    /// The stretch and the place that the buyer wants to be near to; `None` for the focal point.
    near: Option<(usize, Point)>,
}

/// What is known of the free seats of a stretch, whatever their category. Selling seats keeps both
/// true: runs only get shorter, and the best seats only worse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Room {
    /// Side by side are never more than this.
    pub longest_run: u32,
    /// No free seat is nearer to the focal point.
    pub least_cost: u32,
}

/// The best group so far. Lower is better: first by cost, then by seat number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Found {
    cost: u64,
    first_seat: u32,
    stretch: usize,
}

impl<'a> Search<'a> {
    pub fn new(
        ranking: &'a SeatRanking,
        availability: &'a Availability,
        request: &'a BestAvailable,
    ) -> Self {
        let near = request.near.and_then(|seat| {
            let position = ranking.seats.get(seat.as_usize())?.position;
            Some((ranking.stretch_of(seat)?, position))
        });
        Self { ranking, availability, request, near }
    }

    /// Finds the best group. `rooms` says what is known of each stretch, and is corrected where the
    /// search learns more.
    pub fn run(&self, rooms: &mut [Room]) -> Option<Vec<SeatIndex>> {
        let quantity = u32::from(self.request.quantity);
        if quantity == 0 {
            return None;
        }
        let mut best = None;
        let least_of_group = |least: u32| u64::from(least) * u64::from(quantity);
        match self.near {
            None => {
                for stretch in self.ranking.by_cost.iter().map(|stretch| *stretch as usize) {
                    if !may_beat(best, least_of_group(self.ranking.stretches[stretch].least_cost)) {
                        break;
                    }
                    let room = rooms[stretch];
                    if room.longest_run >= quantity
                        && may_beat(best, least_of_group(room.least_cost))
                    {
                        self.visit(stretch, &mut rooms[stretch], &mut best);
                    }
                }
            }
            Some((home, point)) => {
                for stretch in outwards(home, self.ranking.stretches.len()) {
                    if rooms[stretch].longest_run < quantity {
                        continue;
                    }
                    let bounds = self.ranking.stretches[stretch].bounds;
                    // One step less than the distance, which may have been rounded up.
                    let least = in_steps(bounds.distance_squared(point).sqrt()).saturating_sub(1);
                    if may_beat(best, least_of_group(least)) {
                        self.visit(stretch, &mut rooms[stretch], &mut best);
                    }
                }
            }
        }
        best.map(|found| self.seats_of(found))
    }

    fn visit(&self, number: usize, room: &mut Room, best: &mut Option<Found>) {
        let stretch = &self.ranking.stretches[number];
        if !stretch.may_hold(self.request.category) {
            return;
        }
        if stretch.standing {
            self.visit_area(number, stretch, room, best);
        } else {
            self.visit_row(number, stretch, room, best);
        }
    }

    /// Takes the first free places.
    fn visit_area(
        &self,
        number: usize,
        stretch: &Stretch,
        room: &mut Room,
        best: &mut Option<Found>,
    ) {
        let quantity = u32::from(self.request.quantity);
        let mut free = stretch.seats.clone().filter(|seat| self.is_free(*seat));
        let Some(first_seat) = free.next() else {
            room.longest_run = 0;
            return;
        };
        let more = u32::try_from(free.take(quantity as usize - 1).count()).unwrap_or(u32::MAX);
        if more + 1 < quantity {
            room.longest_run = more + 1;
        } else if self.is_wanted(first_seat) {
            let cost = u64::from(self.cost(first_seat)) * u64::from(quantity);
            keep_better(best, Found { cost, first_seat, stretch: number });
        }
    }

    /// Slides a window over the row, and notes what room there is.
    fn visit_row(
        &self,
        number: usize,
        stretch: &Stretch,
        room: &mut Room,
        best: &mut Option<Found>,
    ) {
        let quantity = u32::from(self.request.quantity);
        let (mut free, mut wanted, mut cost) = (0, 0, 0);
        *room = Room { longest_run: 0, least_cost: u32::MAX };
        for seat in stretch.seats.clone() {
            let ranked = &self.ranking.seats[seat as usize];
            if !ranked.joined {
                (free, wanted, cost) = (0, 0, 0);
            }
            if !self.is_free(seat) {
                (free, wanted, cost) = (0, 0, 0);
                continue;
            }
            free += 1;
            room.longest_run = room.longest_run.max(free);
            room.least_cost = room.least_cost.min(ranked.cost);
            if !self.is_wanted(seat) {
                (wanted, cost) = (0, 0);
                continue;
            }
            wanted += 1;
            cost += u64::from(self.cost(seat));
            if wanted > quantity {
                cost -= u64::from(self.cost(seat - quantity));
            }
            if wanted >= quantity && may_beat(*best, cost) {
                let first_seat = seat + 1 - quantity;
                let orphans = self.orphans(stretch, first_seat, seat);
                let penalty = orphans * u64::from(stretch.orphan_penalty) * u64::from(quantity);
                keep_better(best, Found { cost: cost + penalty, first_seat, stretch: number });
            }
        }
    }

    /// How many free seats would be left with no free neighbour beside a group.
    fn orphans(&self, stretch: &Stretch, first: u32, last: u32) -> u64 {
        let joined = |seat: u32| self.ranking.seats[seat as usize].joined;
        let free_before =
            |seat: u32| seat > stretch.seats.start && joined(seat) && self.is_free(seat - 1);
        let free_after =
            |seat: u32| seat + 1 < stretch.seats.end && joined(seat + 1) && self.is_free(seat + 1);
        let left = free_before(first) && !free_before(first - 1);
        let right = free_after(last) && !free_after(last + 1);
        u64::from(left) + u64::from(right)
    }

    fn seats_of(&self, found: Found) -> Vec<SeatIndex> {
        let quantity = u32::from(self.request.quantity);
        let stretch = &self.ranking.stretches[found.stretch];
        if stretch.standing {
            let free = (found.first_seat..stretch.seats.end).filter(|seat| self.is_free(*seat));
            return free.take(quantity as usize).map(SeatIndex).collect();
        }
        (found.first_seat..found.first_seat + quantity).map(SeatIndex).collect()
    }

    pub fn is_free(&self, seat: u32) -> bool {
        self.availability.is_available(SeatIndex(seat))
    }

    /// Whether the seat is of the category that was asked for.
    pub fn is_wanted(&self, seat: u32) -> bool {
        let category = self.ranking.seats[seat as usize].category;
        self.request.category.is_none_or(|wanted| wanted == category)
    }

    /// How far the seat is from where the buyer wants to be.
    pub fn cost(&self, seat: u32) -> u32 {
        let seat = &self.ranking.seats[seat as usize];
        self.near.map_or(seat.cost, |(_, point)| cost_between(seat.position, point))
    }
}

/// Whether a group of at least this cost can still be the answer: an equal one may have a lower
/// seat number.
fn may_beat(best: Option<Found>, least_cost: u64) -> bool {
    best.is_none_or(|best| least_cost <= best.cost)
}

fn keep_better(best: &mut Option<Found>, found: Found) {
    *best = Some(best.map_or(found, |best| best.min(found)));
}

/// `home`, then its neighbours on both sides, further and further away.
fn outwards(home: usize, count: usize) -> impl Iterator<Item = usize> {
    let below = move |distance: usize| home.checked_sub(distance);
    let above = move |distance: usize| Some(home + distance).filter(|at| *at < count);
    let beside = move |distance| [below(distance), above(distance)].into_iter().flatten();
    std::iter::once(home).filter(move |home| *home < count).chain((1..=count).flat_map(beside))
}
