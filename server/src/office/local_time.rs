//! Moments on the clock of the venue's wall.

use jiff::tz::TimeZone;
use onsale_app::api::LocalTime;
use onsale_domain::Timestamp;

/// A moment as people at the venue say it. An unknown time zone falls back to UTC.
pub fn local_time(moment: Timestamp, time_zone: &str) -> LocalTime {
    let zone = TimeZone::get(time_zone).unwrap_or(TimeZone::UTC);
    let instant = jiff::Timestamp::from_millisecond(moment.0).unwrap_or_default();
    let local = instant.to_zoned(zone);
    LocalTime {
        date: local.strftime("%Y-%m-%d").to_string(),
        time: local.strftime("%H:%M").to_string(),
        long_date: local.strftime("%A %-d %B %Y").to_string(),
        short_date: local.strftime("%a %-d %b").to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wall_in_lisbon_and_in_tokyo() {
        let moment: Timestamp = "2026-12-04T20:00:00Z".parse().expect("a time");
        let lisbon = local_time(moment, "Europe/Lisbon");
        assert_eq!(lisbon.long_date, "Friday 4 December 2026");
        assert_eq!((lisbon.date.as_str(), lisbon.time.as_str()), ("2026-12-04", "20:00"));
        let tokyo = local_time(moment, "Asia/Tokyo");
        assert_eq!((tokyo.short_date.as_str(), tokyo.time.as_str()), ("Sat 5 Dec", "05:00"));
        assert_eq!(local_time(moment, "Nowhere/Else").time, "20:00");
    }
}
