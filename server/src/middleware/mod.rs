//! What happens to every request before and after its handler.

pub mod headers;
pub mod observe;
pub mod origin;
pub mod rate_limit;
pub mod shed;
pub mod viewer;
