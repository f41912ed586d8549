//! Telling those who are near the front over a WebSocket. What is told is the same for all and is
//! made once; each browser works out what it means for its own place.

use std::time::Duration;

use axum::{
    body::Bytes,
    extract::ws::{Message, Utf8Bytes, WebSocket},
};
use onsale_app::api::{Problem, ProblemCode};
use onsale_domain::{EventId, UserId};
use tokio::sync::watch;

use super::{WaitingRooms, gate::Presented};
use crate::listening::Listening;

/// So long a proxy can hear nothing before it thinks that nobody is there.
const HEARTBEAT: Duration = Duration::from_secs(25);
/// A browser that does not take a message in this time is let go.
const PATIENCE: Duration = Duration::from_secs(10);

/// The right to listen to a room.
pub struct Ear {
    told: watch::Receiver<Bytes>,
    _listening: Listening,
}

impl WaitingRooms {
    /// Lets somebody listen who is near enough to the front.
    pub fn ear(&self, event: EventId, user: UserId, presented: &Presented) -> Result<Ear, Problem> {
        let place = self.my_place(event, user, presented)?;
        let room = self.open_room(event)?;
        let near = room.near_front();
        if room.record.rules.tell_all || place.ahead.is_some_and(|ahead| ahead < near) {
            return self.listen(event);
        }
        let detail = format!("The socket is for those with fewer than {near} ahead. Ask now.json.");
        Err(Problem::new(ProblemCode::NotYourTurn, detail).retry_after(30))
    }

    fn listen(&self, event: EventId) -> Result<Ear, Problem> {
        let full = || {
            let detail = "More people are listening than this server can tell. Ask now.json.";
            Problem::new(ProblemCode::Unavailable, detail).retry_after(30)
        };
        let listening = self.places.take().ok_or_else(full)?;
        let told = self.board.listen(event).ok_or_else(full)?;
        Ok(Ear { told, _listening: listening })
    }
}

impl Ear {
    /// Tells a browser what changes, until it goes or the server stops.
    pub async fn tell(mut self, mut socket: WebSocket) {
        loop {
            let told = self.told.borrow_and_update().clone();
            let Ok(text) = Utf8Bytes::try_from(told) else { return };
            if !send(&mut socket, Message::Text(text)).await {
                return;
            }
            loop {
                tokio::select! {
                    changed = self.told.changed() => match changed {
                        Ok(()) => break,
                        Err(_) => {
                            let _ = socket.send(Message::Close(None)).await;
                            return;
                        }
                    },
                    heard = socket.recv() => match heard {
                        // Browsers have nothing to say; the library answers their pings.
                        Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                        Some(Ok(_)) => {}
                    },
                    () = tokio::time::sleep(HEARTBEAT) => {
                        if !send(&mut socket, Message::Ping(Bytes::new())).await {
                            return;
                        }
                    }
                }
            }
        }
    }
}

async fn send(socket: &mut WebSocket, message: Message) -> bool {
    matches!(tokio::time::timeout(PATIENCE, socket.send(message)).await, Ok(Ok(())))
}
