//! A sandbox on a port of its own, and a box office that takes its webhooks.

use std::{
    collections::VecDeque,
    future::Future,
    sync::{Arc, Mutex},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use axum::{Router, body::Bytes, extract::State, http::HeaderMap, http::StatusCode, routing::post};
use onsale_payments::{
    Confirmation, NewIntent, PaymentIntent, PaymentProvider, ProviderError, ProviderSettings,
    Secret, http_client,
    webhook::{self, EventKind, SIGNATURE_HEADER, WebhookEvent},
};
use onsale_sandbox::Config;
use serde_json::Value;
use tokio::{net::TcpListener, sync::mpsc, time::timeout};
use tokio_util::sync::{CancellationToken, DropGuard};
use url::Url;

pub const API_KEY: &str = "sk_test";
pub const WEBHOOK_SECRET: &str = "whsec_test";
/// Far more than anything here takes, even on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

pub fn secret(text: &str) -> Secret {
    Secret::parse(text).expect("a secret")
}

/// Gives up, and says on what, when `wished` takes too long.
pub async fn soon<T>(what: &str, wished: impl Future<Output = T>) -> T {
    timeout(PATIENCE, wished).await.unwrap_or_else(|_| panic!("waited too long for {what}"))
}

/// The statuses to answer the next deliveries with; 200 when there are none.
type Statuses = Arc<Mutex<VecDeque<u16>>>;

/// Takes webhooks and checks their signatures.
pub struct BoxOffice {
    pub webhook_url: Url,
    pub statuses: Statuses,
    deliveries: mpsc::UnboundedReceiver<WebhookEvent>,
}

async fn take(
    State((statuses, deliveries)): State<(Statuses, mpsc::UnboundedSender<WebhookEvent>)>,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    let header = headers.get(SIGNATURE_HEADER).map(|value| value.to_str().expect("ASCII"));
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock").as_secs();
    let now = i64::try_from(now).expect("a time");
    let event = webhook::read(header, &body, &[secret(WEBHOOK_SECRET)], now).expect("signed");
    let status = statuses.lock().expect("statuses").pop_front().unwrap_or(200);
    // A test that has seen enough no longer listens.
    let _ = deliveries.send(event);
    StatusCode::from_u16(status).expect("a status")
}

impl BoxOffice {
    pub async fn open() -> Self {
        let (sender, deliveries) = mpsc::unbounded_channel();
        let statuses = Statuses::default();
        let router =
            Router::new().route("/hook", post(take)).with_state((Arc::clone(&statuses), sender));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(async move { axum::serve(listener, router).await });
        let webhook_url = Url::parse(&format!("http://{address}/hook")).expect("a URL");
        Self { webhook_url, statuses, deliveries }
    }

    /// Passes over what has been delivered so far.
    pub fn forget(&mut self) {
        while self.deliveries.try_recv().is_ok() {}
    }

    /// The next delivery.
    pub async fn next(&mut self) -> WebhookEvent {
        soon("a webhook", self.deliveries.recv()).await.expect("an open channel")
    }

    /// The next delivery of this kind; others are passed over.
    pub async fn next_of(&mut self, kind: &EventKind) -> WebhookEvent {
        loop {
            let event = self.next().await;
            if event.kind == *kind {
                return event;
            }
        }
    }
}

/// A running sandbox and its client.
pub struct Sandbox {
    pub provider: PaymentProvider,
    pub api: Api,
    _stop: DropGuard,
}

impl Sandbox {
    /// A sandbox and the box office it tells.
    pub async fn with_box_office() -> (Self, BoxOffice) {
        let office = BoxOffice::open().await;
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let config = Config {
            address,
            api_key: secret(API_KEY),
            webhook_secret: secret(WEBHOOK_SECRET),
            webhook_url: office.webhook_url.clone(),
            journal: None,
        };
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        tokio::spawn(async move {
            onsale_sandbox::serve(listener, config, stopped).await.expect("served");
        });
        let base_url = format!("http://{address}");
        let sandbox = Self {
            provider: client(&base_url),
            api: Api::new(&base_url),
            _stop: stop.drop_guard(),
        };
        (sandbox, office)
    }
}

pub fn client(base_url: &str) -> PaymentProvider {
    let settings = ProviderSettings::new(base_url, secret(API_KEY));
    PaymentProvider::new(&settings).expect("a client")
}

pub async fn create(provider: &PaymentProvider, booking_id: &str) -> PaymentIntent {
    let intent = NewIntent { booking_id, amount_minor: 6_400, currency: "EUR" };
    provider.create_intent(&intent).await.expect("an intent")
}

pub async fn confirm(
    provider: &PaymentProvider,
    intent: &PaymentIntent,
    attempt: u32,
    token: &str,
) -> Result<PaymentIntent, ProviderError> {
    let booking_id = intent.booking_id().expect("a booking");
    let token = secret(token);
    let confirmation = Confirmation { intent_id: &intent.id, booking_id, attempt, token: &token };
    provider.confirm_intent(&confirmation).await
}

/// Creates an intent and confirms it once.
pub async fn pay(
    provider: &PaymentProvider,
    booking_id: &str,
    token: &str,
) -> Result<PaymentIntent, ProviderError> {
    let intent = create(provider, booking_id).await;
    confirm(provider, &intent, 1, token).await
}

/// An answer as it came.
pub struct Answer {
    pub status: u16,
    pub replayed: bool,
    pub json: Value,
}

impl Answer {
    /// The code of an error.
    pub fn code(&self) -> &str {
        self.json["error"]["code"].as_str().unwrap_or_default()
    }
}

/// The sandbox's API without a client's comfort.
pub struct Api {
    pub http: reqwest::Client,
    pub base_url: String,
}

impl Api {
    pub fn new(base_url: &str) -> Self {
        let url = Url::parse(base_url).expect("a URL");
        let http = http_client::build(&url, PATIENCE, PATIENCE).expect("a client");
        Self { http, base_url: base_url.to_owned() }
    }

    pub async fn get(&self, path: &str) -> Answer {
        let url = format!("{}{path}", self.base_url);
        self.send(self.http.get(url).bearer_auth(API_KEY)).await
    }

    /// Posts a form, under an idempotency key if there is one.
    pub async fn post(&self, path: &str, key: Option<&str>, form: &[(&str, &str)]) -> Answer {
        let url = format!("{}{path}", self.base_url);
        let mut request = self.http.post(url).bearer_auth(API_KEY).form(form);
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        self.send(request).await
    }

    pub async fn post_json(&self, path: &str, body: &Value) -> Answer {
        let url = format!("{}{path}", self.base_url);
        self.send(self.http.post(url).bearer_auth(API_KEY).json(body)).await
    }

    pub async fn send(&self, request: reqwest::RequestBuilder) -> Answer {
        let answer = request.send().await.expect("an answer");
        let status = answer.status().as_u16();
        assert!(answer.headers().contains_key("request-id"));
        let replayed = answer.headers().get("idempotent-replayed");
        let replayed = replayed.is_some_and(|value| value == "true");
        Answer { status, replayed, json: answer.json().await.expect("JSON") }
    }

    /// Asks for the state until it is as wished.
    pub async fn state_when(&self, what: &str, wished: impl Fn(&Value) -> bool) -> Value {
        soon(what, async {
            loop {
                let state = self.get("/sandbox/state").await.json;
                if wished(&state) {
                    return state;
                }
            }
        })
        .await
    }
}
