//! The highest price as a slider: a plain field of a form. With `public/search.js` it says where it
//! stands while it is moved.

use leptos::prelude::*;
use onsale_domain::{Currency, Money};

/// The right end of the slider, in minor units: no limit at all.
pub(crate) const ANY_PRICE_MINOR: i64 = 20_000;
/// One step of the slider, in minor units.
const STEP_MINOR: i64 = 500;

/// A price as the slider says it.
fn spoken(price_minor: i64) -> String {
    match price_minor {
        1..ANY_PRICE_MINOR => format!("up to {}", Money::new(price_minor, Currency::EUR).short()),
        _ => "any price".to_owned(),
    }
}

/// The slider with its label.
#[component]
pub(crate) fn PriceSlider(
    /// Where it stands, in minor units; 0 for no limit.
    price_minor: i64,
) -> impl IntoView {
    let stands = if price_minor > 0 { price_minor.min(ANY_PRICE_MINOR) } else { ANY_PRICE_MINOR };
    view! {
        <label for="search-price">
            "Price" <output for="search-price">{spoken(stands)}</output>
        </label>
        <input
            id="search-price"
            type="range"
            name="price"
            min=STEP_MINOR
            max=ANY_PRICE_MINOR
            step=STEP_MINOR
            value=stands
            data-currency=Currency::EUR.to_string()
            aria-valuetext=spoken(stands)
        />
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_right_end_is_no_limit() {
        assert_eq!(spoken(2_500), "up to €25");
        assert_eq!(spoken(ANY_PRICE_MINOR), "any price");
        assert_eq!(spoken(0), "any price");
    }
}
