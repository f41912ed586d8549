use std::sync::Arc;

use onsale_domain::{
    Currency, EventId, ListedPerformer, ListedVenue, Listing, PerformerId, Timestamp, VenueId,
};
use tempfile::TempDir;

use super::*;
use crate::{Circle, From, Order, Question, Sale, Synonyms, facets::Facet, names::NameKind};

const VENUES: [(&str, &str, &str, f64, f64); 3] = [
    ("Blue Note", "São Paulo", "BR", -23.55, -46.63),
    ("Olympia", "Paris", "FR", 48.87, 2.33),
    ("Vicar Street", "Dublin", "IE", 53.34, -6.25),
];

fn listing(id: i64, title: &str, genre: &str, performer: (i64, &str), venue: usize) -> Listing {
    let (name, city, country, latitude, longitude) = VENUES[venue];
    let starts: Timestamp = "2026-12-04T20:00:00Z".parse().expect("a time");
    Listing {
        id: EventId(id),
        title: title.into(),
        description: format!("An evening with {}.", performer.1),
        genre: genre.into(),
        starts_at: starts.plus_seconds(id * 86_400),
        on_sale_at: starts.plus_seconds(-86_400 * 30),
        currency: Currency::EUR,
        from_price_minor: Some(1_000 * id),
        venue: ListedVenue {
            id: VenueId(i64::try_from(venue).expect("small") + 1),
            name: name.into(),
            city: city.into(),
            country: country.into(),
            time_zone: "Europe/Dublin".into(),
            latitude,
            longitude,
        },
        performers: vec![ListedPerformer {
            id: PerformerId(performer.0),
            name: performer.1.into(),
        }],
    }
}

fn catalogue() -> Vec<Listing> {
    vec![
        listing(1, "Moonlight Serenade", "Jazz", (1, "Nadia Okafor"), 0),
        listing(2, "Moonlight over Water", "Classical", (2, "Béla Quartet"), 1),
        listing(3, "An Orchestra of Clocks", "Classical", (2, "Béla Quartet"), 2),
        listing(4, "Late Night Standup", "Comedy", (3, "Sinéad O’Hara"), 2),
        listing(5, "Nadia Okafor Solo", "Jazz", (1, "Nadia Okafor"), 1),
        listing(40, "Nadia Okafor in Winter", "Jazz", (1, "Nadia Okafor"), 2),
    ]
}

struct House {
    indexer: Indexer,
    _folder: TempDir,
}

fn house() -> House {
    let folder = tempfile::tempdir().expect("a folder");
    let synonyms = Arc::new(Synonyms::built_in().expect("synonyms"));
    let path = folder.path().join("index");
    let mut indexer = Indexer::create(&path, synonyms, TRICKLE).expect("an index");
    for listing in catalogue() {
        indexer.add(&listing, false).expect("added");
    }
    indexer.commit_catalogue("7").expect("committed");
    House { indexer, _folder: folder }
}

fn ask(keyword: &str) -> Question {
    Question { keyword: keyword.into(), size: 10, ..Question::default() }
}

impl House {
    fn ids(&self, question: &Question) -> Vec<i64> {
        let found = self.indexer.view().search(question).expect("an answer");
        assert!(found.total >= found.hits.len() as u64);
        found.hits.iter().map(|hit| hit.listing.id.0).collect()
    }

    fn find(&self, keyword: &str) -> Vec<i64> {
        self.ids(&ask(keyword))
    }
}

#[test]
fn words_are_found_wherever_they_stand_and_however_they_are_written() {
    let house = house();
    assert_eq!(house.find("moonlight"), [1, 2]);
    assert_eq!(house.find("moonligth"), [1, 2], "letters changed places");
    assert_eq!(house.find("bela quartet"), [2, 3]);
    assert_eq!(house.find("okafor nadia"), [5, 40, 1], "title and performer, then soonest first");
    assert_eq!(house.find("nadia sao paulo"), [1]);
    assert_eq!(house.find("sinead ohara"), [4]);
    assert_eq!(house.find("okafr january"), [40], "a performer and the month");
    assert_eq!(house.find("moon"), [1, 2], "as it is typed");
    assert_eq!(house.find("moon "), [] as [i64; 0], "but not once the word has ended");
    assert_eq!(house.find("music paris"), [2, 5], "groups of genres");
    assert_eq!(house.find("comedian"), [4], "synonyms");
}

