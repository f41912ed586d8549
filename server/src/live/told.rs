//! One browser that listens.

use std::{
    convert::Infallible,
    io,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::body::{Body, Bytes};
use futures::stream;
use tokio::{
    io::AsyncWriteExt,
    net::TcpStream,
    sync::broadcast::{self, error::RecvError},
};

use super::RESYNC;
use crate::listening::Listening;

/// A browser that takes nothing for so long is let go; it comes again.
const PATIENCE: Duration = Duration::from_secs(30);

/// What one browser is told.
pub struct Told {
    pub(super) first: Bytes,
    pub(super) frames: broadcast::Receiver<Bytes>,
    pub(super) _listening: Listening,
}

impl Told {
    /// The next frames; `None` when there will be none any more.
    async fn next(&mut self) -> Option<Bytes> {
        if !self.first.is_empty() {
            return Some(std::mem::take(&mut self.first));
        }
        match self.frames.recv().await {
            Ok(frame) => Some(frame),
            // This browser reads slower than things change.
            Err(RecvError::Lagged(_)) => Some(RESYNC),
            Err(RecvError::Closed) => None,
        }
    }

    /// Tells it over a connection that is nobody else's, after the head of the answer, until either
    /// side goes.
    pub async fn tell(mut self, mut stream: TcpStream, head: Vec<u8>) {
        if send(&mut stream, &head).await.is_err() {
            return;
        }
        drop(head);
        loop {
            let frame = tokio::select! {
                frame = self.next() => frame,
                () = gone(&stream) => return,
            };
            match frame {
                Some(frame) if send(&mut stream, &frame).await.is_ok() => {}
                _ => return,
            }
        }
    }
}

async fn send(stream: &mut TcpStream, bytes: &[u8]) -> io::Result<()> {
    match stream.try_write(bytes) {
        Ok(sent) if sent == bytes.len() => Ok(()),
        // Few browsers are so slow; for them a timer and a larger task are made.
        Ok(sent) => Box::pin(send_slowly(stream, &bytes[sent..])).await,
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
            Box::pin(send_slowly(stream, bytes)).await
        }
        Err(error) => Err(error),
    }
}

async fn send_slowly(stream: &mut TcpStream, bytes: &[u8]) -> io::Result<()> {
    match tokio::time::timeout(PATIENCE, stream.write_all(bytes)).await {
        Ok(sent) => sent,
        Err(_) => Err(io::ErrorKind::TimedOut.into()),
    }
}

/// Returns when the browser has hung up. What it says meanwhile is not listened to.
async fn gone(stream: &TcpStream) {
    let mut unheard = [0; 64];
    while stream.readable().await.is_ok() {
        match stream.try_read(&mut unheard) {
            Ok(0) => return,
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(_) => return,
        }
    }
}

/// What a browser is told, on its way out with an answer. Whoever can tell it in a cheaper way than by
/// the answer's body takes it out.
#[derive(Clone)]
pub struct Handover(Arc<Mutex<Option<Told>>>);

impl Handover {
    pub(super) fn new(told: Told) -> Self {
        Self(Arc::new(Mutex::new(Some(told))))
    }

    /// Takes it out, once.
    pub fn take(&self) -> Option<Told> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// A body that tells it, unless it was taken out before.
    pub fn to_body(&self) -> Body {
        enum State {
            Waiting(Handover),
            Telling(Told),
        }
        let next = |state| async move {
            let mut told = match state {
                State::Waiting(handover) => handover.take()?,
                State::Telling(told) => told,
            };
            let frame = told.next().await?;
            Some((Ok::<_, Infallible>(frame), State::Telling(told)))
        };
        Body::from_stream(stream::unfold(State::Waiting(self.clone()), next))
    }
}
