//! Answers to questions that went through a stream. All answers of a process come in on one
//! wildcard subscription; a number in the subject says whose each is.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use bytes::Bytes;
use futures::StreamExt;
use tokio::sync::{OnceCell, oneshot};

use crate::BusError;

type Waiting = Arc<Mutex<HashMap<u64, oneshot::Sender<Bytes>>>>;

#[derive(Clone)]
pub struct Replies {
    shared: Arc<Shared>,
}

struct Shared {
    client: async_nats::Client,
    prefix: String,
    next: AtomicU64,
    waiting: Waiting,
    subscribed: OnceCell<()>,
}

/// A place for one answer. Dropping it forgets the question.
pub struct ExpectedReply {
    number: u64,
    subject: String,
    receiver: Option<oneshot::Receiver<Bytes>>,
    waiting: Waiting,
}

impl Replies {
    pub fn new(client: async_nats::Client) -> Self {
        let prefix = client.new_inbox();
        let (next, waiting) = (AtomicU64::new(0), Waiting::default());
        Self {
            shared: Arc::new(Shared { client, prefix, next, waiting, subscribed: OnceCell::new() }),
        }
    }

    pub async fn expect(&self) -> Result<ExpectedReply, BusError> {
        let shared = &self.shared;
        shared.subscribed.get_or_try_init(|| shared.subscribe()).await?;
        let number = shared.next.fetch_add(1, Ordering::Relaxed);
        let (sender, receiver) = oneshot::channel();
        let waiting = Arc::clone(&shared.waiting);
        waiting.lock().unwrap_or_else(PoisonError::into_inner).insert(number, sender);
        let subject = format!("{}.{number}", shared.prefix);
        Ok(ExpectedReply { number, subject, receiver: Some(receiver), waiting })
    }
}

impl Shared {
    async fn subscribe(&self) -> Result<(), BusError> {
        let subject = format!("{}.*", self.prefix);
        let mut answers = self
            .client
            .subscribe(subject)
            .await
            .map_err(|error| BusError::Client(error.to_string()))?;
        let (waiting, prefix_length) = (Arc::clone(&self.waiting), self.prefix.len() + 1);
        tokio::spawn(async move {
            while let Some(answer) = answers.next().await {
                let number = answer.subject.get(prefix_length..).and_then(|n| n.parse().ok());
                let Some(number) = number else { continue };
                let asker = waiting.lock().unwrap_or_else(PoisonError::into_inner).remove(&number);
                if let Some(asker) = asker {
                    // Whoever gave up in this very moment does not need the answer.
                    let _ = asker.send(answer.payload);
                }
            }
        });
        Ok(())
    }
}

impl ExpectedReply {
    pub fn subject(&self) -> &str {
        &self.subject
    }

    pub async fn received(mut self) -> Result<Bytes, BusError> {
        let Some(receiver) = self.receiver.take() else { return Err(BusError::NoAnswer) };
        receiver.await.map_err(|_| BusError::NoAnswer)
    }
}

impl Drop for ExpectedReply {
    fn drop(&mut self) {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.number);
    }
}