#[test]
fn phrases_and_exclusions_narrow() {
    let house = house();
    assert_eq!(house.find("\"night standup\""), [4]);
    assert_eq!(house.find("\"standup night\""), [] as [i64; 0]);
    assert_eq!(house.find("moonlight -water"), [1]);
    assert_eq!(house.find("-jazz"), [2, 3, 4]);
}

#[test]
fn what_was_perhaps_meant_is_told() {
    let view = house().indexer.view();
    let found = view.search(&ask("orchstra clocks ")).expect("an answer");
    assert_eq!(found.hits[0].listing.id, EventId(3));
    assert_eq!(found.suggestion.as_deref(), Some("orchestra clocks"));
    assert!(found.words.contains("orchestra"));
    let found = view.search(&ask("zzzzzz moonlight ")).expect("an answer");
    assert_eq!((found.total, found.suggestion.as_deref()), (0, Some("moonlight")));
    assert_eq!(view.search(&ask("moonlight")).expect("an answer").suggestion, None);
}

#[test]
fn filters_narrow_and_their_own_facet_still_counts_the_others() {
    let house = house();
    let question = Question { cities: vec!["sao PAULO".into()], ..ask("") };
    let found = house.indexer.view().search(&question).expect("an answer");
    assert_eq!(found.total, 1);
    let counts = |facet| {
        let of_facet = found.facets.iter().filter(move |it| it.facet == facet);
        of_facet.map(|it| (it.value.as_str(), it.count)).collect::<Vec<_>>()
    };
    assert_eq!(counts(Facet::City), [("Dublin", 3), ("Paris", 2), ("São Paulo", 1)]);
    assert_eq!(counts(Facet::Category), [("Jazz", 1)]);
    assert_eq!(counts(Facet::Month), [("2026-12", 1)]);
    assert_eq!(counts(Facet::Price), [("0-2499", 1)]);
    let both = Question { cities: vec!["Paris".into(), "Dublin".into()], ..ask("nadia") };
    assert_eq!(house.ids(&both), [5, 40]);
    let nowhere = Question { cities: vec!["Atlantis".into()], ..ask("") };
    assert_eq!(house.ids(&nowhere), [] as [i64; 0]);
    let cheap = Question { max_price_minor: Some(3_000), min_price_minor: Some(2_000), ..ask("") };
    assert_eq!(house.ids(&cheap), [2, 3]);
    let month = Question { months: vec!["2027-01".parse().expect("a month")], ..ask("") };
    assert_eq!(house.ids(&month), [40]);
    let performer = Question { performers: vec![PerformerId(2)], ..ask("moonlight") };
    assert_eq!(house.ids(&performer), [2]);
}

#[test]
fn orders_and_cursors_reach_every_hit_once() {
    let house = house();
    let near_paris = Circle { latitude: 48.8, longitude: 2.3, radius_km: 900.0 };
    let near = Question { near: Some(near_paris), order: Order::Distance, ..ask("") };
    assert_eq!(house.ids(&near), [2, 5, 3, 4, 40], "Paris before Dublin, São Paulo too far");
    let by_price = Question { order: Order::Price, ..ask("") };
    assert_eq!(house.ids(&by_price), [1, 2, 3, 4, 5, 40]);
    for order in [Order::Relevance, Order::Date, Order::Price, Order::Distance] {
        let mut question =
            Question { order, near: Some(near_paris), ..Question { size: 2, ..ask("") } };
        let mut seen = Vec::new();
        loop {
            let found = house.indexer.view().search(&question).expect("an answer");
            seen.extend(found.hits.iter().map(|hit| hit.listing.id.0));
            let Some(next) = found.next else { break };
            question.from = From::After(next);
        }
        let paged = Question { from: From::Offset(0), size: 10, ..question };
        assert_eq!(seen, house.ids(&paged), "{order:?}");
        assert_eq!(seen.len(), 5);
    }
}

