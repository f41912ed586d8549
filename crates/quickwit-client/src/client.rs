//! Calls, and what comes back.

use std::{sync::Arc, time::Duration};

use reqwest::{Method, Response};
use rustls::{ClientConfig, RootCertStore, crypto::ring};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use url::Url;

use crate::{Error, Retry};

/// Characters of a message of Quickwit's that are kept.
const MAX_MESSAGE_CHARS: usize = 2_000;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// A server that says nothing for so long is given up. A commit by time may take a minute.
const READ_TIMEOUT: Duration = Duration::from_secs(120);

/// A server, or any of a cluster's. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    base: Url,
    retry: Retry,
}

/// A body of a request.
pub(crate) enum Body {
    None,
    Json(String),
    Lines(Vec<u8>),
}

impl Client {
    /// A client for the server at an address such as `http://127.0.0.1:7280`, which is given up when it
    /// says nothing for two minutes. For `https`, say with [`Client::with_http`] whom you trust.
    ///
    /// # Errors
    /// [`Error::Address`] when that is no address of a server in the clear, [`Error::Http`] when the
    /// client cannot be made.
    pub fn new(address: &str) -> Result<Self, Error> {
        if !address.starts_with("http://") {
            return Err(Error::Address(address.to_owned()));
        }
        // Nothing is encrypted, but the HTTP client wants to know how it would be.
        let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| Error::Address(error.to_string()))?
            .with_root_certificates(RootCertStore::empty())
            .with_no_client_auth();
        let http = reqwest::Client::builder().tls_backend_preconfigured(tls);
        let http = http.connect_timeout(CONNECT_TIMEOUT).read_timeout(READ_TIMEOUT);
        Self::with_http(http.build()?, address)
    }

    /// The same with an HTTP client of yours: its timeouts, its certificates.
    ///
    /// # Errors
    /// [`Error::Address`] when that is no address of a server.
    pub fn with_http(http: reqwest::Client, address: &str) -> Result<Self, Error> {
        let wrong = || Error::Address(address.to_owned());
        let mut base = Url::parse(address).map_err(|_| wrong())?;
        if base.cannot_be_a_base() || !matches!(base.scheme(), "http" | "https") {
            return Err(wrong());
        }
        if !base.path().ends_with('/') {
            base.set_path(&format!("{}/", base.path()));
        }
        Ok(Self { http, base, retry: Retry::default() })
    }

    /// Repeats calls in another way.
    #[must_use]
    pub const fn with_retry(mut self, retry: Retry) -> Self {
        self.retry = retry;
        self
    }

    /// Whether the server lives.
    ///
    /// # Errors
    /// [`Error::Http`] when it cannot be reached.
    pub async fn is_alive(&self) -> Result<bool, Error> {
        self.health("health/livez").await
    }

    /// Whether the server can work.
    ///
    /// # Errors
    /// [`Error::Http`] when it cannot be reached.
    pub async fn is_ready(&self) -> Result<bool, Error> {
        self.health("health/readyz").await
    }

    async fn health(&self, path: &str) -> Result<bool, Error> {
        Ok(self.http.get(self.url(path)?).send().await?.status().is_success())
    }

    fn url(&self, path: &str) -> Result<Url, Error> {
        self.base.join(path).map_err(|_| Error::Address(path.to_owned()))
    }

    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Error> {
        read(self.call(Method::GET, path, Body::None).await?).await
    }

    pub(crate) async fn send<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T, Error> {
        let body = serde_json::to_string(body).map_err(Error::Unwritable)?;
        read(self.call(method, path, Body::Json(body)).await?).await
    }

    /// Makes a call until it is answered, or refused for good. Writes are repeated only when Quickwit
    /// itself says that it did not take them.
    pub(crate) async fn call(
        &self,
        method: Method,
        path: &str,
        body: Body,
    ) -> Result<Response, Error> {
        let url = self.url(path)?;
        let is_read = method == Method::GET || path.ends_with("search");
        let mut attempt = 1;
        loop {
            let error = match self.call_once(&method, &url, &body).await {
                Ok(response) => return Ok(response),
                Err(error) => error,
            };
            let is_refused = matches!(error.status(), Some(429 | 503));
            let is_worth_it = is_refused || (is_read && error.is_transient());
            match self.retry.pause_after(attempt).filter(|_| is_worth_it) {
                Some(pause) => tokio::time::sleep(pause).await,
                None => return Err(error),
            }
            attempt += 1;
        }
    }

    async fn call_once(&self, method: &Method, url: &Url, body: &Body) -> Result<Response, Error> {
        let request = self.http.request(method.clone(), url.clone());
        let request = match body {
            Body::None => request,
            Body::Json(text) => {
                request.header("content-type", "application/json").body(text.clone())
            }
            Body::Lines(lines) => {
                request.header("content-type", "application/x-ndjson").body(lines.clone())
            }
        };
        let response = request.send().await?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let text = response.text().await.unwrap_or_default();
        Err(Error::Refused { status: status.as_u16(), message: message_in(&text) })
    }
}

