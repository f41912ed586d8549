//! Dead letters: messages that nobody could work on, kept until an operator has looked at them.
//!
//! There are two ways into the stream. A worker that gives a message up publishes it here with its
//! body and then takes it out of its own stream: the server's advisory about a terminated message
//! has no body, and a work-queue stream drops the message at that moment. A message that was
//! delivered too often is reported by the server; it stays in its stream, undelivered, until that
//! stream's age limit, and is read from there.

use std::time::Duration;

use async_nats::{
    HeaderMap,
    jetstream::{
        ErrorCode,
        context::GetStreamErrorKind,
        message::{PublishMessage, StreamMessage},
        stream::{self, RawMessageErrorKind},
    },
};
use bytes::Bytes;
use onsale_messages::{dead_letter_headers, dead_letter_subject, topology::DEAD_LETTERS_STREAM};
use serde::{Deserialize, Serialize};

use crate::{Bus, BusError, WorkMessage, header};

/// Bytes of a reason that are kept.
const MAX_REASON_BYTES: usize = 1_000;
/// Between two looks whether the connection stands.
const CONNECTION_CHECK: Duration = Duration::from_millis(20);

/// How a message became a dead letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// A worker found that it can never be worked on.
    GivenUp,
    /// It was delivered as often as its consumer allows, and never acknowledged.
    DeliveredTooOften,
    /// Some other client ended it.
    Terminated,
}

/// A message as it was published to its own stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Original {
    /// The subject.
    pub subject: String,
    /// Its headers, without those that told the server what to do with it.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
}

impl Original {
    /// Names and values of the headers, sorted.
    #[must_use]
    pub fn sorted_headers(&self) -> Vec<(String, String)> {
        let mut all: Vec<(String, String)> =
            each(&self.headers).map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        all.sort();
        all
    }
}

/// A dead letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// Its number among the dead letters.
    pub sequence: u64,
    /// When it became one, in milliseconds since 1970.
    pub at_millis: i64,
    /// How it became one.
    pub cause: Cause,
    /// Why, in words.
    pub reason: String,
    /// The stream of the message.
    pub stream: String,
    /// The consumer that could not work on it.
    pub consumer: String,
    /// The number of the message in its stream.
    pub stream_sequence: u64,
    /// How often it was delivered.
    pub deliveries: u64,
    /// The server's advisory as it was written, if the server reported it.
    pub advisory: Option<String>,
    /// The message, unless nobody has it any more.
    pub original: Option<Original>,
}

/// Some of the dead letters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Oldest first.
    pub letters: Vec<DeadLetter>,
    /// The number from which to go on, if there are more.
    pub next: Option<u64>,
    /// How many there are in all.
    pub total: u64,
}

/// What can be wrong with dead letters.
#[derive(Debug, thiserror::Error)]
pub enum DeadLetterError {
    /// No server answers.
    #[error("NATS cannot be reached")]
    Unreachable,
    /// The stream does not exist.
    #[error("there is no stream {DEAD_LETTERS_STREAM}: the workers make it when they start")]
    NoStream,
    /// There is no such dead letter.
    #[error("there is no dead letter {0}")]
    Unknown(u64),
    /// What is kept under this number cannot be read.
    #[error("dead letter {sequence} cannot be read: {reason}")]
    Unreadable {
        /// The number.
        sequence: u64,
        /// Why.
        reason: String,
    },
    /// Its message is gone.
    #[error(
        "the message of dead letter {0} is gone: its stream does not keep it any more. What it \
         asked for is in the database; the sweep asks again"
    )]
    MessageGone(u64),
    /// NATS did not do what was asked.
    #[error(transparent)]
    Bus(#[from] BusError),
}

/// What the server writes about a message.
#[derive(Deserialize)]
struct Advisory {
    #[serde(rename = "type")]
    kind: String,
    stream: String,
    consumer: String,
    stream_seq: u64,
    deliveries: u64,
    #[serde(default)]
    reason: String,
}

/// Keeps a message that can never be worked on as a dead letter, and only then takes it out of its
/// stream. Should the process die in between, it is delivered and given up once more.
///
/// It is acknowledged, not terminated: the advisory about that would be a second dead letter that
/// says the same.
///
/// # Errors
/// [`BusError`] when it could not be kept or not be taken out; then it will be delivered again.
pub async fn give_up(message: &WorkMessage, reason: &str) -> Result<(), BusError> {
    let unclear = |error: async_nats::Error| BusError::Client(error.to_string());
    let about = message.info().map_err(unclear)?;
    let mut headers = message.headers.as_ref().map(for_readers).unwrap_or_default();
    headers.insert(dead_letter_headers::REASON, one_line(reason));
    headers.insert(dead_letter_headers::SUBJECT, message.subject.as_str());
    headers.insert(dead_letter_headers::SEQUENCE, about.stream_sequence.to_string());
    headers.insert(dead_letter_headers::DELIVERIES, about.delivered.to_string());
    // Given up twice because the acknowledgement was lost, it is one letter; after a replay it is
    // another message.
    let published = about.published.unix_timestamp_nanos();
    let id = format!("{}-{}-{published}", about.stream, about.stream_sequence);
    let letter =
        PublishMessage::build().headers(headers).payload(message.payload.clone()).message_id(id);
    let subject = dead_letter_subject(about.stream, about.consumer);
    message.context.send_publish(subject, letter).await?.await?;
    message.double_ack().await.map_err(unclear)
}

