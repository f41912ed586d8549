use std::collections::{HashMap, HashSet};

use onsale_domain::limits::{MAX_DESCRIPTION_CHARS, MAX_NAME_CHARS};

use super::*;
use crate::EventDraft;

/// 2026-11-22, noon.
const TODAY: Timestamp = Timestamp(1_795_348_800_000);

fn assert_sound(catalogue: &Catalogue) {
    let venues: HashMap<&str, &VenueDraft> =
        catalogue.venues.iter().map(|venue| (venue.key.as_str(), venue)).collect();
    let performers: HashSet<&str> =
        catalogue.performers.iter().map(|performer| performer.key.as_str()).collect();
    let mut keys = HashSet::new();
    for event in &catalogue.events {
        assert!(keys.insert(&event.key), "{}", event.key);
        let venue = venues[event.venue_key.as_str()];
        assert!(!event.performer_keys.is_empty());
        assert!(event.performer_keys.iter().all(|key| performers.contains(key.as_str())));
        assert!(event.doors_at < event.starts_at && event.on_sale_at < event.starts_at);
        assert!(event.starts_at > TODAY && event.starts_at < TODAY.plus_seconds(367 * 86_400));
        assert!(event.on_sale_at <= TODAY || event.sold_share_percent == 0);
        assert!(event.sold_share_percent <= 98);
        let priced: Vec<&str> = event.prices.iter().map(|price| price.category.as_str()).collect();
        let categories: Vec<&str> =
            venue.seat_map.categories.iter().map(|category| category.name.as_str()).collect();
        assert_eq!(priced, categories);
        assert!(event.prices.iter().all(|price| price.price.minor > 0));
        assert!((1..=MAX_NAME_CHARS).contains(&event.title.chars().count()));
        assert!((80..MAX_DESCRIPTION_CHARS).contains(&event.description.chars().count()));
        assert!(!event.description.contains(['{', '}']), "{}", event.description);
    }
}

fn count<'a>(
    events: &'a [EventDraft],
    key: impl Fn(&'a EventDraft) -> &'a str,
) -> HashMap<&'a str, usize> {
    events.iter().fold(HashMap::new(), |mut counts, event| {
        *counts.entry(key(event)).or_default() += 1;
        counts
    })
}

#[test]
fn a_full_season_has_its_size() {
    let catalogue = generate(1, TODAY, DemoSize::Full);
    assert_sound(&catalogue);
    let sizes = (catalogue.venues.len(), catalogue.performers.len(), catalogue.events.len());
    assert_eq!(sizes, (40, 400, 2000));
    let tickets = catalogue.ticket_count();
    assert!((1_800_000..2_200_000).contains(&tickets), "{tickets}");
    let at = count(&catalogue.events, |event| &event.venue_key);
    assert_eq!(at.len(), 40);
    for venue in &catalogue.venues {
        let limit = match venue.capacity {
            60_000 => 6,
            18_000 => 10,
            _ => 120,
        };
        assert!(at[venue.key.as_str()] <= limit, "{}", venue.key);
    }
    let genres = count(&catalogue.events, |event| &event.genre);
    assert_eq!(genres.len(), 12, "{genres:?}");
    let titles = count(&catalogue.events, |event| &event.title);
    assert!(titles.len() > 750, "{}", titles.len());
    let upcoming = catalogue.events.iter().filter(|event| event.on_sale_at > TODAY).count();
    assert!((40..300).contains(&upcoming), "{upcoming}");
    let nearly_full =
        catalogue.events.iter().filter(|event| event.sold_share_percent >= 95).count();
    assert!((30..200).contains(&nearly_full), "{nearly_full}");
    let everybody: HashSet<&String> =
        catalogue.events.iter().flat_map(|event| &event.performer_keys).collect();
    assert!(everybody.len() > 370, "{}", everybody.len());
}

#[test]
fn a_small_season_has_one_of_each() {
    let catalogue = generate(7, TODAY, DemoSize::Small);
    assert_sound(&catalogue);
    let sizes = (catalogue.venues.len(), catalogue.performers.len(), catalogue.events.len());
    assert_eq!(sizes, (6, 20, 40));
    assert_eq!(catalogue, generate(7, TODAY, DemoSize::Small));
    assert_ne!(catalogue.events, generate(8, TODAY, DemoSize::Small).events);
}

#[test]
fn the_first_event_is_the_one_the_readme_points_to() {
    for (seed, size) in [(1, DemoSize::Small), (99, DemoSize::Small), (3, DemoSize::Full)] {
        let catalogue = generate(seed, TODAY, size);
        let event = &catalogue.events[0];
        let venue = catalogue.venue_of(event).expect("its venue");
        assert_eq!(event.title, "Nadia Okafor Quartet");
        assert_eq!(event.key, "kestrel-hall-2026-12-06");
        assert_eq!(event.starts_at.to_string(), "2026-12-06T20:00:00Z");
        assert_eq!(
            (venue.name.as_str(), venue.address.as_str()),
            ("Kestrel Hall", "Rua do Açor 12")
        );
        assert_eq!((venue.city.as_str(), venue.capacity), ("Lisbon", 1200));
        let prices: Vec<String> =
            event.prices.iter().map(|it| format!("{} {}", it.category, it.price.short())).collect();
        assert_eq!(prices, ["Stalls €64", "Circle €42", "Gallery €28"]);
        assert!(event.on_sale_at < TODAY);
        assert_eq!(event.sold_share_percent, 45);
        let first = &catalogue.performers[0];
        assert_eq!(
            (first.name.as_str(), &event.performer_keys[0]),
            ("Nadia Okafor Quartet", &first.key)
        );
    }
}

#[test]
fn nobody_plays_twice_at_a_time_except_in_a_pinch() {
    let catalogue = generate(1, TODAY, DemoSize::Full);
    let mut engagements = HashMap::new();
    for event in &catalogue.events {
        for key in &event.performer_keys {
            *engagements.entry((key, event.starts_at.utc_date())).or_insert(0) += 1;
        }
    }
    let clashes = engagements.values().filter(|count| **count > 1).count();
    assert!(clashes < 40, "{clashes}");
}

#[test]
fn any_day_will_do() {
    for today in [Timestamp(0), Timestamp(i64::MAX), Timestamp(i64::MIN)] {
        assert_eq!(generate(1, today, DemoSize::Small).events.len(), 40);
    }
}
