//! The words of the command line.

use crate::check;
use crate::services::role::Role;
use crate::up;

/// Shown for `cargo xtask help`.
pub const USAGE: &str = "\
cargo xtask COMMAND

  up [--detach] [--release] [--edge]
                              prepare the machine, compile, start everything, wait until it is ready;
                              --edge puts Varnish in front
  down                        stop what `up --detach` left running
  reset                       stop, and delete all data of this checkout
  status                      each process: port, pid, readiness
  logs [NAME] [-f]            the logs' last lines, and what follows; NAME is one of
                              postgres nats redis sandbox server workers edge
  test [--fast] [FILTER…]     format, lints, house rules, all tests; --fast leaves out what needs services;
                              with a FILTER, only tests whose name contains it
  bench NAME [--quick]        measure against a baseline in the same run; NAME is one of
                              reserve confirm queue faults search transport page live seatmap lighthouse
  tidy                        the house rules alone
  toolchain [--debian]        make the compiler for the browser ready, and nothing else

Services that run elsewhere: set DATABASE_URL, NATS_URL, REDIS_URL or PAYMENTS_URL.";

/// What a person asked for.
#[derive(Debug, PartialEq, Eq)]
pub enum Command {
    /// Start.
    Up(up::Options),
    /// Stop.
    Down,
    /// Stop and forget.
    Reset,
    /// Look.
    Status,
    /// Read.
    Logs {
        /// One process, or all.
        role: Option<Role>,
        /// Stay and show what is added.
        follow: bool,
    },
    /// Check everything.
    Test(check::Options),
    /// Measure; the words are for the measurement.
    Bench(Vec<String>),
    /// Check the house rules.
    Tidy,
    /// Prepare the compiler.
    Toolchain {
        /// Debian's, even where rustup has the target.
        debian: bool,
    },
    /// Explain.
    Help,
}

impl Command {
    /// Understands the words after `cargo xtask`, or says which one it does not.
    pub fn parse(words: &[String]) -> Result<Self, String> {
        let Some((command, rest)) = words.split_first() else {
            return Ok(Self::Help);
        };
        let mut rest = Words(rest.to_vec());
        let parsed = match command.as_str() {
            "up" => Self::Up(up::Options {
                detach: rest.take_flag(&["--detach", "-d"]),
                release: rest.take_flag(&["--release"]),
                edge: rest.take_flag(&["--edge"]),
            }),
            "down" => Self::Down,
            "reset" => Self::Reset,
            "status" => Self::Status,
            "logs" => {
                Self::Logs { follow: rest.take_flag(&["--follow", "-f"]), role: rest.take_role()? }
            }
            "test" => Self::Test(check::Options {
                fast: rest.take_flag(&["--fast"]),
                filters: rest.take_names(),
            }),
            "bench" if rest.0.is_empty() => return Err("`bench` needs a NAME".to_owned()),
            "bench" => Self::Bench(rest.0.drain(..).collect()),
            "tidy" => Self::Tidy,
            "toolchain" => Self::Toolchain { debian: rest.take_flag(&["--debian"]) },
            "help" | "--help" | "-h" => Self::Help,
            unknown => return Err(format!("there is no command `{unknown}`")),
        };
        match rest.0.first() {
            None => Ok(parsed),
            Some(word) => Err(format!("`{command}` does not know `{word}`")),
        }
    }
}

impl Command {
    /// Whether it may end at any moment without leaving anything half done.
    pub fn only_looks(&self) -> bool {
        matches!(self, Self::Status | Self::Logs { .. } | Self::Tidy | Self::Help)
    }
}

/// Words not understood yet.
struct Words(Vec<String>);

impl Words {
    fn take_flag(&mut self, names: &[&str]) -> bool {
        let before = self.0.len();
        self.0.retain(|word| !names.contains(&word.as_str()));
        self.0.len() < before
    }

    fn take_role(&mut self) -> Result<Option<Role>, String> {
        match self.0.pop() {
            None => Ok(None),
            Some(word) => Role::from_name(&word)
                .map(Some)
                .ok_or_else(|| format!("there is no process `{word}`")),
        }
    }

    fn take_names(&mut self) -> Vec<String> {
        let (flags, names) = self.0.drain(..).partition(|word| word.starts_with('-'));
        self.0 = flags;
        names
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Command, String> {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        Command::parse(&words)
    }

    #[test]
    fn flags_may_stand_anywhere() {
        let follow = Command::Logs { role: Some(Role::Server), follow: true };
        assert_eq!(parse("logs -f server"), Ok(follow));
        assert_eq!(
            parse("test seat --fast hold"),
            Ok(Command::Test(check::Options {
                fast: true,
                filters: vec!["seat".to_owned(), "hold".to_owned()]
            }))
        );
    }

    #[test]
    fn what_is_not_understood_is_named() {
        assert_eq!(parse("fly"), Err("there is no command `fly`".to_owned()));
        assert_eq!(parse("up --now"), Err("`up` does not know `--now`".to_owned()));
        assert_eq!(parse("logs mail"), Err("there is no process `mail`".to_owned()));
    }
}
