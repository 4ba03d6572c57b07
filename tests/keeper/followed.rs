//! A ring that is followed: its keeper, its replicas, and somebody who listens between them.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use sealjar_tests::programs::{Program, Running, ask, named};
use tempfile::TempDir;

use crate::site::begin_ring;

/// A ring, and the keys to follow it.
pub(crate) struct Followed {
    directory: TempDir,
}

pub(crate) struct Keeper {
    pub(crate) process: Running,
    health: String,
    pub(crate) answers: String,
}

impl Followed {
    pub(crate) fn begin() -> Self {
        let directory = tempfile::tempdir().unwrap();
        begin_ring(&directory.path().join("ring.json"));
        let mut command = Program::Sealjar.command();
        command
            .args(["new-delivery-key", "--out"])
            .arg(directory.path());
        assert!(command.output().unwrap().status.success());
        Self { directory }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(crate) fn store(&self) -> PathBuf {
        self.path("ring.json")
    }

    /// Starts a keeper that answers at this address.
    pub(crate) fn keeper(&self, serve: &str) -> Keeper {
        let mut command = Program::Sealjar.command();
        command.args(["--store", &named(&self.store()), "run"]);
        command.args(["--listen", "127.0.0.1:0", "--serve", serve, "--speaker-key"]);
        command.arg(self.path("speaker-key"));
        let process = Running::start(command);
        let health = process.hear("health at http://");
        let answers = process.hear("replicas are answered at http://");
        Keeper {
            process,
            health,
            answers,
        }
    }

    /// Begins a replica that asks this address, with what is mounted if anything is.
    pub(crate) fn replica(&self, app: Program, asks: &str, mounted: Option<&Path>) -> Running {
        self.replica_with(app, asks, mounted, &self.path("delivery-key"))
    }

    pub(crate) fn replica_with(
        &self,
        app: Program,
        asks: &str,
        mounted: Option<&Path>,
        key: &Path,
    ) -> Running {
        let mut command = app.command();
        command
            .args(["--listen", "127.0.0.1:0", "--replica", app.name()])
            .env("SEALJAR_KEEPERS", format!("http://{asks}"))
            .env("SEALJAR_DELIVERY_KEY", key);
        if let Some(mounted) = mounted {
            command.env("SEALJAR_RING", mounted);
        }
        Running::start(command)
    }

    /// Rotates by hand as soon as the standby is known to be held, and returns the epoch.
    pub(crate) fn rotate(&self) -> u64 {
        let patience = Instant::now() + Duration::from_secs(60);
        loop {
            let rotated = ask(&self.store(), &["rotate", "--json"]);
            if rotated.status.success() {
                let said: serde_json::Value = serde_json::from_slice(&rotated.stdout).unwrap();
                return said["epoch"].as_u64().unwrap();
            }
            assert!(Instant::now() < patience, "{rotated:?}");
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    /// A copy of the ring as it is, as a deployment mounts it.
    pub(crate) fn mounted(&self) -> PathBuf {
        let path = self.path("mounted");
        fs::copy(self.store(), &path).unwrap();
        path
    }
}

pub(crate) fn listening(replica: &Running) -> SocketAddr {
    replica.hear("listening on http://").parse().unwrap()
}

/// What the keeper says of its replicas.
pub(crate) fn replicas(keeper: &Keeper) -> Vec<serde_json::Value> {
    let mut command = Program::Sealjar.command();
    command.args(["replicas", "--json", "--listen", &keeper.health]);
    let said = command.output().unwrap();
    assert!(said.status.success(), "{said:?}");
    let said: serde_json::Value = serde_json::from_slice(&said.stdout).unwrap();
    said["replicas"].as_array().unwrap().clone()
}

pub(crate) fn until(what: &str, is_so: impl Fn() -> bool) {
    let patience = Instant::now() + Duration::from_secs(60);
    while !is_so() {
        assert!(Instant::now() < patience, "waited for {what}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// Passes connections on, and keeps what is asked.
pub(crate) struct Tap {
    pub(crate) address: SocketAddr,
    recorded: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Tap {
    pub(crate) fn to(keeper: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let recorded = Arc::<Mutex<Vec<Vec<u8>>>>::default();
        let keeps = Arc::clone(&recorded);
        std::thread::spawn(move || {
            for client in listener.incoming() {
                let (mut client, keeps) = (client.unwrap(), Arc::clone(&keeps));
                std::thread::spawn(move || {
                    let question = whole_request(&mut client);
                    keeps.lock().unwrap().push(question.clone());
                    // The replica may be dead by then.
                    _ = client.write_all(&send(keeper, &question));
                });
            }
        });
        Self { address, recorded }
    }

    pub(crate) fn recorded(&self) -> Vec<Vec<u8>> {
        self.recorded.lock().unwrap().clone()
    }
}

fn whole_request(client: &mut TcpStream) -> Vec<u8> {
    let mut request = Vec::new();
    let mut buffer = [0; 1024];
    loop {
        let read = client.read(&mut buffer).unwrap_or(0);
        request.extend_from_slice(&buffer[..read]);
        let text = String::from_utf8_lossy(&request).to_lowercase();
        let length = text.split_once("content-length: ");
        let length = length.and_then(|(_, rest)| rest.split_once('\r'));
        let length: usize = length.map_or(usize::MAX, |(digits, _)| digits.parse().unwrap());
        let end = request.windows(4).position(|it| it == b"\r\n\r\n");
        let is_whole = end.is_some_and(|end| request.len() - end - 4 >= length);
        if is_whole || read == 0 {
            return request;
        }
    }
}

pub(crate) fn send(keeper: SocketAddr, request: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(keeper).unwrap();
    stream.write_all(request).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    answer
}
