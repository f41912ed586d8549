//! The seat map of a venue: where every seat is, what it is called and what it costs more or
//! less than its neighbours. It is immutable; what changes during a sale is the
//! [`Availability`](crate::Availability), which counts seats in the same order.
//!
//! [`SeatMap::validate`] says whether tickets can be sold by it, [`SeatMap::to_bytes`] packs it
//! for the fan's browser, [`SectionOutlines`] and [`SeatGrid`] find sections and seats on it.

mod codec;
#[cfg(test)]
pub(crate) mod fixtures;
mod geometry;
mod hull;
mod model;
mod outline;
mod seat_grid;
mod sightline;
mod validate;

pub use codec::{InvalidGeometry, MAX_COORDINATE, POSITION_STEPS_PER_UNIT};
pub use geometry::Bounds;
pub use model::{
    Category, CategoryIndex, Place, Point, Row, Seat, SeatMap, Section, SectionKind, Shape,
    ShapeKind,
};
pub use outline::SectionOutlines;
pub use seat_grid::SeatGrid;
pub use sightline::{Side, Sightline, Sightlines};
pub use validate::{MAX_LISTED_FAULTS, SeatMapFault};
