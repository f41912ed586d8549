//! Processes that outlive the command that started them, and the records by which a later command
//! finds them again.
//!
//! A process id alone proves nothing: the system reuses them. The record therefore holds the
//! moment the process was born too, and nothing is signalled unless both match.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::account::Account;
use super::role::Role;
use crate::error::{Error, FileContext, Result};
use crate::layout::create_folder;
use crate::machine::rust::without_outer_cargo;
use crate::tool::Tool;

/// How often a condition is looked at while waiting for it.
pub const GLANCE: Duration = Duration::from_millis(50);

/// Where records and logs of one fleet lie.
#[derive(Debug, Clone)]
pub struct Desk {
    /// One record per process.
    pub records: PathBuf,
    /// One log per process.
    pub logs: PathBuf,
}

impl Desk {
    /// The log of a role.
    pub fn log(&self, role: Role) -> PathBuf {
        self.logs.join(format!("{}.log", role.name()))
    }

    fn record(&self, role: Role) -> PathBuf {
        self.records.join(role.name())
    }

    /// The process that was started for a role, if it still runs.
    pub fn running(&self, role: Role) -> Option<Record> {
        let text = fs::read_to_string(self.record(role)).ok()?;
        Record::parse(&text).filter(Record::is_alive)
    }

    /// Whether anybody still expects the role to run; [`Desk::stop`] takes the record away first.
    pub fn is_expected(&self, role: Role) -> bool {
        self.record(role).exists()
    }

    /// Stops what runs for a role, if anything does. Says whether there was something to stop.
    pub fn stop(&self, role: Role) -> Result<bool> {
        let running = self.running(role);
        let record = self.record(role);
        if record.exists() {
            fs::remove_file(&record).while_doing("delete", &record)?;
        }
        match running {
            None => Ok(false),
            Some(process) => {
                process.stop(role);
                Ok(true)
            }
        }
    }
}

/// What to run for a role.
#[derive(Debug)]
pub struct Launch {
    /// For whom.
    pub role: Role,
    /// The program's file.
    pub program: PathBuf,
    /// Its arguments.
    pub args: Vec<String>,
    /// Variables added to our own environment.
    pub env: Vec<(&'static str, String)>,
    /// The user it runs as.
    pub account: Account,
}

impl Launch {
    /// Starts the process in a session of its own, so that neither Ctrl-C nor the end of a
    /// terminal reaches it, with its output in the log.
    pub fn start(&self, desk: &Desk) -> Result<Child> {
        create_folder(&desk.records)?;
        let (out, err) = open_log(&desk.log(self.role))?;
        // `setsid` becomes the program: the process id stays the same.
        let mut words = self.account.prefix();
        words.push(self.program.to_string_lossy().into_owned());
        words.extend(self.args.iter().cloned());
        let mut tool = without_outer_cargo(Tool::new("setsid")).args(words);
        for (key, value) in &self.env {
            tool = tool.env(key, value);
        }
        if self.account != Account::Own {
            tool = tool.in_folder(Path::new("/"));
        }
        let line = tool.line();
        let mut command = tool.into_command();
        command.stdin(Stdio::null()).stdout(out).stderr(err);
        let child = command.spawn().map_err(|source| Error::Start { command: line, source })?;
        if let Some(record) = Record::of(child.id()) {
            let file = desk.record(self.role);
            fs::write(&file, record.to_text()).while_doing("write", &file)?;
        }
        Ok(child)
    }
}

/// A process, identified beyond doubt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record {
    pid: i32,
    /// Clock ticks from boot to birth, as the kernel counts them.
    born_ticks: u64,
}

impl Record {
    /// The process that has this id now.
    fn of(pid: u32) -> Option<Self> {
        let pid = i32::try_from(pid).ok()?;
        let (_, born_ticks) = parse_stat(&fs::read_to_string(stat_file(pid)).ok()?)?;
        Some(Self { pid, born_ticks })
    }

    fn parse(text: &str) -> Option<Self> {
        let (pid, born_ticks) = text.trim().split_once(' ')?;
        Some(Self { pid: pid.parse().ok()?, born_ticks: born_ticks.parse().ok()? })
    }

    fn to_text(self) -> String {
        format!("{} {}\n", self.pid, self.born_ticks)
    }

    /// Its process id, for people.
    pub fn pid(&self) -> i32 {
        self.pid
    }

    /// Whether that very process runs. One that has ended but was not waited for does not.
    pub fn is_alive(&self) -> bool {
        let stat = fs::read_to_string(stat_file(self.pid)).unwrap_or_default();
        parse_stat(&stat).is_some_and(|(state, born)| state != 'Z' && born == self.born_ticks)
    }

    /// Asks it to stop; kills it when it does not within the role's patience.
    fn stop(self, role: Role) {
        self.signal(role.stop_signal());
        let deadline = Instant::now() + role.stop_patience();
        while self.is_alive() && Instant::now() < deadline {
            thread::sleep(GLANCE);
        }
        if self.is_alive() {
            println!("  {} does not stop: killing it", role.name());
            self.signal(Signal::KILL);
        }
    }

    fn signal(self, signal: Signal) {
        if !self.is_alive() {
            return;
        }
        if let Some(pid) = Pid::from_raw(self.pid)
            && let Err(error) = kill_process(pid, signal)
        {
            println!("  cannot signal process {}: {error}", self.pid);
        }
    }
}

fn stat_file(pid: i32) -> PathBuf {
    PathBuf::from(format!("/proc/{pid}/stat"))
}

/// State and birth of a process. The program's name comes before them in parentheses and may hold
/// anything, so we start behind the last one.
fn parse_stat(stat: &str) -> Option<(char, u64)> {
    const BIRTH_AFTER_NAME: usize = 19;
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let state = fields.first()?.chars().next()?;
    Some((state, fields.get(BIRTH_AFTER_NAME)?.parse().ok()?))
}

/// A new log for output and errors; the one of the last run stays beside it as `.previous`.
fn open_log(log: &Path) -> Result<(File, File)> {
    if let Some(folder) = log.parent() {
        create_folder(folder)?;
    }
    if log.exists() {
        let previous = log.with_extension("log.previous");
        fs::rename(log, &previous).while_doing("rename", log)?;
    }
    let file = File::create(log).while_doing("create", log)?;
    let twin = file.try_clone().while_doing("open", log)?;
    Ok((file, twin))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stat_is_read_behind_a_wild_program_name() {
        let stat = "42 (a) R (b) S 1 42 42 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 98765 0";
        assert_eq!(parse_stat(stat), Some(('S', 98765)));
        assert_eq!(parse_stat(""), None);
    }

    #[test]
    fn our_own_process_is_alive_and_an_impostor_is_not() {
        let ours = Record::of(std::process::id()).expect("we run");
        assert!(ours.is_alive());
        assert_eq!(Record::parse(&ours.to_text()), Some(ours));
        let impostor = Record { born_ticks: ours.born_ticks + 1, ..ours };
        assert!(!impostor.is_alive());
    }
}
