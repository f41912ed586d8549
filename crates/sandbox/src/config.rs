//! Settings of the process, all from the environment.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
};

use onsale_payments::Secret;
use url::Url;

const DEFAULT_PORT: u16 = 3002;

/// How the sandbox runs.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where it listens (`SANDBOX_ADDR`, default `127.0.0.1:3002`).
    pub address: SocketAddr,
    /// What callers must send as bearer token (`SANDBOX_API_KEY`).
    pub api_key: Secret,
    /// What webhooks are signed with (`SANDBOX_WEBHOOK_SECRET`).
    pub webhook_secret: Secret,
    /// Where webhooks are delivered (`SANDBOX_WEBHOOK_URL`).
    pub webhook_url: Url,
    /// The file that outlives the process (`SANDBOX_JOURNAL`); without one all is forgotten.
    pub journal: Option<PathBuf>,
}

/// A setting that is missing or cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{variable} is {fault}")]
pub struct InvalidConfig {
    /// The environment variable.
    pub variable: &'static str,
    /// What is wrong with it.
    pub fault: &'static str,
}

impl Config {
    /// Reads the settings; `value_of` looks up an environment variable.
    ///
    /// # Errors
    /// [`InvalidConfig`] names the variable.
    pub fn from_environment(
        value_of: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, InvalidConfig> {
        let required =
            |variable| value_of(variable).ok_or(InvalidConfig { variable, fault: "not set" });
        let secret = |variable| {
            Secret::parse(required(variable)?)
                .map_err(|_| InvalidConfig { variable, fault: "empty" })
        };
        let address = match value_of("SANDBOX_ADDR") {
            None => SocketAddr::from((Ipv4Addr::LOCALHOST, DEFAULT_PORT)),
            Some(text) => text.parse().map_err(|_| InvalidConfig {
                variable: "SANDBOX_ADDR",
                fault: "not an address and port, such as 127.0.0.1:3002",
            })?,
        };
        let webhook_url = Url::parse(&required("SANDBOX_WEBHOOK_URL")?)
            .map_err(|_| InvalidConfig { variable: "SANDBOX_WEBHOOK_URL", fault: "not a URL" })?;
        Ok(Self {
            address,
            api_key: secret("SANDBOX_API_KEY")?,
            webhook_secret: secret("SANDBOX_WEBHOOK_SECRET")?,
            webhook_url,
            journal: value_of("SANDBOX_JOURNAL").filter(|path| !path.is_empty()).map(Into::into),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(changed: &str, value: Option<&str>) -> Result<Config, InvalidConfig> {
        Config::from_environment(|variable| match variable {
            _ if variable == changed => value.map(str::to_owned),
            "SANDBOX_API_KEY" => Some("sk_hidden".to_owned()),
            "SANDBOX_WEBHOOK_SECRET" => Some("whsec_hidden".to_owned()),
            "SANDBOX_WEBHOOK_URL" => Some("http://127.0.0.1:3000/hooks".to_owned()),
            _ => None,
        })
    }

    #[test]
    fn what_is_missing_or_wrong_is_named() {
        for (variable, value) in [
            ("SANDBOX_API_KEY", None),
            ("SANDBOX_API_KEY", Some("")),
            ("SANDBOX_WEBHOOK_SECRET", Some(" ")),
            ("SANDBOX_WEBHOOK_URL", None),
            ("SANDBOX_WEBHOOK_URL", Some("here")),
            ("SANDBOX_ADDR", Some("here")),
        ] {
            let error = read(variable, value).expect_err(variable);
            assert_eq!(error.variable, variable);
        }
    }

    #[test]
    fn defaults_are_local_and_secrets_are_never_shown() {
        let config = read("SANDBOX_JOURNAL", Some("")).expect("a configuration");
        assert!(config.address.ip().is_loopback());
        assert_eq!(config.journal, None);
        assert!(!format!("{config:?}").contains("hidden"));
    }
}
