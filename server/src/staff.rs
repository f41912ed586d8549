//! Operators at this server: who is signed in, what they may do, and the orders they give to
//! waiting rooms. Pages and the API both come here.

use axum::http::{HeaderMap, header};
use onsale_app::{
    admin::{AuditLine, Operator},
    api::{Problem, ProblemCode, RoomBoard, RoomOrder, RoomRulesChange, SignIn},
};
use onsale_domain::{
    EventId,
    waiting_room::{QueueNumber, RoomCommand, RoomRules, Schedule, Seed, eta},
};
use onsale_store::{CommandOutcome, Role, RoomRecord, SignInOutcome, StaffMember};
use uuid::Uuid;

use crate::{
    Edge,
    office::{event_not_found, invalid, store_problem},
};

/// The cookie of whoever is signed in.
const COOKIE: &str = "onsale_staff";
/// Lines of the audit log that are shown.
const LOG_LINES: i64 = 200;
/// Characters of an address or a password that are read.
const MAX_CREDENTIAL_CHARS: usize = 254;
const CSRF_HEADER: &str = "x-csrf-token";

/// Somebody who is signed in, with this request.
pub struct Session {
    /// Who.
    pub member: StaffMember,
    /// What the cookie carries.
    secret: String,
}

fn sign_in_required(detail: &str) -> Problem {
    Problem::new(ProblemCode::SignInRequired, detail)
}

impl Session {
    /// Who sent a request.
    pub async fn of(edge: &Edge, headers: &HeaderMap) -> Result<Self, Problem> {
        let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
        let secret = lines
            .flat_map(|line| line.split(';'))
            .filter_map(|cookie| cookie.trim().split_once('='))
            .find_map(|(name, value)| (name == COOKIE).then(|| value.to_owned()));
        let secret = secret.ok_or_else(|| sign_in_required("Nobody is signed in."))?;
        let member = edge.office.store().staff_member(&secret).await;
        let member = member.map_err(|error| store_problem(&error))?;
        let member = member.ok_or_else(|| sign_in_required("You are no longer signed in."))?;
        Ok(Self { member, secret })
    }

    /// What forms carry and programs send along.
    pub fn csrf_token(&self, edge: &Edge) -> String {
        edge.signer.csrf_token(&self.secret)
    }

    /// Refuses a change that did not come from our own pages or a program of the operator's.
    pub fn check_csrf(&self, edge: &Edge, given: &str) -> Result<(), Problem> {
        if edge.signer.is_csrf_token(&self.secret, given) {
            return Ok(());
        }
        let detail =
            "The page was open for too long, or the request came from elsewhere. Open it again.";
        Err(Problem::new(ProblemCode::CrossOrigin, detail).at("X-CSRF-Token"))
    }

    /// The same for the API.
    pub fn check_header(&self, edge: &Edge, headers: &HeaderMap) -> Result<(), Problem> {
        let given = headers.get(CSRF_HEADER).and_then(|value| value.to_str().ok());
        self.check_csrf(edge, given.unwrap_or_default())
    }

    /// For the top of a page.
    pub fn operator(&self, edge: &Edge) -> Operator {
        Operator {
            email: self.member.email.clone(),
            is_admin: self.member.role == Role::Admin,
            csrf_token: self.csrf_token(edge),
        }
    }

    fn require_admin(&self) -> Result<(), Problem> {
        match self.member.role {
            Role::Admin => Ok(()),
            Role::Organiser => {
                Err(Problem::new(ProblemCode::NotAllowed, "Only an admin may do that."))
            }
        }
    }

    /// Ends it.
    pub async fn end(&self, edge: &Edge) -> Result<(), Problem> {
        edge.office.store().sign_out(&self.secret).await.map_err(|error| store_problem(&error))
    }
}

/// The header that puts what somebody is signed in with into a browser, or takes it out.
pub fn cookie(edge: &Edge, secret: Option<&str>) -> String {
    let secure = if edge.settings.server.public_url.starts_with("https") { "; Secure" } else { "" };
    let (value, life) = match secret {
        Some(secret) => (secret, 12 * 3600),
        None => ("", 0),
    };
    format!("{COOKIE}={value}; Path=/; Max-Age={life}; HttpOnly; SameSite=Strict{secure}")
}

