//! The real program, killed and started again.

use std::{path::Path, process::Stdio};

use onsale_payments::{IntentStatus, NewRefund, PaymentProvider, RefundStatus, webhook::EventKind};
use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
};

use crate::support::{API_KEY, Api, BoxOffice, WEBHOOK_SECRET, client, confirm, create, pay, soon};

/// A sandbox as a process of its own.
struct Process {
    child: Child,
    provider: PaymentProvider,
    api: Api,
}

impl Process {
    async fn start(journal: &Path, office: &BoxOffice) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_onsale-sandbox"))
            .env_clear()
            .env("SANDBOX_ADDR", "127.0.0.1:0")
            .env("SANDBOX_API_KEY", API_KEY)
            .env("SANDBOX_WEBHOOK_SECRET", WEBHOOK_SECRET)
            .env("SANDBOX_WEBHOOK_URL", office.webhook_url.as_str())
            .env("SANDBOX_JOURNAL", journal)
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("a process");
        let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let address = soon("an address", async {
            loop {
                let line = lines.next_line().await.expect("a line").expect("not the end");
                let line: Value = serde_json::from_str(&line).expect("JSON");
                if line["message"] == "listening" {
                    return line["address"].as_str().expect("an address").to_owned();
                }
            }
        })
        .await;
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        let base_url = format!("http://{address}");
        Self { child, provider: client(&base_url), api: Api::new(&base_url) }
    }

    async fn kill(mut self) {
        soon("the end", self.child.kill()).await.expect("killed");
    }
}

#[tokio::test]
async fn a_killed_sandbox_forgets_no_money_and_tells_what_it_owes() {
    let folder = tempfile::tempdir().expect("a folder");
    let journal = folder.path().join("journal");
    let mut office = BoxOffice::open().await;

    let sandbox = Process::start(&journal, &office).await;
    let refunded = pay(&sandbox.provider, "b-1", "tok_visa").await.expect("confirmed");
    office.next_of(&EventKind::PaymentSucceeded).await;
    let new_refund =
        NewRefund { intent_id: &refunded.id, amount_minor: None, idempotency_key: "b-1-refund" };
    let refund = sandbox.provider.refund(&new_refund).await.expect("a refund");
    let canceled = create(&sandbox.provider, "b-2").await;
    office.statuses.lock().expect("statuses").extend([500; 1_000]);
    sandbox.provider.cancel_intent(&canceled.id).await.expect("canceled");
    let refused = office.next_of(&EventKind::PaymentCanceled).await;
    let late = pay(&sandbox.provider, "b-3", "tok_late_2").await.expect("confirmed");
    let declined = create(&sandbox.provider, "b-4").await;
    let first = confirm(&sandbox.provider, &declined, 1, "tok_declined").await;
    sandbox.kill().await;
    office.statuses.lock().expect("statuses").clear();
    office.forget();

    let sandbox = Process::start(&journal, &office).await;
    let again = confirm(&sandbox.provider, &declined, 1, "tok_declined").await;
    assert_eq!(again, first, "answers are remembered");
    assert_eq!(create(&sandbox.provider, "b-3").await.id, late.id);
    let repeated = sandbox.provider.refund(&new_refund).await.expect("the same refund");
    assert_eq!(repeated.id, refund.id);

    let (mut told_canceled, mut told_paid, mut told_refunded) = (false, false, false);
    while !(told_canceled && told_paid && told_refunded) {
        let event = office.next().await;
        told_canceled |= event.id == refused.id;
        told_paid |=
            event.kind == EventKind::PaymentSucceeded && event.intent_id() == Some(&*late.id);
        told_refunded |= event.kind == EventKind::RefundUpdated;
    }
    let late = sandbox.provider.retrieve_intent(&late.id).await.expect("an intent");
    assert_eq!(late.status, IntentStatus::Succeeded);
    let refund = sandbox.provider.retrieve_refund(&refund.id).await.expect("a refund");
    assert_eq!(refund.status, RefundStatus::Succeeded);
    let is_done = |state: &Value| state["events"]["open"] == 0;
    let state = sandbox.api.state_when("all deliveries", is_done).await;
    assert_eq!(state["intents"]["count"], 4);
    assert_eq!(state["intents"]["by_status"]["succeeded"]["amount_minor"]["eur"], 12_800);
}

#[tokio::test]
async fn it_ends_in_order_when_asked() {
    let folder = tempfile::tempdir().expect("a folder");
    let office = BoxOffice::open().await;
    let mut sandbox = Process::start(&folder.path().join("journal"), &office).await;
    create(&sandbox.provider, "b-1").await;
    let id = sandbox.child.id().expect("a process id").to_string();
    let sent = Command::new("kill").arg(id).status().await.expect("sent");
    assert!(sent.success());
    assert!(soon("the end", sandbox.child.wait()).await.expect("ended").success());
}

#[tokio::test]
async fn a_setting_that_is_missing_is_named() {
    let output = Command::new(env!("CARGO_BIN_EXE_onsale-sandbox")).env_clear().output();
    let output = soon("the end", output).await.expect("ended");
    assert!(!output.status.success());
    let log = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(log.contains("SANDBOX_WEBHOOK_URL is not set"), "{log}");
}
