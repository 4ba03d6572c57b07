//! The command line, run as a process over real files.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod answers;
mod apps;
mod config;
mod damage;
mod delivered;
mod flows;
mod following;
mod golden;
mod health;
mod inspected;
mod lifetimes;
mod listed;
mod manuals;
mod places;
mod races;
mod revoking;
mod swarm_files;
mod terminal;
mod vectors;
mod watching;

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use sealjar::KeyRing;
use serde_json::Value;
use tempfile::TempDir;

/// A directory with a store in it, or with nothing yet, and the command that works there.
struct Sandbox {
    directory: TempDir,
    environment: Vec<(&'static str, String)>,
}

impl Sandbox {
    fn empty() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let store = format!("file:{}", directory.path().join("ring.json").display());
        Self {
            directory,
            environment: vec![("SEALJAR_STORE", store)],
        }
    }

    fn begun() -> Self {
        let sandbox = Self::empty();
        sandbox.does(&["init"]);
        sandbox
    }

    fn with(mut self, name: &'static str, value: &str) -> Self {
        self.environment.push((name, value.into()));
        self
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Writes a file as private as a ring should be.
    fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.path(name), content).unwrap();
        fs::set_permissions(self.path(name), Permissions::from_mode(0o600)).unwrap();
    }

    fn document(&self) -> PathBuf {
        self.path("ring.json")
    }

    fn head(&self) -> PathBuf {
        self.path("ring.json.keeper/head.json")
    }

    fn ring(&self) -> KeyRing {
        KeyRing::from_json(&fs::read(self.document()).unwrap()).unwrap()
    }

    /// The ids of the keys in this phase, as `status` has them.
    fn keys(&self, phase: &str) -> Vec<String> {
        let status = self.does(&["status", "--json"]).json();
        let keys = status["keys"].as_array().unwrap().iter();
        keys.filter(|key| key["phase"] == phase)
            .map(|key| key["id"].as_str().unwrap().to_owned())
            .collect()
    }

    /// Every file and what is in it.
    fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut files = BTreeMap::new();
        gather(self.directory.path(), &mut files);
        files
    }

    fn command(&self, line: &[&str]) -> Command {
        self.process(env!("CARGO_BIN_EXE_sealjar"), line)
    }

    fn process(&self, program: &str, line: &[&str]) -> Command {
        let mut command = Command::new(program);
        command
            .args(line)
            .current_dir(self.directory.path())
            .env_clear()
            .envs(self.environment.iter().cloned())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    fn run(&self, line: &[&str]) -> Ran {
        Ran::of(line, self.command(line).output().unwrap())
    }

    fn run_with(&self, line: &[&str], input: &str) -> Ran {
        let mut child = self.command(line).stdin(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        // What is longer than any token is not read to its end.
        _ = stdin.write_all(input.as_bytes());
        drop(stdin);
        Ran::of(line, child.wait_with_output().unwrap())
    }

    /// Runs what has to go well.
    fn does(&self, line: &[&str]) -> Ran {
        let ran = self.run(line);
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{line:?}");
        ran
    }

    /// Runs what has to be refused with an error that says `words`, a hint, and every file as it
    /// was.
    fn refuses(&self, line: &[&str], code: i32, words: &str) -> Ran {
        let before = self.files();
        let ran = self.run(line);
        assert_eq!(ran.code, code, "{line:?}: {}", ran.stderr);
        assert!(ran.stderr.contains("error: "), "{line:?}: {}", ran.stderr);
        assert!(ran.stderr.contains("\nhint: "), "{line:?}: {}", ran.stderr);
        assert!(ran.stderr.contains(words), "{line:?}: {}", ran.stderr);
        assert!(before == self.files(), "{line:?} changed something");
        ran
    }
}

/// How a process ended.
#[derive(Debug)]
struct Ran {
    code: i32,
    stdout: String,
    stderr: String,
}

impl Ran {
    fn of(line: &[&str], output: Output) -> Self {
        let ran = Self {
            code: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        };
        for text in [&ran.stdout, &ran.stderr] {
            assert!(!shows_a_key(text), "{line:?} shows a secret");
            assert!(!text.contains("panicked"), "{line:?}: {text}");
        }
        ran
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap()
    }
}

/// Whether there is more of a key than the beginning that all of them have.
fn shows_a_key(text: &str) -> bool {
    let is_of_a_key = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    text.split("sealjar-key-1_")
        .skip(1)
        .any(|rest| rest.bytes().take_while(|byte| is_of_a_key(*byte)).count() > 4)
}

fn gather(directory: &Path, files: &mut BTreeMap<PathBuf, Vec<u8>>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            gather(&path, files);
        } else {
            let content = fs::read(&path).unwrap();
            files.insert(path, content);
        }
    }
}