pub(crate) async fn read<T: DeserializeOwned>(response: Response) -> Result<T, Error> {
    let bytes = response.bytes().await?;
    serde_json::from_slice(&bytes).map_err(Error::Unreadable)
}

/// A name that can stand in a path. Quickwit's own rule: a letter, then letters, digits, `-`, `_`, `.`,
/// at least three in all.
pub(crate) fn checked(index: &str) -> Result<&str, Error> {
    let starts_well = index.starts_with(|first: char| first.is_ascii_alphabetic());
    let is_whole = index.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
    match starts_well && is_whole && (3..=255).contains(&index.len()) {
        true => Ok(index),
        false => Err(Error::IndexId(index.chars().take(64).collect())),
    }
}

/// Quickwit's words in the body of a refusal: its own form, Elasticsearch's, or plain text.
fn message_in(body: &str) -> String {
    #[derive(Deserialize)]
    struct Own {
        message: String,
    }
    #[derive(Deserialize)]
    struct Elastic {
        error: Cause,
    }
    #[derive(Deserialize)]
    struct Cause {
        reason: Option<String>,
    }
    let own = serde_json::from_str::<Own>(body).ok().map(|own| own.message);
    let elastic = || serde_json::from_str::<Elastic>(body).ok().and_then(|it| it.error.reason);
    let message = own.or_else(elastic).unwrap_or_else(|| body.trim().to_owned());
    message.chars().take(MAX_MESSAGE_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_may_have_a_path_and_must_be_of_http() {
        let client = Client::new("http://localhost:7280/quickwit").expect("an address");
        let url = client.url("api/v1/indexes").expect("a path");
        assert_eq!(url.as_str(), "http://localhost:7280/quickwit/api/v1/indexes");
        assert!(matches!(Client::new("localhost:7280"), Err(Error::Address(_))));
        assert!(matches!(Client::new("ftp://x"), Err(Error::Address(_))));
    }

    #[test]
    fn names_cannot_leave_their_place_in_the_path() {
        assert!(checked("events-2.old_1").is_ok());
        for name in ["", "ab", "1ab", "a/b", "../x", "a?b", "a b", "é23", &"x".repeat(256)] {
            assert!(matches!(checked(name), Err(Error::IndexId(_))), "{name}");
        }
    }

    #[test]
    fn its_own_words_are_found() {
        assert_eq!(message_in(r#"{"message":"index `x` not found"}"#), "index `x` not found");
        let elastic = r#"{"status":400,"error":{"caused_by":null,"reason":"unknown query"}}"#;
        assert_eq!(message_in(elastic), "unknown query");
        assert_eq!(message_in(" Bad Gateway\n"), "Bad Gateway");
    }
}
