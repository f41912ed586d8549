//! What Onsale decides, and nothing of how it is carried out.
//!
//! This crate holds the types and the rules of the box office: ids, money, time, seat maps,
//! availability, best available, and the state machine of a booking. It is synchronous and
//! pure. The time of day, randomness and new ids are arguments; only the edges of the system
//! read a clock. The same code runs in the server, the workers and the fan's browser.

pub mod availability;
pub mod best_available;
pub mod booking;
pub mod desk;
pub mod genre;
pub mod ids;
pub mod limits;
pub mod listing;
pub mod money;
pub mod payment;
pub mod seat_map;
pub mod ticket;
pub mod time;
pub mod waiting_room;

pub use availability::{Availability, AvailabilityDelta, Learned, SeatState};
pub use ids::{BookingId, EventId, PerformerId, SeatIndex, TicketId, UserId, VenueId};
pub use listing::{ListedPerformer, ListedVenue, Listing, SeatsLeft};
pub use money::{Currency, Money};
pub use time::Timestamp;
