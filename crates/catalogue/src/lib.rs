//! Where venues, performers and events come from: files of the organiser, or a seed.
//!
//! [`plan`] reads a seating plan, [`import`] a venue with its plan and a list of events, and
//! [`demo`] makes up a whole season from a number. All three are functions from bytes or a seed
//! to drafts; nothing here knows a database or a clock.
//!
//! A file is taken whole or refused whole, with all its [`Faults`], each with its place.

pub mod demo;
mod draft;
mod fault;
pub mod import;
mod json;
pub mod plan;
mod slug;

pub use draft::{Catalogue, EventDraft, PerformerDraft, Price, VenueDraft};
pub use fault::{Fault, Faults, MAX_LISTED_FAULTS, Problem};

/// The largest file that is read, in bytes. Reading takes a small multiple of it in memory.
pub const MAX_FILE_BYTES: usize = 256 * 1024 * 1024;
