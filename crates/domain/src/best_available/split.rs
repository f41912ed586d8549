//! A party that cannot sit together sits in a few groups, one row behind the other.

use super::{MAX_SPLIT_GROUPS, MAX_SPLIT_QUANTITY, MAX_SPLIT_ROWS, search::Search};
use crate::ids::SeatIndex;

/// Free seats side by side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Run {
    stretch: usize,
    first: u32,
    len: u32,
}

/// Groups that together are the party, and how far away they are.
type Seating = (u64, Vec<Run>);

/// Finds the best split, of the most sociable sizes that fit anywhere.
pub(super) fn best_split(search: &Search<'_>) -> Option<Vec<Vec<SeatIndex>>> {
    let quantity = search.request.quantity;
    if quantity > MAX_SPLIT_QUANTITY {
        return None;
    }
    let runs = free_runs(search);
    let seating = sociable_sizes(u32::from(quantity))
        .into_iter()
        .find_map(|sizes| best_seating(search, &runs, &sizes))?;
    let seats = |run: &Run| (run.first..run.first + run.len).map(SeatIndex).collect();
    Some(seating.iter().map(seats).collect())
}

/// The ways to split a party, the best first: few groups and few people alone, then groups of
/// about the same size.
fn sociable_sizes(quantity: u32) -> Vec<Vec<u32>> {
    let mut ways = Vec::new();
    partitions(quantity, quantity, &mut Vec::new(), &mut ways);
    ways.retain(|sizes| sizes.len() > 1);
    ways.sort_by_key(|sizes| {
        let alone = sizes.iter().filter(|size| **size == 1).count();
        let spread = sizes.first().copied().unwrap_or(0) - sizes.last().copied().unwrap_or(0);
        (sizes.len() + alone, spread)
    });
    ways
}

/// Appends to `ways` all descending lists of up to [`MAX_SPLIT_GROUPS`] sizes that start with
/// `so_far` and add `rest` in parts of `largest` at most.
fn partitions(rest: u32, largest: u32, so_far: &mut Vec<u32>, ways: &mut Vec<Vec<u32>>) {
    if rest == 0 {
        ways.push(so_far.clone());
    } else if so_far.len() < MAX_SPLIT_GROUPS {
        for size in (1..=rest.min(largest)).rev() {
            so_far.push(size);
            partitions(rest - size, size, so_far, ways);
            so_far.pop();
        }
    }
}

/// All runs of free seats of the wanted category in rows, in the order of their seats.
fn free_runs(search: &Search<'_>) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for (number, stretch) in search.ranking.stretches.iter().enumerate() {
        if stretch.standing || !stretch.may_hold(search.request.category) {
            continue;
        }
        let mut goes_on = false;
        for seat in stretch.seats.clone() {
            let fits = search.is_free(seat) && search.is_wanted(seat);
            let joined = search.ranking.seats[seat as usize].joined;
            match runs.last_mut() {
                Some(run) if fits && joined && goes_on => run.len += 1,
                _ if fits => runs.push(Run { stretch: number, first: seat, len: 1 }),
                _ => {}
            }
            goes_on = fits;
        }
    }
    runs
}

/// The best place for groups of these sizes, over all rows and the rows right behind them.
fn best_seating(search: &Search<'_>, runs: &[Run], sizes: &[u32]) -> Option<Vec<Run>> {
    let mut best: Option<Seating> = None;
    let mut start = 0;
    while let Some(first) = runs.get(start) {
        let section = |run: &Run| search.ranking.stretches[run.stretch].section_number;
        let beside = runs[start..].iter().take_while(|run| {
            run.stretch < first.stretch + MAX_SPLIT_ROWS && section(run) == section(first)
        });
        if let Some((cost, groups)) = seat_groups(search, beside.copied().collect(), sizes) {
            let first_seat = |groups: &[Run]| groups.first().map(|group| group.first);
            let is_better = best.as_ref().is_none_or(|(least, least_groups)| {
                (cost, first_seat(&groups)) < (*least, first_seat(least_groups))
            });
            if is_better {
                best = Some((cost, groups));
            }
        }
        start += runs[start..].iter().take_while(|run| run.stretch == first.stretch).count();
    }
    best.map(|(_, groups)| groups)
}

/// Seats the groups in these runs, the largest first, each where it is best; in seat order.
fn seat_groups(search: &Search<'_>, mut runs: Vec<Run>, sizes: &[u32]) -> Option<Seating> {
    let (mut total, mut groups) = (0, Vec::with_capacity(sizes.len()));
    for size in sizes {
        let options = runs.iter().enumerate().filter(|(_, run)| run.len >= *size);
        let (cost, group, from) = options
            .map(|(number, run)| {
                let (cost, first) = best_window(search, *run, *size);
                (cost, Run { first, len: *size, ..*run }, number)
            })
            .min_by_key(|(cost, group, _)| (*cost, group.first))?;
        total += cost;
        groups.push(group);
        let run = runs.swap_remove(from);
        let before = Run { len: group.first - run.first, ..run };
        let after_first = group.first + group.len;
        let after = Run { first: after_first, len: run.first + run.len - after_first, ..run };
        runs.extend([before, after].into_iter().filter(|rest| rest.len > 0));
    }
    groups.sort_by_key(|group| group.first);
    Some((total, groups))
}

/// The best `size` seats of a run: their cost and the first of them.
fn best_window(search: &Search<'_>, run: Run, size: u32) -> (u64, u32) {
    let cost = |seat: u32| u64::from(search.cost(seat));
    let mut sum: u64 = (run.first..run.first + size).map(cost).sum();
    let mut best = (sum, run.first);
    for first in run.first + 1..=run.first + run.len - size {
        sum = sum + cost(first + size - 1) - cost(first - 1);
        best = best.min((sum, first));
    }
    best
}
