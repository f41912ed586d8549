//! An HTTP client whose TLS is named here rather than found at run time: ring for cryptography,
//! the platform's root certificates for trust.

use std::{sync::Arc, time::Duration};

use rustls::{ClientConfig, RootCertStore, crypto::ring};
use rustls_platform_verifier::BuilderVerifierExt as _;
use url::Url;

use crate::SetupError;

/// Builds a client for calls to `base_url` and what lies below it.
///
/// Redirects are not followed: a key or a signature must not travel to an address nobody
/// configured. For an `https` address nothing is ever sent in the clear; for an `http` address
/// no root certificates are needed.
///
/// # Errors
/// [`SetupError::BaseUrl`] for another scheme, [`SetupError::Tls`] where the machine's
/// certificates cannot be read, [`SetupError::Http`] when the client cannot be built.
pub fn build(
    base_url: &Url,
    connect_timeout: Duration,
    total_timeout: Duration,
) -> Result<reqwest::Client, SetupError> {
    let secure = match base_url.scheme() {
        "https" => true,
        "http" => false,
        _ => return Err(SetupError::BaseUrl),
    };
    let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?;
    let tls = if secure {
        tls.with_platform_verifier()?
    } else {
        tls.with_root_certificates(RootCertStore::empty())
    };
    let client = reqwest::Client::builder()
        .tls_backend_preconfigured(tls.with_no_client_auth())
        .https_only(secure)
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(connect_timeout)
        .timeout(total_timeout)
        .user_agent(concat!("onsale/", env!("CARGO_PKG_VERSION")))
        .build()?;
    Ok(client)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn build_for(address: &str) -> Result<reqwest::Client, SetupError> {
        let url = Url::parse(address).expect("a URL");
        build(&url, Duration::from_secs(2), Duration::from_secs(10))
    }

    #[test]
    fn only_http_and_https_are_spoken() {
        assert!(build_for("http://127.0.0.1:1").is_ok());
        assert!(matches!(build_for("ftp://127.0.0.1:1"), Err(SetupError::BaseUrl)));
    }

    #[tokio::test]
    async fn an_address_with_https_is_never_called_in_the_clear() {
        // A machine without root certificates cannot build this client; it says so.
        let Ok(client) = build_for("https://payments.example") else { return };
        let error = client.get("http://127.0.0.1:1/").send().await.expect_err("in the clear");
        assert!(error.is_builder(), "{error:?}");
    }
}
