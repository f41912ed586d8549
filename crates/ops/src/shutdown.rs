//! An orderly end: SIGTERM or Ctrl-C is told to everybody once.

use tokio_util::sync::CancellationToken;

/// A token that is cancelled on SIGTERM or Ctrl-C. Whoever holds a clone stops taking new work
/// then and finishes what it has.
///
/// # Errors
/// When the handlers cannot be installed.
pub fn on_signal() -> std::io::Result<CancellationToken> {
    use tokio::signal::unix::{SignalKind, signal};

    let token = CancellationToken::new();
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let told = token.clone();
    tokio::spawn(async move {
        let name = tokio::select! {
            _ = terminate.recv() => "SIGTERM",
            _ = interrupt.recv() => "SIGINT",
        };
        tracing::info!(signal = name, "stopping: no new work is taken");
        told.cancel();
    });
    Ok(token)
}
