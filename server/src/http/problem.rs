//! Problems as HTTP answers.

use std::panic::AssertUnwindSafe;

use axum::{
    Json,
    body::{Body, Bytes, to_bytes},
    extract::Request,
    http::{HeaderValue, Method, Uri, header},
    response::{IntoResponse, Response},
};
use futures::FutureExt;
use onsale_app::api::{Problem, ProblemCode};

use crate::middleware::{Next, observe::RequestId};

const PROBLEM_JSON: HeaderValue = HeaderValue::from_static("application/problem+json");
/// No problem document is larger.
const MAX_PROBLEM_BYTES: usize = 1024 * 1024;

/// A problem on its way out.
pub struct ProblemResponse(pub Problem);

impl From<Problem> for ProblemResponse {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

impl IntoResponse for ProblemResponse {
    fn into_response(self) -> Response {
        let status = axum::http::StatusCode::from_u16(self.0.status)
            .unwrap_or(axum::http::StatusCode::INTERNAL_SERVER_ERROR);
        let retry_after = self.0.retry_after_seconds;
        let mut response = (status, Json(self.0)).into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, PROBLEM_JSON);
        if let Some(seconds) = retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// Writes the id of the request into problem documents, so that a fan can name it to support.
pub async fn add_request_id(request: Request, next: impl Next) -> Response {
    let id = request.extensions().get::<RequestId>().cloned();
    let response = next.run(request).await;
    let is_problem = response.headers().get(header::CONTENT_TYPE) == Some(&PROBLEM_JSON);
    match id {
        Some(RequestId(id)) if is_problem => with_request_id(response, id).await,
        _ => response,
    }
}

async fn with_request_id(response: Response, id: String) -> Response {
    let (mut parts, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, MAX_PROBLEM_BYTES).await else {
        return Response::from_parts(parts, Body::empty());
    };
    let bytes = match serde_json::from_slice::<Problem>(&bytes) {
        Ok(mut problem) => {
            problem.request_id = Some(id);
            serde_json::to_vec(&problem).map_or(bytes, Bytes::from)
        }
        // Compressed, or not ours: it stays as it is.
        Err(_) => bytes,
    };
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(bytes))
}

/// The answer to a path that exists, but not with this method.
pub async fn method_not_allowed(method: Method, uri: Uri) -> ProblemResponse {
    let detail = format!("{method} is not possible at {}.", uri.path());
    ProblemResponse(Problem::new(ProblemCode::MethodNotAllowed, detail))
}

/// The answer to a path of the API that does not exist.
pub async fn unknown_path(uri: Uri) -> ProblemResponse {
    let detail = format!("There is nothing at {}. See /api for what there is.", uri.path());
    ProblemResponse(Problem::new(ProblemCode::NotFound, detail))
}

/// Answers for a handler that panics: a fault of ours, and no more than that is told.
pub async fn without_panic(request: Request, next: impl Next) -> Response {
    let answer = AssertUnwindSafe(async move { next.run(request).await });
    answer.catch_unwind().await.unwrap_or_else(|panic| {
        let message = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied())
            .unwrap_or("of unknown kind");
        tracing::error!(message, "a handler panicked");
        let detail = "Something is wrong on our side. It has been noted; please try again.";
        ProblemResponse(Problem::new(ProblemCode::Internal, detail)).into_response()
    })
}
