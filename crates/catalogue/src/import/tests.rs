use onsale_domain::{Currency, Money, SeatIndex, seat_map::Point};
use proptest::prelude::*;

use super::*;

const VENUE: &[u8] = include_bytes!("../../samples/venue.json");
const EVENTS: &str = include_str!("../../samples/events.jsonl");

fn sample_venue() -> VenueDraft {
    venue(VENUE, &VenueDetails::default()).unwrap_or_else(|faults| panic!("{faults}"))
}

fn messages<T: std::fmt::Debug>(result: Result<T, Faults>) -> Vec<String> {
    result.expect_err("faulty").listed().iter().map(ToString::to_string).collect()
}

fn changed(text: &[u8], changes: &[(&str, &str)]) -> String {
    let text = String::from_utf8_lossy(text).into_owned();
    changes.iter().fold(text, |text, (from, to)| {
        assert!(text.contains(from), "{from}");
        text.replacen(from, to, 1)
    })
}

fn venue_faults(changes: &[(&str, &str)]) -> Vec<String> {
    messages(venue(changed(VENUE, changes).as_bytes(), &VenueDetails::default()))
}

fn list_faults(changes: &[(&str, &str)]) -> Vec<String> {
    messages(events(changed(EVENTS.as_bytes(), changes).as_bytes(), &[sample_venue()]))
}

#[test]
fn a_venue_has_seats_and_standing_places() {
    let venue = sample_venue();
    assert_eq!((venue.capacity, venue.seat_map.seat_count()), (403, 403));
    assert_eq!(venue.time_zone, "Europe/Dublin");
    assert_eq!(venue.seat_map.focal_point, Point { x: 150.0, y: 15.0 });
    let place = venue.seat_map.place(SeatIndex(100)).expect("on the map");
    assert_eq!(place.describe(), "Floor, standing");
}

#[test]
fn a_bare_plan_is_a_venue_when_the_rest_is_given() {
    let plan = include_bytes!("../../samples/plan.json");
    assert_eq!(
        messages(venue(plan, &VenueDetails::default())),
        [
            "city: is missing",
            "country: is missing",
            "timeZone: is missing",
            "latitude: is missing",
            "longitude: is missing",
        ]
    );
    let details = VenueDetails {
        city: Some("Graz".into()),
        country: Some("at".into()),
        time_zone: Some("europe/vienna".into()),
        latitude: Some(47.07),
        longitude: Some(15.44),
        ..VenueDetails::default()
    };
    let venue = venue(plan, &details).unwrap_or_else(|faults| panic!("{faults}"));
    assert_eq!((venue.key.as_str(), venue.name.as_str()), ("sample-house", "Sample house"));
    assert_eq!((venue.country.as_str(), venue.time_zone.as_str()), ("AT", "Europe/Vienna"));
}

#[test]
fn faults_of_a_venue_are_named() {
    assert_eq!(
        venue_faults(&[
            ("\"IE\"", "\"Ireland\""),
            ("Europe/Dublin", "Dublin"),
            ("53.3478", "153.3478"),
            ("-6.2297", "\"west\""),
            ("\"name\": \"Harbour Hall\",\n  \"addr", "\"name\": \" \",\n  \"addr"),
            ("\"category\": \"Standing\"", "\"category\": \"Mosh pit\""),
            ("400", "4e2"),
            ("\"x\": 300, \"y\": 40", "\"y\": 40"),
            ("\"name\": \"Floor\"", "\"name\": \"Balcony\""),
            ("\"x\": 24", "\"x\": true"),
        ]),
        [
            "seatingPlan.zones[0].rows[0].seats[1].position.x: must be a number, found true or false",
            "standingAreas[0].name: `Balcony` is a duplicate of the name of section 1",
            "standingAreas[0].category: there is no category `Mosh pit`",
            "standingAreas[0].capacity: 4e2 is not a whole number from 1 to 1000000",
            "standingAreas[0].outline[1].x: is missing",
            "name: must not be empty",
            "country: IRELAND is not the ISO code of a country, such as PT",
            "timeZone: Dublin is not an IANA time zone, such as Europe/Lisbon",
            "latitude: 153.3478 is not from -90 to 90 degrees",
            "longitude: must be a number, found a text",
        ]
    );
    assert_eq!(messages(venue(b"{}", &VenueDetails::default()))[0], "seatingPlan: is missing");
    assert_eq!(
        messages(venue(b"3", &VenueDetails::default())),
        ["the file: must be an object, found a number"]
    );
}

