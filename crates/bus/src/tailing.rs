//! Following a stream without a place kept in it by the server: whoever follows remembers how far it
//! is. Any number may follow, and each hears everything.

use async_nats::jetstream::{
    consumer::{DeliverPolicy, pull},
    stream::Info,
};
use bytes::Bytes;
use futures::StreamExt;

use crate::{Bus, BusError};

/// What a stream holds at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreamSpan {
    /// When the stream was made, in seconds since 1970: another stream of the same name has another
    /// moment.
    pub made_at: i64,
    /// The sequence of the first message that it still holds.
    pub first: u64,
    /// The sequence of the last message that it was given; 0 before the first.
    pub last: u64,
}

impl StreamSpan {
    /// Whether everything after a sequence is still there.
    #[must_use]
    pub const fn continues(&self, sequence: u64) -> bool {
        self.last >= sequence && self.first <= sequence + 1
    }
}

/// A message of a stream.
#[derive(Debug, Clone)]
pub struct Told {
    /// The subject.
    pub subject: String,
    /// Its number in the stream.
    pub sequence: u64,
    /// The body.
    pub body: Bytes,
}

/// A stream that is followed.
pub struct Tail {
    name: String,
    messages: pull::Ordered,
}

impl Bus {
    /// What a stream holds at the moment.
    ///
    /// # Errors
    /// [`BusError::Disconnected`], or [`BusError::Stream`] when the stream is not there.
    pub async fn span(&self, stream: &str) -> Result<StreamSpan, BusError> {
        if !self.is_connected() {
            return Err(BusError::Disconnected);
        }
        let found = self.jetstream.get_stream(stream).await;
        let found = found.map_err(|error| broken(stream, error))?;
        let Info { created, state, .. } = found.cached_info();
        let (first, last) = (state.first_sequence, state.last_sequence);
        Ok(StreamSpan { made_at: created.unix_timestamp(), first, last })
    }

    /// Follows a stream from the message after `sequence`.
    ///
    /// # Errors
    /// [`BusError::Disconnected`], or [`BusError::Stream`] when the stream is not there.
    pub async fn tail(&self, stream: &str, sequence: u64) -> Result<Tail, BusError> {
        if !self.is_connected() {
            return Err(BusError::Disconnected);
        }
        let found = self.jetstream.get_stream(stream).await;
        let found = found.map_err(|error| broken(stream, error))?;
        let config = pull::OrderedConfig {
            deliver_policy: DeliverPolicy::ByStartSequence { start_sequence: sequence + 1 },
            ..pull::OrderedConfig::default()
        };
        let consumer = found.create_consumer(config).await;
        let consumer = consumer.map_err(|error| broken(stream, error))?;
        let messages = consumer.messages().await.map_err(|error| broken(stream, error))?;
        Ok(Tail { name: stream.to_owned(), messages })
    }
}

impl Tail {
    /// The next message, as soon as there is one.
    ///
    /// # Errors
    /// [`BusError::Stream`] when the stream can no longer be followed: then follow it anew.
    pub async fn next(&mut self) -> Result<Told, BusError> {
        let message = match self.messages.next().await {
            Some(message) => message.map_err(|error| broken(&self.name, error))?,
            None => return Err(broken(&self.name, "it has ended")),
        };
        let sequence = message.info().map_err(|error| broken(&self.name, error))?.stream_sequence;
        let subject = message.subject.to_string();
        Ok(Told { subject, sequence, body: message.message.payload })
    }
}

fn broken(stream: &str, reason: impl std::fmt::Display) -> BusError {
    BusError::Stream { name: stream.to_owned(), reason: reason.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_continues_where_nothing_is_missing() {
        let span = StreamSpan { made_at: 0, first: 5, last: 9 };
        assert!(span.continues(4) && span.continues(7) && span.continues(9));
        assert!(!span.continues(3), "what came after 3 is gone");
        assert!(!span.continues(10), "it never came so far");
        assert!(StreamSpan { made_at: 0, first: 0, last: 0 }.continues(0));
    }
}
