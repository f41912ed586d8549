//! Publishing into a stream in order, with many messages on their way at once.
//!
//! Each message says which sequence it expects the stream to be at. When one is not stored, none
//! after it is either, so a stream never has a gap or a swapped pair; and of two publishers that
//! both believe to be the only one, one fails. Whoever fails opens the stream anew and goes on
//! from its last message.

use std::{collections::VecDeque, time::Duration};

use async_nats::{
    HeaderMap,
    jetstream::{
        self,
        context::{PublishAckFuture, PublishError, PublishErrorKind},
        message::PublishMessage,
        publish::PublishAck,
    },
};
use futures::future::BoxFuture;

use crate::{Bus, BusError, header};

/// Messages on their way at once. At 75,000 a second a round trip takes a few milliseconds, so
/// this keeps the server busy; and it bounds what waits in memory when it is not.
const IN_FLIGHT: usize = 4_096;
/// How long JetStream may take to acknowledge a message.
const ACK_TIMEOUT: Duration = Duration::from_secs(5);

/// A stream, opened to be the only one that publishes into it.
pub struct OrderedStream {
    jetstream: jetstream::Context,
    name: String,
    last: Option<HeaderMap>,
    sent: u64,
    acknowledged: u64,
    waiting: VecDeque<PublishAckFuture>,
    front: Option<BoxFuture<'static, Result<PublishAck, PublishError>>>,
}

impl Bus {
    /// Opens a stream to publish into it in order.
    ///
    /// # Errors
    /// [`BusError::Disconnected`], or [`BusError::Stream`] when the stream is not there.
    pub async fn ordered(&self, stream: &str) -> Result<OrderedStream, BusError> {
        if !self.is_connected() {
            return Err(BusError::Disconnected);
        }
        let jetstream = jetstream::context::ContextBuilder::new()
            .timeout(ACK_TIMEOUT)
            .ack_timeout(ACK_TIMEOUT)
            .max_ack_inflight(2 * IN_FLIGHT)
            .backpressure_on_inflight(false)
            .build(self.client.clone());
        let failed = |reason: String| BusError::Stream { name: stream.to_owned(), reason };
        let found =
            jetstream.get_stream(stream).await.map_err(|error| failed(error.to_string()))?;
        let state = &found.cached_info().state;
        let last = match state.messages {
            0 => None,
            _ => {
                let message = found.get_raw_message(state.last_sequence).await;
                Some(message.map_err(|error| failed(error.to_string()))?.headers)
            }
        };
        Ok(OrderedStream {
            name: stream.to_owned(),
            last,
            sent: state.last_sequence,
            acknowledged: state.last_sequence,
            waiting: VecDeque::new(),
            front: None,
            jetstream,
        })
    }
}

impl OrderedStream {
    /// A header of the message that was the last when the stream was opened.
    #[must_use]
    pub fn last_header(&self, name: &str) -> Option<&str> {
        header(self.last.as_ref(), name)
    }

    /// The sequence of the last message that was sent; at first, the last that was there.
    #[must_use]
    pub const fn sent(&self) -> u64 {
        self.sent
    }

    /// The sequence up to which every message is stored.
    #[must_use]
    pub const fn acknowledged(&self) -> u64 {
        self.acknowledged
    }

    /// Sends a message, with one header of the caller's. Waits when too many are on their way.
    ///
    /// # Errors
    /// [`BusError`] when this message, or one before it, was not stored. The stream must then be
    /// opened anew.
    pub async fn publish(
        &mut self,
        subject: String,
        body: Vec<u8>,
        message_id: &str,
        header: (&str, &str),
    ) -> Result<(), BusError> {
        while self.waiting.len() >= IN_FLIGHT {
            self.progress().await?;
        }
        let message = PublishMessage::build()
            .payload(body.into())
            .message_id(message_id)
            .expected_last_sequence(self.sent)
            .header(header.0, header.1);
        self.waiting.push_back(self.jetstream.send_publish(subject, message).await?);
        self.sent += 1;
        Ok(())
    }

    /// Waits until another message is stored; for ever when none is on its way. When the wait is
    /// given up, nothing is lost.
    ///
    /// # Errors
    /// [`BusError`] when a message was not stored. The stream must then be opened anew.
    pub async fn progress(&mut self) -> Result<(), BusError> {
        if self.front.is_none() {
            match self.waiting.pop_front() {
                Some(ack) => self.front = Some(std::future::IntoFuture::into_future(ack)),
                None => std::future::pending().await,
            }
        }
        let Some(front) = &mut self.front else { return Ok(()) };
        let ack = front.await;
        self.front = None;
        let stored = ack?.sequence;
        // A message that was sent before, under the same id, must be the one that we think it is.
        if stored != self.acknowledged + 1 {
            return Err(PublishError::new(PublishErrorKind::WrongLastSequence).into());
        }
        self.acknowledged = stored;
        Ok(())
    }

    /// Waits until everything that was sent is stored.
    ///
    /// # Errors
    /// As of [`OrderedStream::progress`].
    pub async fn settle(&mut self) -> Result<(), BusError> {
        while self.acknowledged < self.sent {
            self.progress().await?;
        }
        Ok(())
    }

    /// The name of the stream.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}
