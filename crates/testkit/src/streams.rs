//! What NATS keeps and says.

use async_nats::{
    HeaderMap, Subscriber,
    jetstream::{
        self,
        consumer::{AckPolicy, pull},
    },
};
use futures::StreamExt;

/// A message of a stream.
#[derive(Debug, Clone)]
pub struct StoredMessage {
    /// Its subject.
    pub subject: String,
    /// Its body.
    pub body: Vec<u8>,
    headers: HeaderMap,
}

impl StoredMessage {
    /// A header; empty when there is none.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(async_nats::HeaderValue::as_str).unwrap_or_default()
    }
}

/// All messages of a stream, in order; `None` when NATS or the stream is not there.
pub async fn stored(nats_url: &str, stream: &str) -> Option<Vec<StoredMessage>> {
    let client = async_nats::connect(nats_url).await.ok()?;
    let stream = jetstream::new(client).get_stream(stream).await.ok()?;
    let count = usize::try_from(stream.cached_info().state.messages).ok()?;
    if count == 0 {
        return Some(Vec::new());
    }
    let config = pull::Config { ack_policy: AckPolicy::None, ..pull::Config::default() };
    let consumer = stream.create_consumer(config).await.ok()?;
    let messages = consumer.fetch().max_messages(count).messages().await.ok()?;
    let stored: Vec<StoredMessage> = messages
        .filter_map(|message| async {
            let message = message.ok()?.message;
            Some(StoredMessage {
                subject: message.subject.to_string(),
                body: message.payload.to_vec(),
                headers: message.headers.unwrap_or_default(),
            })
        })
        .collect()
        .await;
    (stored.len() == count).then_some(stored)
}

/// Listens to a subject, from now on.
///
/// # Panics
/// When NATS does not answer.
pub async fn listen(nats_url: &str, subject: &'static str) -> Subscriber {
    let client = async_nats::connect(nats_url).await.expect("NATS answers");
    let subscriber = client.subscribe(subject).await.expect("a subscription");
    client.flush().await.expect("NATS has the subscription");
    subscriber
}
