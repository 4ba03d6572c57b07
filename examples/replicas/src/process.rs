//! Runs parts of the demonstration as processes that end with it.

use std::io::Read;
use std::process::Stdio;
use std::time::Duration;

use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;
use tracing_subscriber::EnvFilter;

use crate::error::Failed;

/// A process of this program. It lives as long as its standard input is open.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    input: ChildStdin,
}

impl Process {
    /// Starts a process.
    pub(crate) fn start(command: Command, name: &str) -> Result<Self, Failed> {
        Self::start_telling(command, name).map(|(process, _)| process)
    }

    /// Starts a process that prints something on its standard output.
    pub(crate) fn start_telling(
        mut command: Command,
        name: &str,
    ) -> Result<(Self, ChildStdout), Failed> {
        let failed = |reason: &str| did_not_start(name, reason);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true);
        // Ctrl-C in a terminal goes only to the parent, which ends its processes in order.
        #[cfg(unix)]
        command.process_group(0);
        let mut child = command
            .spawn()
            .map_err(|error| failed(&error.to_string()))?;
        match (child.stdin.take(), child.stdout.take()) {
            (Some(input), Some(output)) => Ok((Self { child, input }, output)),
            _ => Err(failed("it has no pipes")),
        }
    }

    /// Kills the process: SIGKILL on Unix, so that work in progress is cut off.
    pub(crate) async fn kill(mut self) {
        // An error means that the process has already ended.
        _ = self.child.kill().await;
    }

    /// Lets the process end, and kills it if it does not.
    pub(crate) async fn end(mut self) {
        drop(self.input);
        if timeout(Duration::from_secs(1), self.child.wait())
            .await
            .is_err()
        {
            _ = self.child.kill().await;
        }
    }
}

/// The command to run this program again.
pub(crate) fn again() -> Result<Command, Failed> {
    let program = std::env::current_exe()
        .map_err(|error| did_not_start("this program", &error.to_string()))?;
    Ok(Command::new(program))
}

/// Ends this process when its standard input closes, as it does when the parent has ended, for
/// whatever reason.
pub(crate) fn end_with_parent() {
    std::thread::spawn(|| {
        let mut input = std::io::stdin().lock();
        let mut buffer = [0; 64];
        while matches!(input.read(&mut buffer), Ok(1..)) {}
        std::process::exit(0);
    });
}

/// Sends warnings and errors to standard error.
pub(crate) fn log() {
    tracing_subscriber::fmt()
        // The other ways are there to lose sessions, so they need not warn of each.
        .with_env_filter(EnvFilter::new("warn,tower_sessions_core=error"))
        .with_writer(std::io::stderr)
        .init();
}

pub(crate) fn did_not_start(name: &str, reason: &str) -> Failed {
    Failed::new(
        format!("{name} did not start: {reason}"),
        "its own message is above; check the limits on processes and open files",
    )
}
