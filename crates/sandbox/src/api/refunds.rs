//! `/v1/refunds`

use axum::{
    Json,
    body::Bytes,
    extract::{OriginalUri, Path, RawQuery, State, rejection::BytesRejection},
    http::HeaderMap,
    response::Response,
};
use serde_json::{Value, json};

use super::{
    App, Write,
    intents::{amount, page_limit},
};
use crate::{error::ApiError, form::Form, model::Refund, rules::Command};

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

/// The newest refunds, of one intent if it is named.
pub async fn list(
    State(app): State<App>,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, ApiError> {
    let mut form = Form::parse(query.unwrap_or_default().as_bytes())?;
    let limit = page_limit(&mut form)?;
    let intent_id = form.text("payment_intent");
    form.finish()?;
    Ok(Json(app.ledger.read(|books, _| {
        let mut found = books.refunds.all().iter().rev().filter(|refund| {
            intent_id.as_ref().is_none_or(|intent_id| refund.intent_id == *intent_id)
        });
        let data: Vec<_> = found.by_ref().take(limit).map(Refund::to_wire).collect();
        let has_more = found.next().is_some();
        json!({"object": "list", "data": data, "has_more": has_more, "url": "/v1/refunds"})
    })))
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
