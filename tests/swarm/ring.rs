//! A ring of a test's own, and a service that gets it.

use std::ffi::OsStr;
use std::process::{Command, Output};

use sealjar::__hazmat::{Blob, StoreKey};
use sealjar::KeyRing;
use serde_json::Value;

use crate::engine::{Engine, HOME};
use crate::images::{IN_MEMORY, KEEPER};
use crate::state::State;
use crate::wait::wait_until;

/// A ring of this name, under a KEK in a file. What it left goes when this is dropped.
pub(crate) struct Ring<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) name: String,
}

impl<'a> Ring<'a> {
    /// Makes the KEK, and nothing in the swarm.
    pub(crate) fn named(engine: &'a Engine, name: impl Into<String>) -> Self {
        let ring = Self {
            engine,
            name: name.into(),
        };
        let master: [u8; 32] = std::array::from_fn(|_| fastrand::u8(..));
        std::fs::write(ring.kek(), master).unwrap();
        ring
    }

    /// Begins the ring, and a service of so many replicas that have it.
    pub(crate) fn begin(engine: &'a Engine, name: &str, replicas: usize, policy: &[&str]) -> Self {
        let ring = Self::named(engine, name);
        ring.done(&[&["init"], TIMES, policy].concat());
        ring.serve(replicas, &[]);
        ring
    }

    /// Starts a service with the head's secret. What it runs ends at once, and does not ask for the
    /// ring.
    pub(crate) fn serve(&self, replicas: usize, options: &[&str]) {
        let secret = format!(
            "source={},target=session-ring",
            self.state().label("secret")
        );
        let replicas_wanted = replicas.to_string();
        let create = [
            "service",
            "create",
            "--detach",
            "--no-resolve-image",
            "--name",
            &self.name,
            "--replicas",
            &replicas_wanted,
            "--secret",
            &secret,
            "--stop-signal",
            "SIGKILL",
            "--restart-delay",
            "0s",
            "--update-monitor",
            "1ms",
            "--rollback-monitor",
            "1ms",
        ];
        self.engine
            .docker(&[&create[..], options, &[IN_MEMORY.name]].concat());
        wait_until(
            || self.state().running() == replicas,
            || format!("{:?}", self.state()),
        );
    }

    /// Prepares `sealjar` for this ring.
    pub(crate) fn prepare(&self, arguments: &[impl AsRef<OsStr>]) -> Command {
        let mut command = Command::new(KEEPER.place());
        command
            .args(arguments)
            .env("DOCKER_HOST", &self.engine.socket)
            .env("NO_COLOR", "1")
            .env("SEALJAR_STORE", format!("swarm:{}", self.name))
            .env("SEALJAR_KEK", self.kek())
            .env("SEALJAR_SERVICES", &self.name);
        command
    }

    /// Runs `sealjar`, which has to succeed, and returns what it says.
    pub(crate) fn done(&self, arguments: &[&str]) -> Value {
        let output = self.prepare(&[arguments, &["--json"]].concat()).output();
        let output = output.unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// Runs `docker`, about the ring's service.
    pub(crate) fn update(&self, options: &[&str]) -> Output {
        let update = [&["service", "update", "--detach"], options, &[&self.name]];
        self.engine.ask(&update.concat())
    }

    pub(crate) fn state(&self) -> State {
        State::of(&self.name)
    }

    /// Opens the head's blob, with no code of the store.
    pub(crate) fn document(&self) -> Result<KeyRing, String> {
        let state = self.state();
        let master = std::fs::read(self.kek()).unwrap();
        let kek = StoreKey::from_bytes(&master).map_err(|error| error.to_string())?;
        let sealed = state.head_blob().ok_or("the head's blob is gone")?;
        let blob = Blob::parse(&sealed).map_err(|error| error.to_string())?;
        kek.open(&blob, &self.name, state.epoch())
            .map_err(|error| error.to_string())
    }

    pub(crate) fn kek(&self) -> String {
        format!("{HOME}/{}.kek", self.name)
    }
}

impl Drop for Ring<'_> {
    fn drop(&mut self) {
        // Not all of them have one.
        self.engine.ask(&["service", "rm", &self.name]);
    }
}

/// Times that are far shorter than in earnest, so that no key stays on for long.
pub(crate) const TIMES: &[&str] = &[
    "--skew",
    "1s",
    "--distribution",
    "1s",
    "--token-lifetime",
    "2s",
];
