//! What counts of an index of Quickwit, when whoever writes it is killed anywhere.

#![allow(clippy::expect_used, missing_docs)]

use std::{collections::HashSet, time::Duration};

use onsale_domain::EventId;
use onsale_messages::relay::Checkpoint;
use onsale_store::{
    HeldDocument, SearchBatch, SearchEpoch, SearchPointer, SearchRefused, SearchTerm, Store,
    StoreOptions, Workload,
};
use onsale_testkit::{Database, Environment};

const BEGUN: Checkpoint = Checkpoint { epoch: 1, stream_made_at: 2, sequence: 3 };

struct House {
    database: Database,
    store: Store,
    term: SearchTerm,
}

impl House {
    async fn open() -> Self {
        let database = Database::create(&Environment::read()).await;
        let options = StoreOptions {
            max_connections: 8,
            acquire_timeout: Duration::from_secs(20),
            statement_timeout: Duration::from_secs(20),
            workload: Workload::Online,
        };
        let store = Store::open(&database.url, "test", options).expect("a store");
        let term = store.take_search_over().await.expect("a term");
        Self { database, store, term }
    }

    /// An index with three events.
    async fn loaded(&self) -> SearchEpoch {
        let epoch = self.store.begin_search_epoch(self.term, "events", BEGUN).await;
        let epoch = epoch.expect("an index");
        let loaded = [document(1, 10), document(2, 20), document(3, 30)];
        self.store.note_loaded(self.term, epoch.number, &loaded).await.expect("noted");
        epoch
    }

    async fn begin(&self, epoch: &SearchEpoch) -> u64 {
        self.store.begin_search_batch(self.term, epoch.number).await.expect("a batch")
    }

    async fn complete(&self, epoch: &SearchEpoch, batch: &SearchBatch) -> u64 {
        let masked = self.store.complete_search_batch(self.term, epoch.number, batch).await;
        masked.expect("it counts")
    }

    async fn pointer(&self, epoch: &SearchEpoch) -> SearchPointer {
        let pointer = self.store.search_pointer_of(epoch.number).await.expect("an answer");
        pointer.expect("the index")
    }

    async fn close(self) {
        self.store.close().await;
        self.database.drop_now().await;
    }
}

fn document(event: i64, digest: u64) -> HeldDocument {
    HeldDocument { event: EventId(event), digest, is_sold_out: false }
}

fn batch(revision: u64, put: &[HeldDocument], gone: &[i64]) -> SearchBatch {
    SearchBatch {
        revision: Some(revision),
        put: put.to_vec(),
        gone: gone.iter().map(|id| EventId(*id)).collect(),
        checkpoint: Checkpoint { sequence: 10 + revision, ..BEGUN },
    }
}

#[tokio::test]
async fn a_batch_counts_whole_and_only_once_it_was_completed() {
    let house = House::open().await;
    let epoch = house.loaded().await;
    let (first, second) = (house.begin(&epoch).await, house.begin(&epoch).await);
    assert_eq!((first, second), (1, 2));
    // Nobody knows what became of the first: it never counts.
    let late = batch(first, &[document(1, 11)], &[]);
    let late = house.store.complete_search_batch(house.term, epoch.number, &late).await;
    assert!(matches!(late, Err(SearchRefused::NotOurs)), "{late:?}");
    let pointer = house.pointer(&epoch).await;
    assert_eq!((pointer.visible, pointer.voided), (1, vec![(1, 1)]));

    let new = batch(second, &[document(1, u64::MAX), document(4, 40)], &[2, 9]);
    assert_eq!(house.complete(&epoch, &new).await, 3, "two documents and a revision");
    let pointer = house.pointer(&epoch).await;
    assert_eq!((pointer.visible, pointer.voided), (2, vec![(1, 1)]));
    assert_eq!(pointer.superseded, [(EventId(1), 0), (EventId(2), 0)]);
    assert_eq!(house.store.document_count(epoch.number).await.expect("a count"), 3);
    let events = [1, 2, 3, 4].map(EventId);
    let held = house.store.held_documents(epoch.number, &events).await.expect("documents");
    assert_eq!(held.get(&EventId(1)), Some(&document(1, u64::MAX)));
    assert_eq!(held.keys().copied().collect::<HashSet<_>>(), [1, 3, 4].map(EventId).into());

    // Batches that fail one after the other are one range.
    for _ in 0..3 {
        house.begin(&epoch).await;
    }
    let last = house.begin(&epoch).await;
    let none = SearchBatch { gone: vec![EventId(4)], checkpoint: BEGUN, ..SearchBatch::default() };
    house.complete(&epoch, &none).await;
    assert_eq!(house.pointer(&epoch).await.visible, last - 1, "nothing was completed");
    house.complete(&epoch, &batch(last, &[document(2, 21)], &[])).await;
    let pointer = house.pointer(&epoch).await;
    assert_eq!((pointer.visible, pointer.voided), (last, vec![(1, 1), (3, last - 1)]));
    house.close().await;
}

