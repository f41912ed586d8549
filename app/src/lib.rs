//! The pages and islands that fans see: rendered on the server, brought to life in the browser.

pub mod api;
#[cfg(feature = "ssr")]
pub mod backend;
