//! The processes of a running Onsale: what they are, how they start, are watched and stop.

pub mod account;
pub mod fleet;
pub mod outside;
pub mod plan;
pub mod postgres;
pub mod probe;
pub mod process;
pub mod role;
pub mod settings;
