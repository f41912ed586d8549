//! The processes that one command has started, watched together. When the command fails half-way,
//! what it started stops with it.

use std::fs;
use std::process::Child;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use super::probe::Probe;
use super::process::{Desk, GLANCE, Launch};
use super::role::Role;
use crate::error::{Error, Result, refuse};
use crate::tool::tail;

/// How long a process may take until it answers; a cold machine recovers a database meanwhile.
const READY_PATIENCE: Duration = Duration::from_secs(90);

/// Set when somebody asks us to end: Ctrl-C, SIGTERM, or the terminal closes.
#[derive(Debug, Clone)]
pub struct StopRequest(Arc<AtomicBool>);

impl StopRequest {
    /// Listens from now on; the signals no longer end the command by themselves.
    pub fn listen() -> Result<Self> {
        let flag = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            signal_hook::flag::register(signal, Arc::clone(&flag))
                .map_err(|error| Error::Refused(format!("cannot listen for signals: {error}")))?;
        }
        Ok(Self(flag))
    }

    /// Whether it was made.
    pub fn is_made(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Why a fleet is no longer whole.
#[derive(Debug, PartialEq, Eq)]
pub enum Ended {
    /// Somebody asked this command to end.
    Requested,
    /// Another command (`cargo xtask down`) stopped a process.
    StoppedElsewhere,
    /// A process ended by itself.
    Died(Role),
}

/// Started processes, in the order they started.
#[derive(Debug)]
pub struct Fleet {
    desk: Desk,
    stop: StopRequest,
    crew: Vec<(Role, Child)>,
}

impl Fleet {
    /// None yet.
    pub fn new(desk: Desk, stop: StopRequest) -> Self {
        Self { desk, stop, crew: Vec::new() }
    }

    /// Starts one process, without waiting for it.
    pub fn start(&mut self, launch: &Launch) -> Result<()> {
        let child = launch.start(&self.desk)?;
        self.crew.push((launch.role, child));
        Ok(())
    }

    /// Waits until a started process answers.
    pub fn await_ready(&mut self, role: Role, probe: &Probe) -> Result<()> {
        let begun = Instant::now();
        while !probe.answers() {
            match self.ended() {
                Some(Ended::Died(who)) => return Err(self.obituary(who)),
                Some(_) => return refuse("interrupted"),
                None => {}
            }
            if begun.elapsed() > READY_PATIENCE {
                return refuse(format!(
                    "{} is not ready after {} seconds; it printed:{}",
                    role.name(),
                    READY_PATIENCE.as_secs(),
                    self.last_words(role)
                ));
            }
            thread::sleep(GLANCE);
        }
        Ok(())
    }

    /// Waits until the fleet is no longer whole.
    pub fn watch(&mut self) -> Ended {
        loop {
            if let Some(ended) = self.ended() {
                return ended;
            }
            thread::sleep(GLANCE * 4);
        }
    }

    /// Fails when the fleet is no longer whole.
    pub fn check(&mut self) -> Result<()> {
        match self.ended() {
            None => Ok(()),
            Some(Ended::Died(who)) => Err(self.obituary(who)),
            Some(_) => refuse("interrupted"),
        }
    }

    /// The error that tells how a process ended, and what it said last.
    pub fn obituary(&mut self, role: Role) -> Error {
        let status = self
            .crew
            .iter_mut()
            .find(|(who, _)| *who == role)
            .and_then(|(_, child)| child.try_wait().ok().flatten());
        let how = status.map_or_else(|| "ended".to_owned(), |status| format!("ended ({status})"));
        Error::Refused(format!(
            "{} {how}; its last lines, from {}:{}",
            role.name(),
            self.desk.log(role).display(),
            self.last_words(role)
        ))
    }

    /// Stops everything, last started first.
    pub fn stop(&mut self) -> Result<()> {
        while let Some((role, mut child)) = self.crew.pop() {
            self.desk.stop(role)?;
            // Our own child: collect it, so that no zombie is left while we go on.
            child.wait().map_err(|error| Error::Refused(format!("{}: {error}", role.name())))?;
        }
        Ok(())
    }

    /// Leaves everything running when this command ends.
    pub fn detach(mut self) {
        self.crew.clear();
    }

    fn ended(&mut self) -> Option<Ended> {
        if self.stop.is_made() {
            return Some(Ended::Requested);
        }
        let gone = self
            .crew
            .iter_mut()
            .find_map(|(role, child)| matches!(child.try_wait(), Ok(Some(_))).then_some(*role))?;
        match self.desk.is_expected(gone) {
            true => Some(Ended::Died(gone)),
            false => Some(Ended::StoppedElsewhere),
        }
    }

    fn last_words(&self, role: Role) -> String {
        tail(&fs::read_to_string(self.desk.log(role)).unwrap_or_default())
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        if let Err(error) = self.stop() {
            eprintln!("while stopping: {error}");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::layout::delete_folder;
    use crate::services::account::Account;
    use crate::services::settings::{any_free_port, local};

    /// A fleet with one process that runs a line of shell.
    fn fleet_of(name: &str, line: &str) -> (Fleet, PathBuf) {
        let folder = std::env::temp_dir().join(format!("onsale-{name}-{}", std::process::id()));
        let desk = Desk { records: folder.join("run"), logs: folder.join("logs") };
        let mut fleet = Fleet::new(desk, StopRequest(Arc::default()));
        let launch = Launch {
            role: Role::Redis,
            program: PathBuf::from("sh"),
            args: vec!["-c".to_owned(), line.to_owned()],
            env: vec![("GREETING", "farewell".to_owned())],
            account: Account::Own,
        };
        fleet.start(&launch).expect("sh is everywhere");
        (fleet, folder)
    }

    #[test]
    fn a_process_that_dies_while_starting_is_quoted() {
        let (mut fleet, folder) = fleet_of("dying", "echo $GREETING; exit 3");
        let nobody = local(any_free_port().expect("a free port"));
        let error = fleet.await_ready(Role::Redis, &Probe::redis(nobody)).expect_err("it died");
        let text = error.to_string();
        assert!(text.contains("redis ended (exit status: 3)"), "{text}");
        assert!(text.contains("farewell"), "{text}");
        delete_folder(&folder).expect("scratch goes");
    }

    #[test]
    fn another_command_may_stop_it() {
        let (mut fleet, folder) = fleet_of("stopped", "exec sleep 1000");
        assert!(fleet.check().is_ok());
        let desk = fleet.desk.clone();
        assert!(desk.running(Role::Redis).is_some());
        assert!(desk.stop(Role::Redis).expect("own records"));
        assert_eq!(fleet.watch(), Ended::StoppedElsewhere);
        assert!(!desk.stop(Role::Redis).expect("own records"), "there is nothing left to stop");
        delete_folder(&folder).expect("scratch goes");
    }

    #[test]
    fn a_dropped_fleet_leaves_nothing_behind_and_a_detached_one_does() {
        let (fleet, folder) = fleet_of("dropped", "exec sleep 1000");
        let (desk, process) = (fleet.desk.clone(), fleet.desk.running(Role::Redis));
        drop(fleet);
        assert!(process.is_some_and(|process| !process.is_alive()));
        delete_folder(&folder).expect("scratch goes");

        let (fleet, folder) = fleet_of("detached", "exec sleep 1000");
        let desk_of_detached = fleet.desk.clone();
        fleet.detach();
        assert!(desk_of_detached.running(Role::Redis).is_some());
        assert!(desk_of_detached.stop(Role::Redis).expect("own records"));
        assert!(desk.running(Role::Redis).is_none());
        delete_folder(&folder).expect("scratch goes");
    }

    #[test]
    fn a_request_to_stop_ends_the_watch() {
        let (mut fleet, folder) = fleet_of("requested", "exec sleep 1000");
        fleet.stop.0.store(true, Ordering::Relaxed);
        assert_eq!(fleet.watch(), Ended::Requested);
        fleet.stop().expect("it stops");
        delete_folder(&folder).expect("scratch goes");
    }
}
