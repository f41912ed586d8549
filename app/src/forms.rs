//! Where the forms that work without JavaScript are sent. The server functions take these paths;
//! islands render the same forms and must not pull server code into the browser for a path.

#[cfg(feature = "ssr")]
/// Holds the seats ticked in the list of a section.
pub(crate) const HOLD_SEATS: &str = "/api/forms/hold-seats";
#[cfg(feature = "ssr")]
/// Holds the best seats that are left.
pub(crate) const HOLD_BEST: &str = "/api/forms/hold-best";
/// Pays a booking.
pub(crate) const PAY_BOOKING: &str = "/api/forms/pay-booking";
/// Cancels a paid booking.
pub(crate) const CANCEL_BOOKING: &str = "/api/forms/cancel-booking";
/// Gives the seats of a booking back.
pub(crate) const RELEASE_BOOKING: &str = "/api/forms/release-booking";
