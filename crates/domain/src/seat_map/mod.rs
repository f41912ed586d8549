//! The seat map of a venue: where every seat is, what it is called and what it costs more or
//! less than its neighbours. It is immutable; what changes during a sale is the
//! [`Availability`](crate::Availability), which counts seats in the same order.

mod model;

pub use model::{
    Category, CategoryIndex, Place, Point, Row, Seat, SeatMap, Section, SectionKind, Shape,
    ShapeKind,
};
