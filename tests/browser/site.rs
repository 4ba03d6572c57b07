//! The shop in three replicas, behind Traefik.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use sealjar_tests::programs::{Program, Running, ask, named};
use sealjar_tests::traefik::{Traefik, service};
use serde_json::json;
use tempfile::TempDir;

/// Where replicas keep their sessions.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(crate) enum Kept {
    InMemory,
    Sealed,
    /// Sealed, under a ring that they follow.
    Followed,
}

pub(crate) struct Site {
    directory: TempDir,
    replicas: Vec<(String, Running)>,
    _keeper: Option<Running>,
    traefik: Traefik,
}

impl Site {
    /// Starts them.
    pub(crate) fn start(kept: Kept) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let ring = directory.path().join(RING);
        let begun = ask(
            &ring,
            &[
                "init",
                "--ring",
                "web",
                "--distribution",
                "1s",
                "--skew",
                "1s",
            ],
        );
        assert!(begun.status.success(), "{begun:?}");
        let keeper = (kept == Kept::Followed).then(|| follow(directory.path(), &ring));
        let (mut replicas, mut urls) = (Vec::new(), Vec::new());
        for number in 1..=3 {
            let name = format!("web.{number}");
            let (running, url) = match kept {
                Kept::Sealed => {
                    let (running, address) = Program::AxumSsr.serve(&name, &ring, &[]);
                    (running, format!("http://{address}"))
                }
                Kept::Followed => {
                    let (_, answers) = keeper.as_ref().unwrap();
                    let mut command = Program::AxumSsr.command();
                    command
                        .args(["--listen", "127.0.0.1:0", "--replica", &name])
                        .env("SEALJAR_KEEPERS", format!("http://{answers}"))
                        .env(
                            "SEALJAR_DELIVERY_KEY",
                            directory.path().join("delivery-key"),
                        );
                    let running = Running::start(command);
                    let address = running.hear("listening on http://");
                    (running, format!("http://{address}"))
                }
                Kept::InMemory => in_memory(&name),
            };
            replicas.push((name, running));
            urls.push(url);
        }
        let health = json!({ "path": "/healthz", "interval": "2s", "timeout": "1s" });
        let again = json!({ "retry": { "attempts": 3, "initialInterval": "100ms" } });
        let router = json!({
            "rule": "Host(`localhost`)",
            "priority": 1,
            "service": "shop",
            "middlewares": ["again"],
        });
        let routes = json!({
            "routers": { "shop": router },
            "middlewares": { "again": again },
            "services": { "shop": service(&urls, &json!({ "healthCheck": health })) },
        });
        let dial = "--serversTransport.forwardingTimeouts.dialTimeout=1s";
        let traefik = Traefik::start(&routes, &[dial]);
        Self {
            directory,
            replicas,
            _keeper: keeper.map(|(running, _)| running),
            traefik,
        }
    }

    pub(crate) fn origin(&self) -> String {
        format!("https://localhost:{}/", self.traefik.https.port())
    }

    /// Returns the public key of the certificate.
    pub(crate) fn public_key(&self) -> &[u8] {
        &self.traefik.public_key
    }

    /// Lets the next key seal, as soon as the keeper allows it.
    pub(crate) fn rotate(&self) {
        let patience = Instant::now() + PATIENCE;
        loop {
            let rotated = ask(&self.ring(), &["rotate"]);
            if rotated.status.success() {
                return;
            }
            assert!(Instant::now() < patience, "{rotated:?}");
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    /// Kills a replica, and returns its name.
    pub(crate) fn kill_one(&mut self) -> String {
        self.replicas.remove(0).0
    }

    fn ring(&self) -> PathBuf {
        self.directory.path().join(RING)
    }
}

/// Starts a keeper that answers replicas, and returns where.
fn follow(directory: &Path, ring: &Path) -> (Running, String) {
    let mut command = Program::Sealjar.command();
    command.args(["new-delivery-key", "--out"]).arg(directory);
    assert!(command.output().unwrap().status.success());
    let mut command = Program::Sealjar.command();
    command.args(["--store", &named(ring), "run", "--no-listen"]);
    command.args(["--serve", "127.0.0.1:0", "--speaker-key"]);
    command.arg(directory.join("speaker-key"));
    let running = Running::start(command);
    let answers = running.hear("replicas are answered at http://");
    (running, answers)
}

fn in_memory(name: &str) -> (Running, String) {
    let mut command = Program::Replicas.command();
    let listen = ["--listen", "127.0.0.1:0"];
    command
        .args(["replica", "--way", "memory", "--name", name])
        .args(listen);
    let running = Running::start(command);
    let port = running.hear("");
    (running, format!("http://127.0.0.1:{port}"))
}

const RING: &str = "session-ring.json";
/// Far more than a standby takes to be everywhere.
const PATIENCE: Duration = Duration::from_secs(30);
