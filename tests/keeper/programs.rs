//! Where are the programs, and how does one run until it is killed?

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

/// A program of this workspace. All are built when one is first asked for.
#[derive(Clone, Copy)]
pub(crate) enum Program {
    Sealjar,
    AxumSsr,
    ActixSsr,
}

impl Program {
    /// With nothing of the environment that would say otherwise than the arguments do.
    pub(crate) fn command(self) -> Command {
        let mut command = Command::new(self.path());
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("SEALJAR_") {
                command.env_remove(name);
            }
        }
        command.env("NO_COLOR", "1").env("RUST_LOG", "info");
        command
    }

    /// Starts an example app on a free port, and returns where it answers.
    pub(crate) fn serve(
        self,
        replica: &str,
        ring: &Path,
        arguments: &[&str],
    ) -> (Running, SocketAddr) {
        let mut command = self.command();
        command
            .args(["--listen", "127.0.0.1:0", "--replica", replica])
            .args(arguments)
            .env("SEALJAR_RING", ring);
        let process = Running::start(command);
        let address = process.hear("listening on http://").parse().unwrap();
        (process, address)
    }

    fn path(self) -> &'static Path {
        static BUILT: OnceLock<HashMap<String, PathBuf>> = OnceLock::new();
        let name = match self {
            Self::Sealjar => "sealjar",
            Self::AxumSsr => "axum-ssr",
            Self::ActixSsr => "actix-ssr",
        };
        &BUILT.get_or_init(built)[name]
    }
}

/// Runs `sealjar` to its end.
pub(crate) fn ask(store: &Path, arguments: &[&str]) -> Output {
    let mut command = Program::Sealjar.command();
    command.arg("--store").arg(named(store)).args(arguments);
    command.output().unwrap()
}

/// A store as `sealjar` wants it named.
pub(crate) fn named(store: &Path) -> String {
    format!("file:{}", store.display())
}

/// A process that is killed when it is dropped.
pub(crate) struct Running {
    child: Child,
    said: Mutex<Receiver<String>>,
}

impl Running {
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (say, said) = channel();
        let output = child.stdout.take().unwrap();
        let error = child.stderr.take().unwrap();
        let tell = |lines: Box<dyn std::io::Read + Send>| {
            let say = say.clone();
            std::thread::spawn(move || {
                for line in BufReader::new(lines).lines().map_while(Result::ok) {
                    // Whoever listened may be gone; the pipe has to be emptied all the same.
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

    /// Waits until the process says something, and returns what follows it up to a space.
    pub(crate) fn hear(&self, marker: &str) -> String {
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

    pub(crate) fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args([name, &id]).status().unwrap();
        assert!(sent.success());
    }

    /// Waits for the process to end by itself, and returns its exit code.
    pub(crate) fn ended(&mut self) -> Option<i32> {
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
    /// SIGKILL, whatever it is doing.
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

/// Builds the programs, and returns where they are, by name.
fn built() -> HashMap<String, PathBuf> {
    let messages = escargot::CargoBuild::new()
        .bin("sealjar")
        .bin("axum-ssr")
        .bin("actix-ssr")
        // What is built together decides on features and debug information. The whole workspace with
        // any test comes to what `cargo test --workspace` has built already.
        .args(["--workspace", "--test", "cli"])
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