impl Bus {
    /// Waits until a server is connected.
    ///
    /// # Errors
    /// [`DeadLetterError::Unreachable`] when none is within `patience`.
    pub async fn connected(&self, patience: Duration) -> Result<(), DeadLetterError> {
        let connected = async {
            while !self.is_connected() {
                tokio::time::sleep(CONNECTION_CHECK).await;
            }
        };
        let waited = tokio::time::timeout(patience, connected).await;
        waited.map_err(|_| DeadLetterError::Unreachable)
    }

    /// Dead letters from number `from` on, oldest first, at most `limit`. None when no worker has
    /// made their stream yet.
    ///
    /// # Errors
    /// [`DeadLetterError`].
    pub async fn dead_letters(&self, from: u64, limit: usize) -> Result<Page, DeadLetterError> {
        let mut page = Page { letters: Vec::new(), next: None, total: 0 };
        let stream = match self.dead_letter_stream().await {
            Ok(stream) => stream,
            Err(DeadLetterError::NoStream) => return Ok(page),
            Err(error) => return Err(error),
        };
        page.total = stream.get_info().await.map_err(client_error)?.state.messages;
        let mut next = from.max(1);
        while let Some(kept) = message_at_or_after(&stream, next).await? {
            if page.letters.len() == limit {
                page.next = Some(kept.sequence);
                break;
            }
            next = kept.sequence + 1;
            page.letters.push(self.read_letter(kept).await?);
        }
        Ok(page)
    }

    /// One dead letter.
    ///
    /// # Errors
    /// [`DeadLetterError`].
    pub async fn dead_letter(&self, sequence: u64) -> Result<DeadLetter, DeadLetterError> {
        let stream = self.dead_letter_stream().await?;
        let kept = message(&stream, sequence).await?;
        self.read_letter(kept.ok_or(DeadLetterError::Unknown(sequence))?).await
    }

    /// Publishes the message of a dead letter to its subject again, and then removes the dead
    /// letter. Interrupted between the two, it can be repeated: work is done once, however often it
    /// is asked for.
    ///
    /// # Errors
    /// [`DeadLetterError`]; the dead letter is then still there.
    pub async fn replay_dead_letter(&self, sequence: u64) -> Result<DeadLetter, DeadLetterError> {
        let letter = self.dead_letter(sequence).await?;
        let original = letter.original.as_ref();
        let original = original.ok_or(DeadLetterError::MessageGone(sequence))?;
        let again = PublishMessage::build()
            .headers(original.headers.clone())
            .payload(original.body.clone())
            .message_id(format!("replay-{sequence}-{}", letter.at_millis));
        let published = self.jetstream.send_publish(original.subject.clone(), again).await;
        published.map_err(BusError::from)?.await.map_err(BusError::from)?;
        self.remove(&letter).await?;
        Ok(letter)
    }

    /// Removes a dead letter, and what its stream may still keep of its message.
    ///
    /// # Errors
    /// [`DeadLetterError`].
    pub async fn discard_dead_letter(&self, sequence: u64) -> Result<DeadLetter, DeadLetterError> {
        let letter = self.dead_letter(sequence).await?;
        self.remove(&letter).await?;
        Ok(letter)
    }

    async fn remove(&self, letter: &DeadLetter) -> Result<(), DeadLetterError> {
        let is_in_its_stream = letter.cause != Cause::GivenUp && letter.original.is_some();
        if is_in_its_stream
            && let Ok(stream) = self.jetstream.get_stream(&letter.stream).await
            && let Err(error) = stream.delete_message(letter.stream_sequence).await
        {
            tracing::debug!(%error, "the message had left its stream");
        }
        let stream = self.dead_letter_stream().await?;
        stream.delete_message(letter.sequence).await.map_err(client_error)?;
        Ok(())
    }

    async fn dead_letter_stream(&self) -> Result<stream::Stream, DeadLetterError> {
        self.jetstream.get_stream(DEAD_LETTERS_STREAM).await.map_err(|error| match error.kind() {
            GetStreamErrorKind::JetStream(reason)
                if reason.error_code() == ErrorCode::STREAM_NOT_FOUND =>
            {
                DeadLetterError::NoStream
            }
            _ => client_error(error),
        })
    }

