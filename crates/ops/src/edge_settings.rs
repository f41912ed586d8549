//! Settings of what stands between the public and the servers: an edge that keeps pages, and the
//! cache that servers share.

use serde::Deserialize;

use crate::settings::Secret;

/// The edge in front of the servers: Varnish, or a CDN.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EdgeSettings {
    /// Where the edge is told what to forget, several separated by commas; empty for nowhere.
    pub purge_url: String,
    /// The method of that request.
    pub purge_method: String,
    /// How the words are told.
    pub purge_form: PurgeForm,
    /// The header that carries the token, such as `Authorization` or `Fastly-Key`.
    pub purge_token_header: String,
    /// The value of that header; none is sent when empty.
    pub purge_token: Secret,
}

/// How an edge is told which words to forget.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PurgeForm {
    /// In the header `Surrogate-Key`, separated by spaces: Varnish, Fastly.
    SurrogateKey,
    /// In a body `{"tags": […]}`: Cloudflare.
    Tags,
}

impl Default for EdgeSettings {
    fn default() -> Self {
        Self {
            purge_url: String::new(),
            purge_method: "PURGE".into(),
            purge_form: PurgeForm::SurrogateKey,
            purge_token_header: "Authorization".into(),
            purge_token: Secret::new(""),
        }
    }
}

/// The cache that servers share.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CacheSettings {
    /// `redis://host:port/number`; empty for none. It may evict, unlike the Redis of holds.
    pub url: Secret,
    /// How long a server waits for it before it goes on without, in milliseconds.
    pub timeout_ms: u64,
}

impl Default for CacheSettings {
    fn default() -> Self {
        Self { url: Secret::new(""), timeout_ms: 100 }
    }
}
