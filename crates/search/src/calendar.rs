//! Dates on the wall of the venue.

use std::{fmt, str::FromStr};

use jiff::{Zoned, tz::TimeZone};
use onsale_domain::Listing;

/// A month of a year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month(u32);

/// A text that is not a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a month, such as 2026-12")]
pub struct InvalidMonth;

impl Month {
    /// As one number, 202612.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.0
    }

    /// Of [`Month::number`].
    #[must_use]
    pub const fn from_number(number: u32) -> Self {
        Self(number)
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.0 / 100, self.0 % 100)
    }
}

impl FromStr for Month {
    type Err = InvalidMonth;

    fn from_str(text: &str) -> Result<Self, InvalidMonth> {
        let (year, month) = text.split_once('-').ok_or(InvalidMonth)?;
        let digits = |text: &str, count: usize| {
            let is_number = text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
            is_number.then(|| text.parse::<u32>().ok()).flatten()
        };
        match (digits(year, 4), digits(month, 2)) {
            (Some(year), Some(month @ 1..=12)) => Ok(Self(year * 100 + month)),
            _ => Err(InvalidMonth),
        }
    }
}

fn local(listing: &Listing) -> Zoned {
    let zone = TimeZone::get(&listing.venue.time_zone).unwrap_or(TimeZone::UTC);
    jiff::Timestamp::from_millisecond(listing.starts_at.0).unwrap_or_default().to_zoned(zone)
}

/// The month in which an event starts where it takes place.
pub(crate) fn month_of(listing: &Listing) -> Month {
    let date = local(listing).date();
    let (year, month) = (u32::try_from(date.year()), u32::try_from(date.month()));
    Month(year.unwrap_or_default() * 100 + month.unwrap_or_default())
}

/// Day of the week, month and year in which an event starts where it takes place.
pub(crate) fn words_of(listing: &Listing) -> String {
    local(listing).strftime("%A %B %Y").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_read_what_they_write() {
        assert_eq!("2026-12".parse::<Month>().map(|it| it.to_string()), Ok("2026-12".to_owned()));
        for text in ["2026", "2026-13", "2026-00", "26-12", "2026-+1", "2026-1"] {
            assert_eq!(text.parse::<Month>(), Err(InvalidMonth), "{text}");
        }
    }
}
