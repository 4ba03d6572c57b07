//! Can a value that others have chosen move an operator's cursor, hide a line or begin one?

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;

use crate::Sandbox;

/// What clears a screen, sets a title, begins a line and turns text around.
const HOSTILE: &str = "x\x1b[2J\x1b]0;t\x07\r\nerror: forged\u{9b}31m\u{202e}y";

/// Asserts that all control characters are those of our own lines.
fn assert_tame(what: &str, text: &str) {
    let bad = |c: &char| (c.is_control() && *c != '\n') || *c == '\u{202e}';
    assert_eq!(text.chars().find(bad), None, "{what}: {text:?}");
    let begun = text.lines().any(|line| line.starts_with("error: forged"));
    assert!(!begun, "{what}: {text:?}");
}

/// The negative control: what was shown before it was escaped.
#[test]
fn the_same_values_as_they_came_would_be_noticed() {
    for raw in [
        "\x1b[2J",
        "a\rb",
        "\u{9b}31m",
        "\u{202e}",
        "a\nerror: forged",
    ] {
        assert!(
            std::panic::catch_unwind(|| assert_tame("raw", raw)).is_err(),
            "{raw:?}"
        );
    }
    assert_tame("a line of ours", "error: nothing\nhint: all is well\n");
}

#[test]
fn paths_names_and_options_reach_the_terminal_as_text() {
    let it = Sandbox::begun();
    let file = format!("{HOSTILE}.json");
    let store = format!("file:{file}");
    let config = format!("{HOSTILE}.toml");
    it.write(&config, "stor = 1");
    it.write(&file, "no ring");
    for line in [
        // Paths.
        &["status", "--store", &store][..],
        &["init", "--store", &store],
        &["import", &file, "--yes"],
        &["inspect", "--ring", &file, "a"],
        &["--config", &config, "status"],
        &["inspect", "--ring", HOSTILE, "a"],
        // What is repeated in an answer.
        &["revoke", "--app", HOSTILE, "--subject", HOSTILE],
        &[
            "revoke",
            "--app",
            HOSTILE,
            "--subject",
            HOSTILE,
            "--dry-run",
        ],
        &[
            "inspect",
            "--ring",
            "ring.json",
            "--cookie-name",
            HOSTILE,
            "a",
        ],
        // What clap repeats.
        &["revoke", HOSTILE],
        &[HOSTILE],
        &["status", HOSTILE],
        &["--store", HOSTILE, "status"],
        &["run", "--listen", HOSTILE],
        &["revoke", "--session", HOSTILE],
        &["init", "--ring", HOSTILE],
        &[&format!("--{HOSTILE}")],
    ] {
        for json in [false, true] {
            let mut line = line.to_vec();
            line.extend(json.then_some("--json"));
            let ran = it.run(&line);
            assert!(!ran.stdout.is_empty() || !ran.stderr.is_empty(), "{line:?}");
            assert_tame(&format!("{line:?}, standard output"), &ran.stdout);
            assert_tame(&format!("{line:?}, standard error"), &ran.stderr);
        }
    }
    // The same value from the environment is told as well.
    let it = it.with("SEALJAR_STORE", "file:no\rwhere/ring.json");
    let ran = it.run(&["status"]);
    assert_tame("a store of the environment", &ran.stderr);
    assert!(ran.stderr.contains(r"no\rwhere"), "{}", ran.stderr);
}

#[test]
fn whatever_listens_on_the_health_port_reaches_the_terminal_as_text() {
    for status in ["200 OK", "503 Service Unavailable", "418 \x1b[2Jteapot"] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let server = thread::spawn(move || {
            for _ in 0..2 {
                let (mut stream, _) = listener.accept().unwrap();
                _ = stream.read(&mut [0; 1024]).unwrap();
                let body = format!("{HOSTILE}; hint: {HOSTILE}");
                let length = body.len();
                let answer = format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\n\r\n{body}");
                stream.write_all(answer.as_bytes()).unwrap();
            }
        });
        for json in [&[][..], &["--json"]] {
            let line = [&["health", "--listen", &address][..], json].concat();
            let ran = Sandbox::empty().run(&line);
            assert_tame(status, &ran.stdout);
            assert_tame(status, &ran.stderr);
        }
        server.join().unwrap();
    }
}

#[test]
fn the_log_of_a_keeper_has_one_line_for_each_event() {
    let it = Sandbox::empty();
    let store = format!("file:{}/ring.json", it.path("a\r\nb\u{202e}c").display());
    std::fs::create_dir(it.path("a\r\nb\u{202e}c")).unwrap();
    let it = it.with("SEALJAR_STORE", &store);
    it.does(&["init"]);
    std::fs::set_permissions(
        it.path("a\r\nb\u{202e}c/ring.json"),
        std::os::unix::fs::PermissionsExt::from_mode(0o600),
    )
    .unwrap();
    for json in [&[][..], &["--json"]] {
        let line = [&["run", "--listen", "127.0.0.1:0"][..], json].concat();
        let mut keeper = it.command(&line).spawn().unwrap();
        let mut log = std::io::BufReader::new(keeper.stderr.take().unwrap());
        let mut heard = String::new();
        let mut damaged = false;
        loop {
            let mut line = String::new();
            assert_ne!(
                std::io::BufRead::read_line(&mut log, &mut line).unwrap(),
                0,
                "{heard}"
            );
            assert_tame("the log", &line);
            heard += &line;
            if line.contains("next action") && !damaged {
                damaged = true;
                std::fs::write(it.path("a\r\nb\u{202e}c/ring.json.keeper/head.json"), "{").unwrap();
                let id = keeper.id().to_string();
                std::process::Command::new("kill")
                    .args(["-HUP", &id])
                    .status()
                    .unwrap();
            }
            if line.contains("head.json") {
                break;
            }
        }
        keeper.kill().unwrap();
        keeper.wait().unwrap();
        assert!(heard.contains(r"a\r\nb\u"), "{heard}");
        std::fs::copy(
            it.path("a\r\nb\u{202e}c/ring.json"),
            it.path("a\r\nb\u{202e}c/ring.json.keeper/head.json"),
        )
        .unwrap();
    }
}
