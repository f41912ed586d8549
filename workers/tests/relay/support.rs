//! What the tests of the relay ask.

use std::time::Duration;

use onsale_messages::{
    Position, decode,
    relay::{BookingTold, CatalogueRow, RELAYED_HEADER, RowTold},
};
use onsale_testkit::{Stack, StackOptions, eventually, streams};

pub const SETTLED: Duration = Duration::from_secs(90);

/// Workers with a relay, and nothing that the relay does not need.
pub fn relay_only() -> StackOptions {
    StackOptions { servers: 0, redis: false, relay: true, ..StackOptions::default() }
}

/// Waits until the relay of a worker tells what is committed.
pub async fn telling(stack: &Stack, worker: usize) {
    eventually("the relay to tell", SETTLED, || async {
        (stack.metric(worker, "onsale_relay_telling").await == Some(1.0)).then_some(())
    })
    .await;
}

/// The epoch of the database.
pub async fn epoch(stack: &Stack) -> i64 {
    stack.database.number("SELECT epoch FROM relay_state").await
}

/// Runs `onsale relay …` and returns whether all is well, and what it printed.
pub async fn onsale_relay(stack: &Stack, command: &str) -> (bool, String) {
    let mut onsale = tokio::process::Command::new(stack.environment.program("onsale"));
    let output = onsale
        .args(["relay", command])
        .env("DATABASE_URL", &stack.database.url)
        .env("ONSALE_RELAY_SLOT", stack.database.slot())
        .output()
        .await
        .expect("onsale runs");
    (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The titles that were told of events that were changed: event and title, in order.
pub async fn titles_told(stack: &Stack) -> Option<Vec<(i64, String)>> {
    let stored = streams::stored(&stack.nats_url(), "CDC").await?;
    let title = |message: &streams::StoredMessage| {
        let told: RowTold = decode(&message.body).expect("a row");
        assert_eq!(told.subject(), message.subject);
        let CatalogueRow::Events(event) = told.row else { panic!("{told:?}") };
        (event.id.0, event.title)
    };
    Some(stored.iter().filter(|m| m.subject == "cdc.events.update").map(title).collect())
}

/// What was told of bookings, in order.
pub async fn bookings_told(stack: &Stack) -> Option<Vec<BookingTold>> {
    let stored = streams::stored(&stack.nats_url(), "BOOKINGS").await?;
    let told = |message: &streams::StoredMessage| decode(&message.body).expect("a booking");
    Some(stored.iter().map(told).collect())
}

/// A stream follows the log: each message is of a later place in it than the one before.
pub async fn assert_in_commit_order(stack: &Stack, stream: &str) {
    let stored = streams::stored(&stack.nats_url(), stream).await.expect("the stream");
    let position = |message: &streams::StoredMessage| -> Position {
        let (_, position) = message.header(RELAYED_HEADER).split_once(' ').expect("a position");
        position.parse().expect("a position")
    };
    let positions: Vec<Position> = stored
        .iter()
        .filter(|message| !message.subject.contains("snapshot"))
        .map(position)
        .collect();
    assert!(positions.is_sorted_by(|a, b| a < b), "{stream} is not in commit order");
}
