//! Errors as the wire shows them: `{"error": {"type", "code", "message", …}}`.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use crate::model::{Intent, decline_to_wire};

/// A call that was refused.
#[derive(Debug, Clone, PartialEq)]
pub struct ApiError {
    pub status: StatusCode,
    detail: Value,
}

impl ApiError {
    fn new(status: StatusCode, kind: &str, code: &str, message: &str) -> Self {
        Self { status, detail: json!({"type": kind, "code": code, "message": message}) }
    }

    /// 400: a parameter that is missing, unknown or wrong.
    pub fn parameter(code: &str, name: &str, message: &str) -> Self {
        let mut error = Self::new(StatusCode::BAD_REQUEST, "invalid_request_error", code, message);
        error.detail["param"] = json!(name);
        error
    }

    /// 400: the intent is in a state in which this cannot be done.
    pub fn unexpected_state(intent: &Intent, wish: &str) -> Self {
        let status = intent.status.as_str();
        let mut error = Self::new(
            StatusCode::BAD_REQUEST,
            "invalid_request_error",
            "payment_intent_unexpected_state",
            &format!("You cannot {wish} this PaymentIntent because it has a status of {status}."),
        );
        error.detail["payment_intent"] = intent.to_wire();
        error
    }

    /// 402: the payment method was declined; `intent` is how it stands after that.
    pub fn declined(intent: &Intent) -> Self {
        let mut detail = decline_to_wire();
        detail["payment_intent"] = intent.to_wire();
        Self { status: StatusCode::PAYMENT_REQUIRED, detail }
    }

    /// 404: nothing has this id.
    pub fn missing(kind: &str, id: &str) -> Self {
        let message = format!("No such {kind}: '{id}'");
        Self::new(StatusCode::NOT_FOUND, "invalid_request_error", "resource_missing", &message)
    }

    /// 400: the key was used for another call.
    pub fn key_reused() -> Self {
        let message = "Keys for idempotent requests can only be used with the same parameters \
                       they were first used with.";
        Self::new(StatusCode::BAD_REQUEST, "idempotency_error", "idempotency_key_reused", message)
    }

    /// 401: no key, or a wrong one.
    pub fn unauthorized() -> Self {
        let message = "Invalid API Key provided";
        Self::new(StatusCode::UNAUTHORIZED, "invalid_request_error", "api_key_invalid", message)
    }

    /// 429: a limit of the sandbox is reached.
    pub fn limited(message: &str) -> Self {
        let status = StatusCode::TOO_MANY_REQUESTS;
        Self::new(status, "invalid_request_error", "rate_limit", message)
    }

    /// 503: told to be unavailable.
    pub fn unavailable() -> Self {
        let message = "The sandbox was told to be unavailable";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "api_error", "unavailable", message)
    }

    /// 500: nothing was changed, because it could not be written down.
    pub fn unwritten() -> Self {
        let message = "The journal cannot be written";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "api_error", "journal", message)
    }

    /// Any status, for requests that HTTP itself finds wrong.
    pub fn http(status: StatusCode, message: &str) -> Self {
        Self::new(status, "invalid_request_error", "request_invalid", message)
    }

    /// Whether the same idempotency key must get this answer again. Overload and failures of our
    /// own pass; what the ledger decided stays.
    pub fn is_decided(&self) -> bool {
        matches!(
            self.status,
            StatusCode::BAD_REQUEST | StatusCode::PAYMENT_REQUIRED | StatusCode::NOT_FOUND
        )
    }

    /// The body of the answer.
    pub fn to_wire(&self) -> Value {
        json!({"error": self.detail})
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        (self.status, Json(self.to_wire())).into_response()
    }
}
