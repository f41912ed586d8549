//! Somebody who buys over HTTP.

use std::{
    sync::{Arc, Once},
    time::Duration,
};

use reqwest::{
    Client, ClientBuilder, Method, RequestBuilder, StatusCode, Url,
    cookie::{CookieStore, Jar},
};
use serde_json::{Value, json};

use crate::eventually;

/// An answer of the API.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The body; null when it is no JSON.
    pub body: Value,
}

impl Answer {
    /// The stable code of a problem; empty when it is none.
    #[must_use]
    pub fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }

    /// A text field of the body; empty when there is none.
    #[must_use]
    pub fn text(&self, field: &str) -> &str {
        self.body[field].as_str().unwrap_or_default()
    }

    /// The id of the booking.
    #[must_use]
    pub fn booking_id(&self) -> String {
        self.text("bookingId").to_owned()
    }
}

/// A client with a cookie jar.
#[derive(Debug, Clone)]
pub struct Buyer {
    base_url: String,
    client: Client,
    jar: Arc<Jar>,
}

impl Buyer {
    /// A new guest.
    ///
    /// # Panics
    /// When no HTTP client can be made.
    #[must_use]
    pub fn new(base_url: String) -> Self {
        let jar = Arc::new(Jar::default());
        let client = client_builder().cookie_provider(Arc::clone(&jar)).build();
        Self { base_url, client: client.expect("an HTTP client"), jar }
    }

    /// The same guest, at another address of the box office.
    #[must_use]
    pub fn at(&self, base_url: String) -> Self {
        Self { base_url, ..self.clone() }
    }

    /// The cookies that the site has left, each `name=value`.
    ///
    /// # Panics
    /// When the address of the site is none.
    #[must_use]
    pub fn cookies(&self) -> Vec<String> {
        let url: Url = self.base_url.parse().expect("an address");
        let line = self.jar.cookies(&url);
        let line = line.as_ref().and_then(|line| line.to_str().ok()).unwrap_or_default();
        line.split("; ").filter(|cookie| !cookie.is_empty()).map(str::to_owned).collect()
    }

    /// A request to a path, to be completed and passed to [`Buyer::send`].
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.base_url))
    }

    /// Sends a request; `None` when no answer came.
    pub async fn try_send(&self, request: RequestBuilder) -> Option<Answer> {
        let answer = request.send().await.ok()?;
        let status = answer.status();
        let body = answer.bytes().await.ok()?;
        Some(Answer { status, body: serde_json::from_slice(&body).unwrap_or(Value::Null) })
    }

    /// Sends a request.
    ///
    /// # Panics
    /// When no answer came.
    pub async fn send(&self, request: RequestBuilder) -> Answer {
        self.try_send(request).await.expect("an answer")
    }

    /// `GET`
    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    /// `POST` with JSON.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(self.request(Method::POST, path).json(body)).await
    }

    /// `DELETE`
    pub async fn delete(&self, path: &str) -> Answer {
        self.send(self.request(Method::DELETE, path)).await
    }

    /// Holds tickets.
    pub async fn reserve(&self, tickets: &[String]) -> Answer {
        self.post("/api/bookings/reserve", &json!({ "ticketIds": tickets })).await
    }

    /// Pays a booking with a token of the sandbox.
    pub async fn pay(&self, booking: &str, token: &str) -> Answer {
        let path = format!("/api/bookings/{booking}/confirm");
        self.post(&path, &json!({ "paymentToken": token, "email": "fan@example.com" })).await
    }

    /// Waits until a booking has a status.
    pub async fn wait_for(&self, booking: &str, status: &str, limit: Duration) -> Answer {
        let path = format!("/api/bookings/{booking}");
        eventually(&format!("booking {booking} to be {status}"), limit, || async {
            let answer = self.try_send(self.request(Method::GET, &path)).await?;
            (answer.text("status") == status).then_some(answer)
        })
        .await
    }
}

/// A client that speaks to this machine only. What it asks takes at most half a minute.
pub fn client_builder() -> ClientBuilder {
    static PROVIDER: Once = Once::new();
    // No test speaks TLS, but the client asks for it when it is made.
    PROVIDER.call_once(|| {
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
    Client::builder().timeout(Duration::from_secs(30)).no_proxy()
}
