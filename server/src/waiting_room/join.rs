//! Joining, coming back on another device, and coming to the front.

use std::{collections::HashMap, sync::Arc};

use onsale_app::api::{Admission, JoinQueue, Problem, ProblemCode, QueueChallenge, QueuePlace};
use onsale_domain::{
    EventId, Timestamp, UserId,
    waiting_room::{
        Challenge, Difficulty, Epoch, InvalidProof, Phase, QueueNumber, QueueToken, SpentNumbers,
        difficulty_for, eta,
    },
};
use onsale_store::ExchangeOutcome;

use super::{WaitingRooms, board::Room, gate::Presented, lock};
use crate::office::store_problem;

/// When to try again at the front, in seconds.
const AT_THE_FRONT: u32 = 2;

/// Numbers of which this server knows that they were exchanged and that their passes are over. Who
/// sends one again is refused here.
#[derive(Default)]
pub struct SpentHere(HashMap<(EventId, Epoch), SpentNumbers>);

impl SpentHere {
    /// Forgets rooms that are over.
    pub fn keep_only(&mut self, is_on: impl Fn(EventId, Epoch) -> bool) {
        self.0.retain(|(event, epoch), _| is_on(*event, *epoch));
    }
}

impl WaitingRooms {
    pub(super) fn open_room(&self, event: EventId) -> Result<Arc<Room>, Problem> {
        self.board.room(event).ok_or_else(|| {
            let detail = "This event has no queue at the moment: you can go straight to the seats.";
            Problem::new(ProblemCode::QueueNotOpen, detail)
        })
    }

    /// Sets a puzzle.
    pub fn challenge(&self, event: EventId, user: UserId) -> Result<QueueChallenge, Problem> {
        let room = self.open_room(event)?;
        let now = self.board.now();
        takes_newcomers(&room, now)?;
        let bits = self.bits(&room, now);
        let challenge = Challenge { event, epoch: room.record.epoch, user, bits, issued_at: now };
        Ok(QueueChallenge {
            challenge: challenge.seal(&self.key),
            bits,
            wait_seconds: u32::try_from(challenge.patience_seconds()).unwrap_or(u32::MAX),
        })
    }

    fn bits(&self, room: &Room, now: Timestamp) -> u8 {
        let difficulty = Difficulty {
            base_bits: room.record.rules.proof_bits,
            calm_joins_per_second: self.settings.calm_joins_per_second,
        };
        difficulty_for(difficulty, self.joins.per_second(now))
    }

    /// Gives somebody a place, or the one they have.
    pub async fn join(
        &self,
        event: EventId,
        user: UserId,
        presented: &Presented,
        request: &JoinQueue,
    ) -> Result<QueuePlace, Problem> {
        let room = self.open_room(event)?;
        // Whose turn came and went joins anew; not while the pass is good that they got for it.
        let is_good = |token: &QueueToken| {
            !room.has_passed(token.number) || self.pass_of(event, user, presented).is_some()
        };
        if let Some(token) = self.token_of(&room, user, presented).filter(is_good) {
            return Ok(self.place(&room, &token));
        }
        let now = self.board.now();
        takes_newcomers(&room, now)?;
        if let Some(known) = self.recent.get(&(event, user))
            && let Ok(token) = QueueToken::open(&known, &self.key)
            && token.epoch == room.record.epoch
            && is_good(&token)
        {
            return Ok(self.place(&room, &token));
        }
        self.check_proof(&room, user, request, now)?;
        self.joins.note(now);
        let number = self.numbers.next(&self.store, &room.record, &self.board).await;
        let number = number.map_err(|error| store_problem(&error))?.ok_or_else(|| {
            let detail = "The numbers are being drawn at this moment. Please try again.";
            Problem::new(ProblemCode::QueueNotOpen, detail).retry_after(1)
        })?;
        let token = QueueToken { event, epoch: room.record.epoch, number, user, issued_at: now };
        let place = self.place(&room, &token);
        self.recent.insert((event, user), place.token.as_str().into());
        metrics::counter!("onsale_queue_joins_total").increment(1);
        Ok(place)
    }

