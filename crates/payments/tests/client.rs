//! The client against a provider of a few lines: what it sends, when it sends again, what it
//! makes of answers.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, Uri},
};
use onsale_payments::{
    Confirmation, IntentQuery, IntentStatus, NewIntent, NewRefund, PaymentProvider, ProviderError,
    ProviderSettings, RefundStatus, Secret, SetupError,
};
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// What the provider was sent.
#[derive(Debug, Clone)]
struct Request {
    target: String,
    headers: BTreeMap<String, String>,
    form: BTreeMap<String, String>,
}

/// Answers the queued statuses and bodies one after the other, then the last one for ever.
#[derive(Default)]
struct Script {
    answers: Vec<(u16, Vec<u8>)>,
    requests: Vec<Request>,
}

type Shared = Arc<Mutex<Script>>;

async fn answer(
    State(script): State<Shared>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, Vec<u8>) {
    let mut script = script.lock().expect("the script");
    let text = |value: &axum::http::HeaderValue| value.to_str().expect("ASCII").to_owned();
    script.requests.push(Request {
        target: uri.to_string(),
        headers: headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect(),
        form: url::form_urlencoded::parse(&body).into_owned().collect(),
    });
    let at = script.requests.len().min(script.answers.len()) - 1;
    let (status, body) = script.answers[at].clone();
    (StatusCode::from_u16(status).expect("a status"), body)
}

async fn provider(answers: Vec<(u16, Value)>) -> (PaymentProvider, Shared) {
    provider_of_bytes(
        answers.into_iter().map(|(status, body)| (status, body.to_string().into())).collect(),
    )
    .await
}

async fn provider_of_bytes(answers: Vec<(u16, Vec<u8>)>) -> (PaymentProvider, Shared) {
    let script = Shared::new(Mutex::new(Script { answers, requests: Vec::new() }));
    let router = Router::new().fallback(answer).with_state(Arc::clone(&script));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, router).await });
    (client(&format!("http://{address}/base/")), script)
}

fn client(base_url: &str) -> PaymentProvider {
    let key = Secret::parse("sk_hidden").expect("a key");
    let settings = ProviderSettings {
        total_timeout: Duration::from_secs(3),
        ..ProviderSettings::new(base_url, key)
    };
    PaymentProvider::new(&settings).expect("a client")
}

fn intent(status: &str) -> Value {
    json!({"id": "pi_1", "object": "payment_intent", "amount": 6400, "currency": "eur",
        "created": 1_795_000_000, "status": status, "metadata": {"booking_id": "b-1"},
        "last_payment_error": null})
}

fn new_intent() -> NewIntent<'static> {
    NewIntent { booking_id: "b-1", amount_minor: 6400, currency: "EUR" }
}

fn requests(script: &Shared) -> Vec<Request> {
    script.lock().expect("the script").requests.clone()
}

#[tokio::test]
async fn writes_are_forms_under_a_key() {
    let (provider, script) = provider(vec![(200, intent("requires_payment_method"))]).await;
    let created = provider.create_intent(&new_intent()).await.expect("created");
    assert_eq!(created.status, IntentStatus::RequiresPaymentMethod);
    assert_eq!((created.amount_minor, created.booking_id()), (6400, Some("b-1")));
    let token = Secret::parse("tok_visa").expect("a token");
    let confirmation =
        Confirmation { intent_id: "pi_1", booking_id: "b-1", attempt: 2, token: &token };
    provider.confirm_intent(&confirmation).await.expect("confirmed");
    provider.cancel_intent("pi_1").await.expect("canceled");
    provider.cancel_intent("pi_1").await.expect("canceled");

    let sent = requests(&script);
    assert_eq!(sent[0].target, "/base/v1/payment_intents");
    assert_eq!(sent[0].headers["authorization"], "Bearer sk_hidden");
    assert_eq!(sent[0].headers["idempotency-key"], "b-1");
    assert_eq!(sent[0].headers["content-type"], "application/x-www-form-urlencoded");
    let form = [("amount", "6400"), ("currency", "eur"), ("metadata[booking_id]", "b-1")];
    assert_eq!(sent[0].form, form.map(|(name, value)| (name.into(), value.into())).into());
    assert_eq!(sent[1].target, "/base/v1/payment_intents/pi_1/confirm");
    assert_eq!(sent[1].headers["idempotency-key"], "b-1-2");
    assert_eq!(sent[1].form["payment_method"], "tok_visa");
    assert_eq!(sent[2].target, "/base/v1/payment_intents/pi_1/cancel");
    assert_ne!(sent[2].headers["idempotency-key"], sent[3].headers["idempotency-key"]);
}

