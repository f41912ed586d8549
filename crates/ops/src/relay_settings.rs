//! Settings of the relay.

use serde::Deserialize;

/// The relay, which tells what was committed.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RelaySettings {
    /// Whether the workers run it.
    pub enabled: bool,
    /// The name of its replication slot: lower-case letters, digits and underscores. Slots are
    /// shared by all databases of a cluster, so each needs a name of its own.
    pub slot: String,
    /// How long JetStream may have a message before PostgreSQL is told to forget it, in
    /// milliseconds; longer than JetStream's `sync_interval`.
    pub confirm_delay_ms: u64,
    /// Changes of availability that are told together, in milliseconds.
    pub inventory_window_ms: u64,
}

impl Default for RelaySettings {
    fn default() -> Self {
        Self {
            enabled: true,
            slot: "onsale_relay".into(),
            confirm_delay_ms: 5_000,
            inventory_window_ms: 50,
        }
    }
}