#[tokio::test]
async fn an_earlier_term_is_refused_everywhere() {
    let house = House::open().await;
    let epoch = house.loaded().await;
    let revision = house.begin(&epoch).await;
    let old = house.term;
    let new = house.store.take_search_over().await.expect("a term");
    let (store, number) = (&house.store, epoch.number);
    let refused = [
        store.begin_search_epoch(old, "events", BEGUN).await.map(drop),
        store.note_loaded(old, number, &[document(7, 7)]).await,
        store.begin_search_batch(old, number).await.map(drop),
        store.complete_search_batch(old, number, &batch(revision, &[], &[1])).await.map(drop),
        store.swap_search_epoch(old, number).await,
        store.give_search_epoch_up(old).await,
    ];
    for outcome in refused {
        assert!(matches!(outcome, Err(SearchRefused::NotOurs)), "{outcome:?}");
    }
    store.swap_search_epoch(new, number).await.expect("ours");
    house.close().await;
}

#[tokio::test]
async fn one_index_answers_and_what_it_replaced_is_forgotten() {
    let house = House::open().await;
    let (store, term) = (&house.store, house.term);
    assert_eq!(store.search_pointer().await.expect("an answer"), None);
    let first = house.loaded().await;
    store.swap_search_epoch(term, first.number).await.expect("it answers");
    let given_up = house.loaded().await;
    let second = house.loaded().await;
    let numbers = [first.number, given_up.number, second.number];
    assert!(numbers.is_sorted() && second.index_id == format!("events-{}", second.number));
    assert!(store.swap_search_epoch(term, given_up.number).await.is_err(), "it was given up");
    let current = store.current_search_epoch().await.expect("an answer");
    assert_eq!(current.as_ref(), Some(&first), "nothing was swapped by that");
    store.swap_search_epoch(term, second.number).await.expect("it answers");
    let pointer = store.search_pointer().await.expect("an answer").expect("an index");
    assert_eq!(pointer.index_id, second.index_id);

    let begun = store.begin_search_batch(term, first.number).await;
    assert!(matches!(begun, Err(SearchRefused::NotOurs)), "{begun:?}");
    assert_eq!(store.retired_search_epochs(Duration::from_secs(60)).await.expect("none"), []);
    let retired = store.retired_search_epochs(Duration::ZERO).await.expect("two");
    assert_eq!(retired, [first.clone(), given_up]);
    for epoch in retired {
        store.forget_search_epoch(epoch.number).await.expect("forgotten");
    }
    assert_eq!(store.document_count(first.number).await.expect("a count"), 0);
    assert_eq!(store.document_count(second.number).await.expect("a count"), 3);
    house.close().await;
}

#[tokio::test]
async fn what_quickwit_has_deleted_need_not_be_left_out() {
    let house = House::open().await;
    let epoch = house.loaded().await;
    let (store, number) = (&house.store, epoch.number);
    let revision = house.begin(&epoch).await;
    house.complete(&epoch, &batch(revision, &[document(1, 11)], &[2, 3])).await;
    let superseded = store.superseded_documents(number, None, 2).await.expect("documents");
    assert_eq!(superseded, [(EventId(1), 0), (EventId(2), 0)]);
    store.note_deletion_asked(number, &superseded).await.expect("noted");
    let rest = store.superseded_documents(number, None, 9).await.expect("documents");
    assert_eq!(rest, [(EventId(3), 0)]);
    let long_ago = Some(Duration::from_secs(60));
    assert_eq!(store.superseded_documents(number, long_ago, 9).await.expect("none"), []);
    let asked = store.superseded_documents(number, Some(Duration::ZERO), 9).await.expect("two");
    assert_eq!(asked, superseded);
    store.forget_superseded(number, &asked[..1]).await.expect("forgotten");
    let pointer = house.pointer(&epoch).await;
    assert_eq!(pointer.superseded, [(EventId(2), 0), (EventId(3), 0)]);
    house.close().await;
}

#[tokio::test]
async fn events_that_sell_out_are_found_without_counting_seats() {
    let house = House::open().await;
    let epoch = house.loaded().await;
    let (store, number) = (&house.store, epoch.number);
    let events: Vec<EventId> = store.held_events_after(number, EventId(0), 9).await.expect("all");
    assert_eq!(events, [1, 2, 3].map(EventId));
    let flipped = async || store.flipped_documents(number, &events).await.expect("an answer");
    assert_eq!(flipped().await, []);
    house
        .database
        .run("UPDATE tickets SET status = 'blocked' WHERE event_id = 2 AND status = 'available'")
        .await;
    assert_eq!(flipped().await, [EventId(2)]);
    let counted = store.seats_left(&events).await.expect("seats");
    let sold_out = store.sold_out(&events).await.expect("an answer");
    for event in events.clone() {
        let by_count = counted.get(&event).is_some_and(|left| left.is_sold_out());
        assert_eq!(by_count, sold_out.contains(&event), "{event}");
    }
    house.close().await;
}
