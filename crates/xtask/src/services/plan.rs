//! What to run, with which arguments and environment.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use super::account::Account;
use super::outside::{Outside, Payments};
use super::postgres::{Cluster, Keeping, database_url};
use super::process::Launch;
use super::role::{DATABASE_USER, Role};
use super::settings::Settings;
use crate::error::{FileContext, Result};
use crate::layout::{Layout, create_folder};
use crate::machine::Machine;

/// Enough for the holds of a demo, small enough for a laptop.
const REDIS_MEMORY: &str = "256mb";
/// The pages of a demo take a few megabytes.
const EDGE_MEMORY: &str = "128m";

/// Everything needed to describe the processes of one checkout.
pub struct Plan<'a> {
    layout: &'a Layout,
    machine: &'a Machine,
    settings: &'a Settings,
    outside: &'a Outside,
    /// The folder with our compiled programs.
    programs: PathBuf,
    /// Whether Varnish stands in front of the server.
    has_edge: bool,
}

impl<'a> Plan<'a> {
    /// A plan for programs that lie in the folder `programs`.
    pub fn new(
        layout: &'a Layout,
        machine: &'a Machine,
        settings: &'a Settings,
        outside: &'a Outside,
        programs: PathBuf,
    ) -> Self {
        Self { layout, machine, settings, outside, programs, has_edge: false }
    }

    /// The same with Varnish in front of the server.
    pub fn with_edge(self, has_edge: bool) -> Self {
        Self { has_edge, ..self }
    }

    /// Where a role listens.
    pub fn address(&self, role: Role) -> SocketAddr {
        role.address(&self.settings.ports)
    }

    /// The address people open.
    pub fn public_url(&self) -> String {
        public_url(self.settings, self.has_edge)
    }

    /// One of our programs.
    pub fn program(&self, name: &str) -> PathBuf {
        self.programs.join(name)
    }

    /// How to run a role. Creates the folders and files it starts from.
    pub fn launch(&self, role: Role) -> Result<Launch> {
        match role {
            Role::Postgres => self.postgres(),
            Role::Nats => self.nats(),
            Role::Redis => self.redis(),
            Role::Sandbox => Ok(self.ours(role, "onsale-sandbox", self.sandbox_env())),
            Role::Server => Ok(self.ours(role, "onsale-server", self.env())),
            Role::Workers => Ok(self.ours(role, "onsale-workers", self.env())),
            Role::Edge => self.edge(),
        }
    }

    /// The environment of `onsale`, `onsale-server` and `onsale-workers`.
    pub fn env(&self) -> Vec<(&'static str, String)> {
        let payments = self.payments();
        let secrets = &self.settings.secrets;
        let mut env = vec![
            ("DATABASE_URL", self.database_url()),
            ("NATS_URL", self.nats_url()),
            ("REDIS_URL", self.redis_url()),
            ("ONSALE_CACHE_URL", self.cache_url()),
            ("PAYMENTS_URL", payments.url),
            ("PAYMENTS_API_KEY", payments.api_key),
            ("PAYMENTS_WEBHOOK_SECRET", payments.webhook_secret),
            ("ONSALE_SECRET", secrets.onsale_secret.clone()),
            ("ONSALE_ADDR", self.address(Role::Server).to_string()),
            ("ONSALE_WORKERS_ADDR", self.address(Role::Workers).to_string()),
            ("ONSALE_PUBLIC_URL", self.public_url()),
            ("ONSALE_SITE_ROOT", self.layout.site().display().to_string()),
            ("ONSALE_SEARCH_FOLDER", self.layout.data().join("search").display().to_string()),
            ("RUST_LOG", log_filter()),
        ];
        if self.has_edge {
            env.push(("ONSALE_EDGE_PURGE_URL", format!("http://{}/", self.address(Role::Edge))));
            env.push(("ONSALE_TRUST_FORWARDED_FOR", "true".to_owned()));
        }
        env
    }

