//! What every process of Onsale needs to run and to be watched: settings, logs, metrics, probes
//! and an orderly end.

pub mod clock;
mod edge_settings;
pub mod probes;
mod relay_settings;
mod search_settings;
pub mod settings;
pub mod shutdown;
pub mod telemetry;
mod waiting_room_settings;

pub use settings::Settings;