    fn check_proof(
        &self,
        room: &Room,
        user: UserId,
        request: &JoinQueue,
        now: Timestamp,
    ) -> Result<(), Problem> {
        let required = |detail: String| {
            metrics::counter!("onsale_queue_proofs_refused_total").increment(1);
            Problem::new(ProblemCode::ProofRequired, detail).at("challenge")
        };
        let Some(text) = &request.challenge else {
            return match self.bits(room, now) {
                0 => Ok(()),
                _ => Err(required("Ask for a puzzle at …/queue/challenge, and solve it.".into())),
            };
        };
        let whose = (room.record.event, room.record.epoch, user);
        let challenge = Challenge::open(text, &self.key, whose, now);
        let challenge = challenge.map_err(|error| required(format!("challenge: {error}")))?;
        let checked = match &request.nonce {
            Some(nonce) => challenge.check(text, nonce),
            None => challenge.check_patience(now),
        };
        match checked {
            Ok(()) => {}
            Err(InvalidProof::TooEarly { seconds }) => {
                let detail = format!("Without a solution, wait another {seconds} s.");
                return Err(required(detail).retry_after(seconds));
            }
            Err(error) => return Err(required(format!("nonce: {error}")).at("nonce")),
        }
        if !lock(&self.proofs).spend(text, now) {
            return Err(required("This puzzle was used. Ask for another one.".into()));
        }
        Ok(())
    }

    /// The token that the request brings along, if it is a place of this user in this epoch.
    pub fn token_of(&self, room: &Room, user: UserId, presented: &Presented) -> Option<QueueToken> {
        let token = QueueToken::open(presented.place(room.record.event)?, &self.key).ok()?;
        let is_theirs = token.user == user
            && (token.event, token.epoch) == (room.record.event, room.record.epoch);
        is_theirs.then_some(token)
    }

    /// The place that the cookie names.
    pub fn my_place(
        &self,
        event: EventId,
        user: UserId,
        presented: &Presented,
    ) -> Result<QueuePlace, Problem> {
        let room = self.open_room(event)?;
        let token = self.token_of(&room, user, presented).ok_or_else(|| {
            Problem::new(ProblemCode::PlaceInvalid, "You have no place in this queue here.")
        })?;
        Ok(self.place(&room, &token))
    }

    fn place(&self, room: &Room, token: &QueueToken) -> QueuePlace {
        let position = room.line.position(token.number).map(|position| position.0);
        let ahead = position.map(|position| position.saturating_sub(room.record.called));
        let key = token.seal_recovery(&self.key);
        QueuePlace {
            event_id: token.event,
            epoch: token.epoch.0,
            number: token.number.0,
            position,
            ahead,
            eta: ahead
                .filter(|_| room.record.mode.calls())
                .and_then(|ahead| eta(ahead, room.record.pace)),
            token: token.seal(&self.key),
            recovery_url: format!("{}/queue/{}/return?key={key}", self.public_url, token.event),
        }
    }

    /// Brings a place to the device of a user.
    pub fn recover(&self, event: EventId, user: UserId, key: &str) -> Result<QueuePlace, Problem> {
        let room = self.open_room(event)?;
        let token = QueueToken::open_recovery(key, &self.key).ok();
        let token = token.filter(|token| (token.event, token.epoch) == (event, room.record.epoch));
        let token = token.ok_or_else(|| {
            let detail = "This link does not open a place in this queue. It may have been reset.";
            Problem::new(ProblemCode::PlaceInvalid, detail).at("key")
        })?;
        Ok(self.place(&room, &QueueToken { user, ..token }))
    }

