//! Runs the sandbox with settings from the environment until SIGTERM or Ctrl-C.

use std::{error::Error, process::ExitCode};

use onsale_ops::{settings::LogSettings, shutdown, telemetry};
use onsale_sandbox::Config;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> ExitCode {
    telemetry::start_logs(&LogSettings::default());
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "the sandbox cannot run");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    let config = Config::from_environment(|variable| std::env::var(variable).ok())?;
    let stop = shutdown::on_signal()?;
    let listener = TcpListener::bind(config.address).await?;
    onsale_sandbox::serve(listener, config, stop).await?;
    Ok(())
}
