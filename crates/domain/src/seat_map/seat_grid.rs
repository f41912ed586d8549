//! Which seat is under the finger: a uniform grid over the plan, built once.

use super::{
    geometry::Bounds,
    model::{Point, SeatMap},
};
use crate::ids::SeatIndex;

/// Seats that a cell of the grid should hold on average.
const SEATS_PER_CELL: usize = 4;

/// Finds seats by position. Places in general-admission areas have none and are not found.
#[derive(Debug, Clone)]
pub struct SeatGrid {
    bounds: Bounds,
    cell_size: f32,
    columns: usize,
    rows: usize,
    /// Where each cell's seats start in `seats`; one more entry than cells.
    cell_starts: Vec<u32>,
    seats: Vec<(SeatIndex, Point)>,
}

impl SeatGrid {
    /// Builds the grid: a few milliseconds for 60,000 seats.
    #[must_use]
    pub fn new(map: &SeatMap) -> Self {
        let seats: Vec<(SeatIndex, Point)> = numbered_positions(map).collect();
        let origin = Bounds { min: Point::default(), max: Point::default() };
        let bounds = Bounds::around(seats.iter().map(|(_, point)| *point)).unwrap_or(origin);
        let cells = (seats.len() / SEATS_PER_CELL).max(1);
        let area = bounds.width().max(1.0) * bounds.height().max(1.0);
        let longest = bounds.width().max(bounds.height());
        // One cell can be no thinner than this, or a plan of a single row would have a cell a seat
        // in one direction and thousands of empty ones in the other.
        let cell_size = (area / cells as f32).sqrt().max(longest / cells as f32).max(1.0);
        let columns = (bounds.width() / cell_size) as usize + 1;
        let rows = (bounds.height() / cell_size) as usize + 1;
        let mut grid =
            Self { bounds, cell_size, columns, rows, cell_starts: vec![], seats: vec![] };
        grid.fill(&seats);
        grid
    }

    /// Counting sort: how many seats each cell has, where each cell starts, then the seats.
    fn fill(&mut self, seats: &[(SeatIndex, Point)]) {
        let cells = self.columns * self.rows;
        let mut starts = vec![0_u32; cells + 1];
        for (_, point) in seats {
            starts[self.cell_of(*point) + 1] += 1;
        }
        for cell in 0..cells {
            starts[cell + 1] += starts[cell];
        }
        let mut next = starts.clone();
        let mut sorted = vec![(SeatIndex(0), Point::default()); seats.len()];
        for seat in seats {
            let cell = self.cell_of(seat.1);
            sorted[next[cell] as usize] = *seat;
            next[cell] += 1;
        }
        self.cell_starts = starts;
        self.seats = sorted;
    }

    fn column_of(&self, x: f32) -> usize {
        (((x - self.bounds.min.x) / self.cell_size) as usize).min(self.columns - 1)
    }

    fn row_of(&self, y: f32) -> usize {
        (((y - self.bounds.min.y) / self.cell_size) as usize).min(self.rows - 1)
    }

    fn cell_of(&self, point: Point) -> usize {
        self.row_of(point.y) * self.columns + self.column_of(point.x)
    }

    /// The seat nearest to a point and not further than `radius` plan units from it; of two
    /// equally near the one with the lower number.
    #[must_use]
    pub fn seat_at(&self, point: Point, radius: f32) -> Option<SeatIndex> {
        let around = Bounds { min: point, max: point }.padded(radius);
        let mut nearest: Option<(f32, SeatIndex)> = None;
        self.for_each_within(around, |seat, position| {
            let found = (position.distance_squared(point), seat);
            if found.0 <= radius * radius && nearest.is_none_or(|nearest| found < nearest) {
                nearest = Some(found);
            }
        });
        nearest.map(|(_, seat)| seat)
    }

    /// Calls `visit` with each seat whose centre lies within `bounds`, in no useful order: what
    /// has to be drawn when only a part of the plan is in view.
    pub fn for_each_within(&self, bounds: Bounds, mut visit: impl FnMut(SeatIndex, Point)) {
        if self.seats.is_empty() || !self.bounds.overlaps(bounds) {
            return;
        }
        let columns = self.column_of(bounds.min.x)..=self.column_of(bounds.max.x);
        for row in self.row_of(bounds.min.y)..=self.row_of(bounds.max.y) {
            let cells =
                row * self.columns + columns.start()..row * self.columns + columns.end() + 1;
            let seats = self.cell_starts[cells.start]..self.cell_starts[cells.end];
            for (seat, point) in &self.seats[seats.start as usize..seats.end as usize] {
                if bounds.contains(*point) {
                    visit(*seat, *point);
                }
            }
        }
    }
}

fn numbered_positions(map: &SeatMap) -> impl Iterator<Item = (SeatIndex, Point)> + '_ {
    map.sections
        .iter()
        .flat_map(|section| (section.first_seat.0..).map(SeatIndex).zip(section.seat_positions()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::seat_map::fixtures::{any_map, map, row, seat, seated, stadium};

    fn nearest_by_looking_at_all(map: &SeatMap, point: Point, radius: f32) -> Option<SeatIndex> {
        let distance = |position: Point| position.distance_squared(point);
        numbered_positions(map)
            .filter(|(_, position)| distance(*position) <= radius * radius)
            .min_by(|one, other| {
                distance(one.1).total_cmp(&distance(other.1)).then(one.0.cmp(&other.0))
            })
            .map(|(seat, _)| seat)
    }

    #[test]
    fn an_empty_map_and_a_single_row_are_grids_too() {
        let empty = SeatGrid::new(&map(vec![]));
        assert_eq!(empty.seat_at(Point::default(), 1e9), None);
        let seats = (0..5000).map(|x| seat(x, 24.0 * x as f32, 0.0, 0)).collect();
        let grid = SeatGrid::new(&map(vec![seated("S", vec![row("A", seats)])]));
        assert!(grid.cell_starts.len() < 10_000);
        assert_eq!(
            grid.seat_at(Point { x: 24.0 * 70.0 + 9.0, y: -3.0 }, 12.0),
            Some(SeatIndex(70))
        );
        assert_eq!(grid.seat_at(Point { x: -13.0, y: 0.0 }, 12.0), None);
    }

    #[test]
    fn every_seat_of_a_stadium_is_found_where_it_is() {
        let map = stadium();
        let grid = SeatGrid::new(&map);
        for (seat, position) in numbered_positions(&map) {
            assert_eq!(grid.seat_at(position, 8.0), Some(seat));
        }
    }

    proptest! {
        #[test]
        fn finds_what_a_search_through_all_finds(
            map in any_map(),
            x in -2500.0_f32..3500.0,
            y in -2500.0_f32..2500.0,
            radius in 0.0_f32..1500.0,
        ) {
            let point = Point { x, y };
            prop_assert_eq!(
                SeatGrid::new(&map).seat_at(point, radius),
                nearest_by_looking_at_all(&map, point, radius)
            );
        }
    }
}
