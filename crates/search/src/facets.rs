//! By what a result can be narrowed.

use std::collections::HashMap;

/// A kind of value by which results are counted. The counts of one ignore its own filter, so that
/// people see what else they could choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Facet {
    /// The city.
    City,
    /// The genre.
    Category,
    /// The month at the venue.
    Month,
    /// Steps of the lowest price.
    Price,
}

impl Facet {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::City, Self::Category, Self::Month, Self::Price];

    /// Its name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::City => "city",
            Self::Category => "category",
            Self::Month => "month",
            Self::Price => "price",
        }
    }
}

/// How many events have a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FacetCount {
    /// The facet.
    pub facet: Facet,
    /// The value.
    pub value: String,
    /// Events with it.
    pub count: u64,
}

/// Values of a facet that are told, at most.
pub(crate) const MAX_VALUES: usize = 60;

/// Steps of prices, in minor units: from one bound, including it, to below the next.
pub const PRICE_STEPS: [i64; 5] = [0, 2_500, 5_000, 10_000, 20_000];

/// The step of a price.
pub(crate) fn price_step(price_minor: i64) -> Option<usize> {
    PRICE_STEPS.iter().rposition(|bound| price_minor >= *bound)
}

/// A step as it is told: `2500-4999`, or `20000-` for the last.
pub(crate) fn step_name(step: usize) -> String {
    let from = PRICE_STEPS.get(step).copied().unwrap_or_default();
    match PRICE_STEPS.get(step + 1) {
        Some(next) => format!("{from}-{}", next - 1),
        None => format!("{from}-"),
    }
}

/// Counts as they are told: cities and genres by frequency, months and prices in their order.
pub(crate) fn told(facet: Facet, counts: HashMap<String, u64>) -> Vec<FacetCount> {
    let mut told: Vec<FacetCount> = counts
        .into_iter()
        .filter(|(_, count)| *count > 0)
        .map(|(value, count)| FacetCount { facet, value, count })
        .collect();
    match facet {
        Facet::City | Facet::Category => {
            told.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.value.cmp(&b.value)));
        }
        Facet::Month => told.sort_by(|a, b| a.value.cmp(&b.value)),
        Facet::Price => told.sort_by_key(|it| {
            let from = it.value.split('-').next().and_then(|from| from.parse::<i64>().ok());
            from.unwrap_or_default()
        }),
    }
    told.truncate(MAX_VALUES);
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_price_has_one_step() {
        let names: Vec<_> = [0, 2_499, 2_500, 19_999, 1_000_000].map(price_step).to_vec();
        assert_eq!(names, [Some(0), Some(0), Some(1), Some(3), Some(4)]);
        assert_eq!((step_name(1), step_name(4)), ("2500-4999".into(), "20000-".into()));
        assert_eq!(price_step(-1), None);
    }

    #[test]
    fn steps_are_told_in_their_order() {
        let counts = [("20000-", 1), ("0-2499", 2), ("5000-9999", 9)];
        let counts = counts.map(|(value, count)| (value.to_owned(), count)).into();
        let values: Vec<_> = told(Facet::Price, counts).into_iter().map(|it| it.value).collect();
        assert_eq!(values, ["0-2499", "5000-9999", "20000-"]);
    }
}
