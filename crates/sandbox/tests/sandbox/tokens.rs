//! What each token promises.

use std::time::{Duration, Instant};

use onsale_payments::{
    IntentStatus, ProviderError,
    webhook::{EventKind, EventObject, WebhookEvent},
};

use crate::support::{Sandbox, confirm, create, pay};

fn intent_of(event: WebhookEvent) -> onsale_payments::PaymentIntent {
    match event.object {
        EventObject::PaymentIntent(intent) => intent,
        other => panic!("not an intent: {other:?}"),
    }
}

fn open_events(state: &serde_json::Value) -> Option<u64> {
    state["events"]["open"].as_u64()
}

#[tokio::test]
async fn visa_pays() {
    let (sandbox, mut office) = Sandbox::with_box_office().await;
    let created = create(&sandbox.provider, "b-1").await;
    assert_eq!(created.status, IntentStatus::RequiresPaymentMethod);
    assert_eq!((created.amount_minor, &*created.currency), (6_400, "eur"));
    let confirmed = confirm(&sandbox.provider, &created, 1, "tok_visa").await.expect("confirmed");
    assert_eq!(confirmed.status, IntentStatus::Processing);
    assert_eq!(confirmed.id, created.id);

    // They leave in this order; a busy machine may let one overtake the other.
    let told = [office.next().await, office.next().await];
    assert!(told.iter().any(|event| event.kind == EventKind::PaymentProcessing));
    let paid = told.into_iter().find(|event| event.kind == EventKind::PaymentSucceeded);
    let told = intent_of(paid.expect("a payment"));
    assert_eq!(told.id, created.id);
    assert_eq!((told.status, told.booking_id()), (IntentStatus::Succeeded, Some("b-1")));
    assert_eq!(sandbox.provider.retrieve_intent(&created.id).await, Ok(told));
}

#[tokio::test]
async fn declined_declines_at_once_and_another_card_may_pay() {
    let (sandbox, mut office) = Sandbox::with_box_office().await;
    let intent = create(&sandbox.provider, "b-1").await;
    let error = confirm(&sandbox.provider, &intent, 1, "tok_declined").await;
    let Err(ProviderError::Declined { code, message }) = error else { panic!("{error:?}") };
    assert_eq!((&*code, &*message), ("card_declined", "Your card was declined."));
    let failed = intent_of(office.next_of(&EventKind::PaymentFailed).await);
    assert_eq!(failed.status, IntentStatus::RequiresPaymentMethod);
    let failure = failed.last_payment_error.expect("a reason");
    assert_eq!(failure.decline_code.as_deref(), Some("generic_decline"));

    confirm(&sandbox.provider, &intent, 2, "tok_visa").await.expect("another card");
    let paid = intent_of(office.next_of(&EventKind::PaymentSucceeded).await);
    assert_eq!((paid.id, paid.last_payment_error), (intent.id, None));
}

#[tokio::test]
async fn fails_later_looks_well_first() {
    let (sandbox, mut office) = Sandbox::with_box_office().await;
    let confirmed = pay(&sandbox.provider, "b-1", "tok_fails_later").await.expect("confirmed");
    assert_eq!(confirmed.status, IntentStatus::Processing);
    let failed = intent_of(office.next_of(&EventKind::PaymentFailed).await);
    assert_eq!(failed.status, IntentStatus::RequiresPaymentMethod);
    assert!(failed.last_payment_error.is_some());
}

#[tokio::test]
async fn slow_is_under_way_and_cannot_be_canceled() {
    let (sandbox, mut office) = Sandbox::with_box_office().await;
    let intent = pay(&sandbox.provider, "b-1", "tok_slow").await.expect("confirmed");
    let error = sandbox.provider.cancel_intent(&intent.id).await.expect_err("under way");
    let ProviderError::Rejected { status: 400, code, .. } = error else { panic!("{error}") };
    assert_eq!(code, "payment_intent_unexpected_state");
    let path = format!("/sandbox/intents/{}/settle", intent.id);
    let settled = sandbox.api.post(&path, None, &[]).await;
    assert_eq!((settled.status, settled.json["status"].as_str()), (200, Some("succeeded")));
    let told = office.next_of(&EventKind::PaymentSucceeded).await;
    assert_eq!(told.intent_id(), Some(&*intent.id));
    let again = sandbox.api.post(&path, None, &[]).await;
    assert_eq!((again.status, again.code()), (400, "payment_intent_unexpected_state"));
}

#[tokio::test]
async fn late_pays_when_it_says() {
    let (sandbox, mut office) = Sandbox::with_box_office().await;
    let asked = Instant::now();
    pay(&sandbox.provider, "b-1", "tok_late_1").await.expect("confirmed");
    office.next_of(&EventKind::PaymentSucceeded).await;
    assert!(asked.elapsed() >= Duration::from_millis(990));
}

#[tokio::test]
async fn duplicated_tells_three_times() {
    let (sandbox, mut office) = Sandbox::with_box_office().await;
    pay(&sandbox.provider, "b-1", "tok_duplicated").await.expect("confirmed");
    let first = office.next_of(&EventKind::PaymentSucceeded).await;
    for _ in 0..2 {
        assert_eq!(office.next_of(&EventKind::PaymentSucceeded).await, first);
    }
    let is_done = |state: &serde_json::Value| open_events(state) == Some(0);
    let state = sandbox.api.state_when("three deliveries", is_done).await;
    assert_eq!(state["events"]["by_state"]["delivered"], 2);
}

#[tokio::test]
async fn reordered_tells_the_end_first() {
    let (sandbox, mut office) = Sandbox::with_box_office().await;
    pay(&sandbox.provider, "b-1", "tok_reordered").await.expect("confirmed");
    assert_eq!(office.next().await.kind, EventKind::PaymentSucceeded);
    let late = office.next().await;
    assert_eq!(late.kind, EventKind::PaymentProcessing);
    assert_eq!(intent_of(late).status, IntentStatus::Processing);
}

#[tokio::test]
async fn lost_pays_and_tells_nobody() {
    let (sandbox, mut office) = Sandbox::with_box_office().await;
    let intent = pay(&sandbox.provider, "b-1", "tok_lost").await.expect("confirmed");
    let is_paid = |state: &serde_json::Value| {
        state["intents"]["by_status"]["succeeded"]["amount_minor"]["eur"] == 6_400
    };
    let state = sandbox.api.state_when("a payment", is_paid).await;
    assert_eq!(state["events"]["by_state"], serde_json::json!({"lost": 2}));
    let found = sandbox.provider.retrieve_intent(&intent.id).await.expect("an intent");
    assert_eq!(found.status, IntentStatus::Succeeded);

    // Only an administrator gets it delivered.
    let events = state["events"]["data"].as_array().expect("events");
    let succeeded = events.iter().find(|it| it["type"] == "payment_intent.succeeded");
    let id = succeeded.and_then(|it| it["id"].as_str()).expect("an id");
    let path = format!("/sandbox/webhooks/{id}/redeliver");
    assert_eq!(sandbox.api.post(&path, None, &[]).await.status, 200);
    assert_eq!(office.next().await.id, id);
}

#[tokio::test]
async fn other_tokens_are_refused() {
    let (sandbox, _office) = Sandbox::with_box_office().await;
    let error = pay(&sandbox.provider, "b-1", "tok_gold").await.expect_err("no such token");
    assert!(matches!(error, ProviderError::Rejected { status: 400, .. }), "{error}");
}