#[test]
fn changes_are_visible_after_the_commit_and_leave_nothing_behind() {
    let mut house = house();
    let mut renamed = catalogue().remove(0);
    renamed.title = "Sunrise Séance".into();
    house.indexer.put(&renamed, true).expect("put");
    house.indexer.forget(EventId(2)).expect("forgotten");
    assert_eq!(house.find("moonlight"), [1, 2], "not before the commit");
    house.indexer.commit("8").expect("committed");
    assert_eq!(house.find("moonlight"), [] as [i64; 0]);
    assert_eq!(house.find("sunrise seance"), [1]);
    assert_eq!(house.find("sunrize"), [1], "new words are forgiven as well");
    let now = Some(renamed.starts_at);
    let sold_out = Question { sale: Some(Sale::SoldOut), now, ..ask("") };
    assert_eq!(house.ids(&sold_out), [1]);
    let on_sale = Question { sale: Some(Sale::OnSale), now, ..ask("nadia") };
    assert_eq!(house.ids(&on_sale), [5, 40]);
    let digests = house.indexer.view().digests().expect("digests");
    assert_eq!(digests.len(), 5);
    assert_eq!(digests[0], Digests::of(&renamed, true).expect("a digest"));
}

#[test]
fn an_index_is_opened_as_it_was_left_and_a_damaged_one_is_not() {
    let House { indexer, _folder: folder } = house();
    let path = indexer.folder().to_owned();
    let synonyms = Arc::new(Synonyms::built_in().expect("synonyms"));
    drop(indexer);
    let (indexer, note) = Indexer::open(&path, Arc::clone(&synonyms), TRICKLE).expect("opens");
    assert_eq!(note, "7");
    let house = House { indexer, _folder: folder };
    assert_eq!(house.find("moonligth"), [1, 2]);
    let offered = house.indexer.view().suggest(&ask("nad")).expect("offers");
    assert_eq!(offered.names[0].events, 3);
    let House { indexer, _folder: folder } = house;
    drop(indexer);
    let files = std::fs::read_dir(&path).expect("the folder").filter_map(Result::ok);
    let store = files.map(|it| it.path()).find(|it| it.extension().is_some_and(|it| it == "store"));
    let store = store.expect("a store of documents");
    let mut bytes = std::fs::read(&store).expect("bytes");
    bytes[3] ^= 0xFF;
    std::fs::write(&store, bytes).expect("written");
    assert!(Indexer::open(&path, synonyms, TRICKLE).is_err());
    drop(folder);
}

#[test]
fn names_are_offered_while_people_type() {
    let house = house();
    let offer = |text: &str| {
        let offered = house.indexer.view().suggest(&ask(text)).expect("offers");
        offered.names.iter().map(|it| (it.kind, it.name.clone())).collect::<Vec<_>>()
    };
    assert_eq!(offer("pari"), [(NameKind::City, "Paris".to_owned())]);
    assert_eq!(offer("sine"), [(NameKind::Performer, "Sinéad O’Hara".to_owned())]);
    assert_eq!(offer("okafro"), [(NameKind::Performer, "Nadia Okafor".to_owned())]);
    assert_eq!(offer("vicar str"), [(NameKind::Venue, "Vicar Street".to_owned())]);
    assert!(offer("").is_empty() && offer("!!").is_empty());
    let events = house.indexer.view().suggest(&ask("moonl")).expect("offers").events;
    assert_eq!(events.len(), 2);
}

#[test]
fn hostile_questions_are_answered_quickly() {
    let house = house();
    let begun = std::time::Instant::now();
    let hostile = [
        "x".repeat(100_000),
        "a ".repeat(10_000),
        "(.*)+".repeat(40),
        "\"".repeat(999),
        "\0\0".into(),
        "-".repeat(500),
        "ﷺ".repeat(200),
    ];
    for keyword in hostile {
        let question = Question { keyword, ..ask("") };
        house.indexer.view().search(&question).expect("an answer");
    }
    assert!(begun.elapsed().as_secs() < 5, "{:?}", begun.elapsed());
}

