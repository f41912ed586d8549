//! Dead letters with a real server: what it does with messages that nobody can work on.

#![allow(clippy::expect_used, missing_docs)]

use std::time::Duration;

use async_nats::jetstream::{
    self, AckKind,
    consumer::{AckPolicy, pull},
    stream::RetentionPolicy,
};
use futures::StreamExt;
use onsale_bus::{
    Bus, WorkMessage,
    dead_letters::{Cause, DeadLetter, DeadLetterError, give_up},
};
use onsale_messages::REQUEST_ID_HEADER;
use onsale_testkit::{Nats, eventually};

const LIMIT: Duration = Duration::from_secs(20);

/// A server, a connection of ours, and a work queue whose messages are delivered twice at most.
struct Place {
    _nats: Nats,
    bus: Bus,
    context: jetstream::Context,
    work: pull::Stream,
}

impl Place {
    async fn open() -> Self {
        let nats = Nats::start();
        let bus = Bus::connect(&nats.url, "test").await.expect("an address");
        bus.connected(LIMIT).await.expect("a server");
        bus.declare_topology(1).await.expect("the topology");
        let client = async_nats::connect(&nats.url).await.expect("a server");
        let context = jetstream::new(client);
        let queue = jetstream::stream::Config {
            name: "WORK".into(),
            subjects: vec!["work.*".into()],
            retention: RetentionPolicy::WorkQueue,
            ..Default::default()
        };
        let queue = context.create_stream(queue).await.expect("a work queue");
        let consumer = pull::Config {
            durable_name: Some("worker".into()),
            ack_policy: AckPolicy::Explicit,
            ack_wait: Duration::from_millis(100),
            max_deliver: 2,
            ..Default::default()
        };
        let consumer = queue.create_consumer(consumer).await.expect("a consumer");
        let work = consumer.messages().await.expect("its messages");
        Self { _nats: nats, bus, context, work }
    }

    async fn publish(&self, subject: &'static str, headers: &[(&str, &str)], body: &'static str) {
        let mut map = async_nats::HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, *value);
        }
        let stored = self.context.publish_with_headers(subject, map, body.into()).await;
        stored.expect("sent").await.expect("stored");
    }

    async fn next(&mut self) -> WorkMessage {
        let next = tokio::time::timeout(LIMIT, self.work.next()).await;
        next.expect("a message in time").expect("a message").expect("no error")
    }

    async fn letters(&self) -> Vec<DeadLetter> {
        self.bus.dead_letters(1, 100).await.expect("the list").letters
    }

    /// Waits for the first dead letter: advisories come by themselves.
    async fn letter(&self) -> DeadLetter {
        eventually("a dead letter", LIMIT, || async { self.letters().await.into_iter().next() })
            .await
    }

    async fn waiting(&self) -> u64 {
        let stream = self.context.get_stream("WORK").await.expect("the work queue");
        stream.get_info().await.expect("its state").state.messages
    }
}

#[tokio::test]
async fn a_message_that_is_given_up_keeps_its_body_and_comes_back_on_request() {
    let mut place = Place::open().await;
    let headers = [(REQUEST_ID_HEADER, "r-1"), ("Nats-Msg-Id", "m-1")];
    place.publish("work.a", &headers, "{ no JSON").await;
    let message = place.next().await;
    give_up(&message, "no JSON:\r\nat 3").await.expect("kept");
    assert_eq!(place.waiting().await, 0, "it left its stream");

    let letter = place.letter().await;
    assert_eq!((letter.cause, letter.reason.as_str()), (Cause::GivenUp, "no JSON:  at 3"));
    assert_eq!((letter.stream.as_str(), letter.consumer.as_str()), ("WORK", "worker"));
    assert_eq!((letter.stream_sequence, letter.deliveries), (1, 1));
    let original = letter.original.as_ref().expect("its message");
    assert_eq!((original.subject.as_str(), &*original.body), ("work.a", &b"{ no JSON"[..]));
    assert_eq!(original.sorted_headers(), [(REQUEST_ID_HEADER.to_owned(), "r-1".to_owned())]);

    place.bus.replay_dead_letter(letter.sequence).await.expect("sent again");
    let again = place.next().await;
    assert_eq!((again.subject.as_str(), &*again.payload), ("work.a", &b"{ no JSON"[..]));
    assert_eq!(onsale_bus::request_id(again.headers.as_ref()), "r-1");
    assert!(place.letters().await.is_empty(), "its dead letter is gone");
    let gone = place.bus.replay_dead_letter(letter.sequence).await;
    assert!(matches!(gone, Err(DeadLetterError::Unknown(1))), "{gone:?}");

    give_up(&again, "still no JSON").await.expect("kept");
    assert_eq!(place.letter().await.reason, "still no JSON", "what fails again is kept again");
}

