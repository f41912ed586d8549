//! The waiting room over the wire.

use onsale_domain::{
    EventId, Timestamp,
    waiting_room::{Eta, Pace, Phase},
};
use serde::{Deserialize, Serialize};

/// What everybody may know of a waiting room: the same bytes for all, for a second or two.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct QueueNow {
    /// The event.
    #[cfg_attr(feature = "ssr", schema(value_type = String))]
    pub event_id: EventId,
    /// What the room is at the moment.
    #[cfg_attr(feature = "ssr", schema(value_type = String, example = "open"))]
    pub phase: Phase,
    /// Counts resets; places of another epoch are void.
    pub epoch: u32,
    /// Positions below this are called to the front.
    pub serving_up_to: u64,
    /// Turns below this have come and gone.
    pub expired_below: u64,
    /// Numbers below this may have been given out.
    pub next_number: u64,
    /// From when fans may join, when there is a draw.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ssr", schema(value_type = Option<String>))]
    pub joins_at: Option<Timestamp>,
    /// When the numbers are or were drawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ssr", schema(value_type = Option<String>))]
    pub opens_at: Option<Timestamp>,
    /// SHA-256 of the seed, published before the first number was given out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commitment: Option<String>,
    /// The seed, once the draw was held.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<String>,
    /// How many numbers took part in the draw.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drawn_count: Option<u64>,
    /// The version of the draw's algorithm.
    pub draw_version: u8,
    /// How fast the line moves.
    #[cfg_attr(feature = "ssr", schema(value_type = Object))]
    pub pace: Pace,
    /// Whether every seat is gone. Those who stay are called when seats come back.
    pub sold_out: bool,
    /// How long a turn that has come is good, in seconds.
    pub grace_seconds: u32,
    /// Zero bits of the puzzle before joining, while it is calm; 0 when none is asked for.
    pub proof_bits: u8,
    /// Whoever has fewer ahead may listen on the WebSocket.
    pub near_front: u64,
    /// How often to ask again when not listening, in seconds; add some chance.
    pub poll_seconds: u32,
}

/// A puzzle to be solved before joining.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct QueueChallenge {
    /// The text to be solved: find a number `nonce` for which the SHA-256 of
    /// `{challenge}:{nonce}` begins with `bits` zero bits.
    pub challenge: String,
    /// How many zero bits.
    pub bits: u8,
    /// Whoever cannot compute may join without a nonce after so many seconds.
    pub wait_seconds: u32,
}

/// Joins a waiting room.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct JoinQueue {
    /// A challenge from `POST …/queue/challenge`.
    pub challenge: Option<String>,
    /// Its solution; without it, the challenge must be old enough.
    pub nonce: Option<String>,
}

/// Brings a place to this device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct RecoverPlace {
    /// The secret of the recovery link.
    pub key: String,
}

/// Comes to the front.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct ExchangePlace {
    /// The token; without it, the cookie's.
    pub token: Option<String>,
}

/// Somebody's place in the line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct QueuePlace {
    /// The event.
    #[cfg_attr(feature = "ssr", schema(value_type = String))]
    pub event_id: EventId,
    /// The room's epoch.
    pub epoch: u32,
    /// The number.
    pub number: u64,
    /// The position, counted from 0, once it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<u64>,
    /// How many are called before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ahead: Option<u64>,
    /// How long that will take, as far as it can be known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ssr", schema(value_type = Option<Object>))]
    pub eta: Option<Eta>,
    /// The token, to be kept.
    pub token: String,
    /// Opens this place on another device. Whoever has it has the place.
    pub recovery_url: String,
}

/// Somebody was let in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Admission {
    /// The pass. The cookie carries it, too; a program sends it as `Admission-Pass`.
    pub pass: String,
    /// Until when it is good.
    #[cfg_attr(feature = "ssr", schema(value_type = String))]
    pub expires_at: Timestamp,
    /// Tickets that it allows.
    pub hold_budget: u16,
    /// Where the seats are.
    pub event_url: String,
}
