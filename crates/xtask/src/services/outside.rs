//! Services that somebody else runs for us, named by the environment.

use crate::error::{Result, refuse};

/// What the environment names. Each service given here is not started.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outside {
    /// `DATABASE_URL`
    pub database_url: Option<String>,
    /// `NATS_URL`
    pub nats_url: Option<String>,
    /// `REDIS_URL`
    pub redis_url: Option<String>,
    /// `PAYMENTS_URL` with its two secrets.
    pub payments: Option<Payments>,
}

/// A payment provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payments {
    /// `PAYMENTS_URL`
    pub url: String,
    /// `PAYMENTS_API_KEY`
    pub api_key: String,
    /// `PAYMENTS_WEBHOOK_SECRET`
    pub webhook_secret: String,
}

impl Outside {
    /// Reads the environment.
    pub fn from_env() -> Result<Self> {
        Self::from(|key| std::env::var(key).ok().filter(|value| !value.is_empty()))
    }

    fn from(variable: impl Fn(&str) -> Option<String>) -> Result<Self> {
        let payments = match variable("PAYMENTS_URL") {
            None => None,
            Some(url) => {
                let keys = (variable("PAYMENTS_API_KEY"), variable("PAYMENTS_WEBHOOK_SECRET"));
                let (Some(api_key), Some(webhook_secret)) = keys else {
                    return refuse(
                        "PAYMENTS_URL names a payment provider: it needs PAYMENTS_API_KEY and \
                         PAYMENTS_WEBHOOK_SECRET beside it",
                    );
                };
                Some(Payments { url, api_key, webhook_secret })
            }
        };
        Ok(Self {
            database_url: variable("DATABASE_URL"),
            nats_url: variable("NATS_URL"),
            redis_url: variable("REDIS_URL"),
            payments,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_without_its_secrets_is_refused() {
        let only_url = |key: &str| (key == "PAYMENTS_URL").then(|| "http://pay".to_owned());
        assert!(Outside::from(only_url).is_err());
    }

    #[test]
    fn an_empty_environment_leaves_all_to_us() {
        assert_eq!(Outside::from(|_| None).expect("nothing to refuse"), Outside::default());
    }
}
