//! Do replicas that follow the ring get a rotation without a restart, and go on when the keeper is
//! dead?

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use sealjar_tests::programs::{Program, Running, ask, named};
use sealjar_tests::proxy::{self, Routes};
use sealjar_tests::visitor::{Losses, Visitor};
use tempfile::TempDir;

use crate::site::begin_ring;

/// A ring, and the keys to follow it.
struct Followed {
    directory: TempDir,
}

struct Keeper {
    process: Running,
    health: String,
    answers: String,
}

impl Followed {
    fn begin() -> Self {
        let directory = tempfile::tempdir().unwrap();
        begin_ring(&directory.path().join("ring.json"));
        let mut command = Program::Sealjar.command();
        command
            .args(["new-delivery-key", "--out"])
            .arg(directory.path());
        assert!(command.output().unwrap().status.success());
        Self { directory }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn store(&self) -> PathBuf {
        self.path("ring.json")
    }

    /// Starts a keeper that answers at this address.
    fn keeper(&self, serve: &str) -> Keeper {
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
    fn replica(&self, app: Program, asks: &str, mounted: Option<&Path>) -> Running {
        self.replica_with(app, asks, mounted, &self.path("delivery-key"))
    }

    fn replica_with(
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
    fn rotate(&self) -> u64 {
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
    fn mounted(&self) -> PathBuf {
        let path = self.path("mounted");
        fs::copy(self.store(), &path).unwrap();
        path
    }
}

fn listening(replica: &Running) -> SocketAddr {
    replica.hear("listening on http://").parse().unwrap()
}

/// What the keeper says of its replicas.
fn replicas(keeper: &Keeper) -> Vec<serde_json::Value> {
    let mut command = Program::Sealjar.command();
    command.args(["replicas", "--json", "--listen", &keeper.health]);
    let said = command.output().unwrap();
    assert!(said.status.success(), "{said:?}");
    let said: serde_json::Value = serde_json::from_slice(&said.stdout).unwrap();
    said["replicas"].as_array().unwrap().clone()
}

fn until(what: &str, is_so: impl Fn() -> bool) {
    let patience = Instant::now() + Duration::from_secs(60);
    while !is_so() {
        assert!(Instant::now() < patience, "waited for {what}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

const NEWER: &str = "a newer key ring is in use";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rotation_reaches_replicas_that_follow_and_no_visitor_or_keeper_is_needed_for_it() {
    let ring = Followed::begin();
    let keeper = ring.keeper("127.0.0.1:0");
    let mounted = ring.mounted();
    let apps = [Program::AxumSsr, Program::ActixSsr, Program::AxumSsr];
    let running = apps.map(|app| ring.replica(app, &keeper.answers, None));
    // The control: a replica of the same ring that follows nobody.
    let (delivered, _) = Program::AxumSsr.serve("delivered", &mounted, &[]);
    let addresses: Vec<_> = running.iter().map(|it| Some(listening(it))).collect();
    until("all to hold the ring", || {
        let known = replicas(&keeper);
        known.len() == 3 && known.iter().all(|it| it["epoch"].is_u64())
    });

    let routes = Routes::new(addresses.into());
    let mut visitor = Visitor::at(format!("http://{}", proxy::start(routes)));
    visitor.log_in().await;
    let epoch = ring.rotate();
    for replica in &running {
        _ = replica.hear(NEWER);
    }
    until("the keeper to know", || {
        replicas(&keeper).iter().all(|it| it["epoch"] == epoch)
    });
    assert!(!delivered.said().join("\n").contains(NEWER));
    // The new key seals after the skew.
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    for _ in 0..6 {
        visitor.look().await;
        visitor.change().await;
    }

    // Without a keeper they go on, and say so.
    let Keeper {
        process, answers, ..
    } = keeper;
    drop(process);
    for replica in &running {
        _ = replica.hear("no keeper answers");
    }
    for _ in 0..6 {
        visitor.look().await;
        visitor.change().await;
    }
    let keeper = ring.keeper(&answers);
    ring.rotate();
    for replica in &running {
        _ = replica.hear(NEWER);
    }
    visitor.look().await;
    assert_eq!(visitor.noticed.losses, Losses::default());
    drop(keeper);
}

#[test]
fn a_replica_starts_from_what_is_mounted_while_the_keeper_is_dead_and_follows_it_later() {
    let ring = Followed::begin();
    let Keeper {
        process, answers, ..
    } = ring.keeper("127.0.0.1:0");
    drop(process);
    let mounted = ring.mounted();
    let replica = ring.replica(Program::AxumSsr, &answers, Some(&mounted));
    _ = listening(&replica);
    ring.rotate();
    let _keeper = ring.keeper(&answers);
    _ = replica.hear(NEWER);
    // The control: without a mount it does not start, and says why.
    let mut nothing = ring.replica(Program::AxumSsr, "127.0.0.1:9", None);
    assert_eq!(nothing.ended(), Some(1));
    let said = nothing.said().join("\n");
    assert!(said.contains("no keeper answers: "), "{said}");
    assert!(said.contains("hint: "), "{said}");
}

#[test]
fn a_replica_with_a_wrong_key_does_not_start_and_says_which_key_it_needs() {
    let [ring, other] = [Followed::begin(), Followed::begin()];
    let keeper = ring.keeper("127.0.0.1:0");
    fs::write(ring.path("empty"), "").unwrap();
    for (key, words) in [
        (other.path("delivery-key"), "does not take the delivery key"),
        (ring.path("speaker-key"), "this is the key of a keeper"),
        (ring.path("empty"), "there is no key"),
        (ring.path("nowhere"), "nowhere"),
    ] {
        let mut replica = ring.replica_with(Program::AxumSsr, &keeper.answers, None, &key);
        assert_eq!(replica.ended(), Some(1), "{key:?}");
        let said = replica.said().join("\n");
        assert!(said.contains(words), "{said}");
    }
    assert!(replicas(&keeper).is_empty());
}

#[test]
fn a_question_that_somebody_has_recorded_acknowledges_nothing() {
    let ring = Followed::begin();
    let keeper = ring.keeper("127.0.0.1:0");
    let tap = Tap::to(keeper.answers.parse().unwrap());
    let replica = ring.replica(Program::AxumSsr, &tap.address.to_string(), None);
    _ = listening(&replica);
    until("a question that names the ring", || {
        replicas(&keeper).iter().any(|it| it["epoch"].is_u64())
    });
    let before = replicas(&keeper);
    drop(replica);
    let recorded = tap.recorded();
    assert!(recorded.len() > 1);
    let heard_ago = |known: &[serde_json::Value]| known[0]["heard_seconds_ago"].as_u64().unwrap();
    until("a while to pass", || {
        for question in &recorded {
            // It is answered: whoever sends it learns no more than from listening.
            assert!(send(keeper.answers.parse().unwrap(), question).starts_with(b"HTTP/1.1 200"));
        }
        heard_ago(&replicas(&keeper)) >= 3
    });
    let after = replicas(&keeper);
    assert_eq!(after.len(), 1);
    assert_eq!(after[0]["instance"], before[0]["instance"]);
    // The control: a replica that lives is heard of.
    let replica = ring.replica(Program::AxumSsr, &tap.address.to_string(), None);
    _ = listening(&replica);
    until("the new replica", || replicas(&keeper).len() == 2);
}

/// Passes connections on, and keeps what is asked.
struct Tap {
    address: SocketAddr,
    recorded: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Tap {
    fn to(keeper: SocketAddr) -> Self {
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

    fn recorded(&self) -> Vec<Vec<u8>> {
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

fn send(keeper: SocketAddr, request: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(keeper).unwrap();
    stream.write_all(request).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    answer
}
