//! `/v1/refunds`

use axum::{
    Json,
    body::Bytes,
    extract::{OriginalUri, Path, State, rejection::BytesRejection},
    http::HeaderMap,
    response::Response,
};
use serde_json::Value;

use super::{App, Write, intents::amount};
use crate::{error::ApiError, model::Refund, rules::Command};

const REASONS: [&str; 3] = ["duplicate", "fraudulent", "requested_by_customer"];

pub async fn create(
    State(app): State<App>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, ApiError> {
    Write { path: uri.path().to_owned(), headers, body }.run(&app, |form| {
        let reason = form.text("reason");
        if reason.as_deref().is_some_and(|reason| !REASONS.contains(&reason)) {
            let message = format!("One of {}", REASONS.join(", "));
            return Err(ApiError::parameter("parameter_invalid", "reason", &message));
        }
        Ok(Command::Refund {
            intent_id: form.required("payment_intent")?,
            amount_minor: amount(form)?,
            reason,
            metadata: form.metadata()?,
        })
    })
}

pub async fn retrieve(
    State(app): State<App>,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    app.ledger
        .read(|books, _| books.refunds.get(&id).map(Refund::to_wire))
        .map(Json)
        .ok_or_else(|| ApiError::missing("refund", &id))
}
