//! PostgreSQL refuses to run as root. When we are root, it runs as the user that its package made.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};

use crate::digest::sha256_hex;
use crate::error::{Error, FileContext, Result};
use crate::layout::create_folder;
use crate::tool::{Tool, is_root};

const POSTGRES_USER: &str = "postgres";
/// Where data goes that the other user could not reach inside the checkout.
const SHARED_STATE: &str = "/var/lib/onsale";

/// The user a service runs as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Account {
    /// Whoever runs us.
    Own,
    /// The system's user `postgres`, with these ids.
    Postgres {
        /// User id.
        uid: u32,
        /// Group id.
        gid: u32,
    },
}

impl Account {
    /// The one PostgreSQL must have on this machine.
    pub fn for_postgres() -> Result<Self> {
        if !is_root() {
            return Ok(Self::Own);
        }
        let id = |flag: &str| -> Result<u32> {
            let printed = Tool::new("id").args([flag, POSTGRES_USER]).capture()?;
            printed.parse().map_err(|_| {
                Error::Refused(format!("`id {flag} {POSTGRES_USER}` printed {printed:?}"))
            })
        };
        Ok(Self::Postgres { uid: id("-u")?, gid: id("-g")? })
    }

    /// Words to put before a command line. `setpriv` replaces itself by the program, so the
    /// process id we note down stays the program's own.
    pub fn prefix(self) -> Vec<String> {
        match self {
            Self::Own => Vec::new(),
            Self::Postgres { uid, gid } => vec![
                "setpriv".to_owned(),
                format!("--reuid={uid}"),
                format!("--regid={gid}"),
                "--init-groups".to_owned(),
                "--".to_owned(),
            ],
        }
    }

    /// A tool run under this account.
    pub fn tool(self, program: &Path) -> Tool {
        let prefix = self.prefix();
        match prefix.split_first() {
            None => Tool::new(program),
            Some((first, rest)) => {
                Tool::new(first).args(rest).arg(program).in_folder(Path::new("/"))
            }
        }
    }

    /// `wanted`, or a folder outside the checkout when this account cannot walk to it (a checkout
    /// below `/root`, for example).
    pub fn reachable(self, wanted: &Path) -> PathBuf {
        if self == Self::Own || wanted.ancestors().skip(1).all(others_may_enter) {
            return wanted.to_owned();
        }
        let mut checkout = sha256_hex(wanted.as_os_str().as_encoded_bytes());
        checkout.truncate(12);
        Path::new(SHARED_STATE).join(checkout)
    }

    /// Creates a folder that belongs to the account, closed to everyone else.
    pub fn own_folder(self, folder: &Path) -> Result<()> {
        create_folder(folder)?;
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700))
            .while_doing("close", folder)?;
        self.give(folder)
    }

    /// Hands a file or folder to the account.
    pub fn give(self, path: &Path) -> Result<()> {
        match self {
            Self::Own => Ok(()),
            Self::Postgres { uid, gid } => {
                chown(path, Some(uid), Some(gid)).while_doing("hand over", path)
            }
        }
    }
}

/// Folders that do not exist yet will be made by us, open to others.
fn others_may_enter(folder: &Path) -> bool {
    fs::metadata(folder).map_or(true, |found| found.permissions().mode() & 0o001 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OTHER: Account = Account::Postgres { uid: 101, gid: 104 };

    #[test]
    fn a_closed_folder_above_sends_the_data_elsewhere() {
        let top = std::env::temp_dir().join(format!("onsale-account-{}", std::process::id()));
        let open = top.join("open/pg");
        let closed = top.join("closed/pg");
        for folder in [&open, &closed] {
            create_folder(folder).expect("scratch folders");
        }
        let mode = |path: &Path, mode| {
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("own folder");
        };
        mode(&top, 0o755);
        mode(&top.join("open"), 0o755);
        mode(&top.join("closed"), 0o700);
        assert_eq!(OTHER.reachable(&open), open);
        assert!(OTHER.reachable(&closed).starts_with(SHARED_STATE));
        assert_eq!(Account::Own.reachable(&closed), closed);
        fs::remove_dir_all(&top).expect("scratch goes");
    }

    #[test]
    fn only_another_account_needs_a_prefix() {
        assert!(Account::Own.prefix().is_empty());
        assert_eq!(OTHER.prefix()[0], "setpriv");
    }
}
