//! Hearing what is said at this moment, over core NATS. What is said while the connection is away
//! is missed; [`Bus::interruptions`] tells that it may have been.

use bytes::Bytes;
use futures::{Stream, StreamExt};
use tokio::sync::watch;

use crate::{Bus, BusError};

/// Something that was said.
#[derive(Debug, Clone)]
pub struct Heard {
    /// The subject.
    pub subject: String,
    /// The body.
    pub body: Bytes,
}

impl Bus {
    /// Everything that is said on subjects that match, from now on. Every listener hears it all.
    ///
    /// # Errors
    /// [`BusError::Client`] when the subscription cannot be made.
    pub async fn listen(
        &self,
        subjects: &str,
    ) -> Result<impl Stream<Item = Heard> + Send + use<>, BusError> {
        let said = self.client.subscribe(subjects.to_owned()).await;
        let said = said.map_err(|error| BusError::Client(error.to_string()))?;
        Ok(said
            .map(|message| Heard { subject: message.subject.to_string(), body: message.payload }))
    }

    /// Changes each time that something may have been missed: the connection was away, or messages
    /// came faster than they were taken.
    #[must_use]
    pub fn interruptions(&self) -> watch::Receiver<u64> {
        self.interruptions.subscribe()
    }
}
