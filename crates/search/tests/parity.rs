//! Both engines give the same answers, and a mask hides what does not count, where `QUICKWIT_URL` names
//! a Quickwit.

#![allow(clippy::expect_used, missing_docs)]

use std::sync::Arc;

use onsale_domain::{
    Currency, EventId, ListedPerformer, ListedVenue, Listing, PerformerId, Timestamp, VenueId,
};
use onsale_search::{
    From, Order, Question, Synonyms,
    embedded::{BULK, Digests, Indexer},
    quickwit::{Mask, QuickwitIndex, document, index_config},
};
use quickwit_client::{Client, Commit};

const EVENTS: i64 = 20_000;
const QUERIES: usize = 300;
const WORDS: [&str; 40] = [
    "moonlight",
    "serenade",
    "orchestra",
    "midnight",
    "carnival",
    "river",
    "golden",
    "winter",
    "electric",
    "garden",
    "velvet",
    "thunder",
    "paradise",
    "silver",
    "harbour",
    "crimson",
    "echo",
    "lantern",
    "festival",
    "horizon",
    "marble",
    "phantom",
    "quartet",
    "rhapsody",
    "saffron",
    "tempest",
    "umbrella",
    "voyage",
    "whisper",
    "zephyr",
    "amber",
    "ballad",
    "cascade",
    "dream",
    "ember",
    "falcon",
    "gravity",
    "hollow",
    "island",
    "jubilee",
];
const CITIES: [&str; 6] = ["Paris", "São Paulo", "Dublin", "Łódź", "Zürich", "Göteborg"];
const GENRES: [&str; 4] = ["Jazz", "Rock", "Classical", "Comedy"];

fn made_up(id: i64, rng: &mut fastrand_like::Rng) -> Listing {
    let mut word = || WORDS[rng.below(WORDS.len())];
    let (title, performer, venue) = (
        format!("{} {}", word(), word()),
        format!("{} {}", word(), word()),
        format!("{} Hall", word()),
    );
    let city = rng.below(CITIES.len());
    Listing {
        id: EventId(id),
        title,
        description: format!("An evening with {performer}."),
        genre: GENRES[rng.below(GENRES.len())].into(),
        starts_at: Timestamp(
            1_800_000_000_000 + 3_600_000 * i64::try_from(rng.below(9_000)).expect("small"),
        ),
        on_sale_at: Timestamp(0),
        currency: Currency::EUR,
        from_price_minor: Some(500 * i64::try_from(rng.below(60)).expect("small")),
        venue: ListedVenue {
            id: VenueId(1 + i64::try_from(city).expect("small")),
            name: venue,
            city: CITIES[city].into(),
            country: "FR".into(),
            time_zone: "Europe/Paris".into(),
            latitude: 48.0,
            longitude: 2.0,
        },
        performers: vec![ListedPerformer { id: PerformerId(id % 500 + 1), name: performer }],
    }
}

/// Numbers that are the same at every run.
mod fastrand_like {
    pub struct Rng(pub u64);

    impl Rng {
        pub fn below(&mut self, end: usize) -> usize {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            usize::try_from((self.0 >> 33) % end as u64).unwrap_or_default()
        }
    }
}

#[tokio::test]
async fn both_engines_give_the_same_hits_in_the_same_order() {
    let Ok(url) = std::env::var("QUICKWIT_URL") else {
        println!("SKIPPED: set QUICKWIT_URL to the address of a Quickwit 0.9");
        return;
    };
    let client = Client::new(&url).expect("an address");
    let name = format!("parity-{}", std::process::id());
    client.create_index(&index_config(&name)).await.expect("an index");
    let mut rng = fastrand_like::Rng(7);
    let listings: Vec<Listing> = (1..=EVENTS).map(|id| made_up(id, &mut rng)).collect();
    let documents: Vec<_> =
        listings.iter().map(|it| document(it, false, 1).expect("a document")).collect();
    client.ingest(&name, &documents, Commit::Force).await.expect("taken");
    let folder = tempfile::tempdir().expect("a folder");
    let synonyms = Arc::new(Synonyms::built_in().expect("synonyms"));
    let mut indexer = Indexer::create(folder.path(), synonyms, BULK).expect("an index");
    for listing in &listings {
        indexer.add(listing, false).expect("added");
    }
    let view = indexer.commit_catalogue("").expect("committed");
    let quickwit = QuickwitIndex::new(client.clone(), &name);
    for number in 0..QUERIES {
        let question = question(number, &mut rng);
        let ours = view.search(&question).expect("an answer");
        let theirs = quickwit.search(&question, &view, &Mask::default()).await.expect("an answer");
        assert_eq!(ours.total, theirs.total, "{question:?}");
        let ids = |found: &onsale_search::Found| {
            found.hits.iter().map(|hit| hit.listing.id).collect::<Vec<_>>()
        };
        assert_eq!(ids(&ours), ids(&theirs), "{question:?}");
        assert_eq!(ours.facets, theirs.facets, "{question:?}");
        assert_eq!(ours.next, theirs.next, "{question:?}");
    }
    client.delete_index(&name).await.expect("removed");
}