/// Numbers that are the same at every run.
fn number(seed: &mut u64, end: usize) -> usize {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
    usize::try_from((*seed >> 33) % end as u64).unwrap_or_default()
}

/// Enough events for several windows and for lists of many blocks, a third of them changed or gone.
#[test]
fn many_events_are_found_as_if_each_was_looked_at() {
    const EVENTS: i64 = 20_000;
    const WORDS: [&str; 6] = ["moonlight", "river", "golden", "winter", "echo", "marble"];
    let folder = tempfile::tempdir().expect("a folder");
    let synonyms = Arc::new(Synonyms::built_in().expect("synonyms"));
    let mut indexer =
        Indexer::create(&folder.path().join("index"), synonyms, BULK).expect("an index");
    let mut seed = 5;
    let mut all: Vec<Option<Listing>> = (1..=EVENTS)
        .map(|id| {
            // The first word is everywhere, the last in one of a thousand events.
            let often = |at: usize, seed: &mut u64| number(seed, 1 << (2 * at)) == 0;
            let words = WORDS.iter().enumerate().filter(|(at, _)| often(*at, &mut seed));
            let mut title: Vec<&str> = words.map(|(_, word)| *word).collect();
            if id > EVENTS - 50 {
                title.push("finale");
            }
            Some(listing(id, &title.join(" "), "Jazz", (1, "Béla"), number(&mut seed, 3)))
        })
        .collect();
    for listing in all.iter().flatten() {
        indexer.add(listing, false).expect("added");
    }
    indexer.commit_catalogue("").expect("committed");
    for event in &mut all {
        match (number(&mut seed, 6), event.as_mut()) {
            (0, Some(listing)) => {
                indexer.forget(listing.id).expect("forgotten");
                *event = None;
            }
            (1, Some(listing)) => {
                listing.title.push_str(" echo");
                indexer.put(listing, false).expect("put");
            }
            _ => {}
        }
    }
    let view = indexer.commit("").expect("committed");

    let has = |listing: &Listing, word: &str| listing.title.split(' ').any(|it| it == word);
    type Holds<'a> = &'a dyn Fn(&Listing) -> bool;
    let cases: [(&str, Holds<'_>); 8] = [
        ("", &|_| true),
        ("moonlight ", &|it| has(it, "moonlight")),
        ("marble ", &|it| has(it, "marble")),
        ("river marble ", &|it| has(it, "river") && has(it, "marble")),
        ("moonlight finale ", &|it| has(it, "finale")),
        ("golden -winter ", &|it| has(it, "golden") && !has(it, "winter")),
        ("\"golden winter\"", &|it| it.title.contains("golden winter")),
        ("echo paris ", &|it| has(it, "echo") && it.venue.city == "Paris"),
    ];
    for (keyword, holds) in cases {
        let mut expected: Vec<i64> =
            all.iter().flatten().filter(|it| holds(it)).map(|it| it.id.0).collect();
        assert!(!expected.is_empty(), "{keyword}");
        let found = view.search(&Question { order: Order::Date, ..ask(keyword) });
        let found = found.expect("an answer");
        assert_eq!(found.total, expected.len() as u64, "{keyword}");
        let in_cities = found.facets.iter().filter(|it| it.facet == Facet::City);
        assert_eq!(in_cities.map(|it| it.count).sum::<u64>(), found.total, "{keyword}");
        expected.truncate(10);
        let first: Vec<i64> = found.hits.iter().map(|hit| hit.listing.id.0).collect();
        assert_eq!(first, expected, "{keyword}");
        let deep = Question { from: From::Offset(found.total as usize - 1), ..ask(keyword) };
        assert_eq!(view.search(&deep).expect("an answer").hits.len(), 1, "{keyword}");
    }
}
