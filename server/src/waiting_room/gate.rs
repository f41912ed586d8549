//! Who may take seats while a room is on.

use axum::http::{HeaderMap, header};
use onsale_app::api::{Problem, ProblemCode};
use onsale_domain::{EventId, UserId, waiting_room::AdmissionPass};

use super::WaitingRooms;
use crate::office::{store_problem, unavailable};

/// How the cookies with a fan's place and pass begin; the event's number follows.
const QUEUE_COOKIE: &str = "onsale_queue_";
const PASS_COOKIE: &str = "onsale_pass_";
const PASS_HEADER: &str = "admission-pass";
/// Cookies of one kind that are looked at; a browser that sends more is told to queue.
const MOST_COOKIES: usize = 50;

/// What a request brings along: a pass in a header, and those in cookies.
#[derive(Debug, Clone, Default)]
pub struct Presented {
    header: Option<String>,
    passes: Vec<(EventId, String)>,
    places: Vec<(EventId, String)>,
}

impl Presented {
    /// Reads the headers of a request.
    pub fn read(headers: &HeaderMap) -> Self {
        let header = headers.get(PASS_HEADER).and_then(|value| value.to_str().ok());
        let mut presented = Self { header: header.map(str::to_owned), ..Self::default() };
        let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
        for (name, value) in lines
            .flat_map(|line| line.split(';'))
            .filter_map(|cookie| cookie.trim().split_once('='))
        {
            for (prefix, kept) in
                [(PASS_COOKIE, &mut presented.passes), (QUEUE_COOKIE, &mut presented.places)]
            {
                let event = name.strip_prefix(prefix).and_then(|event| event.parse().ok());
                if let Some(event) = event
                    && kept.len() < MOST_COOKIES
                {
                    kept.push((event, value.to_owned()));
                }
            }
        }
        presented
    }

    /// The token of the place at an event.
    pub fn place(&self, event: EventId) -> Option<&str> {
        let found = self.places.iter().find(|(of, _)| *of == event);
        found.map(|(_, token)| token.as_str())
    }

    fn passes(&self, event: EventId) -> impl Iterator<Item = &str> {
        let of_event = self.passes.iter().filter(move |(of, _)| *of == event);
        self.header.as_deref().into_iter().chain(of_event.map(|(_, pass)| pass.as_str()))
    }
}

/// By what right somebody takes seats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// Nobody is asked for a pass.
    Free,
    /// A pass that was checked.
    Pass(AdmissionPass),
    /// They held seats before the room was switched on.
    HeldBefore,
}

impl Entry {
    /// Tickets that they may have of the event, when there is a limit of their own.
    pub fn ticket_limit(&self) -> Option<u32> {
        match self {
            Self::Pass(pass) => Some(u32::from(pass.hold_budget)),
            Self::Free | Self::HeldBefore => None,
        }
    }
}

impl WaitingRooms {
    /// Lets somebody to the seats of an event, or says that they have to queue.
    pub async fn enter(
        &self,
        event: EventId,
        user: UserId,
        presented: &Presented,
    ) -> Result<Entry, Problem> {
        if !self.board.is_known() {
            return Err(unavailable());
        }
        let Some(room) = self.board.room(event) else { return Ok(Entry::Free) };
        if let Some(pass) = self.pass_of(event, user, presented) {
            return Ok(Entry::Pass(pass));
        }
        if let Some(since) = room.record.switched_on_at {
            let key = (event, user);
            let held = match self.holders.get(&key) {
                Some(held) => held,
                None => {
                    let held = self.store.held_before(event, user, since).await;
                    let held = held.map_err(|error| store_problem(&error))?;
                    self.holders.insert(key, held);
                    held
                }
            };
            if held {
                return Ok(Entry::HeldBefore);
            }
        }
        metrics::counter!("onsale_admission_refused_total").increment(1);
        let detail = format!(
            "So many people want these seats that there is a queue: join it at /queue/{event}."
        );
        Err(Problem::new(ProblemCode::AdmissionRequired, detail))
    }

    /// The pass that opens an event to a user now, of those that the request brings along.
    pub fn pass_of(
        &self,
        event: EventId,
        user: UserId,
        presented: &Presented,
    ) -> Option<AdmissionPass> {
        let room = self.board.room(event)?;
        let now = self.board.now();
        presented.passes(event).find_map(|text| {
            let pass = self.passes.open(text).ok()?;
            let is_good = pass.admits(event, room.record.epoch, user, now)
                && !self.board.is_revoked(event, pass.epoch, pass.number);
            is_good.then_some(pass)
        })
    }

    /// The header that puts a place into a browser.
    pub fn place_cookie(&self, event: EventId, token: &str) -> String {
        self.cookie(&format!("{QUEUE_COOKIE}{event}"), token, 7 * 86_400)
    }

    /// The header that puts a pass into a browser.
    pub fn pass_cookie(&self, pass: &AdmissionPass, text: &str) -> String {
        let life = pass.expires_at.millis_since(self.board.now()) / 1000;
        self.cookie(&format!("{PASS_COOKIE}{}", pass.event), text, life.max(0))
    }

    fn cookie(&self, name: &str, value: &str, seconds: i64) -> String {
        let secure = if self.public_url.starts_with("https") { "; Secure" } else { "" };
        format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}")
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn passes_are_found_by_their_event() {
        let mut headers = HeaderMap::new();
        let cookies = "onsale_user=x; onsale_pass_7=seven; onsale_queue_7=place; onsale_pass_8=8";
        headers.insert(header::COOKIE, HeaderValue::from_static(cookies));
        headers.insert(PASS_HEADER, HeaderValue::from_static("of-a-program"));
        let presented = Presented::read(&headers);
        let passes: Vec<&str> = presented.passes(EventId(7)).collect();
        assert_eq!(passes, ["of-a-program", "seven"]);
        assert_eq!(presented.place(EventId(7)), Some("place"));
        assert_eq!(presented.place(EventId(8)), None);
    }
}
