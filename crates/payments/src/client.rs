//! The client: form-encoded requests, JSON answers, an idempotency key on every write.

use std::{fmt, time::Duration};

use reqwest::{
    Method,
    header::{AUTHORIZATION, HeaderValue},
};
use serde::{Deserialize, de::DeserializeOwned};
use tokio::time::Instant;
use url::Url;
use uuid::Uuid;

use crate::{PaymentIntent, ProviderError, Refund, Secret, SetupError, http_client};

/// Sent again at most this often after [`ProviderError::Unavailable`].
const MAX_RETRIES: u32 = 2;
/// The longest pause before the first retry, in milliseconds; each further one may be three times
/// as long.
const FIRST_PAUSE_MS: u64 = 200;
/// [`crate::BOOKING_ID_KEY`] as a form field.
const BOOKING_FIELD: &str = "metadata[booking_id]";
/// A page of a hundred intents stays far below this.
const ANSWER_LIMIT_BYTES: usize = 4 * 1024 * 1024;

/// How the provider is reached.
#[derive(Debug, Clone)]
pub struct ProviderSettings {
    /// For example `https://api.stripe.com`; `/v1/…` is added to it.
    pub base_url: String,
    /// Sent as a bearer token.
    pub api_key: Secret,
    /// How long a connection may take to open.
    pub connect_timeout: Duration,
    /// How long a call may take, all its retries included.
    pub total_timeout: Duration,
}

impl ProviderSettings {
    /// Settings with the usual limits: 2 seconds to connect, 10 seconds in all.
    #[must_use]
    pub fn new(base_url: impl Into<String>, api_key: Secret) -> Self {
        Self {
            base_url: base_url.into(),
            api_key,
            connect_timeout: Duration::from_secs(2),
            total_timeout: Duration::from_secs(10),
        }
    }
}

/// An intent to create.
#[derive(Debug, Clone, Copy)]
pub struct NewIntent<'a> {
    /// The booking to be paid: idempotency key and metadata.
    pub booking_id: &'a str,
    /// In minor units.
    pub amount_minor: i64,
    /// Three letters; sent in small ones.
    pub currency: &'a str,
}

/// An attempt to pay an intent.
#[derive(Debug, Clone, Copy)]
pub struct Confirmation<'a> {
    /// `pi_…`
    pub intent_id: &'a str,
    /// The booking to be paid; with `attempt` it makes the idempotency key.
    pub booking_id: &'a str,
    /// Counts the payment methods that the buyer tried for this booking.
    pub attempt: u32,
    /// The payment method.
    pub token: &'a Secret,
}

/// A refund to make.
#[derive(Debug, Clone, Copy)]
pub struct NewRefund<'a> {
    /// `pi_…`
    pub intent_id: &'a str,
    /// In minor units; `None` gives back all that is left.
    pub amount_minor: Option<i64>,
    /// The same key never refunds twice.
    pub idempotency_key: &'a str,
}

/// Which intents to list, newest first.
#[derive(Debug, Clone, Copy, Default)]
pub struct IntentQuery<'a> {
    /// 1 to 100; the provider's default is 10.
    pub limit: Option<u32>,
    /// Only intents created at this time or later.
    pub created_since_seconds: Option<i64>,
    /// Only intents older than the one with this id: the last of the page before.
    pub starting_after: Option<&'a str>,
}

/// A page of intents.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct IntentPage {
    /// Newest first.
    pub data: Vec<PaymentIntent>,
    /// Whether older ones follow.
    pub has_more: bool,
}

#[derive(Deserialize)]
struct RefundPage {
    data: Vec<Refund>,
}

/// A payment provider. Cheap to clone; clones share their connections.
#[derive(Clone)]
pub struct PaymentProvider {
    http: reqwest::Client,
    base_url: Url,
    authorization: HeaderValue,
    total_timeout: Duration,
}

impl fmt::Debug for PaymentProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The address may carry a password.
        f.debug_struct("PaymentProvider").field("host", &self.base_url.host_str()).finish()
    }
}

struct Call<'a> {
    method: Method,
    path: &'a [&'a str],
    pairs: Vec<(&'static str, String)>,
    idempotency_key: Option<String>,
}

