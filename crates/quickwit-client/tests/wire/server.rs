//! A server that answers what it was told to, and remembers what it was asked.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, State},
    http::{HeaderMap, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use quickwit_client::{Client, Retry};
use serde_json::Value;

/// What was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// `POST /api/v1/indexes`
    pub line: String,
    pub content_type: String,
    pub body: String,
}

impl Asked {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("JSON")
    }
}

#[derive(Default)]
struct Played {
    answers: Mutex<VecDeque<(u16, String)>>,
    asked: Mutex<Vec<Asked>>,
}

/// Plays Quickwit.
pub struct Quickwit {
    pub client: Client,
    played: Arc<Played>,
}

impl Quickwit {
    /// Gives these answers, in this order.
    pub async fn that_answers(answers: &[(u16, &str)]) -> Self {
        let played = Arc::new(Played::default());
        let answers = answers.iter().map(|(status, body)| (*status, (*body).to_owned()));
        *played.answers.lock().expect("lock") = answers.collect();
        let router = Router::new()
            .fallback(answer)
            .layer(DefaultBodyLimit::disable())
            .with_state(Arc::clone(&played));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(async move { axum::serve(listener, router).await });
        let retry = Retry {
            attempts: 4,
            first_pause: Duration::from_millis(1),
            longest_pause: Duration::from_millis(4),
        };
        let client = Client::new(&format!("http://{address}")).expect("a client");
        Self { client: client.with_retry(retry), played }
    }

    /// What was asked, in order.
    pub fn asked(&self) -> Vec<Asked> {
        self.played.asked.lock().expect("lock").clone()
    }

    /// The one thing that was asked.
    pub fn asked_once(&self) -> Asked {
        let mut asked = self.asked();
        assert_eq!(asked.len(), 1, "{asked:?}");
        asked.remove(0)
    }
}

async fn answer(
    State(played): State<Arc<Played>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let content_type = headers.get(header::CONTENT_TYPE);
    played.asked.lock().expect("lock").push(Asked {
        line: format!("{method} {uri}"),
        content_type: content_type.map_or("", |it| it.to_str().expect("text")).to_owned(),
        body: String::from_utf8(body.to_vec()).expect("text"),
    });
    let (status, body) = played.answers.lock().expect("lock").pop_front().expect("an answer");
    (StatusCode::from_u16(status).expect("a status"), body).into_response()
}
