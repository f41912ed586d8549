//! Parts that several pages are made of.

#[cfg(feature = "ssr")]
mod event_card;
#[cfg(feature = "ssr")]
mod frame;
mod icon;
mod search_shortcut;

#[cfg(feature = "ssr")]
pub(crate) use event_card::{EventGrid, sale_mark};
#[cfg(feature = "ssr")]
pub(crate) use frame::{SiteFooter, SiteHeader};
pub(crate) use icon::{Glyph, Icon};
#[cfg(feature = "ssr")]
pub(crate) use search_shortcut::SearchShortcut;

/// The class that gives something the colour of a price category. There are eight colours.
pub(crate) fn category_class(index: u8) -> String {
    format!("cat-{}", index % CATEGORY_COLORS)
}

/// How many colours price categories have before they begin anew.
pub(crate) const CATEGORY_COLORS: u8 = 8;

/// `"1 seat"`, `"2 seats"`.
pub(crate) fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}
