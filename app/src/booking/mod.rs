//! The booking island: the countdown of the hold, the payment, and the tickets.

mod countdown;
mod desk;
mod pay_form;
mod progress;
mod tickets;

#[cfg(feature = "ssr")]
pub use desk::BookingDesk;
