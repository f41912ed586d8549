//! How many files this process may have open: each connection is one.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// When the system sets no limit.
const MANY: u64 = 1_000_000;

/// Raises the limit as far as the system allows without asking, and returns it.
pub fn raise_limit() -> usize {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, ..limit };
    let most = match setrlimit(Resource::Nofile, raised) {
        Ok(()) => limit.maximum,
        Err(error) => {
            tracing::warn!(%error, "the limit of files that may be open stays as it is");
            limit.current
        }
    };
    tracing::info!(most, "files that may be open");
    usize::try_from(most.unwrap_or(MANY)).unwrap_or(usize::MAX)
}
