//! The database's URL, as the replication protocol needs it.

use std::net::Ipv6Addr;

use url::Url;

use crate::WalError;

const DEFAULT_PORT: u16 = 5432;

/// Where and as whom to connect.
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    /// A host, or the folder of a socket.
    pub host: String,
    pub port: u16,
    pub user: String,
    pub password: String,
    pub database: String,
}

impl Address {
    /// Reads `postgres://user:password@host:port/database`.
    pub fn parse(text: &str) -> Result<Self, WalError> {
        let wrong = |reason: &str| WalError::Address(reason.to_owned());
        let url = Url::parse(text).map_err(|error| wrong(&error.to_string()))?;
        if !matches!(url.scheme(), "postgres" | "postgresql") {
            return Err(wrong("it does not begin with postgres://"));
        }
        // A socket's folder cannot stand in the place of the host, so it stands behind.
        let folder = url.query_pairs().find(|(key, _)| key == "host").map(|(_, host)| host);
        let host = match (folder, url.host_str()) {
            (Some(folder), _) => folder.into_owned(),
            (None, Some(host)) if !host.is_empty() => without_brackets(&decoded(host)?).to_owned(),
            _ => "localhost".to_owned(),
        };
        let user = decoded(url.username())?;
        if user.is_empty() {
            return Err(wrong("it names no user"));
        }
        let database = decoded(url.path().trim_start_matches('/'))?;
        Ok(Self {
            host,
            port: url.port().unwrap_or(DEFAULT_PORT),
            password: decoded(url.password().unwrap_or_default())?,
            database: if database.is_empty() { user.clone() } else { database },
            user,
        })
    }
}

fn without_brackets(host: &str) -> &str {
    let inner = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    inner.filter(|inner| inner.parse::<Ipv6Addr>().is_ok()).unwrap_or(host)
}

/// Undoes `%41`.
fn decoded(text: &str) -> Result<String, WalError> {
    let wrong = || WalError::Address("a percent sign in it is not followed by two digits".into());
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || char::from(rest.next()?).to_digit(16);
        let (high, low) = (digit().ok_or_else(wrong)?, digit().ok_or_else(wrong)?);
        bytes.push(u8::try_from(high << 4 | low).map_err(|_| wrong())?);
    }
    String::from_utf8(bytes).map_err(|_| WalError::Address("it is not UTF-8".into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_its_parts() {
        let full = Address::parse("postgres://on%20sale:p%40ss%2F@db.example:5433/onsale?x=1");
        let full = full.expect("an address");
        assert_eq!((full.host.as_str(), full.port), ("db.example", 5433));
        assert_eq!((full.user.as_str(), full.password.as_str()), ("on sale", "p@ss/"));
        assert_eq!(full.database, "onsale");
        let short = Address::parse("postgresql://onsale@[::1]").expect("an address");
        assert_eq!((short.host.as_str(), short.port), ("::1", 5432));
        assert_eq!((short.password.as_str(), short.database.as_str()), ("", "onsale"));
        let socket = Address::parse("postgres://onsale@any/db?host=/run/postgresql");
        assert_eq!(socket.expect("an address").host, "/run/postgresql");
    }

    #[test]
    fn mistakes_are_named() {
        for text in ["", "onsale", "mysql://onsale@db/x", "postgres://db/x", "postgres://a%4@db/x"]
        {
            assert!(matches!(Address::parse(text), Err(WalError::Address(_))), "{text}");
        }
    }
}