impl PaymentProvider {
    /// A client for the provider at the address in `settings`. Nothing is sent yet.
    ///
    /// # Errors
    /// [`SetupError`] when the address, the key or the machine's certificates cannot be used.
    pub fn new(settings: &ProviderSettings) -> Result<Self, SetupError> {
        let base_url = Url::parse(&settings.base_url).map_err(|_| SetupError::BaseUrl)?;
        let http = http_client::build(&base_url, settings.connect_timeout, settings.total_timeout)?;
        let mut authorization =
            HeaderValue::try_from(format!("Bearer {}", settings.api_key.expose()))
                .map_err(|_| SetupError::ApiKey)?;
        authorization.set_sensitive(true);
        Ok(Self { http, base_url, authorization, total_timeout: settings.total_timeout })
    }

    /// Creates the intent of a booking; with the same booking, amount and currency the same
    /// intent is answered again. The idempotency key is the booking's id.
    ///
    /// # Errors
    /// [`ProviderError`]; `Rejected` with `idempotency_error` if the amount has changed.
    pub async fn create_intent(
        &self,
        intent: &NewIntent<'_>,
    ) -> Result<PaymentIntent, ProviderError> {
        self.call(&Call {
            method: Method::POST,
            path: &["payment_intents"],
            pairs: vec![
                ("amount", intent.amount_minor.to_string()),
                ("currency", intent.currency.to_ascii_lowercase()),
                (BOOKING_FIELD, intent.booking_id.to_owned()),
            ],
            idempotency_key: Some(intent.booking_id.to_owned()),
        })
        .await
    }

    /// Pays an intent with a payment method. The idempotency key is `{booking}-{attempt}`, so the
    /// same attempt never charges twice.
    ///
    /// # Errors
    /// `Declined` when the bank says no; else see [`ProviderError`].
    pub async fn confirm_intent(
        &self,
        confirmation: &Confirmation<'_>,
    ) -> Result<PaymentIntent, ProviderError> {
        let Confirmation { intent_id, booking_id, attempt, token } = confirmation;
        self.call(&Call {
            method: Method::POST,
            path: &["payment_intents", intent_id, "confirm"],
            pairs: vec![("payment_method", token.expose().to_owned())],
            idempotency_key: Some(format!("{booking_id}-{attempt}")),
        })
        .await
    }

    /// The intent as it stands now.
    ///
    /// # Errors
    /// `Rejected` with status 404 when there is none; else see [`ProviderError`].
    pub async fn retrieve_intent(&self, intent_id: &str) -> Result<PaymentIntent, ProviderError> {
        self.call(&Call {
            method: Method::GET,
            path: &["payment_intents", intent_id],
            pairs: Vec::new(),
            idempotency_key: None,
        })
        .await
    }

    /// Gives an intent up, so that it can no longer be paid.
    ///
    /// The key is new for each call, shared by its retries: an earlier "not in this state" must
    /// not be answered again once the state has changed.
    ///
    /// # Errors
    /// `Rejected` with `payment_intent_unexpected_state` when it is paid, under way or canceled
    /// already; else see [`ProviderError`].
    pub async fn cancel_intent(&self, intent_id: &str) -> Result<PaymentIntent, ProviderError> {
        self.call(&Call {
            method: Method::POST,
            path: &["payment_intents", intent_id, "cancel"],
            pairs: Vec::new(),
            idempotency_key: Some(format!("cancel-{}", Uuid::new_v4())),
        })
        .await
    }

    /// One page of intents, newest first.
    ///
    /// # Errors
    /// See [`ProviderError`].
    pub async fn list_intents(&self, query: &IntentQuery<'_>) -> Result<IntentPage, ProviderError> {
        let pairs = [
            ("limit", query.limit.map(|limit| limit.to_string())),
            ("created[gte]", query.created_since_seconds.map(|seconds| seconds.to_string())),
            ("starting_after", query.starting_after.map(str::to_owned)),
        ];
        self.call(&Call {
            method: Method::GET,
            path: &["payment_intents"],
            pairs: pairs.into_iter().filter_map(|(name, value)| Some((name, value?))).collect(),
            idempotency_key: None,
        })
        .await
    }

    /// Gives money back.
    ///
    /// # Errors
    /// `Rejected` when more would be given back than was paid; else see [`ProviderError`].
    pub async fn refund(&self, refund: &NewRefund<'_>) -> Result<Refund, ProviderError> {
        let mut pairs = vec![("payment_intent", refund.intent_id.to_owned())];
        pairs.extend(refund.amount_minor.map(|minor| ("amount", minor.to_string())));
        self.call(&Call {
            method: Method::POST,
            path: &["refunds"],
            pairs,
            idempotency_key: Some(refund.idempotency_key.to_owned()),
        })
        .await
    }

