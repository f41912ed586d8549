//! The listeners of one event.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use axum::body::Bytes;
use base64::{Engine, engine::general_purpose::STANDARD};
use onsale_domain::AvailabilityDelta;
use tokio::sync::broadcast;

/// `seats.bin` is never older when it reaches a browser, on the worst of days.
const RECENT: Duration = Duration::from_secs(10);
/// Frames that a slow listener may be behind.
const BEHIND: usize = 32;

/// The listeners of one event, and what they were told lately.
pub struct Hub {
    frames: broadcast::Sender<Bytes>,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    /// Changes that were not told yet, in order; those that follow on each other are one.
    gathered: Vec<AvailabilityDelta>,
    recent: VecDeque<(Instant, Bytes)>,
}

impl Default for Hub {
    fn default() -> Self {
        Self { frames: broadcast::Sender::new(BEHIND), inner: Mutex::default() }
    }
}

impl Hub {
    /// Frames from now on, and those of the last seconds.
    pub fn join(&self) -> (broadcast::Receiver<Bytes>, Bytes) {
        // First in line, then the past: what is told between the two is told twice, which is no
        // harm.
        let receiver = self.frames.subscribe();
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let recent: Vec<u8> = inner.recent.iter().flat_map(|(_, frame)| frame.to_vec()).collect();
        (receiver, recent.into())
    }

    /// Gathers a change until the next [`Hub::flush`].
    pub fn take(&self, delta: AvailabilityDelta) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        match inner.gathered.last_mut() {
            Some(last) if last.epoch == delta.epoch && last.version == delta.previous => {
                let seats = last.seats().iter().chain(delta.seats()).copied().collect();
                let (previous, version) = (last.previous, delta.version);
                *last = AvailabilityDelta::new(last.epoch, previous, version, seats);
            }
            _ => inner.gathered.push(delta),
        }
    }

    /// Tells what was gathered, and forgets what was told long ago.
    pub fn flush(&self, now: Instant) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        while inner.recent.front().is_some_and(|(told, _)| now.duration_since(*told) > RECENT) {
            inner.recent.pop_front();
        }
        for delta in std::mem::take(&mut inner.gathered) {
            let frame = frame_of(&delta);
            inner.recent.push_back((now, frame.clone()));
            self.tell(frame);
        }
    }

    /// Tells a frame. Nobody may be listening.
    pub fn tell(&self, frame: Bytes) {
        let _ = self.frames.send(frame);
    }

    /// Whether nobody listens and nothing was said lately.
    pub fn is_idle(&self) -> bool {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        self.frames.receiver_count() == 0 && inner.recent.is_empty() && inner.gathered.is_empty()
    }
}

fn frame_of(delta: &AvailabilityDelta) -> Bytes {
    format!("event: delta\ndata: {}\n\n", STANDARD.encode(delta.to_bytes())).into()
}

#[cfg(test)]
mod tests {
    use onsale_domain::{SeatIndex, SeatState};

    use super::*;

    fn delta(previous: u64, version: u64, seat: u32, state: SeatState) -> AvailabilityDelta {
        AvailabilityDelta::new(1, previous, version, vec![(SeatIndex(seat), state)])
    }

    fn told(frame: &Bytes) -> AvailabilityDelta {
        let text = std::str::from_utf8(frame).expect("text");
        let data = text.strip_prefix("event: delta\ndata: ").expect("a delta").trim_end();
        AvailabilityDelta::from_bytes(&STANDARD.decode(data).expect("base64")).expect("a delta")
    }

    #[test]
    fn changes_that_follow_on_each_other_are_told_as_one() {
        let hub = Hub::default();
        let (mut listener, recent) = hub.join();
        assert!(recent.is_empty());
        hub.take(delta(5, 6, 1, SeatState::Held));
        hub.take(delta(6, 9, 2, SeatState::Held));
        hub.take(delta(9, 10, 1, SeatState::Sold));
        hub.flush(Instant::now());
        let one = told(&listener.try_recv().expect("a frame"));
        assert_eq!((one.previous, one.version), (5, 10));
        assert_eq!(one.seats(), [(SeatIndex(1), SeatState::Sold), (SeatIndex(2), SeatState::Held)]);
        assert!(listener.try_recv().is_err(), "there was only one");
    }

    #[test]
    fn a_gap_stays_a_gap() {
        let hub = Hub::default();
        let (mut listener, _) = hub.join();
        hub.take(delta(5, 6, 1, SeatState::Held));
        hub.take(delta(8, 9, 2, SeatState::Held));
        hub.flush(Instant::now());
        assert_eq!(told(&listener.try_recv().expect("a frame")).version, 6);
        assert_eq!(told(&listener.try_recv().expect("another")).previous, 8);
    }

    #[test]
    fn whoever_comes_is_told_of_the_last_seconds() {
        let (hub, start) = (Hub::default(), Instant::now());
        hub.take(delta(5, 6, 1, SeatState::Held));
        hub.flush(start);
        let (_listener, recent) = hub.join();
        assert_eq!(told(&recent).version, 6);
        hub.flush(start + RECENT + Duration::from_secs(1));
        assert!(hub.join().1.is_empty());
    }
}
