//! The provider's webhooks: checked, stored, then acknowledged. What they mean is found out later,
//! by the payments worker.

use axum::{
    body::Bytes,
    extract::{Extension, State},
    http::{HeaderMap, StatusCode},
};
use onsale_app::api::{Problem, ProblemCode};
use onsale_messages::{WebhookReceived, encode, webhook_subject};
use onsale_ops::clock::unix_millis;
use onsale_payments::webhook::{self, SIGNATURE_HEADER, WebhookError};
use onsale_store::InboxEntry;

use super::{Shared, problem::ProblemResponse};
use crate::{Edge, middleware::observe::RequestId};

/// The provider's name in the inbox.
const PROVIDER: &str = "stripe";

/// Receives a webhook of the payment provider.
#[utoipa::path(post, path = "/api/webhooks/payments", tag = "webhooks",
    params(("Stripe-Signature" = String, Header, description = "`t=…,v1=…`, HMAC-SHA256 over `{t}.{body}`, at most 300 seconds old")),
    request_body(content = String, description = "An event of the provider", content_type = "application/json"),
    responses((status = 200, description = "Stored, now or before"),
        (status = 400, body = Problem, description = "Forged, stale or unreadable; nothing is stored")))]
pub async fn receive(
    State(edge): Shared,
    Extension(RequestId(request_id)): Extension<RequestId>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode, ProblemResponse> {
    let signature = headers.get(SIGNATURE_HEADER).and_then(|value| value.to_str().ok());
    let secrets = std::slice::from_ref(&edge.webhook_secret);
    let event = webhook::read(signature, &body, secrets, unix_millis() / 1000)
        .map_err(|error| refused(&error))?;
    let entry = InboxEntry {
        provider: PROVIDER.to_owned(),
        event_id: event.id.clone(),
        kind: event.kind.as_str().to_owned(),
        body: body.to_vec(),
        processed: false,
    };
    let (provider, event_id) = (entry.provider.clone(), entry.event_id.clone());
    if edge.office.receive_webhook(entry).await? {
        tell_the_workers(&edge, provider, event_id, &request_id).await;
    }
    Ok(StatusCode::OK)
}

/// The webhook is safe in the inbox; when the workers do not hear of it now, the sweep tells them.
async fn tell_the_workers(edge: &Edge, provider: String, event_id: String, request_id: &str) {
    let subject = webhook_subject(&provider);
    let message_id = event_id.clone();
    let message = WebhookReceived { provider, event_id };
    let Ok(body) = encode(&message) else { return };
    let told = edge.office.bus().publish_work(subject, body, &message_id, Some(request_id)).await;
    if let Err(error) = told {
        tracing::warn!(%error, event_id = message_id, "the webhook waits for the sweep");
    }
}

fn refused(error: &WebhookError) -> Problem {
    metrics::counter!("onsale_webhooks_refused_total").increment(1);
    tracing::warn!(%error, "a webhook was refused");
    let code = match error {
        WebhookError::MalformedBody { .. } => ProblemCode::InvalidRequest,
        _ => ProblemCode::InvalidSignature,
    };
    Problem::new(code, error)
}
