//! The relay, with real processes that die: what was committed is told, in the order of the
//! commits, once, and nothing else is.

#![allow(clippy::expect_used, missing_docs)]

mod availability;
mod continuity;
mod order;
mod support;
mod without;
