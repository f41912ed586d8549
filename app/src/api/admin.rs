//! What operators send and see.

use onsale_domain::{
    EventId, Timestamp,
    waiting_room::{Phase, RoomMode, RoomRules, Schedule},
};
use serde::{Deserialize, Serialize};

/// Signs an operator in.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct SignIn {
    /// The address of e-mail.
    pub email: String,
    /// The password.
    pub password: String,
}

/// Who is signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct SignedIn {
    /// The address of e-mail.
    pub email: String,
    /// `organiser` or `admin`.
    pub role: String,
    /// To be sent as `X-CSRF-Token` with each change.
    pub csrf_token: String,
}

/// An order to a waiting room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct RoomOrder {
    /// `switch_on`, `schedule`, `pause`, `resume`, `drain`, `close`, `reset` or `switch_off`.
    pub command: String,
    /// For `schedule`: from when fans may join.
    #[serde(default)]
    #[cfg_attr(feature = "ssr", schema(value_type = Option<String>))]
    pub joins_at: Option<Timestamp>,
    /// For `schedule`: when the sale opens.
    #[serde(default)]
    #[cfg_attr(feature = "ssr", schema(value_type = Option<String>))]
    pub opens_at: Option<Timestamp>,
}

/// Changes to how a room is run; what is absent stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct RoomRulesChange {
    /// Admissions in a minute, at most.
    pub rate_per_minute: Option<u32>,
    /// Passes that may be valid at once.
    pub max_active_passes: Option<u32>,
    /// How long a pass is good, in seconds.
    pub pass_seconds: Option<u32>,
    /// How long a turn that has come can be taken, in seconds.
    pub grace_seconds: Option<u32>,
    /// Tickets that one pass allows.
    pub hold_budget: Option<u16>,
    /// Zero bits of the puzzle while it is calm; 0 for none.
    pub proof_bits: Option<u8>,
    /// Whether all who wait may keep a WebSocket open.
    pub tell_all: Option<bool>,
}

impl RoomRulesChange {
    /// The rules with what is changed.
    #[must_use]
    pub fn over(&self, rules: RoomRules) -> RoomRules {
        RoomRules {
            rate_per_minute: self.rate_per_minute.unwrap_or(rules.rate_per_minute),
            max_active_passes: self.max_active_passes.unwrap_or(rules.max_active_passes),
            pass_seconds: self.pass_seconds.unwrap_or(rules.pass_seconds),
            grace_seconds: self.grace_seconds.unwrap_or(rules.grace_seconds),
            hold_budget: self.hold_budget.unwrap_or(rules.hold_budget),
            proof_bits: self.proof_bits.unwrap_or(rules.proof_bits),
            tell_all: self.tell_all.unwrap_or(rules.tell_all),
        }
    }
}

/// A waiting room as operators see it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct RoomBoard {
    /// The event.
    #[cfg_attr(feature = "ssr", schema(value_type = String))]
    pub event_id: EventId,
    /// Its title.
    pub event_title: String,
    /// What was decided.
    #[cfg_attr(feature = "ssr", schema(value_type = String))]
    pub mode: RoomMode,
    /// What that means now.
    #[cfg_attr(feature = "ssr", schema(value_type = String))]
    pub phase: Phase,
    /// Counts resets.
    pub epoch: u32,
    /// When the draw is or was held.
    #[cfg_attr(feature = "ssr", schema(value_type = Option<Object>))]
    pub schedule: Option<Schedule>,
    /// SHA-256 of the seed.
    pub commitment: Option<String>,
    /// How it is run.
    #[cfg_attr(feature = "ssr", schema(value_type = Object))]
    pub rules: RoomRules,
    /// Numbers that stand behind the front, as far as it is known.
    pub waiting: u64,
    /// Positions that were called.
    pub called: u64,
    /// Numbers that are known to have been skipped.
    pub skipped: u64,
    /// Passes that were given out.
    pub admitted: u64,
    /// Passes that are good and whose owners have not bought.
    pub active: u32,
    /// Of these, whose owners hold seats.
    pub converting: u32,
    /// Passes that ended without a booking.
    pub abandoned: u64,
    /// The rate at the moment, in a minute.
    pub rate_now: f64,
    /// How long a newcomer will wait, in seconds.
    pub newcomer_seconds: Option<u32>,
    /// Seats that can be had.
    pub available_seats: u32,
    /// Seats that are held.
    pub held_seats: u32,
    /// Whether every seat is gone.
    pub sold_out: bool,
}
