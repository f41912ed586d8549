//! Fans in real browsers: what they do, what they see, and what is true afterwards.

mod buying;
mod expiry;
mod keyboard;
mod live;
mod looks;
mod phone;
mod policy;
mod queue;
mod race;
mod searching;
mod spoken;
mod without_script;