#[tokio::test]
async fn a_mask_hides_what_was_superseded_never_completed_or_is_too_new() {
    let Ok(url) = std::env::var("QUICKWIT_URL") else {
        println!("SKIPPED: set QUICKWIT_URL to the address of a Quickwit 0.9");
        return;
    };
    let client = Client::new(&url).expect("an address");
    let name = format!("mask-{}", std::process::id());
    client.create_index(&index_config(&name)).await.expect("an index");
    let mut rng = fastrand_like::Rng(7);
    let listings: Vec<Listing> = (1..=1_500).map(|id| made_up(id, &mut rng)).collect();
    let renamed = Listing { title: "Zanzibar Nights".into(), ..listings[0].clone() };
    let ingest = async |listings: &[Listing], is_sold_out, revision| {
        let documents = listings.iter().map(|it| document(it, is_sold_out, revision));
        let documents: Vec<_> = documents.collect::<Result<_, _>>().expect("documents");
        client.ingest(&name, &documents, Commit::Force).await.expect("taken");
    };
    ingest(&listings, false, 0).await;
    ingest(std::slice::from_ref(&renamed), true, 1).await;
    // One that was never completed, and one that is not completed yet.
    ingest(&listings[..10], false, 2).await;
    ingest(&listings[..10], false, 4).await;
    let index = QuickwitIndex::new(client.clone(), &name);
    let before = Mask::new(0, Vec::new(), []);
    let superseded = [(EventId(1), 0), (EventId(2), 0)];
    let after = Mask::new(3, vec![(2, 2)], superseded);
    assert_eq!(index.count(&before).await.expect("a count"), 1_500);
    assert_eq!(index.count(&after).await.expect("a count"), 1_499);
    assert_eq!(index.count(&Mask::default()).await.expect("a count"), 1_521);

    let contents = index.contents(&after).await.expect("all of it");
    let mut expected = vec![Digests::of(&renamed, true).expect("a digest")];
    expected.extend(listings[2..].iter().map(|it| Digests::of(it, false).expect("a digest")));
    let mut found = contents.events;
    found.sort_unstable();
    assert_eq!((found, contents.documents), (expected, 1_499));
    let doubled = index.contents(&Mask::new(1, Vec::new(), [])).await.expect("all of it");
    assert_eq!(doubled.documents, 1_501);

    let asked = [(EventId(1), 0), (EventId(1), 3), (EventId(2), 2)];
    let held = index.still_held(&asked).await.expect("an answer");
    assert_eq!(held, [(EventId(1), 0), (EventId(2), 2)].into());
    index.delete(&asked).await.expect("it was taken");
    let tasks = client.delete_tasks(&name).await.expect("the tasks");
    assert_eq!(tasks.len(), 1);
    client.delete_index(&name).await.expect("removed");
}

/// Exact words, typos, prefixes, filters, orders and pages in turn.
fn question(number: usize, rng: &mut fastrand_like::Rng) -> Question {
    let (one, two) = (WORDS[rng.below(WORDS.len())], WORDS[rng.below(WORDS.len())]);
    let keyword = match number % 6 {
        0 => format!("{one} {two} "),
        1 => format!("{}x{} ", &one[..2], &one[3..]),
        2 => format!("{two} {}", &one[..3]),
        3 => format!("{one} paris "),
        4 => String::new(),
        _ => format!("{one} -{two} "),
    };
    let orders = [Order::Relevance, Order::Date, Order::Price];
    Question {
        keyword,
        cities: if number % 4 == 1 { vec!["zurich".into()] } else { Vec::new() },
        genres: if number % 5 == 2 { vec!["jazz".into(), "rock".into()] } else { Vec::new() },
        max_price_minor: (number % 7 == 3).then_some(9_000),
        start: Some(Timestamp(1_800_000_000_000 + 1_000_000_000)),
        order: orders[rng.below(3)],
        size: 20,
        from: From::Offset(if number.is_multiple_of(3) { 20 } else { 0 }),
        ..Question::default()
    }
}
