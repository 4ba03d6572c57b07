//! How do keepers run in the Swarm, and how is one given orders?

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::process::{Child, Command, Output, Stdio};

use serde::Deserialize;

use crate::engine::{Engine, SOCKET};
use crate::images::KEEPER;
use crate::wait::wait_until;

/// A service of keepers over the ring `web`, which is for the service `shop_web`.
pub(crate) struct Keeper<'a> {
    engine: &'a Engine,
}

impl<'a> Keeper<'a> {
    /// Begins the ring, and starts one keeper from the project's own stack file.
    pub(crate) fn begin(engine: &'a Engine) -> Self {
        let keeper = Self { engine };
        forget_the_ring(engine);
        let begun = Command::new(KEEPER.place())
            .args(["--store", "swarm:web", "init", "--service", "shop_web"])
            .args(["--skew", "2s", "--distribution", "1m"])
            .env("DOCKER_HOST", &engine.socket)
            .output()
            .unwrap();
        assert!(begun.status.success(), "{begun:?}");
        let kek = [
            "secret",
            "ls",
            "--filter",
            "name=sealjar.web.kek",
            "--format",
            "{{.Name}}",
        ];
        let kek = engine.docker(&kek);
        let ring = keeper.head().secret;
        engine.deploy(
            "keeper",
            &["examples/swarm/keeper.yml"],
            &[
                ("KEEPER_IMAGE", KEEPER.name),
                ("SESSION_RING", &ring),
                ("SESSION_KEK", &kek),
                ("DOCKER_GID", &group_of_the_socket()),
            ],
        );
        keeper.await_running(1);
        keeper
    }

    /// Runs `sealjar` with the keeper, in its container, and returns what it printed.
    pub(crate) fn order(&self, arguments: &[&str]) -> String {
        let output = self.ask(arguments);
        let ordered = output.status.success();
        assert!(ordered, "{arguments:?}: {output:?}\n{}", self.log());
        String::from_utf8(output.stdout).unwrap()
    }

    /// The same, as it may go.
    pub(crate) fn ask(&self, arguments: &[&str]) -> Output {
        self.command(0, arguments).output().unwrap()
    }

    /// Begins to run `sealjar` with the keeper of this number.
    pub(crate) fn begin_order(&self, number: usize, arguments: &[&str]) -> Child {
        let mut command = self.command(number, arguments);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().unwrap()
    }

    /// Returns how many bytes of memory one uses, as its control group counts them, without what
    /// could be read from disk again.
    pub(crate) fn memory(&self) -> f64 {
        let usage = ["stats", "--no-stream", "--format", "{{.MemUsage}}"];
        let running = self.running();
        let usage = self
            .engine
            .docker(&[&usage[..], &[running.trim()]].concat());
        let used = usage.split(" / ").next().unwrap();
        let unit = used.find(|it: char| it.is_ascii_alphabetic()).unwrap();
        let amount: f64 = used[..unit].parse().unwrap();
        let bytes = match &used[unit..] {
            "B" => 1.0,
            "KiB" => 1024.0,
            "MiB" => 1024.0 * 1024.0,
            other => panic!("{other}: {usage}"),
        };
        amount * bytes
    }

    /// Kills them all, whatever they are doing.
    pub(crate) fn kill(&self) {
        for container in self.running().lines() {
            self.engine.docker(&["kill", container]);
        }
    }

    /// Has so many of them.
    pub(crate) fn scale(&self, to: usize) {
        self.engine.docker(&[
            "service",
            "scale",
            "--detach",
            &format!("keeper_keeper={to}"),
        ]);
        self.await_running(to);
    }

    /// Waits until a later epoch than this is where replicas look, and returns what the head says
    /// then.
    pub(crate) fn await_published(&self, after: u64) -> Head {
        let is_there = || {
            let head = self.head();
            head.epoch > after && head.is_published()
        };
        wait_until(is_there, || format!("{:?}: {}", self.head(), self.log()));
        self.head()
    }

    /// Returns what the store says of the ring, which anybody with the engine may read.
    pub(crate) fn head(&self) -> Head {
        let inspect = [
            "config",
            "inspect",
            "-f",
            "{{json .Spec.Labels}}",
            "sealjar.web.head",
        ];
        serde_json::from_str(&self.engine.docker(&inspect)).unwrap()
    }

    fn await_running(&self, many: usize) {
        wait_until(|| self.running().lines().count() == many, || self.log());
    }

    fn command(&self, number: usize, arguments: &[&str]) -> Command {
        let running = self.running();
        let container = running.lines().nth(number);
        let container = container.unwrap_or_else(|| panic!("{}", self.log()));
        self.engine
            .command(&[&["exec", container, "/sealjar"], arguments].concat())
    }

    fn running(&self) -> String {
        self.engine.docker(&["ps", "-q", "--filter", OURS])
    }

    /// Returns what the keepers have said.
    fn log(&self) -> String {
        let said = self
            .engine
            .ask(&["service", "logs", "--raw", "keeper_keeper"]);
        String::from_utf8_lossy(&[said.stdout, said.stderr].concat()).into_owned()
    }
}

impl Drop for Keeper<'_> {
    fn drop(&mut self) {
        self.engine.remove("keeper");
    }
}

/// Removes what an earlier keeper has left of the ring.
fn forget_the_ring(engine: &Engine) {
    for kind in ["config", "secret"] {
        let list = [kind, "ls", "-q", "--filter", "name=sealjar.web."];
        let left = engine.docker(&list);
        let left: Vec<_> = left.lines().collect();
        if !left.is_empty() {
            engine.docker(&[&[kind, "rm"], &left[..]].concat());
        }
    }
}

/// Returns the number of the group that may ask the engine.
pub(crate) fn group_of_the_socket() -> String {
    let socket = fs::metadata(SOCKET.trim_start_matches("unix://"));
    socket.unwrap().gid().to_string()
}

/// The labels of the head of the ring.
#[derive(Debug, Deserialize)]
pub(crate) struct Head {
    #[serde(deserialize_with = "number")]
    pub(crate) epoch: u64,
    pub(crate) secret: String,
    published: Option<String>,
}

impl Head {
    fn is_published(&self) -> bool {
        let published = self.published.as_deref().unwrap_or_default();
        published.split(' ').next() == Some(&self.epoch.to_string())
    }
}

fn number<'de, D: serde::Deserializer<'de>>(label: D) -> Result<u64, D::Error> {
    let label = String::deserialize(label)?;
    label.parse().map_err(serde::de::Error::custom)
}

const OURS: &str = "label=com.docker.swarm.service.name=keeper_keeper";
