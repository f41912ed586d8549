//! Stopping as operators do.

#![allow(clippy::expect_used, missing_docs)]

use std::time::Duration;

use onsale_testkit::{Stack, StackOptions, eventually};

/// What is in hand may take 20 s, and NATS some more.
const STOPPED: Duration = Duration::from_secs(40);

#[tokio::test]
async fn processes_stop_when_they_are_asked_to_although_nats_is_gone() {
    let mut stack = Stack::start(StackOptions::default()).await;
    stack.nats.kill();
    stack.servers[0].ask_to_stop();
    stack.workers[0].ask_to_stop();
    let processes = [&mut stack.servers[0], &mut stack.workers[0]];
    for process in processes {
        eventually("a process to stop", STOPPED, || {
            std::future::ready(process.has_ended().then_some(()))
        })
        .await;
    }
    stack.stop().await;
}
