//! Reading requests. What cannot be read is answered with a problem that names the field.

use std::str::FromStr;

use axum::{
    RequestExt,
    extract::{FromRequest, FromRequestParts, Path, Request},
    http::{HeaderMap, header, request::Parts},
};
use bytes::Bytes;
use onsale_app::{
    api::{Problem, ProblemCode},
    backend::{BookingAccess, Viewer},
};
use serde::de::DeserializeOwned;

use super::problem::ProblemResponse;

/// A JSON body.
pub struct ApiJson<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for ApiJson<T> {
    type Rejection = ProblemResponse;

    async fn from_request(request: Request, _state: &S) -> Result<Self, ProblemResponse> {
        let is_json = request.headers().get(header::CONTENT_TYPE).is_some_and(|kind| {
            let kind = kind.to_str().unwrap_or_default().to_ascii_lowercase();
            kind.split(';').next().is_some_and(|kind| kind.trim() == "application/json")
        });
        if !is_json {
            let detail = "Send JSON, with Content-Type: application/json.";
            return Err(Problem::new(ProblemCode::UnsupportedMediaType, detail).into());
        }
        let bytes = body_of(request).await?;
        let mut reader = serde_json::Deserializer::from_slice(&bytes);
        serde_path_to_error::deserialize(&mut reader).map(Self).map_err(|error| {
            let path = error.path().to_string();
            let reason = error.inner();
            let problem = Problem::new(ProblemCode::InvalidRequest, format!("{path}: {reason}"));
            if path == "." { problem } else { problem.at(path) }.into()
        })
    }
}

async fn body_of(request: Request) -> Result<Bytes, Problem> {
    request.extract().await.map_err(|_| {
        let limit = onsale_domain::limits::MAX_REQUEST_BODY_BYTES / 1024;
        let detail = format!("A request has at most {limit} KiB.");
        Problem::new(ProblemCode::BodyTooLarge, detail)
    })
}

fn read_pairs<T: DeserializeOwned>(text: &[u8]) -> Result<T, ProblemResponse> {
    let reader = serde_urlencoded::Deserializer::new(form_urlencoded::parse(text));
    serde_path_to_error::deserialize(reader).map_err(|error| {
        let path = error.path().to_string();
        let detail = format!("{path}: {}", error.inner());
        Problem::new(ProblemCode::InvalidRequest, detail).at(path).into()
    })
}

/// A form, as browsers send it without a script.
pub struct ApiForm<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for ApiForm<T> {
    type Rejection = ProblemResponse;

    async fn from_request(request: Request, _state: &S) -> Result<Self, ProblemResponse> {
        read_pairs(&body_of(request).await?).map(Self)
    }
}

/// The query string. Fields without a value count as absent, so that plain forms work.
pub struct ApiQuery<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for ApiQuery<T> {
    type Rejection = ProblemResponse;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, ProblemResponse> {
        let query = parts.uri.query().unwrap_or_default();
        let given: Vec<&str> =
            query.split('&').filter(|pair| pair.contains('=') && !pair.ends_with('=')).collect();
        read_pairs(given.join("&").as_bytes()).map(Self)
    }
}

/// An id in the path. A text that is no such id names nothing, so it is "not found".
pub struct ApiPath<T>(pub T);

impl<T, S> FromRequestParts<S> for ApiPath<T>
where
    T: FromStr<Err: std::fmt::Display> + Send,
    S: Send + Sync,
{
    type Rejection = ProblemResponse;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ProblemResponse> {
        let not_found = |detail: String| Problem::new(ProblemCode::NotFound, detail);
        let Path(text) = Path::<String>::from_request_parts(parts, state)
            .await
            .map_err(|error| not_found(error.body_text()))?;
        text.parse().map(Self).map_err(|error: T::Err| not_found(error.to_string()).into())
    }
}

/// By what right a booking is asked for: the key of its link, or the cookie of its owner.
pub struct Access(pub BookingAccess);

impl<S: Send + Sync> FromRequestParts<S> for Access {
    type Rejection = ProblemResponse;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, ProblemResponse> {
        let query = parts.uri.query().unwrap_or_default();
        let key = query.split('&').find_map(|pair| pair.strip_prefix("key="));
        if let Some(key) = key {
            return Ok(Self(BookingAccess::Secret(key.to_owned())));
        }
        match parts.extensions.get::<Viewer>() {
            Some(viewer) => Ok(Self(BookingAccess::Owner(viewer.user))),
            None => {
                let detail = "We know no such booking of yours.";
                Err(Problem::new(ProblemCode::BookingNotFound, detail).into())
            }
        }
    }
}

/// The `Idempotency-Key` of a write.
pub fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    match value.to_str() {
        Ok(key) => Ok(Some(key.to_owned())),
        Err(_) => Err(Problem::new(
            ProblemCode::InvalidRequest,
            "Idempotency-Key: must be printable ASCII",
        )
        .at("Idempotency-Key")),
    }
}
