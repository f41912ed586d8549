//! Placeholder while the house is being laid.
fn main() {}