#[test]
fn a_list_refers_back_and_forth() {
    let catalogue = catalogue(vec![sample_venue()], EVENTS.as_bytes());
    let catalogue = catalogue.unwrap_or_else(|faults| panic!("{faults}"));
    assert_eq!((catalogue.performers.len(), catalogue.events.len()), (2, 2));
    assert_eq!(catalogue.ticket_count(), 806);
    let [first, second] = &catalogue.events[..] else { panic!("two events") };
    assert_eq!(first.genre, "Folk");
    assert_eq!(first.prices[0].category, "Standing");
    assert_eq!(first.prices[0].price, Money::new(3200, Currency::EUR));
    assert_eq!(second.genre, "Sea shanties");
    assert_eq!(second.doors_at.to_string(), "2027-03-05T21:30:00Z");
    assert_eq!(second.sold_share_percent, 12);
    assert_eq!(catalogue.venue_of(second).map(|venue| venue.key.as_str()), Some("harbour-hall"));
}

#[test]
fn faults_of_a_list_name_the_line() {
    assert_eq!(
        list_faults(&[
            ("\"venue\": \"harbour-hall\"", "\"venue\": \"opera\""),
            ("[\"tide\", \"aoife-brennan\"]", "[\"tide\", \"aoife\", \"tide\"]"),
            ("2027-03-05T20:00:00Z", "tomorrow"),
            ("\"key\": \"aoife-brennan\"", "\"key\": \"tide\""),
            ("\"tide-2\"", "\"tide-1\""),
            ("2027-03-05T23:30:00+01:00", "2026-03-05T23:30:00+01:00"),
            ("12, ", "101, "),
            ("2000", "20.00"),
            ("\"Box\"", "\"Royal box\""),
            ("9900, \"currency\": \"EUR\"", "9900, \"currency\": \"GBP\""),
        ]),
        [
            "line 1, venue: there is no venue `opera`",
            "line 1, performers[2]: `tide` is a duplicate of performers[0]",
            "line 1, startsAt: \"tomorrow\" is not an RFC 3339 time, such as 2026-12-04T19:00:00Z",
            "line 4, key: `tide` is a duplicate of line 3",
            "line 5, onSaleAt: is after startsAt",
            "line 5, prices[0].amountMinor: 20.00 is not a whole number of minor units from 0 to 1000000000",
            "line 5, prices[2].category: there is no category `Royal box`",
            "line 5, prices[2].currency: GBP is not the currency of the other prices",
            "line 5, prices: the category `Standing` has no price",
            "line 5, soldSharePercent: 101 is not a whole number from 0 to 100",
            "line 5, key: `tide-1` is a duplicate of line 1",
            "line 1, performers[1]: there is no performer `aoife`",
        ]
    );
    assert_eq!(
        list_faults(&[("{\"type\": \"event\", \"key\": \"tide-1\"", "{\"type\": oops")]),
        ["line 1: is not JSON: expected value at column 10"]
    );
    assert_eq!(
        list_faults(&[("\"type\": \"performer\"", "\"type\": \"perfumer\"")])[0],
        "line 3, type: perfumer is not `performer` or `event`"
    );
}

#[test]
fn doors_do_not_open_after_the_start() {
    assert_eq!(list_faults(&[("05T19:00", "05T21:00")]), ["line 1, doorsAt: is after startsAt"]);
}

#[test]
fn two_venues_of_one_key_are_refused() {
    let venues = vec![sample_venue(), sample_venue()];
    assert_eq!(
        messages(catalogue(venues, b"")),
        ["venue 2: `harbour-hall` is a duplicate of the key of venue 1"]
    );
}

proptest! {
    #[test]
    fn a_bent_venue_never_panics(
        bends in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut bytes = VENUE.to_vec();
        for (at, with) in bends {
            let at = at.index(bytes.len());
            bytes[at] = with;
        }
        if let Ok(venue) = venue(&bytes, &VenueDetails::default()) {
            prop_assert_eq!(venue.seat_map.validate(), Ok(()));
        }
    }

    #[test]
    fn a_bent_list_never_panics(
        bends in prop::collection::vec((any::<prop::sample::Index>(), "[0-9\"{}\\[\\],:a-z\\\\\n]"), 1..4),
    ) {
        let mut bytes = EVENTS.as_bytes().to_vec();
        for (at, with) in bends {
            let at = at.index(bytes.len());
            bytes[at] = with.as_bytes()[0];
        }
        let _ = events(&bytes, &[sample_venue()]);
    }

    #[test]
    fn any_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = venue(&bytes, &VenueDetails::default());
        let _ = events(&bytes, &[]);
    }
}
