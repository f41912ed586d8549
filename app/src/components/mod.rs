//! Parts that several pages are made of.

#[cfg(feature = "ssr")]
mod event_card;
#[cfg(feature = "ssr")]
mod frame;
mod icon;
#[cfg(feature = "ssr")]
mod price_slider;
#[cfg(feature = "ssr")]
mod search_box;

#[cfg(feature = "ssr")]
pub(crate) use event_card::{EventGrid, sale_mark};
#[cfg(feature = "ssr")]
pub(crate) use frame::{SiteFooter, SiteHeader};
pub(crate) use icon::{Glyph, Icon};
#[cfg(feature = "ssr")]
pub(crate) use price_slider::{ANY_PRICE_MINOR, PriceSlider};
#[cfg(feature = "ssr")]
pub(crate) use search_box::SearchBox;

/// The class that gives something the colour of a price category. There are eight colours.
pub(crate) fn category_class(index: u8) -> String {
    format!("cat-{}", index % CATEGORY_COLORS)
}

/// How many colours price categories have before they begin anew.
pub(crate) const CATEGORY_COLORS: u8 = 8;

/// A seat in few letters: "G 15". Where rows have numbers too, two numbers side by side would be a
/// riddle: "row 11 seat 3".
pub(crate) fn seat_code(row: &str, seat: &str) -> String {
    if row.ends_with(|last: char| last.is_ascii_digit()) {
        format!("row {row} seat {seat}")
    } else {
        format!("{row} {seat}")
    }
}

/// `"1 seat"`, `"2 seats"`.
pub(crate) fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbered_rows_are_spelled_out() {
        assert_eq!(seat_code("G", "15"), "G 15");
        assert_eq!(seat_code("11", "3"), "row 11 seat 3");
        assert_eq!(seat_code("B2", "3"), "row B2 seat 3");
    }

    #[test]
    fn one_is_not_many() {
        assert_eq!(count(1, "seat", "seats"), "1 seat");
        assert_eq!(count(0, "seat", "seats"), "0 seats");
    }
}
