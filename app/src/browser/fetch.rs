//! Requests to our own REST API.

use std::future::Future;

use leptos::prelude::window;
use serde::de::DeserializeOwned;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Headers, RequestCache, RequestInit, Response};

use crate::api::Problem;

/// Why there is no answer to use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FetchError {
    /// The network or the server cannot be reached.
    #[error("We cannot reach the box office. Check your connection.")]
    Unreachable,
    /// The box office says no, and why.
    #[error("{}", .0.detail)]
    Refused(Box<Problem>),
    /// An answer that we do not understand.
    #[error("The box office gave an answer we do not understand.")]
    Unreadable,
}

/// What is asked of the API.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Call<'a> {
    /// `GET` when empty.
    pub method: &'a str,
    /// The path, with its query.
    pub path: &'a str,
    /// A JSON document.
    pub body: Option<&'a str>,
    /// The key under which a write may be repeated safely.
    pub idempotency_key: Option<&'a str>,
    /// Whether what the browser keeps must be checked before it is taken: it may be allowed to hand
    /// out what is stale, which is no answer to somebody who missed something.
    pub is_fresh: bool,
}

/// Asks for bytes, at once: two questions asked one after the other travel together. The browser's
/// cache answers what is still fresh.
pub(crate) fn bytes(call: Call<'_>) -> impl Future<Output = Result<Vec<u8>, FetchError>> + use<> {
    let question = ask(call);
    async move {
        let response = answer(question).await?;
        let buffer = response.array_buffer().map_err(|_| FetchError::Unreadable)?;
        let buffer = JsFuture::from(buffer).await.map_err(|_| FetchError::Unreachable)?;
        Ok(js_sys::Uint8Array::new(&buffer).to_vec())
    }
}

/// Makes a call and reads the JSON document that comes back.
pub(crate) async fn json<T: DeserializeOwned>(call: Call<'_>) -> Result<T, FetchError> {
    let response = answer(ask(call)).await?;
    serde_json::from_str(&text_of(&response).await?).map_err(|_| FetchError::Unreadable)
}

fn ask(call: Call<'_>) -> Result<JsFuture, FetchError> {
    let request = RequestInit::new();
    request.set_method(if call.method.is_empty() { "GET" } else { call.method });
    if call.is_fresh {
        request.set_cache(RequestCache::NoCache);
    }
    let headers = Headers::new().map_err(|_| FetchError::Unreadable)?;
    let set =
        |name: &str, value: &str| headers.set(name, value).map_err(|_| FetchError::Unreadable);
    set("accept", "application/json, application/octet-stream;q=0.9")?;
    if let Some(body) = call.body {
        set("content-type", "application/json")?;
        request.set_body(&JsValue::from_str(body));
    }
    if let Some(key) = call.idempotency_key {
        set("idempotency-key", key)?;
    }
    request.set_headers(&headers);
    Ok(JsFuture::from(window().fetch_with_str_and_init(call.path, &request)))
}

async fn answer(question: Result<JsFuture, FetchError>) -> Result<Response, FetchError> {
    let answer = question?.await.ok();
    let response: Response =
        answer.and_then(|answer| answer.dyn_into().ok()).ok_or(FetchError::Unreachable)?;
    if response.ok() {
        return Ok(response);
    }
    let problem = serde_json::from_str(&text_of(&response).await?);
    Err(problem.map_or(FetchError::Unreadable, |problem| FetchError::Refused(Box::new(problem))))
}

async fn text_of(response: &Response) -> Result<String, FetchError> {
    let text = response.text().map_err(|_| FetchError::Unreadable)?;
    let text = JsFuture::from(text).await.map_err(|_| FetchError::Unreachable)?;
    text.as_string().ok_or(FetchError::Unreadable)
}
