//! What tickets cost.

use onsale_domain::{Currency, Money, seat_map::SeatMap};

use super::{
    performers::{Genre, Stature},
    rng::Rng,
    venues::Kind,
};
use crate::Price;

/// A currency: how many of it are about a euro, and the steps that prices go in, up to a limit
/// and above it.
struct Purse {
    code: &'static str,
    per_euro: f64,
    small_step: i64,
    small_up_to: i64,
    large_step: i64,
}

const fn purse(
    code: &'static str,
    per_euro: f64,
    small_step: i64,
    small_up_to: i64,
    large_step: i64,
) -> Purse {
    Purse { code, per_euro, small_step, small_up_to, large_step }
}

const PURSES: [Purse; 12] = [
    purse("EUR", 1.0, 1, 60, 5),
    purse("GBP", 0.86, 1, 60, 5),
    purse("USD", 1.15, 1, 60, 5),
    purse("CAD", 1.55, 1, 60, 5),
    purse("AUD", 1.7, 1, 60, 5),
    purse("SEK", 11.2, 10, 600, 50),
    purse("NOK", 11.7, 10, 600, 50),
    purse("DKK", 7.45, 5, 400, 25),
    purse("CZK", 24.8, 10, 900, 50),
    purse("PLN", 4.3, 5, 150, 10),
    purse("MXN", 20.5, 10, 600, 50),
    purse("JPY", 164.0, 100, 3000, 500),
];

/// An amount that looks like a price.
fn sensible(euros: f64, code: &str) -> Option<Money> {
    let purse = PURSES.iter().find(|purse| purse.code == code)?;
    let currency = Currency::parse(purse.code).ok()?;
    let amount = euros * purse.per_euro;
    let step = if amount <= purse.small_up_to as f64 { purse.small_step } else { purse.large_step };
    let units = ((amount / step as f64).round() as i64).max(1) * step;
    Some(Money::new(units * 10_i64.pow(currency.minor_digits()), currency))
}

/// The prices of an event, category by category in the order of the map.
pub(super) fn prices(
    rng: &mut Rng,
    kind: Kind,
    map: &SeatMap,
    genre: Genre,
    stature: Stature,
    currency: &str,
) -> Vec<Price> {
    let (lowest, highest) = match (kind, genre) {
        (Kind::Theatre, _) => (42, 84),
        (Kind::Hall, _) => (26, 52),
        (Kind::Club, _) => (16, 34),
        (Kind::Arena, Genre::Sport) => (48, 80),
        (Kind::Arena, _) => (75, 140),
        (Kind::Stadium, Genre::Sport) => (55, 95),
        (Kind::Stadium, _) => (95, 160),
    };
    let taste = match genre {
        Genre::Classical | Genre::Dance => 1.1,
        Genre::Family => 0.65,
        Genre::Comedy | Genre::Folk => 0.9,
        _ => 1.0,
    };
    let fame = match stature {
        Stature::Star => 1.12,
        Stature::Known => 1.0,
        Stature::Rising => 0.9,
    };
    let best = rng.between(lowest, highest) as f64 * taste * fame;
    let shares: &[f64] = match (kind, map.categories.len()) {
        (Kind::Theatre, _) => &[1.0, 0.66, 0.44],
        (Kind::Hall, _) => &[0.8, 1.0],
        (Kind::Club, 3) => &[1.0, 0.8, 0.6],
        (Kind::Club, _) if map.categories[0].name == "Floor" => &[0.75, 1.0],
        (Kind::Club, _) => &[1.0, 0.75],
        (Kind::Arena, _) => &[1.0, 0.72, 0.52, 0.38],
        (Kind::Stadium, _) => &[1.0, 0.68, 0.5, 0.34],
    };
    let categories = map.categories.iter().zip(shares);
    categories
        .filter_map(|(category, share)| {
            let price = sensible(best * share, currency)?;
            Some(Price { category: category.name.clone(), price })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::venues;

    #[test]
    fn prices_look_like_prices() {
        let text = |euros, code| sensible(euros, code).map(Money::short).unwrap_or_default();
        assert_eq!(text(63.2, "EUR"), "€65");
        assert_eq!(text(27.7, "GBP"), "£24");
        assert_eq!(text(40.0, "SEK"), "kr\u{a0}450");
        assert_eq!(text(40.0, "JPY"), "¥6,500");
        assert_eq!(text(12.0, "JPY"), "¥2,000");
    }

    #[test]
    fn every_category_of_every_venue_has_a_price_of_its_own() {
        let mut rng = Rng::new(3);
        for venue in venues::ALL {
            let map = venue.draft().seat_map;
            for genre in Genre::ALL {
                let prices =
                    prices(&mut rng, venue.kind, &map, genre, Stature::Rising, venue.currency);
                assert_eq!(prices.len(), map.categories.len(), "{}", venue.key);
                let mut amounts: Vec<i64> = prices.iter().map(|price| price.price.minor).collect();
                amounts.sort_unstable();
                amounts.dedup();
                assert_eq!(amounts.len(), prices.len(), "{}: {amounts:?}", venue.key);
            }
        }
    }
}
