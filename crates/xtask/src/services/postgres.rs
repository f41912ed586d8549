//! A PostgreSQL cluster of our own: created once, configured for the relay.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::account::Account;
use super::process::Launch;
use super::role::{DATABASE_USER, Role};
use crate::error::{FileContext, Result};
use crate::layout::delete_folder;
use crate::machine::PostgresPrograms;

/// What every cluster of ours needs: the relay reads the write-ahead log by logical decoding, and
/// a forgotten slot must not fill the disk.
const CONFIGURATION: &str = "
# Onsale
unix_socket_directories = ''
wal_level = logical
max_connections = 200
max_slot_wal_keep_size = 1GB
";

/// For databases that live as long as a test: many, short, and worth nothing after a crash.
const SHORT_LIVED: &str = "
max_connections = 600
max_replication_slots = 100
max_wal_senders = 100
fsync = off
synchronous_commit = off
full_page_writes = off
";

/// For measurements: as durable as in production, with memory that a box office would give it.
const MEASURED: &str = "
max_connections = 400
shared_buffers = 1GB
max_wal_size = 8GB
checkpoint_timeout = 30min
";

/// What becomes of the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keeping {
    /// It stays from one start to the next.
    Lasting,
    /// It is thrown away, and may be damaged by a crash.
    ShortLived,
    /// It is thrown away, and is written as if it were not.
    Measured,
}

/// A cluster's folder, its user and its password.
#[derive(Debug)]
pub struct Cluster<'a> {
    programs: &'a PostgresPrograms,
    account: Account,
    folder: PathBuf,
    password: &'a str,
}

impl<'a> Cluster<'a> {
    /// A cluster with its data at `wanted`, or elsewhere when its user cannot get there.
    pub fn new(programs: &'a PostgresPrograms, wanted: &Path, password: &'a str) -> Result<Self> {
        let account = Account::for_postgres()?;
        Ok(Self { programs, account, folder: account.reachable(wanted), password })
    }

    /// Creates the cluster unless it exists.
    pub fn create(&self, keeping: Keeping) -> Result<()> {
        if self.folder.exists() {
            return Ok(());
        }
        let draft = self.folder.with_extension("draft");
        delete_folder(&draft)?;
        self.account.own_folder(&draft)?;
        let password = self.folder.with_extension("password");
        let created =
            self.write_password(&password).and_then(|()| self.initdb(&draft, &password, keeping));
        if password.exists() {
            fs::remove_file(&password).while_doing("delete", &password)?;
        }
        created?;
        let file = draft.join("postgresql.conf");
        let settings = match keeping {
            Keeping::Lasting => CONFIGURATION.to_owned(),
            Keeping::ShortLived => format!("{CONFIGURATION}{SHORT_LIVED}"),
            Keeping::Measured => format!("{CONFIGURATION}{MEASURED}"),
        };
        OpenOptions::new()
            .append(true)
            .open(&file)
            .and_then(|mut open| open.write_all(settings.as_bytes()))
            .while_doing("write", &file)?;
        self.create_database(&draft)?;
        fs::rename(&draft, &self.folder).while_doing("create", &self.folder)
    }

    /// How to run it.
    pub fn launch(&self, address: SocketAddr) -> Launch {
        let flags = [
            "-D".to_owned(),
            self.folder.display().to_string(),
            "-p".to_owned(),
            address.port().to_string(),
            "-c".to_owned(),
            format!("listen_addresses={}", address.ip()),
        ];
        Launch {
            role: Role::Postgres,
            program: self.programs.program("postgres"),
            args: flags.to_vec(),
            env: Vec::new(),
            account: self.account,
        }
    }

    /// Where clients find a database of the cluster.
    pub fn url(&self, address: SocketAddr, database: &str) -> String {
        database_url(self.password, address, database)
    }

    /// Only the account may read the password while `initdb` needs it.
    fn write_password(&self, file: &Path) -> Result<()> {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true).mode(0o600);
        options
            .open(file)
            .and_then(|mut open| open.write_all(self.password.as_bytes()))
            .while_doing("write", file)?;
        self.account.give(file)
    }

    fn initdb(&self, draft: &Path, password: &Path, keeping: Keeping) -> Result<()> {
        let initdb = self
            .account
            .tool(&self.programs.program("initdb"))
            .args(["--username", DATABASE_USER, "--auth=scram-sha-256"])
            .args(["--encoding=UTF8", "--locale=C.UTF-8", "--no-instructions"])
            .arg("--pgdata")
            .arg(draft)
            .arg("--pwfile")
            .arg(password);
        match keeping {
            Keeping::Lasting | Keeping::Measured => initdb.capture(),
            Keeping::ShortLived => initdb.arg("--no-sync").capture(),
        }
        .map(drop)
    }

    /// In single-user mode: no port, no password, no waiting.
    fn create_database(&self, draft: &Path) -> Result<()> {
        self.account
            .tool(&self.programs.program("postgres"))
            .args(["--single", "-D"])
            .arg(draft)
            .arg("postgres")
            .capture_with_input(&format!("CREATE DATABASE {DATABASE_USER};\n"))
            .map(drop)
    }
}

/// Where clients find a database of a cluster of ours.
pub fn database_url(password: &str, address: SocketAddr, database: &str) -> String {
    format!("postgres://{DATABASE_USER}:{password}@{address}/{database}")
}

/// Deletes a cluster's data, wherever it had to go.
pub fn delete(wanted: &Path) -> Result<()> {
    let reachable = match Account::for_postgres() {
        Ok(account) => account.reachable(wanted),
        // Without PostgreSQL there is no cluster either.
        Err(_) => wanted.to_owned(),
    };
    delete_folder(&reachable)
}
