//! Programs we call: described first, so that a failure can name the command line that failed.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Output, Stdio};

use crate::error::{Error, Result};

/// How many lines of a failed program's output an error repeats.
const TAIL_LINES: usize = 25;

/// A program with its arguments and environment.
#[derive(Debug)]
pub struct Tool {
    command: Command,
}

impl Tool {
    /// A program found on PATH, or by its path.
    pub fn new(program: impl AsRef<OsStr>) -> Self {
        Self { command: Command::new(program) }
    }

    /// The same, run as root: through `sudo` unless we already are root.
    pub fn as_root(program: &str) -> Self {
        if is_root() {
            return Self::new(program);
        }
        Self::new("sudo").arg(program)
    }

    /// Adds one argument.
    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.command.arg(arg);
        self
    }

    /// Adds arguments.
    pub fn args<S: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = S>) -> Self {
        self.command.args(args);
        self
    }

    /// Sets a variable of the environment.
    pub fn env(mut self, key: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.command.env(key, value);
        self
    }

    /// Hides a variable from the program.
    pub fn without_env(mut self, key: impl AsRef<OsStr>) -> Self {
        self.command.env_remove(key);
        self
    }

    /// Runs it in another folder.
    pub fn in_folder(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// The command line, for people.
    pub fn line(&self) -> String {
        let mut words = vec![self.command.get_program().to_string_lossy().into_owned()];
        words.extend(self.command.get_args().map(|arg| arg.to_string_lossy().into_owned()));
        words.join(" ")
    }

    /// Runs it with its output shown as it comes.
    pub fn run(mut self) -> Result<()> {
        let status = self.command.status().map_err(|source| self.not_started(source))?;
        self.accept(status, String::new())
    }

    /// Shows the command line, then runs it like [`Tool::run`].
    pub fn run_aloud(self) -> Result<()> {
        println!("  $ {}", self.line());
        self.run()
    }

    /// Runs it in silence and returns what it printed on standard output, trimmed. When it fails,
    /// the error repeats the end of what it said.
    pub fn capture(mut self) -> Result<String> {
        let output = self
            .command
            .stdin(Stdio::null())
            .output()
            .map_err(|source| self.not_started(source))?;
        self.accept_output(&output)
    }

    /// [`Tool::capture`], with a text on its standard input.
    pub fn capture_with_input(mut self, input: &str) -> Result<String> {
        self.command.stdin(Stdio::piped());
        self.command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = self.command.spawn().map_err(|source| self.not_started(source))?;
        if let Some(mut stdin) = child.stdin.take() {
            // A program that ends without reading its input says why by its exit status.
            let _ = stdin.write_all(input.as_bytes());
        }
        let output = child.wait_with_output().map_err(|source| self.not_started(source))?;
        self.accept_output(&output)
    }

    /// Runs it like [`Tool::run`], and lets `read` look at each line of its standard output. When
    /// `read` returns false the program is ended.
    pub fn run_reading(mut self, mut read: impl FnMut(&str) -> bool) -> Result<()> {
        self.command.stdout(Stdio::piped());
        let mut child = self.command.spawn().map_err(|source| self.not_started(source))?;
        let stdout = child.stdout.take().map(BufReader::new);
        for line in stdout.into_iter().flat_map(|stdout| stdout.split(b'\n')) {
            let line = line.map_err(|source| self.not_started(source))?;
            let line = String::from_utf8_lossy(&line);
            println!("{line}");
            if !read(&line) {
                child.kill().map_err(|source| self.not_started(source))?;
                break;
            }
        }
        let status = child.wait().map_err(|source| self.not_started(source))?;
        self.accept(status, String::new())
    }

    /// Whether it starts and exits with 0; its output is thrown away.
    pub fn succeeds(self) -> bool {
        self.capture().is_ok()
    }

    /// The plain command, for callers that need pipes.
    pub fn into_command(self) -> Command {
        self.command
    }

    fn not_started(&self, source: std::io::Error) -> Error {
        Error::Start { command: self.line(), source }
    }

    fn accept_output(&self, output: &Output) -> Result<String> {
        let stdout = String::from_utf8_lossy(&output.stdout);
        let stderr = String::from_utf8_lossy(&output.stderr);
        self.accept(output.status, tail(&format!("{stdout}{stderr}")))?;
        Ok(stdout.trim().to_owned())
    }

    fn accept(&self, status: ExitStatus, details: String) -> Result<()> {
        if status.success() {
            return Ok(());
        }
        Err(Error::Failed { command: self.line(), status: status.to_string(), details })
    }
}

/// Whether this process may install packages and switch users itself.
pub fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// The file that a program's name means on PATH, if any.
pub fn find_on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}

/// The last lines of a text, each indented below the error they explain.
pub fn tail(text: &str) -> String {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let first = lines.len().saturating_sub(TAIL_LINES);
    lines[first..].iter().map(|line| format!("\n    {line}")).collect()
}
