//! Faults on demand, and box offices that are down.

use std::time::{Duration, Instant};

use onsale_payments::{
    IntentStatus, NewIntent, PaymentProvider, ProviderSettings, webhook::EventKind,
};
use serde_json::{Value, json};

use crate::support::{API_KEY, Sandbox, create, pay, secret};

async fn set(sandbox: &Sandbox, faults: Value) {
    let answer = sandbox.api.post_json("/sandbox/faults", &faults).await;
    assert_eq!(answer.status, 200, "{}", answer.json);
}

#[tokio::test]
async fn unavailable_means_retry_later() {
    let (sandbox, _office) = Sandbox::with_box_office().await;
    set(&sandbox, json!({"unavailable": true})).await;
    let error = sandbox.provider.retrieve_intent("pi_1").await.expect_err("unavailable");
    assert!(error.is_retryable(), "{error}");
    set(&sandbox, json!({})).await;
    create(&sandbox.provider, "b-1").await;
}

#[tokio::test]
async fn an_answer_that_comes_too_late_has_taken_effect_once() {
    let (sandbox, _office) = Sandbox::with_box_office().await;
    set(&sandbox, json!({"answer_delay_ms": 60_000})).await;
    let hasty = PaymentProvider::new(&ProviderSettings {
        total_timeout: Duration::from_millis(500),
        ..ProviderSettings::new(&sandbox.api.base_url, secret(API_KEY))
    });
    let intent = NewIntent { booking_id: "b-1", amount_minor: 6_400, currency: "EUR" };
    let error = hasty.expect("a client").create_intent(&intent).await.expect_err("too late");
    assert!(error.is_retryable(), "{error}");
    set(&sandbox, json!({})).await;
    create(&sandbox.provider, "b-1").await;
    assert_eq!(sandbox.api.get("/sandbox/state").await.json["intents"]["count"], 1);
}

#[tokio::test]
async fn webhooks_are_dropped_and_doubled() {
    let (sandbox, mut office) = Sandbox::with_box_office().await;
    set(&sandbox, json!({"drop_every": 2})).await;
    let intent = pay(&sandbox.provider, "b-1", "tok_visa").await.expect("confirmed");
    let is_lost = |state: &Value| state["events"]["by_state"]["lost"] == 1;
    sandbox.api.state_when("a lost webhook", is_lost).await;
    assert_eq!(office.next().await.kind, EventKind::PaymentProcessing);
    let found = sandbox.provider.retrieve_intent(&intent.id).await.expect("an intent");
    assert_eq!(found.status, IntentStatus::Succeeded);

    set(&sandbox, json!({"duplicate_every": 2})).await;
    pay(&sandbox.provider, "b-2", "tok_visa").await.expect("confirmed");
    let first = office.next_of(&EventKind::PaymentSucceeded).await;
    assert_eq!(office.next_of(&EventKind::PaymentSucceeded).await, first);
}

#[tokio::test]
async fn a_dropped_end_does_not_hold_back_what_waits_for_it() {
    let (sandbox, mut office) = Sandbox::with_box_office().await;
    set(&sandbox, json!({"drop_every": 1})).await;
    let intent = pay(&sandbox.provider, "b-1", "tok_reordered").await.expect("confirmed");
    let is_lost = |state: &Value| state["events"]["by_state"] == json!({"lost": 2});
    sandbox.api.state_when("two lost webhooks", is_lost).await;
    set(&sandbox, json!({})).await;
    pay(&sandbox.provider, "b-2", "tok_visa").await.expect("confirmed");
    assert_ne!(office.next().await.intent_id(), Some(&*intent.id));
}

#[tokio::test]
async fn webhooks_are_delayed() {
    let (sandbox, mut office) = Sandbox::with_box_office().await;
    set(&sandbox, json!({"delay_ms": 700})).await;
    let asked = Instant::now();
    pay(&sandbox.provider, "b-1", "tok_late_0").await.expect("confirmed");
    office.next_of(&EventKind::PaymentSucceeded).await;
    assert!(asked.elapsed() >= Duration::from_millis(690));
}

#[tokio::test]
async fn a_refused_webhook_comes_again() {
    let (sandbox, mut office) = Sandbox::with_box_office().await;
    office.statuses.lock().expect("statuses").extend([500, 302]);
    let intent = create(&sandbox.provider, "b-1").await;
    let asked = Instant::now();
    sandbox.provider.cancel_intent(&intent.id).await.expect("canceled");
    let first = office.next().await;
    for _ in 0..2 {
        assert_eq!(office.next().await, first);
    }
    assert!(asked.elapsed() >= Duration::from_millis(2_990), "1 s and 2 s apart");
    let is_done = |state: &Value| state["events"]["by_state"] == json!({"delivered": 1});
    sandbox.api.state_when("a delivery", is_done).await;
}

#[tokio::test]
async fn faults_that_are_none_are_refused() {
    let (sandbox, _office) = Sandbox::with_box_office().await;
    for (faults, status) in [
        (json!({"delay_ms": 3_600_001}), 400),
        (json!({"answer_delay_ms": 60_001}), 400),
        (json!({"drop_evry": 1}), 422),
        (json!({"drop_every": -1}), 422),
    ] {
        let answer = sandbox.api.post_json("/sandbox/faults", &faults).await;
        assert_eq!(answer.status, status, "{faults}");
    }
}