/// Signs somebody in. Returns them, and what their cookie carries.
pub async fn sign_in(edge: &Edge, given: &SignIn) -> Result<(Session, String), Problem> {
    let too_long = |text: &str| text.chars().count() > MAX_CREDENTIAL_CHARS;
    if too_long(&given.email) || too_long(&given.password) {
        return Err(invalid("password", format!("has at most {MAX_CREDENTIAL_CHARS} characters")));
    }
    // 244 bits that nobody can guess.
    let secret = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
    let outcome = edge.office.store().sign_in(&given.email, &given.password, &secret).await;
    match outcome.map_err(|error| store_problem(&error))? {
        SignInOutcome::SignedIn { member, .. } => {
            Ok((Session { member, secret: secret.clone() }, secret))
        }
        SignInOutcome::Refused => {
            Err(sign_in_required("We know nobody with this address and this password."))
        }
        SignInOutcome::Resting => {
            let detail = "Too many wrong passwords. Please wait a minute.";
            Err(Problem::new(ProblemCode::TooManyRequests, detail).retry_after(60))
        }
    }
}

/// An order in the words of the domain.
fn command_of(order: &RoomOrder) -> Result<RoomCommand, Problem> {
    Ok(match order.command.as_str() {
        "switch_on" => RoomCommand::SwitchOn,
        "pause" => RoomCommand::Pause,
        "resume" => RoomCommand::Resume,
        "drain" => RoomCommand::Drain,
        "close" => RoomCommand::Close,
        "reset" => RoomCommand::Reset,
        "switch_off" => RoomCommand::SwitchOff,
        "schedule" => RoomCommand::Schedule(Schedule {
            joins_at: order.joins_at.ok_or_else(|| invalid("joinsAt", "is missing"))?,
            opens_at: order.opens_at.ok_or_else(|| invalid("opensAt", "is missing"))?,
        }),
        _ => {
            let commands = "switch_on, schedule, pause, resume, drain, close, reset or switch_off";
            return Err(invalid("command", format!("must be {commands}")));
        }
    })
}

/// Carries out an order, and has every server look at once.
pub async fn command(
    edge: &Edge,
    session: &Session,
    event: EventId,
    order: &RoomOrder,
) -> Result<RoomBoard, Problem> {
    let command = command_of(order)?;
    if matches!(command, RoomCommand::Close | RoomCommand::Reset | RoomCommand::SwitchOff) {
        session.require_admin()?;
    }
    let mut seed = [0; 32];
    seed[..16].copy_from_slice(Uuid::new_v4().as_bytes());
    seed[16..].copy_from_slice(Uuid::new_v4().as_bytes());
    let store = edge.office.store();
    let outcome = store.command_room(event, command, Seed(seed), &session.member.email).await;
    let outcome = outcome.map_err(|error| store_problem(&error))?;
    edge.rooms.board.wake();
    match outcome {
        CommandOutcome::Done(room) => board_of(edge, &room).await,
        CommandOutcome::Refused(refused) => {
            Err(Problem::new(ProblemCode::RoomRefused, format!("{refused}.")).at("command"))
        }
        CommandOutcome::NoSuchEvent => Err(event_not_found()),
    }
}

/// Changes how a room is run.
pub async fn set_rules(
    edge: &Edge,
    session: &Session,
    event: EventId,
    change: &RoomRulesChange,
) -> Result<RoomBoard, Problem> {
    let store = edge.office.store();
    let known = store.room(event).await.map_err(|error| store_problem(&error))?;
    let rules = change.over(known.map_or_else(RoomRules::default, |room| room.rules));
    rules.check().map_err(|error| {
        let field = error.field;
        Problem::new(ProblemCode::LimitExceeded, error).at(field)
    })?;
    let changed = store.set_room_rules(event, rules, &session.member.email).await;
    let room = changed.map_err(|error| store_problem(&error))?.ok_or_else(event_not_found)?;
    edge.rooms.board.wake();
    board_of(edge, &room).await
}