    fn sandbox_env(&self) -> Vec<(&'static str, String)> {
        let payments = self.payments();
        let webhook = format!("http://{}/api/webhooks/payments", self.address(Role::Server));
        vec![
            ("SANDBOX_ADDR", self.address(Role::Sandbox).to_string()),
            ("SANDBOX_API_KEY", payments.api_key),
            ("SANDBOX_WEBHOOK_SECRET", payments.webhook_secret),
            ("SANDBOX_WEBHOOK_URL", webhook),
            ("RUST_LOG", log_filter()),
        ]
    }

    fn payments(&self) -> Payments {
        let secrets = &self.settings.secrets;
        self.outside.payments.clone().unwrap_or_else(|| Payments {
            url: format!("http://{}", self.address(Role::Sandbox)),
            api_key: secrets.payments_api_key.clone(),
            webhook_secret: secrets.payments_webhook_secret.clone(),
        })
    }

    fn database_url(&self) -> String {
        let password = &self.settings.secrets.postgres_password;
        let ours = || database_url(password, self.address(Role::Postgres), DATABASE_USER);
        self.outside.database_url.clone().unwrap_or_else(ours)
    }

    fn nats_url(&self) -> String {
        let ours = || format!("nats://{}", self.address(Role::Nats));
        self.outside.nats_url.clone().unwrap_or_else(ours)
    }

    fn redis_url(&self) -> String {
        let ours = || format!("redis://{}/0", self.address(Role::Redis));
        self.outside.redis_url.clone().unwrap_or_else(ours)
    }

    /// Another database of the Redis that we start: what is cached is forgotten within a minute. Of
    /// a Redis that runs elsewhere nothing is known but that it is for holds.
    fn cache_url(&self) -> String {
        match self.outside.redis_url {
            Some(_) => String::new(),
            None => format!("redis://{}/1", self.address(Role::Redis)),
        }
    }

