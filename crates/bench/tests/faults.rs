//! A sale in which everything is killed, in turn and together: the ledger is clean after each
//! fault, and in the end every fan's belief is what the ledger says. `cargo xtask bench faults`
//! does the same a million times.

#![allow(clippy::expect_used, missing_docs)]

use std::time::Duration;

use onsale_bench::faults::{Plan, run};
use onsale_testkit::Fault;

#[tokio::test(flavor = "current_thread")]
async fn a_sale_survives_every_fault_in_turn_and_together() {
    // As many attempts as come while the faults happen.
    let plan = Plan {
        attempts: 1,
        clients: 24,
        events: 6,
        seats: 900,
        pause: Duration::from_millis(1_500),
    };
    let report = run(None, plan).await.expect("the sale runs");
    assert!(report.violations.is_empty(), "{:#?}", report.violations);
    assert_eq!(report.faults, Fault::ALL, "every fault was had");
    assert!(report.holds > 100 && report.confirmed > 10, "something was sold: {report:?}");
    assert!(report.repeats > 0, "the faults were noticed: {report:?}");
}
