//! Settings of the waiting room.

use serde::Deserialize;

/// The waiting room, as far as it is the same for all events.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WaitingRoomSettings {
    /// Joins a second at one server from which puzzles become harder.
    pub calm_joins_per_second: u32,
    /// Holds should be answered within this time, in milliseconds; while they are not, fewer fans
    /// are let in.
    pub target_hold_ms: u32,
    /// Browsers near the front that may keep a WebSocket open at one server.
    pub max_sockets: usize,
}

impl Default for WaitingRoomSettings {
    fn default() -> Self {
        Self { calm_joins_per_second: 200, target_hold_ms: 750, max_sockets: 30_000 }
    }
}