/// Ends the pass of a number before its time.
pub async fn revoke(
    edge: &Edge,
    session: &Session,
    event: EventId,
    number: QueueNumber,
) -> Result<(), Problem> {
    session.require_admin()?;
    let revoked = edge.office.store().revoke_pass(event, number, &session.member.email).await;
    let revoked = revoked.map_err(|error| store_problem(&error))?;
    edge.rooms.board.wake();
    match revoked {
        true => Ok(()),
        false => Err(Problem::new(ProblemCode::NotFound, "That number has no pass that is good.")),
    }
}

/// A room as operators see it.
pub async fn room(edge: &Edge, event: EventId) -> Result<RoomBoard, Problem> {
    let store = edge.office.store();
    let known = store.room(event).await.map_err(|error| store_problem(&error))?;
    match known {
        Some(room) => board_of(edge, &room).await,
        None => no_room(edge, event).await,
    }
}

/// Every room that is on.
pub async fn rooms(edge: &Edge) -> Result<Vec<RoomBoard>, Problem> {
    let records = edge.office.store().rooms_on().await.map_err(|error| store_problem(&error))?;
    let mut boards = Vec::with_capacity(records.len());
    for record in records {
        boards.push(board_of(edge, &record).await?);
    }
    Ok(boards)
}

/// The latest lines of the audit log.
pub async fn audit_log(edge: &Edge, session: &Session) -> Result<Vec<AuditLine>, Problem> {
    session.require_admin()?;
    let entries = edge.office.store().audit_entries(LOG_LINES).await;
    let entries = entries.map_err(|error| store_problem(&error))?;
    let line = |entry: onsale_store::AuditEntry| AuditLine {
        at: entry.at.to_string(),
        actor: entry.actor,
        action: entry.action,
        event: entry.event.map(|event| event.to_string()),
        detail: entry.detail,
    };
    Ok(entries.into_iter().map(line).collect())
}

async fn board_of(edge: &Edge, room: &RoomRecord) -> Result<RoomBoard, Problem> {
    let store = edge.office.store();
    let figures = store.room_figures(room.event).await.map_err(|error| store_problem(&error))?;
    let live = edge.rooms.board.figures(room.event, room.epoch);
    let waiting = room.next_number.saturating_sub(room.called).saturating_sub(room.skipped);
    let newcomer = eta(waiting, room.pace).filter(|_| room.mode.calls());
    Ok(RoomBoard {
        event_id: room.event,
        event_title: edge.office.event_title(room.event).await?,
        mode: room.mode,
        phase: room.phase(edge.rooms.board.now()),
        epoch: room.epoch.0,
        schedule: room.schedule,
        commitment: room.commitment.map(|commitment| commitment.to_string()),
        rules: room.rules,
        waiting,
        called: room.called,
        skipped: room.skipped,
        admitted: room.admitted,
        active: figures.active_passes,
        converting: figures.active_passes - figures.shopping.min(figures.active_passes),
        abandoned: room.abandoned,
        rate_now: live.map_or(room.rate_now, |live| live.rate_per_minute),
        newcomer_seconds: newcomer.map(|eta| eta.likely_seconds),
        available_seats: figures.available_seats,
        held_seats: figures.held_seats,
        sold_out: room.sold_out,
    })
}

async fn no_room(edge: &Edge, event: EventId) -> Result<RoomBoard, Problem> {
    let figures = edge.office.store().room_figures(event).await;
    let figures = figures.map_err(|error| store_problem(&error))?;
    Ok(RoomBoard {
        event_id: event,
        event_title: edge.office.event_title(event).await?,
        mode: onsale_domain::waiting_room::RoomMode::Off,
        phase: onsale_domain::waiting_room::Phase::Off,
        epoch: 0,
        schedule: None,
        commitment: None,
        rules: RoomRules::default(),
        waiting: 0,
        called: 0,
        skipped: 0,
        admitted: 0,
        active: 0,
        converting: 0,
        abandoned: 0,
        rate_now: 0.0,
        newcomer_seconds: None,
        available_seats: figures.available_seats,
        held_seats: figures.held_seats,
        sold_out: false,
    })
}
