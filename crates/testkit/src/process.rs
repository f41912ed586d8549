//! A process of the stack, which a test may kill and start again.

use std::{
    ffi::OsString,
    fs::OpenOptions,
    net::TcpListener,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU16, Ordering},
};

/// A program with its arguments, running or not.
#[derive(Debug)]
pub struct Running {
    name: String,
    program: PathBuf,
    arguments: Vec<OsString>,
    environment: Vec<(String, String)>,
    /// User and group that it runs as, when they are not ours.
    account: Option<(u32, u32)>,
    log: PathBuf,
    child: Option<Child>,
}

impl Running {
    /// Starts a program; its output goes to `{logs}/{name}.log`.
    ///
    /// # Panics
    /// When it cannot be started.
    #[must_use]
    pub fn start(
        name: &str,
        program: &Path,
        arguments: &[&str],
        environment: &[(&str, String)],
        logs: &Path,
    ) -> Self {
        let mut running = Self::describe(name, program, arguments, logs);
        running.environment =
            environment.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect();
        running.start_again();
        running
    }

    /// Starts a program as a user and group.
    ///
    /// # Panics
    /// When it cannot be started.
    #[must_use]
    pub(crate) fn start_as(
        account: (u32, u32),
        name: &str,
        program: &Path,
        arguments: &[&str],
        logs: &Path,
    ) -> Self {
        let mut running = Self::describe(name, program, arguments, logs);
        running.account = Some(account);
        running.start_again();
        running
    }

    fn describe(name: &str, program: &Path, arguments: &[&str], logs: &Path) -> Self {
        Self {
            name: name.to_owned(),
            program: program.to_owned(),
            arguments: arguments.iter().map(Into::into).collect(),
            environment: Vec::new(),
            account: None,
            log: logs.join(format!("{name}.log")),
            child: None,
        }
    }

    /// Starts it again, after it was killed.
    ///
    /// # Panics
    /// When it cannot be started.
    pub fn start_again(&mut self) {
        let log = OpenOptions::new().create(true).append(true).open(&self.log).expect("a log file");
        let errors = log.try_clone().expect("a second handle of the log file");
        let mut command = Command::new(&self.program);
        command
            .args(&self.arguments)
            .envs(self.environment.iter().map(|(key, value)| (key, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::from(log))
            .stderr(Stdio::from(errors));
        if let Some((user, group)) = self.account {
            command.current_dir("/").uid(user).gid(group);
        }
        match command.spawn() {
            Ok(child) => self.child = Some(child),
            Err(error) => panic!("{} cannot be started: {error}", self.program.display()),
        }
    }

    /// Kills it as `kill -9` does, and waits until it is gone.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            // An error says that it has ended already.
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Asks it to end as `kill -QUIT` does, and waits until it is gone. PostgreSQL takes it as an
    /// order to crash, together with all of its processes.
    pub(crate) fn quit(&mut self) {
        if let Some(mut child) = self.child.take() {
            // An error says that it has ended already.
            let _ = Command::new("kill").args(["-QUIT", &child.id().to_string()]).status();
            let _ = child.wait();
        }
    }

    /// Asks it to end as operators do. It may take its time.
    pub fn ask_to_stop(&self) {
        if let Some(pid) = self.pid() {
            // An error says that it has ended already.
            let _ = Command::new("kill").args(["-TERM", &pid.to_string()]).status();
        }
    }

    /// Its process id, while it runs.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    /// Whether it has ended by itself.
    pub fn has_ended(&mut self) -> bool {
        self.child.as_mut().is_none_or(|child| matches!(child.try_wait(), Ok(Some(_))))
    }

    /// The last part of what it wrote.
    #[must_use]
    pub fn log_tail(&self) -> String {
        let text = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().rev().take(30).collect();
        let lines: Vec<&str> = lines.into_iter().rev().collect();
        format!("--- {}:\n{}", self.name, lines.join("\n"))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Where the ports of tests begin; they end where those begin that the kernel gives to outgoing
/// connections, of which one could take a port before its server has come to listen on it.
const FIRST_PORT: u16 = 15_000;
/// So many are tried, one after the other, beginning somewhere else in each process.
const PORTS: u16 = 17_000;

/// A port that nobody listens on, and that is given to nobody else in this process.
///
/// # Panics
/// When all are taken.
#[must_use]
pub fn free_port() -> u16 {
    static GIVEN: AtomicU16 = AtomicU16::new(0);
    let begin = u16::try_from(std::process::id().wrapping_mul(977) % u32::from(PORTS));
    let begin = begin.unwrap_or_default();
    for _ in 0..PORTS {
        let given = GIVEN.fetch_add(1, Ordering::Relaxed) % PORTS;
        let number = (begin + given) % PORTS;
        let port = FIRST_PORT + number;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
    panic!("no port is free");
}
