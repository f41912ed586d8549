//! The sandbox over real connections, spoken to by the payments client, with a box office of a
//! few lines that takes its webhooks.

mod faults;
mod journal;
mod protocol;
mod refunds;
mod support;
mod tokens;
