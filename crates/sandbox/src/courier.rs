//! Carries webhooks to the box office.

use std::time::Duration;

use onsale_payments::{
    Secret, SetupError, http_client,
    webhook::{SIGNATURE_HEADER, sign},
};
use reqwest::header::CONTENT_TYPE;
use url::Url;

use crate::model::Event;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
const TOTAL_TIMEOUT: Duration = Duration::from_secs(10);

/// Signs and sends webhooks. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Courier {
    http: reqwest::Client,
    url: Url,
    secret: Secret,
}

impl Courier {
    /// A courier to `url`.
    pub fn new(url: Url, secret: Secret) -> Result<Self, SetupError> {
        let http = http_client::build(&url, CONNECT_TIMEOUT, TOTAL_TIMEOUT)?;
        Ok(Self { http, url, secret })
    }

    /// Makes one attempt, signed for `now_seconds`. Whether it was answered 2xx.
    pub async fn deliver(&self, event: &Event, now_seconds: i64) -> bool {
        let signature = sign(&self.secret, now_seconds, event.body.as_bytes());
        let sent = self
            .http
            .post(self.url.clone())
            .header(CONTENT_TYPE, "application/json; charset=utf-8")
            .header(SIGNATURE_HEADER, signature)
            .body(event.body.clone())
            .send()
            .await;
        match sent {
            Ok(answer) if answer.status().is_success() => true,
            Ok(answer) => {
                let status = answer.status().as_u16();
                tracing::debug!(event = event.id, status, "a webhook was refused");
                false
            }
            Err(error) => {
                let error = error.without_url();
                tracing::debug!(event = event.id, %error, "a webhook did not arrive");
                false
            }
        }
    }
}
