//! A PostgreSQL whose log cannot be read: the box office sells all the same.

use std::time::Duration;

use onsale_store::{LogRefused, Store, StoreOptions};
use onsale_testkit::{Cluster, Stack, StackOptions, eventually};
use reqwest::StatusCode;

use crate::support::{SETTLED, onsale_relay};

#[tokio::test]
async fn selling_goes_on_without_a_relay_and_the_reason_is_told() {
    let cluster = Cluster::start("wal_level = replica").await;
    let options = StackOptions { relay: true, ..StackOptions::default() };
    let stack = Stack::start_in(cluster.environment.clone(), options).await;
    let fan = stack.buyer(0);
    let seats = stack.database.available(1, 1).await;
    let held = fan.reserve(&seats).await;
    assert_eq!(held.status, StatusCode::CREATED, "{}", held.body);
    eventually(&format!("the reason\n{}", stack.logs()), SETTLED, || async {
        stack.workers[0].log_tail().contains("wal_level = logical").then_some(())
    })
    .await;
    assert_eq!(stack.metric(0, "onsale_relay_telling").await, Some(0.0));
    let (is_well, report) = onsale_relay(&stack, "status").await;
    assert!(!is_well && report.contains("wal_level is replica"), "{report}");
    stack.stop().await;
}

#[tokio::test]
async fn a_user_without_the_right_is_named() {
    let cluster = Cluster::start("").await;
    let stack = Stack::start_in(
        cluster.environment.clone(),
        StackOptions { servers: 0, workers: 0, redis: false, ..StackOptions::default() },
    )
    .await;
    stack.database.run("CREATE ROLE clerk LOGIN").await;
    let url = stack.database.url.replace("postgres://postgres@", "postgres://clerk@");
    let options = StoreOptions {
        max_connections: 1,
        acquire_timeout: Duration::from_secs(10),
        statement_timeout: Duration::from_secs(10),
        workload: onsale_store::Workload::Online,
    };
    let store = Store::open(&url, "test", options).expect("a store");
    let refused = store.log_refused().await.expect("an answer");
    assert_eq!(refused, Some(LogRefused::Role("clerk".into())));
    stack.database.run("ALTER ROLE clerk REPLICATION").await;
    assert_eq!(store.log_refused().await.expect("an answer"), None);
    stack.stop().await;
}
