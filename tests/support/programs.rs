//! The programs of this workspace, which run until they are killed.

use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};

use escargot::error::CargoResult;
use escargot::format::Message;

use crate::guard;

/// A program of this workspace. All are built when a test first needs one.
#[derive(Clone, Copy, Debug)]
pub enum Program {
    /// The app on actix-web.
    ActixSsr,
    /// The app on axum.
    AxumSsr,
    /// The demonstration. One of its processes is the app with its sessions in memory.
    Replicas,
    /// The keeper.
    Sealjar,
}

impl Program {
    /// All of them; they are built together.
    pub const ALL: [Self; 4] = [Self::ActixSsr, Self::AxumSsr, Self::Replicas, Self::Sealjar];

    /// Begins a command without the environment variables that would override its arguments.
    #[must_use]
    pub fn command(self) -> Command {
        let mut command = Command::new(self.path());
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("SEALJAR_") {
                command.env_remove(name);
            }
        }
        command.env("NO_COLOR", "1").env("RUST_LOG", "info");
        command
    }

    /// Starts an example app on a free port, and returns its address.
    #[must_use]
    pub fn serve(self, replica: &str, ring: &Path, arguments: &[&str]) -> (Running, SocketAddr) {
        let mut command = self.command();
        command
            .args(["--listen", "127.0.0.1:0", "--replica", replica])
            .args(arguments)
            .env("SEALJAR_RING", ring);
        let process = Running::start(command);
        let address = process.hear("listening on http://").parse().unwrap();
        (process, address)
    }

    /// Returns where it is.
    #[must_use]
    pub fn path(self) -> &'static Path {
        static BUILT: OnceLock<HashMap<String, PathBuf>> = OnceLock::new();
        &BUILT.get_or_init(|| built(&Self::ALL, &[]))[self.name()]
    }

    /// Returns what its file is called.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ActixSsr => "actix-ssr",
            Self::AxumSsr => "axum-ssr",
            Self::Replicas => "replicas",
            Self::Sealjar => "sealjar",
        }
    }
}

/// Runs `sealjar` to its end.
#[must_use]
pub fn ask(store: &Path, arguments: &[&str]) -> Output {
    let mut command = Program::Sealjar.command();
    command.arg("--store").arg(named(store)).args(arguments);
    command.output().unwrap()
}

/// A store in the form in which `sealjar` wants its name.
#[must_use]
pub fn named(store: &Path) -> String {
    format!("file:{}", store.display())
}

/// A process that is killed when it is dropped.
#[derive(Debug)]
pub struct Running {
    child: Child,
    said: Mutex<Receiver<String>>,
}

impl Running {
    /// Starts a process, and collects its output.
    #[must_use]
    pub fn start(mut command: Command) -> Self {
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = guard::spawn(&mut command).unwrap();
        let (say, said) = channel();
        let output = child.stdout.take().unwrap();
        let error = child.stderr.take().unwrap();
        let tell = |lines: Box<dyn std::io::Read + Send>| {
            let say = say.clone();
            std::thread::spawn(move || {
                for line in BufReader::new(lines).lines().map_while(Result::ok) {
                    // The test may no longer listen, but the pipe has to be emptied.
                    _ = say.send(line);
                }
            });
        };
        tell(Box::new(output));
        tell(Box::new(error));
        Self {
            child,
            said: Mutex::new(said),
        }
    }

    /// Waits until the process prints something, and returns what follows it up to a space.
    #[must_use]
    pub fn hear(&self, marker: &str) -> String {
        let patience = Instant::now() + Duration::from_secs(30);
        let said = self.said.lock().unwrap();
        let mut heard = Vec::new();
        while let Ok(line) = said.recv_timeout(patience.saturating_duration_since(Instant::now())) {
            if let Some((_, rest)) = line.split_once(marker) {
                let word = rest.split([' ', '/', '\u{1b}']).next();
                return word.unwrap_or_default().to_owned();
            }
            heard.push(line);
        }
        panic!("waited for {marker:?}, and heard {heard:#?}");
    }

    /// Returns the output of the process that was not yet returned.
    #[must_use]
    pub fn said(&self) -> Vec<String> {
        self.said.lock().unwrap().try_iter().collect()
    }

    /// Returns the exit code of a process that has ended, -1 if a signal ended it.
    #[must_use]
    pub fn exit_code(&mut self) -> Option<i32> {
        let status = self.child.try_wait().unwrap()?;
        Some(status.code().unwrap_or(-1))
    }

    /// Sends a signal, as `kill` names it.
    pub fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args([name, &id]).status().unwrap();
        assert!(sent.success());
    }

    /// Waits for the process to end by itself, and returns its exit code.
    pub fn ended(&mut self) -> Option<i32> {
        let patience = Instant::now() + Duration::from_secs(30);
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            assert!(Instant::now() < patience, "the process does not end");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Running {
    /// SIGKILL, whatever it is doing, and for what it has started.
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
        guard::end(&self.child);
    }
}

/// Builds programs with additional options, and returns their paths by name.
#[must_use]
pub fn built(programs: &[Program], options: &[&str]) -> HashMap<String, PathBuf> {
    let build = escargot::CargoBuild::new();
    let build = programs
        .iter()
        .fold(build, |build, program| build.bin(program.name()));
    // Cargo tells this process which package it tests. The build script of `ring` looks at the same
    // variables, so it would run again, and once more in the next build outside of a test.
    let build = std::env::vars_os()
        .map(|(name, _)| name)
        .filter(|name| {
            let name = name.to_string_lossy();
            name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")
        })
        .fold(build, |build, name| build.env_remove(name));
    let messages = build
        // Packages that are built together share features and debug information. The default
        // members with any one test match what `cargo test` has already built.
        .args(["--test", "cli"])
        .args(options)
        .manifest_path(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml"))
        .exec();
    let executable = |message: CargoResult<escargot::Message>| {
        let message = message.unwrap();
        match message.decode().unwrap() {
            Message::CompilerArtifact(it) if !it.profile.test => {
                Some((it.target.name.into_owned(), it.executable?.into_owned()))
            }
            _ => None,
        }
    };
    messages.unwrap().filter_map(executable).collect()
}