#[tokio::test]
async fn reads_and_refunds_are_sent_where_they_belong() {
    let page = json!({"object": "list", "data": [intent("succeeded")], "has_more": true});
    let refund = json!({"id": "re_1", "object": "refund", "amount": 64, "currency": "eur",
        "created": 1, "status": "pending", "payment_intent": "pi_1"});
    let answers = vec![(200, page), (200, refund.clone()), (200, refund)];
    let (provider, script) = provider(answers).await;
    let query = IntentQuery {
        limit: Some(100),
        created_since_seconds: Some(7),
        starting_after: Some("pi_0"),
    };
    let page = provider.list_intents(&query).await.expect("a page");
    assert!(page.has_more && page.data.len() == 1);
    let refund =
        NewRefund { intent_id: "pi_1", amount_minor: Some(64), idempotency_key: "b-1-refund" };
    let refund = provider.refund(&refund).await.expect("a refund");
    assert_eq!(refund.status, RefundStatus::Pending);
    provider.retrieve_refund(&refund.id).await.expect("a refund");

    let sent = requests(&script);
    let query = "limit=100&created%5Bgte%5D=7&starting_after=pi_0";
    assert_eq!(sent[0].target, format!("/base/v1/payment_intents?{query}"));
    assert!(!sent[0].headers.contains_key("idempotency-key"));
    assert_eq!(sent[1].headers["idempotency-key"], "b-1-refund");
    assert_eq!((&*sent[1].form["payment_intent"], &*sent[1].form["amount"]), ("pi_1", "64"));
    assert_eq!(sent[2].target, "/base/v1/refunds/re_1");
}

#[tokio::test]
async fn it_is_sent_again_under_the_same_key() {
    let answers =
        vec![(503, json!({})), (429, json!({})), (200, intent("requires_payment_method"))];
    let (provider, script) = provider(answers).await;
    provider.cancel_intent("pi_1").await.expect("the third time");
    let keys: Vec<_> =
        requests(&script).iter().map(|sent| sent.headers["idempotency-key"].clone()).collect();
    assert_eq!(keys.len(), 3);
    assert!(keys.iter().all(|key| *key == keys[0]));
}

#[tokio::test]
async fn it_gives_up_after_two_retries() {
    let (provider, script) = provider(vec![(500, json!({}))]).await;
    let error = provider.create_intent(&new_intent()).await.expect_err("never");
    assert!(error.is_retryable(), "{error}");
    assert_eq!(requests(&script).len(), 3);
}

#[tokio::test]
async fn what_is_settled_is_not_sent_again() {
    let declined = json!({"error": {"type": "card_error", "code": "card_declined",
        "decline_code": "generic_decline", "message": "Your card was declined."}});
    let (provider, script) = provider(vec![(402, declined)]).await;
    let error = provider.retrieve_intent("pi_1").await.expect_err("declined");
    let expected = ProviderError::Declined {
        code: "card_declined".into(),
        message: "Your card was declined.".into(),
    };
    assert_eq!(error, expected);
    assert_eq!(requests(&script).len(), 1);
}

#[tokio::test]
async fn answers_that_are_none_are_named() {
    for body in [b"<html>".to_vec(), b"{}".to_vec(), vec![b' '; 5 * 1024 * 1024]] {
        let (provider, script) = provider_of_bytes(vec![(200, body)]).await;
        let error = provider.retrieve_intent("pi_1").await.expect_err("no intent");
        assert!(matches!(error, ProviderError::Malformed { .. }), "{error}");
        assert_eq!(requests(&script).len(), 1);
    }
}

#[tokio::test]
async fn ids_cannot_lead_elsewhere() {
    let (provider, script) = provider(vec![(200, intent("succeeded"))]).await;
    for id in ["", "..", "pi_1/../../refunds", "pi_1?expand=x", "pi_1%2f"] {
        let error = provider.retrieve_intent(id).await.expect_err("no id");
        assert!(matches!(error, ProviderError::Malformed { .. }), "{id}: {error}");
    }
    assert!(requests(&script).is_empty());
}

#[tokio::test]
async fn a_closed_port_and_a_silent_one_are_unavailable() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let started = Instant::now();
    // Connections are accepted by the system and never answered.
    let silent = client(&format!("http://{address}")).retrieve_intent("pi_1").await;
    assert!(silent.expect_err("silence").is_retryable());
    assert!(started.elapsed() < Duration::from_secs(6), "retries included, 3 seconds at most");
    drop(listener);
    let closed = client(&format!("http://{address}")).retrieve_intent("pi_1").await;
    assert!(closed.expect_err("a closed port").is_retryable());
}

#[test]
fn settings_that_cannot_be_used_are_named_and_keys_are_never_shown() {
    let key = |text: &str| Secret::parse(text).expect("a key");
    let with = |url: &str, key| PaymentProvider::new(&ProviderSettings::new(url, key));
    assert!(matches!(with("payments", key("sk")), Err(SetupError::BaseUrl)));
    assert!(matches!(with("mailto:me@example.org", key("sk")), Err(SetupError::BaseUrl)));
    assert!(matches!(with("http://127.0.0.1", key("s\nk")), Err(SetupError::ApiKey)));
    let settings = ProviderSettings::new("http://127.0.0.1", key("sk_hidden"));
    let provider = PaymentProvider::new(&settings).expect("a client");
    assert!(!format!("{settings:?} {provider:?}").contains("hidden"));
}
