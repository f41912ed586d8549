//! Ports and secrets of this checkout: chosen at the first start, kept in `.onsale/settings.toml`.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::digest::hex;
use crate::error::{Error, FileContext, Result, refuse};
use crate::layout::{Layout, create_folder};

/// How far above its favourite port a service looks for a free one.
const PORTS_TRIED: u16 = 90;
/// 256 bits: more than anyone guesses, and twice the 32 characters that cookies ask for.
const SECRET_BYTES: usize = 32;

/// What must stay the same from one start to the next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Where each service listens, on 127.0.0.1.
    pub ports: Ports,
    /// Random words that only this checkout knows.
    pub secrets: Secrets,
}

/// One port per service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ports {
    /// The pages and the API.
    pub server: u16,
    /// Metrics and health of the workers.
    pub workers: u16,
    /// The sandbox payment provider.
    pub sandbox: u16,
    /// PostgreSQL.
    pub postgres: u16,
    /// NATS.
    pub nats: u16,
    /// Redis.
    pub redis: u16,
    /// Varnish. Checkouts that were started before there was one have 0.
    #[serde(default)]
    pub edge: u16,
}

/// Random words in hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Secrets {
    /// PostgreSQL's superuser.
    pub postgres_password: String,
    /// Signs cookies.
    pub onsale_secret: String,
    /// What we show to the payment provider.
    pub payments_api_key: String,
    /// What the payment provider signs webhooks with.
    pub payments_webhook_secret: String,
}

impl Settings {
    /// The settings of this checkout, if it was started before.
    pub fn read(layout: &Layout) -> Result<Option<Self>> {
        let file = path(layout);
        if !file.exists() {
            return Ok(None);
        }
        let text = fs::read_to_string(&file).while_doing("read", &file)?;
        match toml::from_str(&text) {
            Ok(settings) => Ok(Some(settings)),
            Err(error) => refuse(format!(
                "{} is not what we wrote: {error}\n`cargo xtask reset` starts over",
                file.display()
            )),
        }
    }

    /// The settings of this checkout, made at the first start. Call it while nothing of ours
    /// runs: a port that somebody else took since the last start is chosen anew.
    pub fn read_or_create(layout: &Layout) -> Result<Self> {
        let known = Self::read(layout)?;
        let settings = Self {
            ports: Ports::choose(known.as_ref().map(|known| &known.ports), &mut is_free)?,
            secrets: match &known {
                Some(known) => known.secrets.clone(),
                None => Secrets::draw()?,
            },
        };
        if known.as_ref() != Some(&settings) {
            settings.write(&path(layout))?;
        }
        Ok(settings)
    }

    fn write(&self, file: &Path) -> Result<()> {
        if let Some(folder) = file.parent() {
            create_folder(folder)?;
        }
        let text = toml::to_string(self)
            .map_err(|error| Error::Refused(format!("cannot write settings: {error}")))?;
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true).mode(0o600);
        options
            .open(file)
            .and_then(|mut open| open.write_all(text.as_bytes()))
            .while_doing("write", file)
    }
}

impl Ports {
    /// Keeps what is known and still free, else the favourite or the next free port above it.
    /// The favourites lie below the range that systems hand out to outgoing connections.
    fn choose(known: Option<&Self>, is_free: &mut impl FnMut(u16) -> bool) -> Result<Self> {
        let mut taken = BTreeSet::new();
        let mut choose = |known: Option<u16>, favourite: u16| {
            let known = known.into_iter().filter(|port| *port != 0);
            let candidates = known.chain(favourite..favourite + PORTS_TRIED);
            for port in candidates {
                if !taken.contains(&port) && is_free(port) {
                    taken.insert(port);
                    return Ok(port);
                }
            }
            refuse(format!("no free port from {favourite} to {}", favourite + PORTS_TRIED - 1))
        };
        Ok(Self {
            server: choose(known.map(|ports| ports.server), 3000)?,
            workers: choose(known.map(|ports| ports.workers), 3100)?,
            sandbox: choose(known.map(|ports| ports.sandbox), 3200)?,
            postgres: choose(known.map(|ports| ports.postgres), 25432)?,
            nats: choose(known.map(|ports| ports.nats), 24222)?,
            redis: choose(known.map(|ports| ports.redis), 26379)?,
            edge: choose(known.map(|ports| ports.edge), 8080)?,
        })
    }
}

impl Secrets {
    fn draw() -> Result<Self> {
        Ok(Self {
            postgres_password: random_word()?,
            onsale_secret: random_word()?,
            payments_api_key: format!("sk_sandbox_{}", random_word()?),
            payments_webhook_secret: format!("whsec_{}", random_word()?),
        })
    }
}

/// An address of this machine that the outside cannot reach.
pub fn local(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}

/// A port that nobody listens on, chosen by the system: for short-lived services.
pub fn any_free_port() -> Result<u16> {
    let bound = TcpListener::bind(local(0)).and_then(|listener| listener.local_addr());
    match bound {
        Ok(address) => Ok(address.port()),
        Err(error) => refuse(format!("no free port: {error}")),
    }
}

/// A fresh secret from the system's random source.
pub fn random_word() -> Result<String> {
    let source = Path::new("/dev/urandom");
    let mut bytes = [0; SECRET_BYTES];
    File::open(source)
        .and_then(|mut file| file.read_exact(&mut bytes))
        .while_doing("read", source)?;
    Ok(hex(&bytes))
}

fn path(layout: &Layout) -> PathBuf {
    layout.state().join("settings.toml")
}

fn is_free(port: u16) -> bool {
    TcpListener::bind(local(port)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_favourites_are_taken_when_free() {
        let ports = Ports::choose(None, &mut |_| true).expect("all is free");
        assert_eq!(ports.server, 3000);
        assert_eq!(ports.postgres, 25432);
    }

    #[test]
    fn an_occupied_port_moves_one_service_only() {
        let before = Ports::choose(None, &mut |_| true).expect("all is free");
        let after = Ports::choose(Some(&before), &mut |port| port != 3000).expect("one is taken");
        assert_eq!(after.server, 3001);
        assert_eq!(Ports { server: 3000, ..after }, before);
    }

    #[test]
    fn a_checkout_from_before_the_edge_gets_a_port_for_it() {
        let before = Ports { edge: 0, ..Ports::choose(None, &mut |_| true).expect("all is free") };
        let after = Ports::choose(Some(&before), &mut |_| true).expect("all is free");
        assert_eq!(after.edge, 8080);
        let written = toml::to_string(&before).expect("plain values").replace("edge = 0\n", "");
        assert_eq!(toml::from_str::<Ports>(&written).expect("an older file"), before);
    }

    #[test]
    fn a_remembered_port_stays_though_the_favourite_is_free() {
        let moved = Ports::choose(None, &mut |port| port != 3000).expect("one is taken");
        let again = Ports::choose(Some(&moved), &mut |_| true).expect("all is free");
        assert_eq!(again, moved);
    }

    #[test]
    fn secrets_are_long_and_differ() {
        let secrets = Secrets::draw().expect("a random source");
        assert!(secrets.onsale_secret.len() >= 32);
        assert_ne!(secrets.onsale_secret, secrets.postgres_password);
    }

    #[test]
    fn settings_survive_their_file() {
        let settings = Settings {
            ports: Ports::choose(None, &mut |_| true).expect("all is free"),
            secrets: Secrets::draw().expect("a random source"),
        };
        let text = toml::to_string(&settings).expect("plain values");
        assert_eq!(toml::from_str::<Settings>(&text).expect("our own words"), settings);
    }
}
