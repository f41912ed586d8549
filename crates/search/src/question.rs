//! What is looked for, whatever the engine.

use std::{fmt, str::FromStr};

use onsale_domain::{PerformerId, Timestamp, VenueId};

pub use crate::calendar::Month;

/// What is looked for. Every filter narrows the result; the values of one filter widen it.
#[derive(Debug, Clone, Default)]
pub struct Question {
    /// Words, phrases in quotes, and `-words` that must not occur.
    pub keyword: String,
    /// Events that start then or later.
    pub start: Option<Timestamp>,
    /// Events that start before.
    pub end: Option<Timestamp>,
    /// In any of these cities, however they are written; all when empty.
    pub cities: Vec<String>,
    /// At any of these venues.
    pub venues: Vec<VenueId>,
    /// With any of these performers.
    pub performers: Vec<PerformerId>,
    /// Of any of these genres.
    pub genres: Vec<String>,
    /// In any of these months.
    pub months: Vec<Month>,
    /// The lowest price is at least this, in minor units.
    pub min_price_minor: Option<i64>,
    /// The lowest price is at most this, in minor units.
    pub max_price_minor: Option<i64>,
    /// How it is sold.
    pub sale: Option<Sale>,
    /// Now: it decides what is on sale.
    pub now: Option<Timestamp>,
    /// Within a circle.
    pub near: Option<Circle>,
    /// The order of hits.
    pub order: Order,
    /// Hits in the answer at most.
    pub size: usize,
    /// Where they begin.
    pub from: From,
}

/// How an event is sold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sale {
    /// Sales have begun and seats are left.
    OnSale,
    /// No seat is left.
    SoldOut,
    /// Sales have not begun.
    Upcoming,
}

/// The order of hits. Ties are broken by date, then by id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// Best first.
    #[default]
    Relevance,
    /// Soonest first.
    Date,
    /// Cheapest first; those without a price last.
    Price,
    /// Nearest first; by date without a circle.
    Distance,
}

/// A circle on the globe.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Circle {
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
    /// In kilometres.
    pub radius_km: f64,
}

/// Where hits begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum From {
    /// So many are left out.
    Offset(usize),
    /// After the last hit of an earlier answer.
    After(Cursor),
}

impl Default for From {
    fn default() -> Self {
        Self::Offset(0)
    }
}

/// The place of a hit in the order of all hits of its question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cursor(pub(crate) u128);

/// A text that is not a cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a cursor of an earlier answer")]
pub struct InvalidCursor;

impl Cursor {
    /// The place of an event of this rank, by what it is ordered by first.
    pub(crate) const fn new(first: u64, rank: u64) -> Self {
        Self((first as u128) << 64 | rank as u128)
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl FromStr for Cursor {
    type Err = InvalidCursor;

    fn from_str(text: &str) -> Result<Self, InvalidCursor> {
        let is_whole = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let number = is_whole.then(|| u128::from_str_radix(text, 16).ok()).flatten();
        number.map(Self).ok_or(InvalidCursor)
    }
}

/// Bits of the id in a rank.
const ID_BITS: u32 = 36;

/// The place of an event among all, by date and id: unique, so that every order is whole.
pub(crate) fn rank(starts_at: Timestamp, event: onsale_domain::EventId) -> u64 {
    let id = u64::try_from(event.0).unwrap_or_default();
    minute(starts_at.0) << ID_BITS | (id & ((1 << ID_BITS) - 1))
}

/// Minutes since 1970 of a time in milliseconds, as far as ranks tell them: from 1970 to 2225.
pub(crate) fn minute(millis: i64) -> u64 {
    u64::try_from(millis.div_euclid(60_000)).unwrap_or_default().min((1 << (63 - ID_BITS)) - 1)
}

/// The [`minute`] in a rank.
pub(crate) const fn minute_of_rank(rank: u64) -> u64 {
    rank >> ID_BITS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_read_what_they_write_and_nothing_else() {
        let cursor = Cursor(0xABC << 64 | 7);
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
        for text in ["", "7", "zz", &"f".repeat(33), "+0000000000000000000000000000000"] {
            assert_eq!(text.parse::<Cursor>(), Err(InvalidCursor), "{text}");
        }
    }

    #[test]
    fn ranks_follow_the_date() {
        let at = |text: &str| text.parse().expect("a time");
        let early = rank(at("2026-12-04T20:00:00Z"), onsale_domain::EventId(9));
        let later = rank(at("2026-12-04T20:01:00Z"), onsale_domain::EventId(1));
        assert!(early < later);
        assert!(rank(Timestamp(-5), onsale_domain::EventId(1)) < early);
        assert!(rank(Timestamp(i64::MAX), onsale_domain::EventId(1)) > later);
        assert!(rank(Timestamp(i64::MAX), onsale_domain::EventId(1)) <= i64::MAX as u64);
    }
}
