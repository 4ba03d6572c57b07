//! Does the demonstration show what it claims, would it notice a loss, and does it clean up?

#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    reason = "in the helpers of tests it is the assertion"
)]

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

#[test]
fn the_sealed_way_loses_nothing_and_memory_does() {
    let scratch = tempfile::tempdir().unwrap();
    let output = run(scratch.path(), &["--visitors", "4", "--requests", "110"]);
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{error}");
    assert_eq!(error, "", "with --json there is nothing to say beside it");

    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let ways = report["ways"].as_array().unwrap();
    let names: Vec<_> = ways
        .iter()
        .map(|row| row["way"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["memory", "sticky", "sealed"]);
    for row in ways {
        let mut fields: Vec<_> = row.as_object().unwrap().keys().cloned().collect();
        fields.sort();
        assert_eq!(
            fields,
            [
                "items_lost",
                "logouts",
                "p50_us",
                "p99_us",
                "replicas",
                "requests",
                "state_bytes",
                "way"
            ]
        );
        assert_eq!(row["requests"], 4 * 110);
        assert!(row["replicas"].as_u64().unwrap() >= 3, "{row}");
        assert!(row["p50_us"].as_u64() <= row["p99_us"].as_u64());
    }
    let (memory, sealed) = (&ways[0], &ways[2]);
    assert!(memory["logouts"].as_u64().unwrap() > 0);
    assert!(memory["state_bytes"].as_u64().unwrap() > 0);
    for field in ["logouts", "items_lost", "state_bytes"] {
        assert_eq!(sealed[field], 0, "{field}");
    }
    assert_no_ring_is_left(scratch.path());
}

#[test]
fn keys_that_seal_before_every_replica_has_them_log_visitors_out_and_that_is_noticed() {
    let scratch = tempfile::tempdir().unwrap();
    let output = run(
        scratch.path(),
        &["--visitors", "4", "--requests", "90", "--one-phase"],
    );
    assert_eq!(output.status.code(), Some(1));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let sealed = &report["ways"][2];
    assert_eq!(sealed["way"], "sealed");
    assert!(sealed["logouts"].as_u64().unwrap() > 0, "{sealed}");
}

#[test]
fn wrong_usage_is_2_and_a_redis_that_does_not_answer_is_3_with_a_hint() {
    let scratch = tempfile::tempdir().unwrap();
    let output = run(scratch.path(), &["--visitors", "0"]);
    assert_eq!(output.status.code(), Some(2));

    // Port 1 is reserved, and nothing listens there.
    let output = run(scratch.path(), &["--redis", "redis://127.0.0.1:1/"]);
    assert_eq!(output.status.code(), Some(3));
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(
        error.starts_with("error: Redis at redis://127.0.0.1:1/"),
        "{error}"
    );
    assert!(error.contains("\nhint: "), "{error}");
    assert!(output.stdout.is_empty());
}

#[test]
fn nothing_is_left_after_ctrl_c() {
    let scratch = tempfile::tempdir().unwrap();
    let mut parent = start(scratch.path(), &["--once"]);
    let processes = processes_of(&parent);
    signal("-INT", &parent);
    assert_eq!(parent.wait().unwrap().code(), Some(130));
    assert_gone(&processes);
    assert_no_ring_is_left(scratch.path());
}

#[test]
fn no_process_is_left_after_the_parent_was_killed() {
    let scratch = tempfile::tempdir().unwrap();
    let mut parent = start(scratch.path(), &["--once"]);
    let processes = processes_of(&parent);
    parent.kill().unwrap();
    parent.wait().unwrap();
    assert_gone(&processes);
}

#[test]
fn the_page_answers_takes_orders_from_itself_alone_and_ends_at_ctrl_c() {
    let scratch = tempfile::tempdir().unwrap();
    let mut parent = start(
        scratch.path(),
        &["--visitors", "3", "--requests", "12", "--port", "18080"],
    );
    let origin = said(&mut parent)
        .find_map(|line| {
            Some(
                line.split_once("break it at ")?
                    .1
                    .split(' ')
                    .next()?
                    .to_owned(),
            )
        })
        .unwrap();
    let ask = |method: &str, path: &str, from: Option<&str>| {
        let mut request = vec![
            format!("{method} {path} HTTP/1.1"),
            format!("Host: {}", origin.trim_start_matches("http://")),
            "Connection: close".into(),
        ];
        request.extend(from.map(|from| format!("Origin: {from}")));
        request.extend([String::new(), String::new()]);
        http(&origin, &request.join("\r\n"))
    };
    assert!(ask("GET", "/", None).contains("<title>sealjar: four ways to keep a session"));
    assert!(ask("GET", "/icon.svg", None).contains("image/svg+xml"));
    assert!(ask("GET", "/sealed/", None).contains("data-replica=\"sealed-"));

    let kill = "/api/kill/sealed/sealed-3";
    for stranger in [
        None,
        Some("null"),
        Some("http://evil.test"),
        Some("http://127.0.0.1:1"),
    ] {
        let answer = ask("POST", kill, stranger);
        assert!(answer.starts_with("HTTP/1.1 403"), "{stranger:?}: {answer}");
    }
    assert!(ask("GET", "/api/fleet", None).contains("\"sealed-3\""));
    assert!(ask("POST", kill, Some(&origin)).starts_with("HTTP/1.1 204"));
    assert!(!ask("GET", "/api/fleet", None).contains("\"sealed-3\""));

    // Keys rotated every 3 seconds while the table was made. Now they wait for the page's visitor.
    let fleet = || -> Value {
        let answer = ask("GET", "/api/fleet", None);
        let body = answer.split_once("\r\n\r\n").unwrap().1;
        serde_json::from_str(body).unwrap()
    };
    let sealing = || {
        let keys = fleet()["keys"].as_array().unwrap().clone();
        let seals = keys.into_iter().find(|key| key["phase"] == "sealing");
        seals.unwrap()["id"].as_str().unwrap().to_owned()
    };
    let settled = |before: &mut String| {
        std::thread::sleep(Duration::from_secs(5));
        std::mem::replace(before, sealing()) == *before
    };
    // A rotation of the table's keeper may still be in progress.
    let mut seals = sealing();
    let patience = Instant::now() + Duration::from_secs(60);
    while !settled(&mut seals) {
        assert!(Instant::now() < patience, "keys keep rotating");
    }
    while fleet()["rotates_in"] != 0 {
        assert!(Instant::now() < patience, "the standby never gets held");
        std::thread::sleep(Duration::from_millis(200));
    }
    assert!(ask("POST", "/api/rotate", Some(&origin)).starts_with("HTTP/1.1 204"));
    assert_ne!(fleet()["rotates_in"], 0, "the new standby is not out yet");
    while sealing() == seals {
        assert!(Instant::now() < patience, "the standby never seals");
        std::thread::sleep(Duration::from_millis(200));
    }

    let processes = processes_of(&parent);
    signal("-INT", &parent);
    assert_eq!(parent.wait().unwrap().code(), Some(0));
    assert_gone(&processes);
}

fn command(scratch: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_replicas"));
    command
        .args(arguments)
        .env("TMPDIR", scratch)
        .env("NO_COLOR", "1");
    command
}

fn run(scratch: &Path, arguments: &[&str]) -> Output {
    command(scratch, arguments)
        .args(["--once", "--json"])
        .output()
        .unwrap()
}

/// Starts the demonstration and waits until its replicas run.
fn start(scratch: &Path, arguments: &[&str]) -> Child {
    let mut parent = command(scratch, arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    assert!(said(&mut parent).next().unwrap().contains("9 replicas"));
    parent
}

/// Reads the demonstration's output byte by byte, so that nothing is lost between two calls.
fn said(parent: &mut Child) -> impl Iterator<Item = String> {
    let error = parent.stderr.as_mut().unwrap();
    std::iter::from_fn(|| {
        let mut line = String::new();
        BufReader::with_capacity(1, &mut *error)
            .read_line(&mut line)
            .ok()?;
        (!line.is_empty()).then_some(line)
    })
}

fn processes_of(parent: &Child) -> Vec<String> {
    let listed = Command::new("pgrep")
        .args(["-P", &parent.id().to_string()])
        .output()
        .unwrap();
    let processes: Vec<_> = String::from_utf8(listed.stdout)
        .unwrap()
        .lines()
        .map(str::to_owned)
        .collect();
    assert_eq!(processes.len(), 10, "nine replicas and a keeper");
    processes
}

fn signal(name: &str, parent: &Child) {
    let id = parent.id().to_string();
    assert!(
        Command::new("kill")
            .args([name, &id])
            .status()
            .unwrap()
            .success()
    );
}

fn assert_gone(processes: &[String]) {
    let patience = Instant::now() + Duration::from_secs(5);
    for id in processes {
        while is_running(id) {
            assert!(Instant::now() < patience, "process {id} still runs");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// A zombie process, which has ended but was not yet waited for, counts as ended.
fn is_running(id: &str) -> bool {
    let listed = Command::new("ps")
        .args(["-o", "stat=", "-p", id])
        .output()
        .unwrap();
    let state = String::from_utf8_lossy(&listed.stdout);
    !state.trim().is_empty() && !state.trim().starts_with('Z')
}

fn assert_no_ring_is_left(scratch: &Path) {
    assert_eq!(std::fs::read_dir(scratch).unwrap().count(), 0);
}

fn http(origin: &str, request: &str) -> String {
    use std::io::Write;
    let address = origin.trim_start_matches("http://");
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}
