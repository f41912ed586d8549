//! The life of a room.
//!
//! ```text
//!              schedule             the hour comes: the draw
//!        ┌────────────────▶ scheduled ────────────────┐
//!        │                      │ switch on           ▼     pause
//!   ──▶ off ───────────────────────────────────────▶ open ◀──────▶ paused
//!        ▲         switch on                          │    resume    │
//!        │                                     drain  ▼              ▼
//!        ├──────────────────────────────────────── draining       closed
//!        └── switch off, from anywhere; drained, once nobody waits
//! ```
//!
//! A reset voids all numbers and passes by counting the epoch up: a room that was on is then paused
//! until somebody resumes it.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::limits;
use crate::{Timestamp, limits::MAX_TICKETS_PER_USER_AND_EVENT};

/// What an operator has decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoomMode {
    /// Nobody needs a pass.
    Off,
    /// There will be a draw; see [`Schedule`].
    Scheduled,
    /// Numbers are given out and positions called.
    Open,
    /// Numbers are given out, nobody is called.
    Paused,
    /// No more numbers; those who wait are called.
    Draining,
    /// No more numbers, nobody is called. Passes that were given out stay good.
    Closed,
}

impl RoomMode {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Scheduled => "scheduled",
            Self::Open => "open",
            Self::Paused => "paused",
            Self::Draining => "draining",
            Self::Closed => "closed",
        }
    }

    /// Whether seats can be taken with a pass only.
    #[must_use]
    pub const fn asks_for_passes(self) -> bool {
        !matches!(self, Self::Off)
    }

    /// Whether positions are called and numbers exchanged.
    #[must_use]
    pub const fn calls(self) -> bool {
        matches!(self, Self::Open | Self::Draining)
    }
}

impl fmt::Display for RoomMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for RoomMode {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let all =
            [Self::Off, Self::Scheduled, Self::Open, Self::Paused, Self::Draining, Self::Closed];
        let found = all.into_iter().find(|mode| mode.as_str() == text);
        found.ok_or_else(|| format!("`{text}` is not the mode of a waiting room"))
    }
}

/// When a room with a draw begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Schedule {
    /// From then on fans may join.
    pub joins_at: Timestamp,
    /// Then the numbers are drawn and the first positions called.
    pub opens_at: Timestamp,
}

/// What a room is for a fan at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// There is no room: buy.
    Off,
    /// Too early to join.
    Announced,
    /// Fans join, and all of them will be drawn.
    PreQueue,
    /// The hour has come; the draw is being published.
    Drawing,
    /// Fans join and are called.
    Open,
    /// Fans join, and nobody is called for the moment.
    Paused,
    /// Those who wait are called; nobody joins.
    Draining,
    /// It is over.
    Closed,
}

impl Phase {
    /// What a room is now.
    #[must_use]
    pub fn of(mode: RoomMode, schedule: Option<Schedule>, now: Timestamp) -> Self {
        match (mode, schedule) {
            (RoomMode::Off, _) => Self::Off,
            (RoomMode::Scheduled, Some(schedule)) if now < schedule.joins_at => Self::Announced,
            (RoomMode::Scheduled, Some(schedule)) if now < schedule.opens_at => Self::PreQueue,
            (RoomMode::Scheduled, _) => Self::Drawing,
            (RoomMode::Open, _) => Self::Open,
            (RoomMode::Paused, _) => Self::Paused,
            (RoomMode::Draining, _) => Self::Draining,
            (RoomMode::Closed, _) => Self::Closed,
        }
    }

    /// Whether numbers are given out.
    #[must_use]
    pub const fn takes_newcomers(self) -> bool {
        matches!(self, Self::PreQueue | Self::Open | Self::Paused)
    }
}