    fn ours(&self, role: Role, program: &str, env: Vec<(&'static str, String)>) -> Launch {
        Launch {
            role,
            program: self.program(program),
            args: Vec::new(),
            env,
            account: Account::Own,
        }
    }

    fn postgres(&self) -> Result<Launch> {
        let password = &self.settings.secrets.postgres_password;
        let wanted = postgres_folder(self.layout);
        let cluster = Cluster::new(self.machine.postgres()?, &wanted, password)?;
        cluster.create(Keeping::Lasting)?;
        Ok(cluster.launch(self.address(Role::Postgres)))
    }

    fn nats(&self) -> Result<Launch> {
        let folder = self.layout.data().join("nats");
        create_folder(&folder)?;
        let file = folder.join("nats.conf");
        let text = nats_configuration(self.address(Role::Nats), &folder);
        fs::write(&file, text).while_doing("write", &file)?;
        Ok(Launch {
            role: Role::Nats,
            program: self.machine.nats_server()?.clone(),
            args: vec!["--config".to_owned(), file.display().to_string()],
            env: Vec::new(),
            account: Account::Own,
        })
    }

    /// Varnish with the configuration of the repository and a file that names this checkout's
    /// server.
    fn edge(&self) -> Result<Launch> {
        let folder = self.layout.data().join("edge");
        create_folder(&folder)?;
        let backend = folder.join("backend.vcl");
        let example = self.layout.root().join("docs/edge/backend.vcl");
        let text = fs::read_to_string(&example).while_doing("read", &example)?;
        let server = self.address(Role::Server);
        let text = text.replace("\"3000\"", &format!("\"{}\"", server.port()));
        fs::write(&backend, text).while_doing("write", &backend)?;
        let vcl = self.layout.root().join("docs/edge/onsale.vcl");
        let settings = [
            // As whoever runs us: another user could not enter every checkout.
            "-jnone".to_owned(),
            // In the foreground, where we started it.
            "-F".to_owned(),
            format!("-n{}", folder.join("run").display()),
            format!("-a{}", self.address(Role::Edge)),
            "-Tnone".to_owned(),
            format!("-f{}", vcl.display()),
            format!("-pvcl_path={}", folder.display()),
            "-phttp_gzip_support=off".to_owned(),
            format!("-smalloc,{EDGE_MEMORY}"),
        ];
        Ok(Launch {
            role: Role::Edge,
            program: self.machine.varnishd()?.clone(),
            args: settings.into(),
            env: Vec::new(),
            account: Account::Own,
        })
    }

    fn redis(&self) -> Result<Launch> {
        let folder = self.layout.data().join("redis");
        create_folder(&folder)?;
        let address = self.address(Role::Redis);
        let (host, port) = (address.ip().to_string(), address.port().to_string());
        let folder = folder.display().to_string();
        // Nothing in it is worth a disk: holds are guarded by PostgreSQL. Full means full, because
        // an evicted lock would be a lock that lies.
        let settings = [
            ("--bind", host.as_str()),
            ("--port", &port),
            ("--dir", &folder),
            ("--daemonize", "no"),
            ("--save", ""),
            ("--appendonly", "no"),
            ("--maxmemory", REDIS_MEMORY),
            ("--maxmemory-policy", "noeviction"),
        ];
        Ok(Launch {
            role: Role::Redis,
            program: self.machine.redis_server()?.clone(),
            args: settings
                .iter()
                .flat_map(|(key, value)| [(*key).to_owned(), (*value).to_owned()])
                .collect(),
            env: Vec::new(),
            account: Account::Own,
        })
    }
}

/// Where PostgreSQL's data of this checkout should be.
pub fn postgres_folder(layout: &Layout) -> PathBuf {
    layout.data().join("postgres")
}

/// The address people open.
pub fn public_url(settings: &Settings, has_edge: bool) -> String {
    let front = if has_edge { Role::Edge } else { Role::Server };
    format!("http://{}", front.address(&settings.ports))
}

/// Acknowledged before it is on disk, and on disk within a second: the relay can replay that much.
///
/// The streams of `nats/streams` reserve 12 GiB between them. By default JetStream promises three
/// quarters of what is free on the disk and refuses a stream that wants more, so that a laptop with
/// 15 GB free would not start; a laptop's sales never fill a hundredth of it.
fn nats_configuration(address: SocketAddr, folder: &Path) -> String {
    let store = folder.join("jetstream");
    format!(
        "server_name: onsale\nlisten: \"{address}\"\n\
         jetstream {{ store_dir: {store:?}, sync_interval: \"1s\", max_file_store: 32GB }}\n"
    )
}

fn log_filter() -> String {
    std::env::var("RUST_LOG").unwrap_or_else(|_| "info".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_store_of_nats_has_room_for_what_the_streams_reserve() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../nats/streams");
        let mut reserved = 0;
        for file in std::fs::read_dir(folder).expect("the streams") {
            let text = std::fs::read_to_string(file.expect("a file").path()).expect("a stream");
            let field = |name: &str| {
                let line = text.lines().find(|line| line.contains(name)).expect(name);
                line.rsplit(':').next().expect("a value").trim_matches([' ', ',', '"']).to_owned()
            };
            if field("\"storage\"") == "file" {
                reserved += field("\"max_bytes\"").parse::<u64>().expect("a limit in bytes");
            }
        }
        let address = SocketAddr::from(([127, 0, 0, 1], 4222));
        let configuration = nats_configuration(address, Path::new("nats"));
        let store = configuration.split("max_file_store: ").nth(1).expect("an offer");
        let gigabytes: u64 = store.split("GB").next().and_then(|n| n.parse().ok()).expect("in GB");
        assert!(
            0 < reserved && reserved <= gigabytes * 1_000_000_000,
            "{reserved} of {gigabytes} GB"
        );
    }
}
