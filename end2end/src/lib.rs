//! Fans in real browsers, in front of a real box office.
//!
//! A test plays a scene: [`play`] gives it a [`Scene`] on a stage (servers, workers, database,
//! payment provider, and one Chromium) that it shares with the tests running beside it, or
//! [`play_on`] gives it a stage of its own. Fans come in as [`Visitor`]s, each with cookies of its
//! own. A scene fails when a page complains in the console, even where nothing else went wrong;
//! then pictures of all pages are kept in `screenshots/failed/`.
//!
//! `cargo xtask test` says through the environment where programs, services and the browser are.
//! Everything here panics when something is not as it should be: it is part of the tests.

mod axe;
mod books;
mod browser;
mod gallery;
mod map;
mod scene;
mod stage;
mod usher;
mod visitor;
mod watch;

pub use books::Books;
pub use gallery::Gallery;
pub use scene::{Scene, play, play_on};
pub use stage::Stage;
pub use usher::Seat;
pub use visitor::{Device, Visitor};

/// The event that scenes are about: the first of the small demo, in a theatre of three categories.
pub const EVENT: onsale_domain::EventId = onsale_domain::EventId(1);
