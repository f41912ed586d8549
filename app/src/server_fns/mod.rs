//! The forms that work without JavaScript. Each takes a form, asks the box office, and sends the
//! browser on to a page that shows what came of it. With JavaScript the islands use the REST API;
//! both end in the same method of the backend.
//!
//! Server functions are public endpoints: each establishes who asks before it does anything.

mod bookings;
mod seats;

use std::sync::Arc;

use leptos::prelude::*;

use crate::{
    api::{Problem, ProblemCode},
    backend::{Backend, Viewer},
};

pub use bookings::{CancelBooking, PayBooking, ReleaseBooking};
pub use seats::{HoldBest, HoldSeats};

fn backend() -> Result<Arc<dyn Backend>, Problem> {
    use_context::<Arc<dyn Backend>>()
        .ok_or_else(|| Problem::new(ProblemCode::Unavailable, "The box office is not open yet."))
}

fn viewer() -> Option<Viewer> {
    use_context::<Option<Viewer>>().flatten()
}

#[cfg(test)]
mod tests {
    use leptos::server_fn::ServerFn;

    use super::*;
    use crate::forms;

    #[test]
    fn the_forms_are_sent_where_the_functions_listen() {
        assert_eq!(HoldSeats::PATH, forms::HOLD_SEATS);
        assert_eq!(HoldBest::PATH, forms::HOLD_BEST);
        assert_eq!(PayBooking::PATH, forms::PAY_BOOKING);
        assert_eq!(ReleaseBooking::PATH, forms::RELEASE_BOOKING);
        assert_eq!(CancelBooking::PATH, forms::CANCEL_BOOKING);
    }
}
