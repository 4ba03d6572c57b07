//! Is a keeper that runs known to be well, and one that is not to be unwell?

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
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
        let line = ["run", "--listen", "127.0.0.1:0", "--json"];
        let mut process = sandbox.command(&line).spawn().unwrap();
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
    let unwell = it.refuses(&line, 4, "error: failing since ");
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
    let json = it
        .run(&["health", "--listen", &keeper.address, "--json"])
        .json();
    assert_eq!(json["kind"], "unwell");
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
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let server = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            _ = stream.read(&mut [0; 1024]).unwrap();
            stream.write_all(answer.as_bytes()).unwrap();
        });
        Sandbox::empty().refuses(&["health", "--listen", &address], 4, words);
        server.join().unwrap();
    }
}