    /// The refund as it stands now.
    ///
    /// # Errors
    /// `Rejected` with status 404 when there is none; else see [`ProviderError`].
    pub async fn retrieve_refund(&self, refund_id: &str) -> Result<Refund, ProviderError> {
        self.call(&Call {
            method: Method::GET,
            path: &["refunds", refund_id],
            pairs: Vec::new(),
            idempotency_key: None,
        })
        .await
    }

    /// The newest refunds of an intent, at most 100, newest first.
    ///
    /// # Errors
    /// See [`ProviderError`].
    pub async fn list_refunds(&self, intent_id: &str) -> Result<Vec<Refund>, ProviderError> {
        let page: RefundPage = self
            .call(&Call {
                method: Method::GET,
                path: &["refunds"],
                pairs: vec![("payment_intent", intent_id.to_owned()), ("limit", "100".to_owned())],
                idempotency_key: None,
            })
            .await?;
        Ok(page.data)
    }

    /// Sends a call, again after a pause where it is unavailable, until the time is up.
    async fn call<T: DeserializeOwned>(&self, call: &Call<'_>) -> Result<T, ProviderError> {
        let url = self.url_of(call)?;
        let deadline = Instant::now() + self.total_timeout;
        let mut retry = 0;
        loop {
            let error = match self.attempt(&url, call, deadline).await {
                Err(error) if error.is_retryable() && retry < MAX_RETRIES => error,
                settled => return settled,
            };
            let pause = pause_before(retry);
            if Instant::now() + pause >= deadline {
                return Err(error);
            }
            tracing::warn!(path = url.path(), retry, %error, "calling the payment provider again");
            tokio::time::sleep(pause).await;
            retry += 1;
        }
    }

    async fn attempt<T: DeserializeOwned>(
        &self,
        url: &Url,
        call: &Call<'_>,
        deadline: Instant,
    ) -> Result<T, ProviderError> {
        let mut request = self
            .http
            .request(call.method.clone(), url.clone())
            .header(AUTHORIZATION, self.authorization.clone())
            .timeout(deadline.saturating_duration_since(Instant::now()));
        if let Some(key) = &call.idempotency_key {
            request = request.header("idempotency-key", key);
        }
        if call.method == Method::POST {
            request = request.form(&call.pairs);
        }
        let answer = request.send().await.map_err(unsent)?;
        let status = answer.status();
        let body = read_body(answer).await?;
        if !status.is_success() {
            return Err(ProviderError::from_answer(status.as_u16(), &body));
        }
        serde_json::from_slice(&body)
            .map_err(|error| ProviderError::Malformed { reason: error.to_string() })
    }

    fn url_of(&self, call: &Call<'_>) -> Result<Url, ProviderError> {
        let malformed = |reason: &str| ProviderError::Malformed { reason: reason.to_owned() };
        // Ids come from tables and from webhooks; one with a slash or a dot would reach elsewhere.
        let plain = |part: &&str| {
            !part.is_empty()
                && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        };
        if !call.path.iter().all(plain) {
            return Err(malformed("an id has other characters than letters, digits and _"));
        }
        let mut url = self.base_url.clone();
        url.path_segments_mut()
            .map_err(|()| malformed("the base address has no path"))?
            .pop_if_empty()
            .push("v1")
            .extend(call.path);
        if call.method == Method::GET && !call.pairs.is_empty() {
            url.query_pairs_mut().extend_pairs(&call.pairs);
        }
        Ok(url)
    }
}

/// Between half the longest pause and the longest, so that clients which failed together do not
/// come back together.
fn pause_before(retry: u32) -> Duration {
    let longest_ms = FIRST_PAUSE_MS * 3_u64.pow(retry);
    // Without randomness the pause is merely less spread.
    let random = u64::from(getrandom::u32().unwrap_or_default());
    Duration::from_millis(longest_ms / 2 + random % (longest_ms / 2 + 1))
}

async fn read_body(mut answer: reqwest::Response) -> Result<Vec<u8>, ProviderError> {
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(unsent)? {
        if body.len() + chunk.len() > ANSWER_LIMIT_BYTES {
            return Err(ProviderError::Malformed { reason: "the answer is too long".to_owned() });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// A call that got no whole answer. A header that cannot be written is our own mistake.
fn unsent(error: reqwest::Error) -> ProviderError {
    let error = error.without_url();
    let mut reason = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(inner) = cause {
        reason.push_str(": ");
        reason.push_str(&inner.to_string());
        cause = inner.source();
    }
    if error.is_builder() {
        ProviderError::Malformed { reason }
    } else {
        ProviderError::Unavailable { reason }
    }
}