    /// Exchanges a place at the front for a pass. Returns the header for the browser, too.
    pub async fn exchange(
        &self,
        event: EventId,
        user: UserId,
        presented: &Presented,
        given: Option<&str>,
    ) -> Result<(Admission, String), Problem> {
        let room = self.open_room(event)?;
        let invalid = |detail: &str| Problem::new(ProblemCode::PlaceInvalid, detail);
        let text = given.or_else(|| presented.place(event));
        let text = text.ok_or_else(|| invalid("You have no place in this queue here."))?;
        let token = QueueToken::open(text, &self.key)
            .map_err(|error| invalid(&format!("token: {error}")).at("token"))?;
        if token.event != event || token.user != user {
            return Err(invalid("This place is somebody else's, or in another queue.").at("token"));
        }
        if token.epoch != room.record.epoch {
            return Err(invalid("The queue was reset. Please join again.").at("token"));
        }
        let position = room.line.position(token.number);
        let position = position.filter(|position| position.0 < room.record.called);
        let Some(position) = position else {
            return Err(not_yet(&room, room.line.position(token.number).map(|it| it.0)));
        };
        if self.is_spent_here(event, token.epoch, token.number) {
            return Err(used());
        }
        let outcome = self
            .store
            .exchange_number(event, token.epoch, token.number, position, user)
            .await
            .map_err(|error| store_problem(&error))?;
        match outcome {
            ExchangeOutcome::Admitted(pass) => {
                metrics::counter!("onsale_queue_admitted_total").increment(1);
                let text = self.passes.seal(&pass);
                let cookie = self.pass_cookie(&pass, &text);
                let admission = Admission {
                    pass: text,
                    expires_at: pass.expires_at,
                    hold_budget: pass.hold_budget,
                    event_url: format!("/events/{event}?admitted=1"),
                };
                Ok((admission, cookie))
            }
            ExchangeOutcome::NotYet => Err(not_yet(&room, Some(position.0))),
            ExchangeOutcome::OneMoment => Err(Problem::new(
                ProblemCode::NotYourTurn,
                "You are at the front. The door opens in a moment.",
            )
            .retry_after(AT_THE_FRONT)),
            ExchangeOutcome::Standing => Err(Problem::new(
                ProblemCode::NotYourTurn,
                "You are at the front. Nobody is let in at the moment; your turn waits for you.",
            )
            .retry_after(AT_THE_FRONT * 5)),
            ExchangeOutcome::TurnPassed => Err(Problem::new(
                ProblemCode::TurnPassed,
                "Your turn came, and its time has passed. You can join again.",
            )),
            ExchangeOutcome::InUse => Err(used()),
            ExchangeOutcome::Spent => {
                let mut spent = lock(&self.spent);
                spent.0.entry((event, token.epoch)).or_default().spend(token.number);
                Err(used())
            }
            ExchangeOutcome::Void => Err(invalid("The queue was reset. Please join again.")),
        }
    }

    fn is_spent_here(&self, event: EventId, epoch: Epoch, number: QueueNumber) -> bool {
        let spent = lock(&self.spent);
        spent.0.get(&(event, epoch)).is_some_and(|numbers| numbers.is_spent(number))
    }

    /// The public half of the key of passes.
    pub fn pass_key(&self) -> String {
        self.passes.public_hex()
    }
}

fn used() -> Problem {
    let detail = "This place was exchanged for a pass before, here or on another device.";
    Problem::new(ProblemCode::PlaceUsed, detail)
}

fn not_yet(room: &Room, position: Option<u64>) -> Problem {
    let ahead = position.map(|position| position.saturating_sub(room.record.called));
    let likely = ahead.and_then(|ahead| eta(ahead, room.record.pace));
    let seconds = likely.map_or(30, |eta| (eta.likely_seconds / 2).clamp(AT_THE_FRONT, 30));
    let detail = match ahead {
        Some(ahead) => format!("{ahead} people are called before you."),
        None => "The draw has not been held yet.".to_owned(),
    };
    Problem::new(ProblemCode::NotYourTurn, detail).retry_after(seconds)
}

fn takes_newcomers(room: &Room, now: Timestamp) -> Result<(), Problem> {
    let phase = room.record.phase(now);
    if phase.takes_newcomers() {
        return Ok(());
    }
    let refused = |detail: &str| Problem::new(ProblemCode::QueueNotOpen, detail);
    Err(match (phase, room.record.schedule) {
        (Phase::Announced, Some(schedule)) => {
            let seconds = schedule.joins_at.millis_since(now).max(0) / 1000 + 1;
            refused(&format!(
                "The queue opens at {}. Coming early gives nobody an advantage: all who join before \
                 {} are drawn.",
                schedule.joins_at, schedule.opens_at
            ))
            .retry_after(u32::try_from(seconds).unwrap_or(u32::MAX))
        }
        (Phase::Drawing, _) => {
            refused("The numbers are being drawn at this moment. Please try again.").retry_after(1)
        }
        (Phase::Draining, _) => {
            refused("The queue takes nobody else. Seats may go on general sale.")
        }
        _ => refused("The queue is closed."),
    })
}