    async fn read_letter(&self, kept: StreamMessage) -> Result<DeadLetter, DeadLetterError> {
        if kept.headers.get(dead_letter_headers::SEQUENCE).is_some() {
            return read_given_up(kept);
        }
        let mut letter = read_advisory(&kept)?;
        if let Ok(stream) = self.jetstream.get_stream(&letter.stream).await {
            let original = message(&stream, letter.stream_sequence).await?;
            // A stream in memory counts from 1 again after a restart: a younger message is another.
            letter.original =
                original.filter(|original| millis(original) <= letter.at_millis).map(|original| {
                    Original {
                        subject: original.subject.to_string(),
                        headers: for_readers(&original.headers),
                        body: original.payload,
                    }
                });
        }
        Ok(letter)
    }
}

fn read_given_up(kept: StreamMessage) -> Result<DeadLetter, DeadLetterError> {
    let text = |name: &str| header(Some(&kept.headers), name).unwrap_or_default().to_owned();
    let number = |name: &str| text(name).parse::<u64>();
    let unreadable =
        |reason: String| DeadLetterError::Unreadable { sequence: kept.sequence, reason };
    let mut place = kept.subject.split('.').skip(1).map(str::to_owned);
    let numbers = number(dead_letter_headers::SEQUENCE)
        .and_then(|sequence| Ok((sequence, number(dead_letter_headers::DELIVERIES)?)));
    let (stream_sequence, deliveries) =
        numbers.map_err(|error| unreadable(format!("its headers: {error}")))?;
    Ok(DeadLetter {
        sequence: kept.sequence,
        at_millis: millis(&kept),
        cause: Cause::GivenUp,
        reason: text(dead_letter_headers::REASON),
        stream: place.next().unwrap_or_default(),
        consumer: place.next().unwrap_or_default(),
        stream_sequence,
        deliveries,
        advisory: None,
        original: Some(Original {
            subject: text(dead_letter_headers::SUBJECT),
            headers: for_readers(&kept.headers),
            body: kept.payload,
        }),
    })
}

fn read_advisory(kept: &StreamMessage) -> Result<DeadLetter, DeadLetterError> {
    let unreadable =
        |reason: String| DeadLetterError::Unreadable { sequence: kept.sequence, reason };
    let advisory: Advisory =
        serde_json::from_slice(&kept.payload).map_err(|error| unreadable(error.to_string()))?;
    let (cause, words) = match advisory.kind.ends_with("terminated") {
        true => (Cause::Terminated, "ended by another client"),
        false => (Cause::DeliveredTooOften, "delivered too often without being acknowledged"),
    };
    Ok(DeadLetter {
        sequence: kept.sequence,
        at_millis: millis(kept),
        cause,
        reason: if advisory.reason.is_empty() { words.to_owned() } else { advisory.reason },
        stream: advisory.stream,
        consumer: advisory.consumer,
        stream_sequence: advisory.stream_seq,
        deliveries: advisory.deliveries,
        advisory: Some(String::from_utf8_lossy(&kept.payload).into_owned()),
        original: None,
    })
}

async fn message(
    stream: &stream::Stream,
    sequence: u64,
) -> Result<Option<StreamMessage>, DeadLetterError> {
    found(stream.get_raw_message(sequence).await)
}

async fn message_at_or_after(
    stream: &stream::Stream,
    sequence: u64,
) -> Result<Option<StreamMessage>, DeadLetterError> {
    found(stream.raw_message_builder().sequence(sequence).next_by_subject(">").send().await)
}

fn found(
    answer: Result<StreamMessage, stream::RawMessageError>,
) -> Result<Option<StreamMessage>, DeadLetterError> {
    match answer {
        Ok(message) => Ok(Some(message)),
        Err(error) if error.kind() == RawMessageErrorKind::NoMessageFound => Ok(None),
        Err(error) => Err(client_error(error)),
    }
}

fn client_error(error: impl std::error::Error) -> DeadLetterError {
    BusError::Client(error.to_string()).into()
}

fn millis(message: &StreamMessage) -> i64 {
    i64::try_from(message.time.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX)
}

/// The headers that one program wrote for another. `Nats-…` are instructions to the server, given
/// for one time; ours about the dead letter are about this one.
fn for_readers(headers: &HeaderMap) -> HeaderMap {
    let mut kept = HeaderMap::new();
    for (name, value) in each(headers) {
        if !name.starts_with("Nats-") && !name.starts_with(dead_letter_headers::PREFIX) {
            kept.append(name, value);
        }
    }
    kept
}

fn each(headers: &HeaderMap) -> impl Iterator<Item = (&str, &str)> {
    headers.iter().flat_map(|(name, values)| {
        let name: &str = name.as_ref();
        values.iter().map(move |value| (name, value.as_str()))
    })
}

/// A header is one line, and not too long.
fn one_line(text: &str) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let end = text.floor_char_boundary(MAX_REASON_BYTES);
    text.get(..end).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_one_short_line() {
        assert_eq!(one_line("not JSON\r\nNats-TTL: 1"), "not JSON  Nats-TTL: 1");
        assert_eq!(one_line(&"ü".repeat(1_000)).len(), MAX_REASON_BYTES);
    }
}
