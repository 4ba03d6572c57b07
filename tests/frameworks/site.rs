//! An example as two processes that share a ring.

use std::fs::write;
use std::path::{Path, PathBuf};
use std::process::Command;

use sealjar::{Key, LiveRing, Suite, Timestamp};
use sealjar_session::Jar;
use sealjar_tests::programs::Running;
use tempfile::TempDir;

use crate::visitor::Visitor;

pub(crate) struct Site {
    ring: LiveRing,
    /// Where its replicas answer.
    pub(crate) origins: Vec<String>,
    _replicas: Vec<Running>,
    _directory: TempDir,
}

impl Site {
    /// Starts two replicas of an example, which `just frameworks` has built.
    pub(crate) fn start(package: &str) -> Self {
        let ring = LiveRing::from(Key::generate(Suite::Xaes256Gcm).unwrap());
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("session-ring");
        write(&file, ring.load().to_json().as_bytes()).unwrap();
        let (replicas, origins) = (0..2).map(|_| serve(package, &file)).unzip();
        Self {
            ring,
            origins,
            _replicas: replicas,
            _directory: directory,
        }
    }

    /// The jar of all examples, in this process.
    pub(crate) fn jar(&self) -> Jar<Visitor> {
        Jar::new(&self.ring, APP).unwrap()
    }

    /// The `Cookie` header of a visitor who came last so many seconds ago.
    pub(crate) fn cookie_of(&self, visitor: &Visitor, seconds_ago: u32) -> String {
        let then = Timestamp::now().unwrap().saturating_sub(seconds_ago);
        let jar = Jar::builder(&self.ring, APP)
            .clock(move || Ok(then))
            .build();
        jar.unwrap().cookie_for(visitor).unwrap()
    }
}

/// Returns the program of an example.
fn program(package: &str) -> PathBuf {
    let ours = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    let target = ours.unwrap_or_else(|| Path::new(WORKSPACE).join("../../target"));
    let program = target.join("frameworks/debug").join(package);
    assert!(
        program.exists(),
        "{} is not there\nhint: just frameworks {package}",
        program.display()
    );
    program
}

fn serve(package: &str, ring: &Path) -> (Running, String) {
    let mut command = Command::new(program(package));
    command
        // loco reads its configuration there, and wants to be told what to do.
        .current_dir(Path::new(WORKSPACE).join(package))
        .args((package == "loco-app").then_some("start"))
        .env("LISTEN", "127.0.0.1:0")
        .env("SEALJAR_RING", ring);
    let process = Running::start(command);
    // loco's banner says where its configuration would have it listen.
    let port = process.hear("listening on http://127.0.0.1:");
    (process, format!("http://127.0.0.1:{port}"))
}

const APP: &str = "frameworks";
const WORKSPACE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/frameworks");
