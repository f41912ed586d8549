//! A stream that follows the write-ahead log. It knows how far it is by its own last message, so
//! the relay keeps no second account that could disagree with it.

use onsale_bus::{BusError, OrderedStream};
use onsale_messages::{Position, relay::RELAYED_HEADER};

/// A stream and how far it has followed the log.
pub struct Lane {
    stream: OrderedStream,
    at: Position,
}

impl Lane {
    /// `slot_epoch` is the epoch in which the slot was made: positions before are of another log.
    pub fn new(stream: OrderedStream, slot_epoch: u64) -> Self {
        let at = relayed(&stream).filter(|(epoch, _)| *epoch >= slot_epoch);
        Self { at: at.map(|(_, position)| position).unwrap_or_default(), stream }
    }

    /// Sends what happened at a position, unless the stream has it already.
    pub async fn tell(
        &mut self,
        epoch: u64,
        position: Position,
        subject: String,
        body: Vec<u8>,
    ) -> Result<(), BusError> {
        if position <= self.at {
            return Ok(());
        }
        self.at = position;
        self.send(epoch, subject, body, &position.to_string()).await
    }

    /// Sends something beside the log: the stream is as far as it was before.
    pub async fn tell_beside(
        &mut self,
        epoch: u64,
        message_id: &str,
        subject: String,
        body: Vec<u8>,
    ) -> Result<(), BusError> {
        self.send(epoch, subject, body, message_id).await
    }

    async fn send(
        &mut self,
        epoch: u64,
        subject: String,
        body: Vec<u8>,
        message_id: &str,
    ) -> Result<(), BusError> {
        let relayed = format!("{epoch} {}", self.at);
        self.stream.publish(subject, body, message_id, (RELAYED_HEADER, &relayed)).await?;
        let stream = self.stream.name().to_owned();
        metrics::counter!("onsale_relay_told_total", "stream" => stream).increment(1);
        Ok(())
    }

    /// Waits until another message is stored; for ever when none is on its way.
    pub async fn progress(&mut self) -> Result<(), BusError> {
        self.stream.progress().await
    }

    /// Waits until every message is stored.
    pub async fn settle(&mut self) -> Result<(), BusError> {
        self.stream.settle().await
    }

    /// The sequence of the last message that was sent.
    pub const fn sent(&self) -> u64 {
        self.stream.sent()
    }

    /// The sequence up to which every message is stored.
    pub const fn stored(&self) -> u64 {
        self.stream.acknowledged()
    }
}

/// How far a stream is, and in which epoch, by the header of its last message.
pub fn relayed(stream: &OrderedStream) -> Option<(u64, Position)> {
    let (epoch, position) = stream.last_header(RELAYED_HEADER)?.split_once(' ')?;
    Some((epoch.parse().ok()?, position.parse().ok()?))
}
