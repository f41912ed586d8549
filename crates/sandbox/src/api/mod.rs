//! The HTTP edge: who may call, how much at once, and which call is which.

mod admin;
mod intents;
mod refunds;

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Request, State, rejection::BytesRejection},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use onsale_ops::clock::unix_millis;
use onsale_payments::Secret;
use subtle::ConstantTimeEq as _;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::{
    error::ApiError,
    form::Form,
    ledger::{Key, Ledger, Reply},
    limits::{MAX_BODY_BYTES, MAX_KEY_CHARACTERS, MAX_REQUESTS},
    model::new_id,
    rules::Command,
};

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const IDEMPOTENT_REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
const REQUEST_ID: HeaderName = HeaderName::from_static("request-id");

/// What every handler may use.
#[derive(Clone)]
pub struct App {
    ledger: Arc<Ledger>,
    api_key: Secret,
    slots: Arc<Semaphore>,
    stop: CancellationToken,
}

/// All routes.
pub fn router(ledger: Arc<Ledger>, api_key: Secret, stop: CancellationToken) -> Router {
    let slots = Arc::new(Semaphore::new(MAX_REQUESTS));
    let app = App { ledger, api_key, slots, stop };
    let provider = Router::new()
        .route("/v1/payment_intents", post(intents::create).get(intents::list))
        .route("/v1/payment_intents/{id}", get(intents::retrieve))
        .route("/v1/payment_intents/{id}/confirm", post(intents::confirm))
        .route("/v1/payment_intents/{id}/cancel", post(intents::cancel))
        .route("/v1/refunds", post(refunds::create).get(refunds::list))
        .route("/v1/refunds/{id}", get(refunds::retrieve))
        .route_layer(from_fn_with_state(app.clone(), faulty));
    let admin = Router::new()
        .route("/sandbox/faults", post(admin::set_faults))
        .route("/sandbox/state", get(admin::state))
        .route("/sandbox/intents/{id}/settle", post(admin::settle))
        .route("/sandbox/refunds/{id}/fail", post(admin::fail_refund))
        .route("/sandbox/webhooks/{event_id}/redeliver", post(admin::redeliver));
    provider
        .merge(admin)
        .fallback(async || ApiError::http(StatusCode::NOT_FOUND, "Unrecognized request URL"))
        .method_not_allowed_fallback(async || {
            ApiError::http(StatusCode::METHOD_NOT_ALLOWED, "Unrecognized request method")
        })
        .layer(from_fn_with_state(app.clone(), guard))
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(ready))
        .with_state(app)
}

async fn ready(State(app): State<App>) -> (StatusCode, &'static str) {
    if app.stop.is_cancelled() {
        (StatusCode::SERVICE_UNAVAILABLE, "stopping\n")
    } else if !app.ledger.is_usable() {
        (StatusCode::SERVICE_UNAVAILABLE, "the journal cannot be written\n")
    } else {
        (StatusCode::OK, "ready\n")
    }
}

/// Lets in who has the key, as many as there are slots, and names every answer.
async fn guard(State(app): State<App>, request: Request, next: Next) -> Response {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let mut response = match app.slots.try_acquire() {
        Err(_) => ApiError::limited("Too many requests at once").into_response(),
        Ok(_) if !is_authorized(request.headers(), &app.api_key) => {
            ApiError::unauthorized().into_response()
        }
        Ok(_slot) => next.run(request).await,
    };
    let id = new_id("req");
    tracing::debug!(%method, path, status = response.status().as_u16(), id, "answered");
    if let Ok(id) = HeaderValue::try_from(id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

fn is_authorized(headers: &HeaderMap, api_key: &Secret) -> bool {
    let sent = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.as_bytes().strip_prefix(b"Bearer "));
    sent.is_some_and(|sent| sent.ct_eq(api_key.expose().as_bytes()).into())
}

/// Applies the faults that concern the API: unavailable before, late after.
async fn faulty(State(app): State<App>, request: Request, next: Next) -> Response {
    let faults = app.ledger.read(|_, faults| faults.settings);
    if faults.unavailable {
        return ApiError::unavailable().into_response();
    }
    let response = next.run(request).await;
    if faults.answer_delay_ms > 0 {
        let delay = Duration::from_millis(faults.answer_delay_ms);
        tokio::select! {
            () = app.stop.cancelled() => {}
            () = tokio::time::sleep(delay) => {}
        }
    }
    response
}

/// A form-encoded call that changes something.
struct Write {
    path: String,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
}

impl Write {
    /// Reads the command out of the form and carries it out under the caller's key.
    fn run(
        self,
        app: &App,
        read: impl FnOnce(&mut Form) -> Result<Command, ApiError>,
    ) -> Result<Response, ApiError> {
        let body = self.body.map_err(|error| ApiError::http(error.status(), &error.body_text()))?;
        let mut form = Form::parse(&body)?;
        let key = idempotency_key(&self.headers)?
            .map(|key| Key { key, fingerprint: form.fingerprint(&self.path) });
        let command = read(&mut form)?;
        form.finish()?;
        app.ledger.execute(&command, key, unix_millis()).map(Reply::into_response)
    }
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, ApiError> {
    let Some(value) = headers.get(IDEMPOTENCY_KEY) else { return Ok(None) };
    match value.to_str() {
        Ok(key) if (1..=MAX_KEY_CHARACTERS).contains(&key.len()) => Ok(Some(key.to_owned())),
        _ => {
            let message = "The idempotency key is empty, too long or not ASCII";
            Err(ApiError::http(StatusCode::BAD_REQUEST, message))
        }
    }
}

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::OK);
        let json = [(header::CONTENT_TYPE, "application/json")];
        let replayed = self.replayed.then_some([(IDEMPOTENT_REPLAYED, "true")]);
        match replayed {
            Some(replayed) => (status, json, replayed, self.body).into_response(),
            None => (status, json, self.body).into_response(),
        }
    }
}
