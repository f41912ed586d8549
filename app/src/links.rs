//! Addresses of our own pages, built in one place and safe to put into a link or a header.

use std::fmt::Write;

use onsale_domain::{BookingId, EventId};
#[cfg(feature = "ssr")]
use onsale_domain::{PerformerId, VenueId};

/// The page of an event.
pub(crate) fn event(id: EventId) -> String {
    format!("/events/{id}")
}

#[cfg(feature = "ssr")]
/// The page of a venue.
pub(crate) fn venue(id: VenueId) -> String {
    format!("/venues/{id}")
}

#[cfg(feature = "ssr")]
/// The page of a performer.
pub(crate) fn performer(id: PerformerId) -> String {
    format!("/performers/{id}")
}

#[cfg(feature = "ssr")]
/// The list of one section on the page of an event.
pub(crate) fn section(id: EventId, section_number: u32) -> String {
    format!("/events/{id}?section={section_number}#section")
}

/// The page of a booking; with its secret it opens for anybody.
pub(crate) fn booking(id: BookingId, key: Option<&str>) -> String {
    with_query(&format!("/bookings/{id}"), &[("key", key.unwrap_or_default())])
}

/// The poster of an event.
pub(crate) fn poster(id: EventId, genre: &str) -> String {
    with_query(&format!("/posters/{id}.svg"), &[("g", genre)])
}

/// A path with those parameters that are not empty.
pub(crate) fn with_query(path: &str, parameters: &[(&str, &str)]) -> String {
    let mut address = path.to_owned();
    let mut separator = '?';
    for (name, value) in parameters.iter().filter(|(_, value)| !value.is_empty()) {
        address.push(separator);
        address.push_str(name);
        address.push('=');
        percent_encode(value, &mut address);
        separator = '&';
    }
    address
}

/// Writes `text` so that it can stand in a query: all but unreserved characters as `%XX`.
fn percent_encode(text: &str, address: &mut String) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~,:".contains(&byte) {
            address.push(char::from(byte));
        } else {
            let _ = write!(address, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_type_cannot_leave_its_parameter() {
        assert_eq!(
            with_query(
                "/search",
                &[("keyword", "Ünder & \"tow\" #1"), ("city", ""), ("page", "2")]
            ),
            "/search?keyword=%C3%9Cnder%20%26%20%22tow%22%20%231&page=2"
        );
        assert_eq!(with_query("/search", &[("city", "")]), "/search");
        assert_eq!(poster(EventId(7), "R&B"), "/posters/7.svg?g=R%26B");
    }
}
