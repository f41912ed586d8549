//! Questions and answers over core NATS: nothing is stored, and whoever asks hears at once when
//! nobody listens.

use std::time::Duration;

use async_nats::{Message, client::RequestErrorKind};
use bytes::Bytes;
use futures::{Stream, StreamExt};

use crate::{Bus, BusError};

/// A question, and the place for its answer.
#[derive(Debug)]
pub struct Question {
    message: Message,
    client: async_nats::Client,
}

impl Question {
    /// The body.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.message.payload
    }

    /// Sends the answer. To one who expects none, nothing is said.
    ///
    /// # Errors
    /// [`BusError::Client`] when the answer cannot be sent; whoever asked gives up in time.
    pub async fn answer(&self, body: Vec<u8>) -> Result<(), BusError> {
        let Some(reply) = self.message.reply.clone() else { return Ok(()) };
        let sent = self.client.publish(reply, body.into()).await;
        sent.map_err(|error| BusError::Client(error.to_string()))
    }
}

impl Bus {
    /// Asks whoever listens on `subject`, and waits for the answer.
    ///
    /// # Errors
    /// [`BusError::NobodyListens`] and [`BusError::Disconnected`] at once, when it is certain that
    /// no answer will come; [`BusError::NoAnswer`] after `patience`: then somebody may have acted.
    pub async fn ask(
        &self,
        subject: String,
        body: Vec<u8>,
        patience: Duration,
    ) -> Result<Bytes, BusError> {
        if !self.is_connected() {
            return Err(BusError::Disconnected);
        }
        let request = async_nats::Request::new().payload(body.into()).timeout(Some(patience));
        match self.client.send_request(subject, request).await {
            Ok(answer) => Ok(answer.payload),
            Err(error) => Err(match error.kind() {
                RequestErrorKind::NoResponders => BusError::NobodyListens,
                RequestErrorKind::TimedOut => BusError::NoAnswer,
                _ => BusError::Client(error.to_string()),
            }),
        }
    }

    /// Asks everybody who listens on `subject`. Their answers come as they please; the caller knows
    /// when it has heard enough.
    ///
    /// # Errors
    /// [`BusError::Disconnected`], or [`BusError::Client`] when it cannot be sent.
    pub async fn ask_all(
        &self,
        subject: String,
        body: Vec<u8>,
    ) -> Result<impl Stream<Item = Bytes> + use<>, BusError> {
        if !self.is_connected() {
            return Err(BusError::Disconnected);
        }
        let failed = |error: &dyn std::fmt::Display| BusError::Client(error.to_string());
        let inbox = self.client.new_inbox();
        let answers = self.client.subscribe(inbox.clone()).await.map_err(|error| failed(&error))?;
        let sent = self.client.publish_with_reply(subject, inbox, body.into()).await;
        sent.map_err(|error| failed(&error))?;
        // Where nobody listens, the server says so with a status and without a body.
        let answers = answers.filter(|message| std::future::ready(message.status.is_none()));
        Ok(answers.map(|message| message.payload))
    }

    /// The questions that everybody is asked on `subject` from now on.
    ///
    /// # Errors
    /// [`BusError::Client`] when the subscription cannot be made.
    pub async fn questions_to_all(
        &self,
        subject: String,
    ) -> Result<impl Stream<Item = Question> + use<>, BusError> {
        let client = self.client.clone();
        let asked = self.client.subscribe(subject).await;
        let asked = asked.map_err(|error| BusError::Client(error.to_string()))?;
        Ok(asked.map(move |message| Question { message, client: client.clone() }))
    }

    /// The questions that are asked on `subject` from now on. Should several processes listen, each
    /// question goes to one of them.
    ///
    /// # Errors
    /// [`BusError::Client`] when the subscription cannot be made.
    pub async fn questions(
        &self,
        subject: String,
    ) -> Result<impl Stream<Item = Question> + use<>, BusError> {
        let client = self.client.clone();
        let asked = self.client.queue_subscribe(subject, "writers".to_owned()).await;
        let asked = asked.map_err(|error| BusError::Client(error.to_string()))?;
        // The server must know of it before the caller says that it listens.
        self.client.flush().await.map_err(|error| BusError::Client(error.to_string()))?;
        Ok(asked.map(move |message| Question { message, client: client.clone() }))
    }
}
