//! The booking protocol as a model: every order in which its steps can happen, tried out.
//!
//! A [`World`] holds what the box office, the provider and the messages between them remember. A
//! [`Step`] is the smallest thing that happens at once: a statement commits, the provider answers,
//! a process dies, a second passes. The [`Protocol`] says which steps a world allows and what they
//! do. What the box office decides, it decides by calling `onsale-domain`; the model only carries
//! it out, as the store, the server and the workers do.
//!
//! Each [`Guard`] can be taken out. With all of them, the [`rules`] hold in every world that can be
//! reached; without any one of them, a rule is broken, and the checker finds out how. Numbers, and
//! what is left out of the model, are in `docs/model.md`.

mod closing;
pub mod explore;
mod guard;
mod ledger;
mod protocol;
mod provider;
pub mod rules;
mod scope;
mod server;
pub mod simulation;
mod step;
mod worker;
mod world;
mod writer;

pub use guard::{Guard, Guards};
pub use protocol::Protocol;
pub use scope::Scope;
pub use step::{Answer, Ending, Step};
pub use world::World;
