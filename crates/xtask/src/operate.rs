//! Commands for what is already running: `down`, `reset`, `status`, `logs`.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{BufRead, BufReader, Seek, SeekFrom};
use std::path::PathBuf;
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use crate::check;
use crate::error::{FileContext, Result};
use crate::layout::{Layout, delete_folder};
use crate::services::outside::Outside;
use crate::services::plan::{postgres_folder, public_url};
use crate::services::postgres;
use crate::services::process::Desk;
use crate::services::role::Role;
use crate::services::settings::Settings;

/// How many lines of a log are shown to begin with.
const LINES_SHOWN: usize = 20;
/// How often followed logs are looked at.
const FOLLOW_EVERY: Duration = Duration::from_millis(200);

/// Records and logs of this checkout.
pub fn desk(layout: &Layout) -> Desk {
    Desk { records: layout.records(), logs: layout.logs() }
}

/// Stops every process, last started first. Says how many there were.
pub fn stop_all(desk: &Desk) -> Result<usize> {
    let mut stopped = 0;
    for role in Role::ALL.into_iter().rev() {
        if desk.stop(role)? {
            println!("  stopped {}", role.name());
            stopped += 1;
        }
    }
    Ok(stopped)
}

/// `cargo xtask down`
pub fn down(layout: &Layout) -> Result<ExitCode> {
    if stop_all(&desk(layout))? == 0 {
        println!("Onsale is not running.");
    }
    Ok(ExitCode::SUCCESS)
}

/// `cargo xtask reset`: the next start begins with an empty house. Tools stay.
pub fn reset(layout: &Layout) -> Result<ExitCode> {
    stop_all(&desk(layout))?;
    check::clear(layout)?;
    postgres::delete(&postgres_folder(layout))?;
    for folder in [layout.data(), layout.records(), layout.logs(), layout.test()] {
        delete_folder(&folder)?;
    }
    let settings = layout.state().join("settings.toml");
    if settings.exists() {
        std::fs::remove_file(&settings).while_doing("delete", &settings)?;
    }
    println!("Data, logs, ports and secrets of this checkout are gone.");
    Ok(ExitCode::SUCCESS)
}

/// `cargo xtask status`: fails unless everything is ready, for scripts.
pub fn status(layout: &Layout) -> Result<ExitCode> {
    let outside = Outside::from_env()?;
    let Some(settings) = Settings::read(layout)? else {
        println!("Onsale was never started here: cargo xtask up");
        return Ok(ExitCode::FAILURE);
    };
    let desk = desk(layout);
    let has_edge = desk.running(Role::Edge).is_some();
    let mut all_ready = true;
    for role in Role::ALL.into_iter().filter(|role| has_edge || *role != Role::Edge) {
        let address = role.address(&settings.ports);
        let state = match desk.running(role) {
            _ if role.is_outside(&outside) => "runs elsewhere".to_owned(),
            None => {
                all_ready = false;
                "stopped".to_owned()
            }
            Some(process) => {
                let ready = role.probe(address).answers();
                all_ready &= ready;
                let word = if ready { "ready" } else { "not ready" };
                format!("{word:<10} {address:<16} pid {}", process.pid())
            }
        };
        println!("{:<9} {state}", role.name());
    }
    match all_ready {
        true => {
            println!("\n{}", public_url(&settings, has_edge));
            Ok(ExitCode::SUCCESS)
        }
        false => Ok(ExitCode::FAILURE),
    }
}

/// `cargo xtask logs`: the ends of the logs, and then what is added to them.
pub fn logs(layout: &Layout, only: Option<Role>, follow: bool) -> Result<ExitCode> {
    let desk = desk(layout);
    let mut logs: Vec<Log> = Role::ALL
        .into_iter()
        .filter(|role| only.is_none_or(|only| only == *role))
        .map(|role| Log::new(role, desk.log(role), only.is_none()))
        .collect();
    for log in &mut logs {
        let mut last = VecDeque::new();
        log.read_on(|line| {
            last.push_back(line);
            if last.len() > LINES_SHOWN {
                last.pop_front();
            }
        })?;
        last.iter().for_each(|line| println!("{line}"));
    }
    if !follow {
        return Ok(ExitCode::SUCCESS);
    }
    loop {
        for log in &mut logs {
            log.read_on(|line| println!("{line}"))?;
        }
        thread::sleep(FOLLOW_EVERY);
    }
}

/// A log and how far we have read it.
struct Log {
    file: PathBuf,
    prefix: String,
    read_bytes: u64,
}

impl Log {
    fn new(role: Role, file: PathBuf, named: bool) -> Self {
        let prefix = match named {
            true => format!("{:<8} | ", role.name()),
            false => String::new(),
        };
        Self { file, prefix, read_bytes: 0 }
    }

    /// Hands over every whole line that was added since the last call.
    fn read_on(&mut self, mut take: impl FnMut(String)) -> Result<()> {
        if !self.file.exists() {
            return Ok(());
        }
        let mut file = File::open(&self.file).while_doing("read", &self.file)?;
        let length = file.metadata().while_doing("read", &self.file)?.len();
        if length < self.read_bytes {
            // The process was started anew, and so was its log.
            self.read_bytes = 0;
        }
        file.seek(SeekFrom::Start(self.read_bytes)).while_doing("read", &self.file)?;
        let mut reader = BufReader::new(file);
        let mut line = Vec::new();
        loop {
            line.clear();
            let read = reader.read_until(b'\n', &mut line).while_doing("read", &self.file)?;
            if line.last() != Some(&b'\n') {
                return Ok(());
            }
            self.read_bytes += read as u64;
            let text = String::from_utf8_lossy(&line);
            take(format!("{}{}", self.prefix, text.trim_end()));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_log_is_read_on_by_whole_lines_and_from_the_top_when_it_is_new() {
        let file = std::env::temp_dir().join(format!("onsale-log-{}", std::process::id()));
        let mut log = Log::new(Role::Server, file.clone(), false);
        let mut read = || {
            let mut lines = Vec::new();
            log.read_on(|line| lines.push(line)).expect("readable");
            lines
        };
        assert!(read().is_empty(), "a log that is not there yet has no lines");
        fs::write(&file, "one\ntw").expect("own file");
        assert_eq!(read(), ["one"]);
        fs::write(&file, "one\ntwo\n").expect("own file");
        assert_eq!(read(), ["two"]);
        fs::write(&file, "new\n").expect("own file");
        assert_eq!(read(), ["new"]);
        fs::remove_file(&file).expect("scratch goes");
    }
}
