//! `onsale admin`

use std::{
    io::{BufRead, IsTerminal},
    process::ExitCode,
};

use clap::Subcommand;
use onsale_store::{Role, Store};

/// Shorter passwords are guessed.
const LEAST_PASSWORD_CHARS: usize = 12;
const MOST_PASSWORD_CHARS: usize = 200;
/// Where a script may put the password; a command line is seen by everybody on the machine.
const PASSWORD_VARIABLE: &str = "ONSALE_ADMIN_PASSWORD";

/// What can be done.
#[derive(Subcommand)]
pub enum Command {
    /// Make an account for the admin area. The password is read from ONSALE_ADMIN_PASSWORD, or
    /// from the first line of the standard input.
    Create {
        /// The address of e-mail to sign in with.
        email: String,
        /// `admin`, or `organiser`, who can switch, pause and slow waiting rooms but not void
        /// places.
        #[arg(long, default_value = "admin")]
        role: Role,
    },
}

/// Does it.
pub async fn run(store: &Store, command: &Command) -> Result<ExitCode, Box<dyn std::error::Error>> {
    let Command::Create { email, role } = command;
    let looks_like_one = email.split_once('@').is_some_and(|(name, host)| {
        !name.is_empty() && host.contains('.') && !email.contains(char::is_whitespace)
    });
    if !looks_like_one || email.len() > 254 {
        return Err(format!("`{email}` is not an address of e-mail").into());
    }
    let password = read_password()?;
    let length = password.chars().count();
    if !(LEAST_PASSWORD_CHARS..=MOST_PASSWORD_CHARS).contains(&length) {
        let reason = format!(
            "a password has between {LEAST_PASSWORD_CHARS} and {MOST_PASSWORD_CHARS} characters; this one has {length}"
        );
        return Err(reason.into());
    }
    if !store.create_staff(email, &password, *role, "onsale").await? {
        return Err(format!("{email} has an account already").into());
    }
    println!("{email} can sign in at /admin/sign-in as {}.", role.as_str());
    Ok(ExitCode::SUCCESS)
}

fn read_password() -> Result<String, Box<dyn std::error::Error>> {
    if let Ok(password) = std::env::var(PASSWORD_VARIABLE) {
        return Ok(password);
    }
    let input = std::io::stdin();
    if input.is_terminal() {
        eprintln!("Password (it will be seen as you type), then Enter:");
    }
    let mut line = String::new();
    input.lock().read_line(&mut line)?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}
