//! What happens when a slot or a stream is lost: a new epoch, in which the catalogue is told again.

use std::collections::BTreeMap;

use onsale_messages::{
    decode,
    relay::{RowOp, RowTold, SNAPSHOT_BEGUN_SUBJECT, SNAPSHOT_ENDED_SUBJECT, SnapshotMark},
};
use onsale_testkit::{Cluster, Stack, eventually, streams};

use crate::support::{
    SETTLED, assert_in_commit_order, bookings_told, epoch, onsale_relay, relay_only, telling,
    titles_told,
};

const TABLES: &str = "
    SELECT 'venues ' || count(*) FROM venues UNION ALL
    SELECT 'performers ' || count(*) FROM performers UNION ALL
    SELECT 'events ' || count(*) FROM events UNION ALL
    SELECT 'event_performers ' || count(*) FROM event_performers UNION ALL
    SELECT 'price_categories ' || count(*) FROM price_categories";

/// The rows of each table in the snapshot of an epoch; `None` while it was not told to its end.
async fn snapshot_of(stack: &Stack, epoch: u64) -> Option<BTreeMap<String, u64>> {
    let mut rows = BTreeMap::new();
    let mut has_begun = false;
    for message in streams::stored(&stack.nats_url(), "CDC").await? {
        match message.subject.as_str() {
            SNAPSHOT_BEGUN_SUBJECT => {
                let mark: SnapshotMark = decode(&message.body).expect("a mark");
                has_begun = mark.epoch == epoch;
            }
            SNAPSHOT_ENDED_SUBJECT if has_begun => {
                let mark: SnapshotMark = decode(&message.body).expect("a mark");
                assert_eq!(mark.rows, rows.values().sum::<u64>());
                return Some(rows);
            }
            _ if has_begun => {
                let told: RowTold = decode(&message.body).expect("a row");
                assert_eq!((told.op, told.epoch), (RowOp::Snapshot, epoch));
                *rows.entry(told.row.table().to_owned()).or_default() += 1;
            }
            _ => {}
        }
    }
    None
}

/// Waits until the catalogue was told whole in an epoch after `earlier`, and returns that epoch.
async fn told_anew(stack: &Stack, earlier: i64) -> i64 {
    eventually(&format!("a snapshot\n{}", stack.logs()), SETTLED, || async {
        let epoch = epoch(stack).await;
        if epoch <= earlier {
            return None;
        }
        let told = snapshot_of(stack, u64::try_from(epoch).ok()?).await?;
        let mut there = BTreeMap::new();
        for line in stack.database.list(TABLES).await {
            let (table, count) = line.split_once(' ').expect("a table and a count");
            there.insert(table.to_owned(), count.parse::<u64>().expect("a count"));
        }
        assert_eq!(told, there);
        Some(epoch)
    })
    .await
}

/// Leaves tracks, and waits until the last of them was told.
async fn tracks_are_told(stack: &Stack, count: usize) {
    let tracks = stack.database.tracks();
    let mut last = 0;
    for _ in 0..count {
        last = tracks.leave(1).await.expect("a track");
    }
    eventually("the tracks to be told", SETTLED, || async {
        let told = titles_told(stack).await?;
        (told.last()? == &(1, last.to_string())).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_slot_that_is_gone_is_made_again_and_the_catalogue_told_anew() {
    let mut stack = Stack::start(relay_only()).await;
    telling(&stack, 0).await;
    let first = told_anew(&stack, 0).await;
    tracks_are_told(&stack, 3).await;
    stack.workers[0].kill();
    let (is_well, _) = onsale_relay(&stack, "status").await;
    assert!(!is_well, "nobody reads the slot");
    let drop_slot = "SELECT count(pg_drop_replication_slot(slot_name)) FROM pg_replication_slots
                      WHERE database = current_database() AND NOT active";
    eventually("the slot to go", SETTLED, || async {
        (stack.database.number(drop_slot).await == 1).then_some(())
    })
    .await;
    stack.database.tracks().leave(1).await.expect("a track that nobody reads");
    stack.workers[0].start_again();
    let second = told_anew(&stack, first).await;
    tracks_are_told(&stack, 3).await;
    assert_in_commit_order(&stack, "CDC").await;
    let (is_well, report) = onsale_relay(&stack, "status").await;
    assert!(is_well && report.contains(&second.to_string()), "{report}");
    stack.stop().await;
}

#[tokio::test]
async fn a_slot_whose_log_was_thrown_away_is_made_again() {
    let cluster = Cluster::start("max_slot_wal_keep_size = '16MB'\nmin_wal_size = '32MB'").await;
    let mut stack = Stack::start_in(cluster.environment.clone(), relay_only()).await;
    telling(&stack, 0).await;
    let first = told_anew(&stack, 0).await;
    stack.workers[0].kill();
    eventually("the log to be thrown away", SETTLED, || async {
        let write = "SELECT pg_logical_emit_message(false, 'filler', repeat('x', 8000000));
                     SELECT pg_switch_wal(); CHECKPOINT;";
        stack.database.run(write).await;
        let lost = "SELECT count(*) FROM pg_replication_slots WHERE wal_status = 'lost'";
        (stack.database.number(lost).await == 1).then_some(())
    })
    .await;
    let (is_well, report) = onsale_relay(&stack, "status").await;
    assert!(!is_well && report.contains("lost"), "{report}");
    stack.workers[0].start_again();
    told_anew(&stack, first).await;
    tracks_are_told(&stack, 3).await;
    stack.stop().await;
}

#[tokio::test]
async fn a_snapshot_that_was_asked_for_loses_and_repeats_nothing() {
    let stack = Stack::start(relay_only()).await;
    telling(&stack, 0).await;
    let first = told_anew(&stack, 0).await;
    tracks_are_told(&stack, 20).await;
    let (is_well, _) = onsale_relay(&stack, "resnapshot").await;
    assert!(is_well);
    told_anew(&stack, first).await;
    tracks_are_told(&stack, 20).await;
    let titles: Vec<String> =
        titles_told(&stack).await.expect("titles").into_iter().map(|(_, title)| title).collect();
    let expected: Vec<String> = (1..=40).map(|number| number.to_string()).collect();
    assert_eq!(titles, expected);
    let made = "SELECT count(*) FROM bookings WHERE fingerprint = 'track'";
    let made = stack.database.number(made).await;
    let told = eventually("all bookings", SETTLED, || async {
        let told = bookings_told(&stack).await?.len();
        (i64::try_from(told).ok()? >= made).then_some(told)
    })
    .await;
    assert_eq!(i64::try_from(told), Ok(made), "each once");
    stack.stop().await;
}

#[tokio::test]
async fn nats_without_its_store_is_told_what_postgresql_has_and_the_catalogue_anew() {
    let mut stack = Stack::start(relay_only()).await;
    telling(&stack, 0).await;
    let first = told_anew(&stack, 0).await;
    tracks_are_told(&stack, 20).await;
    stack.lose_nats();
    let missed = stack.database.tracks().leave(1).await.expect("a track");
    stack.nats.start_again();
    told_anew(&stack, first).await;
    // What was stored a moment before the loss comes again: PostgreSQL had not been told yet that
    // it may forget it.
    let told = eventually("the tracks to be told again", SETTLED, || async {
        let told = titles_told(&stack).await?;
        (told.last()? == &(1, missed.to_string())).then_some(told)
    })
    .await;
    let expected: Vec<(i64, String)> = (1..=21).map(|number| (1, number.to_string())).collect();
    assert_eq!(told, expected);
    assert_in_commit_order(&stack, "BOOKINGS").await;
    stack.stop().await;
}
