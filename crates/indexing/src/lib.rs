//! Following the catalogue, whatever the index: the stream `CDC` tells which rows changed, they become
//! events that are [`Dirty`], and those are read from the database again.
//!
//! Reading the same twice does no harm, so a follower that lost its place goes on from an older one.

mod checkpoint;
mod dirty;

pub use checkpoint::{in_stream, place_now};
pub use dirty::{Dirty, News, Read};
