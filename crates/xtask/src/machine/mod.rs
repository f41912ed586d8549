//! What the machine must have, found or installed.

mod apt;
mod debian_rust;
pub mod rust;
