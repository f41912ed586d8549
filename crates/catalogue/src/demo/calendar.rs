//! Days and hours on the clocks of the venues' walls.

use jiff::{
    ToSpan,
    civil::{Date, Weekday},
    tz::{TimeZone, TimeZoneDatabase},
};
use onsale_domain::Timestamp;

use super::{performers::Genre, rng::Rng, venues::Kind};

/// Days that a season looks ahead.
pub(super) const SEASON_DAYS: usize = 365;

/// The days of a season as one venue sees them.
pub(super) struct Calendar {
    zone: TimeZone,
    today: Date,
}

impl Calendar {
    /// The calendar of a time zone of the IANA database; UTC for any other name.
    pub fn new(time_zone: &str, today: Timestamp) -> Self {
        let zone = TimeZoneDatabase::bundled().get(time_zone).unwrap_or(TimeZone::UTC);
        let now = jiff::Timestamp::from_millisecond(today.0).unwrap_or_default();
        let today = now.to_zoned(zone.clone()).date();
        Self { zone, today }
    }

    /// The date some days from today, before today when negative.
    pub fn date(&self, days: i64) -> Date {
        self.today.checked_add(days.days()).unwrap_or(self.today)
    }

    /// The moment at which the clock on the wall shows this time.
    pub fn moment(&self, days: i64, (hour, minute): (i8, i8)) -> Timestamp {
        let wall = self.date(days).at(hour, minute, 0, 0);
        let zoned = wall.to_zoned(self.zone.clone());
        Timestamp(zoned.map_or(0, |zoned| zoned.timestamp().as_millisecond()))
    }

    /// How readily people go out on a day: weekends most, at Christmas not at all.
    pub fn demand(&self, days: i64) -> usize {
        let date = self.date(days);
        if date.month() == 12 && matches!(date.day(), 24 | 25) {
            return 0;
        }
        match date.weekday() {
            Weekday::Monday => 1,
            Weekday::Tuesday => 2,
            Weekday::Wednesday => 3,
            Weekday::Thursday => 5,
            Weekday::Friday => 8,
            Weekday::Saturday => 9,
            Weekday::Sunday => 4,
        }
    }

    /// When something of this kind begins on this day.
    pub fn start(&self, rng: &mut Rng, days: i64, genre: Genre, kind: Kind) -> (i8, i8) {
        let weekday = self.date(days).weekday();
        let is_weekend = matches!(weekday, Weekday::Saturday | Weekday::Sunday);
        match (genre, kind) {
            (Genre::Family, _) if is_weekend => *rng.pick(&[(11, 0), (14, 30), (15, 0)]),
            (Genre::Family, _) => (17, 0),
            (Genre::Sport, _) if is_weekend => *rng.pick(&[(15, 0), (15, 30), (17, 30)]),
            (Genre::Sport, _) => (19, 45),
            (Genre::Theatre | Genre::Dance | Genre::Classical, _) if weekday == Weekday::Sunday => {
                *rng.pick(&[(15, 0), (16, 0), (18, 0)])
            }
            (Genre::Theatre | Genre::Dance | Genre::Classical, _) => {
                *rng.pick(&[(19, 30), (20, 0)])
            }
            (Genre::Electronic, Kind::Club | Kind::Hall) => {
                *rng.pick(&[(21, 30), (22, 0), (23, 0)])
            }
            (_, Kind::Club) => *rng.pick(&[(20, 0), (20, 30), (21, 0)]),
            (_, Kind::Arena | Kind::Stadium) => *rng.pick(&[(19, 0), (19, 30)]),
            _ => *rng.pick(&[(19, 30), (20, 0)]),
        }
    }
}

/// Seconds between the opening of the doors and the start.
pub(super) const fn doors_before_start_seconds(kind: Kind) -> i64 {
    60 * match kind {
        Kind::Theatre => 45,
        Kind::Hall | Kind::Club => 60,
        Kind::Arena => 90,
        Kind::Stadium => 120,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_on_the_wall_decides() {
        let today = Timestamp(1_795_305_600_000);
        assert_eq!(today.to_string(), "2026-11-22T00:00:00Z");
        let lisbon = Calendar::new("Europe/Lisbon", today);
        assert_eq!(lisbon.moment(14, (20, 0)).to_string(), "2026-12-06T20:00:00Z");
        assert_eq!(lisbon.moment(180, (20, 0)).to_string(), "2027-05-21T19:00:00Z");
        let new_york = Calendar::new("America/New_York", today);
        assert_eq!(new_york.date(0).to_string(), "2026-11-21");
        assert_eq!(Calendar::new("Nowhere", today).moment(0, (1, 0)).0, today.0 + 3_600_000);
    }
}