/// What an operator can do with a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
pub enum RoomCommand {
    /// From now on seats can be taken with a pass only.
    SwitchOn,
    /// Announce a draw.
    Schedule(Schedule),
    /// Call nobody for the moment.
    Pause,
    /// Go on.
    Resume,
    /// Let in those who wait and nobody else, then switch off.
    Drain,
    /// End the queue; nobody else comes in.
    Close,
    /// Void all numbers and passes.
    Reset,
    /// Seats can be taken by anybody.
    SwitchOff,
}

/// Why a command cannot be carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RoomRefused {
    /// The room is in a mode in which this means nothing.
    #[error("that cannot be done while the room is {0}")]
    NotNow(RoomMode),
    /// The times of a draw are not in order, or over.
    #[error("joining must begin before the sale opens, and the sale must open in the future")]
    BadSchedule,
}

impl RoomCommand {
    /// The word for it, in addresses and in the audit log.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SwitchOn => "switch_on",
            Self::Schedule(_) => "schedule",
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Drain => "drain",
            Self::Close => "close",
            Self::Reset => "reset",
            Self::SwitchOff => "switch_off",
        }
    }

    /// The mode after the command.
    ///
    /// # Errors
    /// [`RoomRefused`] when it cannot be carried out in this mode.
    pub fn apply(self, mode: RoomMode, now: Timestamp) -> Result<RoomMode, RoomRefused> {
        use RoomMode::{Closed, Draining, Off, Open, Paused, Scheduled};
        match (self, mode) {
            (Self::SwitchOn, Off | Scheduled) => Ok(Open),
            (Self::Schedule(schedule), Off | Scheduled) => {
                let in_order = schedule.joins_at < schedule.opens_at && now < schedule.opens_at;
                if in_order { Ok(Scheduled) } else { Err(RoomRefused::BadSchedule) }
            }
            (Self::Pause, Open | Draining) => Ok(Paused),
            (Self::Resume, Paused | Draining | Closed) => Ok(Open),
            (Self::Drain, Open | Paused) => Ok(Draining),
            (Self::Close, Open | Paused | Draining) => Ok(Closed),
            (Self::Reset, Open | Paused | Draining | Closed) => Ok(Paused),
            (Self::Reset, Off | Scheduled) => Ok(Off),
            (Self::SwitchOff, _) => Ok(Off),
            _ => Err(RoomRefused::NotNow(mode)),
        }
    }
}

/// How a room is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RoomRules {
    /// Admissions in a minute, at most.
    pub rate_per_minute: u32,
    /// Passes that may be valid at once.
    pub max_active_passes: u32,
    /// How long a pass is good, in seconds.
    pub pass_seconds: u32,
    /// How long a turn that has come can be taken, in seconds.
    pub grace_seconds: u32,
    /// Tickets that one pass allows.
    pub hold_budget: u16,
    /// Zero bits of the puzzle while it is calm; 0 for none.
    pub proof_bits: u8,
    /// Whether all who wait may keep a WebSocket open, not only those near the front.
    pub tell_all: bool,
}

impl Default for RoomRules {
    fn default() -> Self {
        Self {
            rate_per_minute: 600,
            max_active_passes: 5_000,
            pass_seconds: 600,
            grace_seconds: 600,
            hold_budget: 10,
            proof_bits: 16,
            tell_all: false,
        }
    }
}

/// A rule that is beyond its limits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field} must be from {least} to {most}")]
pub struct InvalidRoomRule {
    /// The name of the field on the wire.
    pub field: &'static str,
    /// The smallest value.
    pub least: u32,
    /// The largest.
    pub most: u32,
}

