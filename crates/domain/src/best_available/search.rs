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

/// A group. Lower is better: first by cost, then by seat number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Found {
    pub cost: u64,
    pub first_seat: u32,
    pub stretch: usize,
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

    /// Finds the best group.
    pub fn run(&self) -> Option<Vec<SeatIndex>> {
        let mut best: Option<Found> = None;
        let look = |stretch: usize, best: &mut Option<Found>| {
            if let Some(found) = self.best_of(stretch) {
                keep_better(best, found);
            }
        };
        let quantity = u64::from(self.request.quantity);
        let least_of_group = |least: u32| u64::from(least) * quantity;
        match self.near {
            None => {
                for stretch in self.ranking.by_cost.iter().map(|stretch| *stretch as usize) {
                    if !may_beat(best, least_of_group(self.ranking.stretches[stretch].least_cost)) {
                        break;
                    }
                    look(stretch, &mut best);
                }
            }
            Some((home, point)) => {
                for stretch in outwards(home, self.ranking.stretches.len()) {
                    let bounds = self.ranking.stretches[stretch].bounds;
                    // One step less than the distance, which may have been rounded up.
                    let least = in_steps(bounds.distance_squared(point).sqrt()).saturating_sub(1);
                    if may_beat(best, least_of_group(least)) {
                        look(stretch, &mut best);
                    }
                }
            }
        }
        best.map(|found| self.seats_of(found))
    }

    /// The best group of a stretch.
    pub fn best_of(&self, number: usize) -> Option<Found> {
        let stretch = &self.ranking.stretches[number];
        if self.request.quantity == 0 || !stretch.may_hold(self.request.category) {
            return None;
        }
        if stretch.standing {
            self.first_places(number, stretch)
        } else {
            self.best_of_row(number, stretch)
        }
    }

    /// The first free places of an area.
    fn first_places(&self, number: usize, stretch: &Stretch) -> Option<Found> {
        let quantity = self.request.quantity;
        let mut free = stretch.seats.clone().filter(|seat| self.is_free(*seat));
        let first_seat = free.next()?;
        let others = usize::from(quantity) - 1;
        if !self.is_wanted(first_seat) || free.take(others).count() < others {
            return None;
        }
        let cost = u64::from(self.cost(first_seat)) * u64::from(quantity);
        Some(Found { cost, first_seat, stretch: number })
    }

    /// Slides a window over the row.
    fn best_of_row(&self, number: usize, stretch: &Stretch) -> Option<Found> {
        let quantity = u32::from(self.request.quantity);
        let mut best: Option<Found> = None;
        let (mut wanted, mut cost) = (0, 0);
        for seat in stretch.seats.clone() {
            if !self.ranking.seats[seat as usize].joined {
                (wanted, cost) = (0, 0);
            }
            if !self.is_free(seat) || !self.is_wanted(seat) {
                (wanted, cost) = (0, 0);
                continue;
            }
            wanted += 1;
            cost += u64::from(self.cost(seat));
            if wanted > quantity {
                cost -= u64::from(self.cost(seat - quantity));
            }
            if wanted >= quantity && may_beat(best, cost) {
                let first_seat = seat + 1 - quantity;
                let orphans = self.orphans(stretch, first_seat, seat);
                let penalty = orphans * u64::from(stretch.orphan_penalty) * u64::from(quantity);
                let found = Found { cost: cost + penalty, first_seat, stretch: number };
                keep_better(&mut best, found);
            }
        }
        best
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

    /// The seats of a group.
    pub fn seats_of(&self, found: Found) -> Vec<SeatIndex> {
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