#[tokio::test]
async fn a_message_that_is_delivered_too_often_is_read_from_its_stream() {
    let mut place = Place::open().await;
    place.publish("work.b", &[(REQUEST_ID_HEADER, "r-2")], "body").await;
    for _ in 0..2 {
        place.next().await;
    }
    let letter = place.letter().await;
    assert_eq!((letter.cause, letter.deliveries), (Cause::DeliveredTooOften, 2));
    assert!(letter.advisory.as_deref().is_some_and(|text| text.contains("max_deliver")));
    assert_eq!(letter.original.as_ref().map(|original| &*original.body), Some(&b"body"[..]));
    assert_eq!(place.waiting().await, 1, "the server keeps it and delivers it no more");

    place.bus.replay_dead_letter(letter.sequence).await.expect("sent again");
    let again = place.next().await;
    assert_eq!((again.subject.as_str(), &*again.payload), ("work.b", &b"body"[..]));
    again.double_ack().await.expect("done");
    assert_eq!(place.waiting().await, 0, "neither the old one nor the new one is left");
    assert!(place.letters().await.is_empty());
}

/// Why a worker keeps what it gives up by itself: after this, nobody has the body.
#[tokio::test]
async fn a_terminated_message_is_gone() {
    let mut place = Place::open().await;
    place.publish("work.c", &[], "body").await;
    place.next().await.ack_with(AckKind::Term).await.expect("ended");
    let letter = place.letter().await;
    assert_eq!((letter.cause, letter.original.as_ref()), (Cause::Terminated, None));
    assert_eq!(place.waiting().await, 0);
    let replayed = place.bus.replay_dead_letter(letter.sequence).await;
    assert!(matches!(replayed, Err(DeadLetterError::MessageGone(1))), "{replayed:?}");
    place.bus.discard_dead_letter(letter.sequence).await.expect("removed");
    assert!(place.letters().await.is_empty());
}

#[tokio::test]
async fn long_lists_come_in_pages() {
    let mut place = Place::open().await;
    for _ in 0..3 {
        place.publish("work.e", &[], "x").await;
        give_up(&place.next().await, "bad").await.expect("kept");
    }
    place.bus.discard_dead_letter(2).await.expect("removed");
    let page = place.bus.dead_letters(1, 1).await.expect("a page");
    assert_eq!((page.letters.len(), page.next, page.total), (1, Some(3), 2));
    let page = place.bus.dead_letters(3, 1).await.expect("a page");
    assert_eq!((page.letters.first().map(|letter| letter.sequence), page.next), (Some(3), None));
}

#[tokio::test]
async fn what_is_missing_is_said() {
    let nats = Nats::start();
    let bus = Bus::connect(&nats.url, "test").await.expect("an address");
    bus.connected(LIMIT).await.expect("a server");
    let page = bus.dead_letters(1, 1).await.expect("an empty list");
    assert_eq!((page.letters.len(), page.next, page.total), (0, None, 0));
    let none = bus.dead_letter(1).await;
    assert!(matches!(none, Err(DeadLetterError::NoStream)), "{none:?}");
    drop(nats);
    let nowhere = Bus::connect("nats://127.0.0.1:1", "test").await.expect("an address");
    let silent = nowhere.connected(Duration::from_millis(50)).await;
    assert!(matches!(silent, Err(DeadLetterError::Unreachable)), "{silent:?}");
}
