//! Telling an edge what to forget. What this server has of it in its memory is outdated first, so
//! the edge cannot fetch what was before from here; and each server tells, so the last one to hear
//! of a change corrects what the edge may have fetched from it meanwhile.

use std::{collections::BTreeSet, time::Duration};

use axum::http::{HeaderName, HeaderValue, Method};
use onsale_ops::settings::{EdgeSettings, PurgeForm};
use onsale_payments::http_client;
use serde_json::json;
use tokio::sync::mpsc;
use url::Url;

use crate::copies::SURROGATE_KEY;

/// Words that may wait; more are forgotten, and what they name grows old by itself in seconds.
const MAX_WAITING: usize = 16_384;
/// Words in one request: all CDNs take as many.
const MAX_WORDS: usize = 30;
/// Changes that come together are told together.
const WINDOW: Duration = Duration::from_millis(20);
/// How long an edge may take.
const TIMEOUT: Duration = Duration::from_secs(2);
/// How often it is told when it does not answer.
const TRIES: u32 = 4;
/// The pause before telling it again, doubled each time.
const PAUSE: Duration = Duration::from_millis(100);

/// What keeps an edge from being told.
#[derive(Debug, thiserror::Error)]
pub enum PurgeSetup {
    /// The address is none.
    #[error("edge.purge_url: {0}")]
    Address(#[from] url::ParseError),
    /// The client cannot be made.
    #[error("edge.purge_url: {0}")]
    Client(#[from] onsale_payments::SetupError),
    /// Method, header or token cannot be sent.
    #[error("{0} cannot be sent")]
    Words(&'static str),
}

/// Told by whoever hears of changes; a task for each edge tells it, so that one that does not answer
/// is in nobody's way.
pub struct Purge {
    edges: Vec<mpsc::Sender<String>>,
}

/// One edge.
struct Target {
    http: reqwest::Client,
    url: Url,
    method: Method,
    form: PurgeForm,
    token: Option<(HeaderName, HeaderValue)>,
}

impl Purge {
    /// Begins to tell the edges of the settings. Ends with the runtime.
    pub fn start(settings: &EdgeSettings) -> Result<Self, PurgeSetup> {
        let addresses = settings.purge_url.split(',').map(str::trim);
        let begin = |address| {
            let target = Target::new(settings, address)?;
            let (words, waiting) = mpsc::channel(MAX_WAITING);
            tokio::spawn(target.run(waiting));
            Ok(words)
        };
        let edges = addresses.filter(|address| !address.is_empty()).map(begin);
        Ok(Self { edges: edges.collect::<Result<_, PurgeSetup>>()? })
    }

    /// What is known by these words has changed.
    pub fn forget(&self, words: &[String]) {
        for (edge, word) in
            self.edges.iter().flat_map(|edge| words.iter().map(move |it| (edge, it)))
        {
            if edge.try_send(word.clone()).is_err() {
                metrics::counter!("onsale_edge_purges_total", "result" => "dropped").increment(1);
            }
        }
    }
}

impl Target {
    fn new(settings: &EdgeSettings, address: &str) -> Result<Self, PurgeSetup> {
        let url = Url::parse(address)?;
        let method = Method::from_bytes(settings.purge_method.as_bytes());
        let method = method.map_err(|_| PurgeSetup::Words("edge.purge_method"))?;
        let token = settings.purge_token.expose();
        let token = match token.is_empty() {
            true => None,
            false => {
                let name = settings.purge_token_header.parse::<HeaderName>();
                let name = name.map_err(|_| PurgeSetup::Words("edge.purge_token_header"))?;
                let value = HeaderValue::from_str(token);
                let mut value = value.map_err(|_| PurgeSetup::Words("edge.purge_token"))?;
                value.set_sensitive(true);
                Some((name, value))
            }
        };
        let http = http_client::build(&url, TIMEOUT, TIMEOUT)?;
        Ok(Self { http, url, method, form: settings.purge_form, token })
    }

    async fn tell(&self, words: &[String]) {
        let mut pause = PAUSE;
        for tried in 1..=TRIES {
            let mut request = self.http.request(self.method.clone(), self.url.clone());
            if let Some((name, value)) = &self.token {
                request = request.header(name, value);
            }
            request = match self.form {
                PurgeForm::SurrogateKey => request.header(SURROGATE_KEY, words.join(" ")),
                PurgeForm::Tags => request.json(&json!({ "tags": words })),
            };
            let refused = match request.send().await {
                Ok(answer) if answer.status().is_success() => {
                    metrics::counter!("onsale_edge_purges_total", "result" => "told").increment(1);
                    return;
                }
                Ok(answer) => answer.status().to_string(),
                Err(error) => error.without_url().to_string(),
            };
            let host = self.url.host_str();
            tracing::warn!(host, refused, tried, "the edge does not forget");
            tokio::time::sleep(pause).await;
            pause *= 2;
        }
        metrics::counter!("onsale_edge_purges_total", "result" => "failed").increment(1);
    }

    /// Tells what gathers, as long as somebody may tell more.
    async fn run(self, mut waiting: mpsc::Receiver<String>) {
        let mut words = Vec::new();
        while waiting.recv_many(&mut words, MAX_WAITING).await > 0 {
            tokio::time::sleep(WINDOW).await;
            while let Ok(word) = waiting.try_recv() {
                words.push(word);
            }
            let once: BTreeSet<String> = words.drain(..).collect();
            let once: Vec<String> = once.into_iter().collect();
            for words in once.chunks(MAX_WORDS) {
                self.tell(words).await;
            }
        }
    }
}
