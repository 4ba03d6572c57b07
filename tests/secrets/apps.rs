//! Do apps show a secret to their visitors or in their logs, whatever cookies come?

use std::fs;

use sealjar::__hazmat::SESSION;
use sealjar_tests::programs::{Program, ask};
use tempfile::tempdir;

use crate::heard::{Heard, Server};
use crate::needles::Secrets;

#[test]
fn axum_ssr_shows_no_secret() {
    shows_no_secret(Program::AxumSsr);
}

#[test]
fn actix_ssr_shows_no_secret() {
    shows_no_secret(Program::ActixSsr);
}

fn shows_no_secret(program: Program) {
    let directory = tempdir().unwrap();
    let ring = directory.path().join("ring.json");
    assert!(ask(&ring, &["init"]).status.success());
    let mut secrets = Secrets::default();
    secrets.learn(&fs::read(&ring).unwrap(), &[("shop", SESSION)]);

    let mut command = program.command();
    command
        .args(["--listen", "127.0.0.1:0", "--replica", "one"])
        .env("SEALJAR_RING", &ring)
        .env("RUST_LOG", "trace");
    let log = directory.path().join("log");
    let app = Server::start(command, &log, "listening on http://");
    let mut heard = Heard::default();
    let logged_in = app.ask(
        "POST /login\ncontent-type: application/x-www-form-urlencoded",
        "login=ada&password=lovelace",
    );
    let cookies = cookies(&logged_in);
    assert!(cookies.contains("__Host-"), "{cookies}");
    heard.note("the login", logged_in);
    let known = app.ask(&format!("GET /\ncookie: {cookies}"), "");
    assert!(String::from_utf8_lossy(&known).contains("data-user=\"ada\""));
    heard.note("a page that knows the visitor", known);
    for (what, cookie) in tampered(&cookies) {
        for path in ["GET /", "POST /logout", "POST /add", "GET /login"] {
            let response = app.ask(&format!("{path}\ncookie: {cookie}"), "good=jar");
            assert!(response.starts_with(b"HTTP/1.1 "), "{what}");
            heard.note(format!("{path} {what}"), response);
        }
    }
    // A ring is damaged while it is in use, and another follows.
    let whole = fs::read_to_string(&ring).unwrap();
    for damaged in [
        &whole[..whole.len() / 2],
        &whole.replacen("_", "-", 3),
        "{}",
    ] {
        fs::write(&ring, damaged).unwrap();
        std::thread::sleep(std::time::Duration::from_millis(300));
        heard.note("its health", app.ask("GET /healthz", ""));
    }
    heard.note("its log", app.said());
    assert!(heard.bytes_of("its log") > 10_000, "everything is logged");
    assert_eq!(heard.shown(&secrets), Vec::<String>::new());

    // The negative control: a log that repeats the document.
    heard.note("a talkative log", format!("read {whole:?}"));
    assert_eq!(heard.shown(&secrets).len(), 1);
}

/// The pairs that a browser would send back.
fn cookies(response: &[u8]) -> String {
    let text = String::from_utf8_lossy(response);
    let lines = text.lines().filter_map(|line| {
        let (name, value) = line.split_once(": ")?;
        (name.eq_ignore_ascii_case("set-cookie"))
            .then(|| value.split(';').next().unwrap().to_owned())
    });
    lines.collect::<Vec<_>>().join("; ")
}

/// Cookies that no browser would send.
fn tampered(cookies: &str) -> Vec<(String, String)> {
    let (name, value) = cookies.split("; ").next().unwrap().split_once('=').unwrap();
    let mut all: Vec<_> = (0..value.len())
        .step_by(23)
        .map(|at| {
            let other = if &value[at..=at] == "A" { "B" } else { "A" };
            let edited = format!("{name}={}{other}{}", &value[..at], &value[at + 1..]);
            (format!("with character {at} changed"), edited)
        })
        .collect();
    for (what, value) in [
        ("cut short", &value[..value.len() / 2]),
        ("garbage", "garbage"),
        ("nothing", ""),
        ("torn parts", "3~abcd.x"),
        ("a key's text", "sealjar-key-1_AAAA"),
    ] {
        all.push((what.into(), format!("{name}={value}")));
    }
    all
}