impl RoomRules {
    /// Checks the limits.
    ///
    /// # Errors
    /// [`InvalidRoomRule`] names the first field that is beyond them.
    pub fn check(&self) -> Result<(), InvalidRoomRule> {
        let budget = u32::try_from(MAX_TICKETS_PER_USER_AND_EVENT).unwrap_or(u32::MAX);
        let (shortest_pass, longest_pass) = limits::PASS_SECONDS;
        let (least_grace, most_grace) = limits::GRACE_SECONDS;
        let rules = [
            ("ratePerMinute", self.rate_per_minute, 1, limits::MAX_RATE_PER_MINUTE),
            ("maxActivePasses", self.max_active_passes, 1, limits::MAX_ACTIVE_PASSES),
            ("passSeconds", self.pass_seconds, shortest_pass, longest_pass),
            ("graceSeconds", self.grace_seconds, least_grace, most_grace),
            ("holdBudget", u32::from(self.hold_budget), 1, budget),
            ("proofBits", u32::from(self.proof_bits), 0, u32::from(limits::MAX_PROOF_BITS)),
        ];
        for (field, value, least, most) in rules {
            if value < least || value > most {
                return Err(InvalidRoomRule { field, least, most });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_000_000);

    fn schedule() -> Schedule {
        Schedule { joins_at: NOW, opens_at: NOW.plus_seconds(60) }
    }

    #[test]
    fn a_draw_opens_by_the_clock() {
        let phase = |now| Phase::of(RoomMode::Scheduled, Some(schedule()), now);
        assert_eq!(phase(NOW.plus_millis(-1)), Phase::Announced);
        assert_eq!(phase(NOW), Phase::PreQueue);
        assert_eq!(phase(NOW.plus_seconds(60)), Phase::Drawing);
        assert!(!Phase::Announced.takes_newcomers() && !Phase::Drawing.takes_newcomers());
        assert!(Phase::PreQueue.takes_newcomers() && Phase::Paused.takes_newcomers());
    }

    #[test]
    fn a_draw_must_lie_ahead_and_in_order() {
        let backwards = Schedule { joins_at: schedule().opens_at, opens_at: NOW };
        let command = RoomCommand::Schedule(backwards);
        assert_eq!(command.apply(RoomMode::Off, NOW), Err(RoomRefused::BadSchedule));
        let over = RoomCommand::Schedule(schedule()).apply(RoomMode::Off, NOW.plus_seconds(60));
        assert_eq!(over, Err(RoomRefused::BadSchedule));
        let good = RoomCommand::Schedule(schedule()).apply(RoomMode::Off, NOW);
        assert_eq!(good, Ok(RoomMode::Scheduled));
    }

    #[test]
    fn commands_that_mean_nothing_are_refused_by_name() {
        for (command, mode) in [
            (RoomCommand::Pause, RoomMode::Off),
            (RoomCommand::Resume, RoomMode::Open),
            (RoomCommand::Drain, RoomMode::Closed),
            (RoomCommand::SwitchOn, RoomMode::Open),
            (RoomCommand::Schedule(schedule()), RoomMode::Open),
            (RoomCommand::Close, RoomMode::Scheduled),
        ] {
            assert_eq!(command.apply(mode, NOW), Err(RoomRefused::NotNow(mode)), "{command:?}");
        }
    }

    #[test]
    fn a_reset_never_opens_the_doors() {
        use RoomMode::{Closed, Draining, Open, Paused};
        for mode in [Open, Paused, Draining, Closed] {
            let after = RoomCommand::Reset.apply(mode, NOW).expect("can be reset");
            assert!(after.asks_for_passes() && !after.calls(), "{mode}");
        }
    }

    #[test]
    fn words_are_read_back() {
        for mode in ["off", "scheduled", "open", "paused", "draining", "closed"] {
            assert_eq!(mode.parse::<RoomMode>().map(RoomMode::as_str), Ok(mode));
        }
        assert!("ajar".parse::<RoomMode>().is_err());
    }

    #[test]
    fn rules_have_limits() {
        assert_eq!(RoomRules::default().check(), Ok(()));
        let wrong = RoomRules { rate_per_minute: 0, ..RoomRules::default() };
        assert_eq!(wrong.check().map_err(|error| error.field), Err("ratePerMinute"));
        let wrong = RoomRules { hold_budget: 11, ..RoomRules::default() };
        assert_eq!(wrong.check().map_err(|error| error.most), Err(10));
    }
}
