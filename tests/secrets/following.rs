//! Do keepers that answer, replicas that ask them, and their keys show a secret?

use std::fs;
use std::path::Path;
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sealjar::__hazmat::SESSION;
use sealjar_source::{DeliveryKey, Follow};
use sealjar_tests::programs::{Program, named};
use tempfile::tempdir;

use crate::heard::{Heard, Server};
use crate::needles::Secrets;

#[test]
fn neither_a_keeper_that_answers_nor_a_replica_that_asks_shows_a_secret() {
    let directory = tempdir().unwrap();
    let at = |name: &str| directory.path().join(name);
    let (mut heard, mut secrets) = (Heard::default(), Secrets::default());
    let sealjar = |line: &str| {
        let mut command = Program::Sealjar.command();
        command.args(["--store", &named(&at("ring.json"))]);
        command.args(line.split(' ')).current_dir(directory.path());
        command.env("RUST_LOG", "trace");
        command
    };
    for line in [
        "init --app shop",
        "new-delivery-key",
        "new-delivery-key --json",
        "new-delivery-key --out nowhere",
    ] {
        heard.run(line, sealjar(line), "");
    }
    secrets.learn(&fs::read(at("ring.json")).unwrap(), &[("shop", SESSION)]);
    learn(&mut secrets, &at("delivery-key"));
    learn(&mut secrets, &at("speaker-key"));

    // Keys that are damaged, of the other kind, or no keys.
    let serve = "run --listen 127.0.0.1:0 --serve 127.0.0.1:0 --speaker-key";
    for (name, text) in damaged(&at("speaker-key"), &at("delivery-key")) {
        fs::write(at(name), text).unwrap();
        heard.run(name, sealjar(&format!("{serve} {name}")), "");
    }

    let keeper = sealjar(&format!("{serve} speaker-key"));
    let keeper = Server::start(
        keeper,
        &at("keeper.log"),
        "replicas are answered at http://",
    );
    let follows = |key: &str| {
        let mut command = Program::AxumSsr.command();
        command
            .args(["--listen", "127.0.0.1:0", "--replica", "one"])
            .env("SEALJAR_KEEPERS", format!("http://{}", keeper.address))
            .env("SEALJAR_DELIVERY_KEY", at(key))
            .env("RUST_LOG", "trace");
        command
    };
    for (name, text) in damaged(&at("delivery-key"), &at("speaker-key")) {
        fs::write(at(name), text).unwrap();
        heard.run(name, follows(name), "");
    }
    let app = Server::start(
        follows("delivery-key"),
        &at("app.log"),
        "listening on http://",
    );
    // Without an answer of the keeper it would not have started.
    heard.note("a page", app.ask("GET /", ""));
    for (path, body) in [
        ("POST /v1/rings/web/ask", "garbage"),
        ("POST /v1/rings/other/ask", ""),
        ("GET /v1/rings/web/ask", ""),
    ] {
        heard.note(path, keeper.ask(path, body));
    }
    for line in ["replicas", "replicas --json", "status", "forget 00"] {
        heard.run(line, sealjar(line), "");
    }
    heard.note("the keeper's log", keeper.said());
    heard.note("the replica's log", app.said());
    assert!(heard.bytes_of("the replica's log") > 100);
    assert!(heard.bytes_of("the keeper's log") > 100);
    assert!(secrets.len() > 8, "{}", secrets.len());
    assert_eq!(heard.shown(&secrets), Vec::<String>::new());

    // The negative control: a program that prints a key.
    let mut cat = Command::new("cat");
    cat.arg(at("speaker-key"));
    heard.run("cat", cat, "");
    let shown = heard.shown(&secrets);
    assert!(
        matches!(&shown[..], [one] if one.starts_with("cat, standard output: ")),
        "{shown:?}"
    );
}

#[test]
fn debug_of_what_follows_shows_no_key() {
    let directory = tempdir().unwrap();
    let mut made = Program::Sealjar.command();
    made.arg("new-delivery-key").current_dir(directory.path());
    assert!(made.output().unwrap().status.success());
    let (mut heard, mut secrets) = (Heard::default(), Secrets::default());
    let file = directory.path().join("delivery-key");
    learn(&mut secrets, &file);
    let text = fs::read(&file).unwrap();
    let key = || DeliveryKey::from_bytes(&text).unwrap();
    heard.note("a key", format!("{:?} {:#?}", key(), key()));
    let follow = Follow::new("web", key(), ["http://keeper:9464"]).or_mounted(&file);
    heard.note("a source", format!("{follow:?} {follow:#?}"));
    heard.note("its relay", format!("{:?}", follow.relay()));
    heard.note("its farewell", format!("{:?}", follow.farewell()));
    assert_eq!(heard.shown(&secrets), Vec::<String>::new());
    // The negative control: a complaint that repeats the key.
    heard.note("a key", String::from_utf8_lossy(&text).into_owned());
    assert_eq!(heard.shown(&secrets).len(), 1);
}

/// Learns the secret that replicas and keepers share, and what a keeper signs with.
fn learn(secrets: &mut Secrets, file: &Path) {
    let text = fs::read_to_string(file).unwrap();
    let (kind, bytes) = text.trim_end().split_once('_').unwrap();
    let bytes = URL_SAFE_NO_PAD.decode(bytes).unwrap();
    secrets.add_master(&bytes[..32]);
    if kind == "sealjar-speaker-1" {
        secrets.add("a keeper's private key", &bytes[32..64]);
    }
}

/// Files that hold no key of this kind, though most hold much of one.
fn damaged(file: &Path, other: &Path) -> [(&'static str, String); 5] {
    let whole = fs::read_to_string(file).unwrap();
    [
        ("cut", whole[..whole.len() - 20].into()),
        (
            "mistyped",
            whole.replacen('A', "B", 1).replacen("_", "_x", 1),
        ),
        ("doubled", whole.repeat(2)),
        ("other", fs::read_to_string(other).unwrap()),
        ("later", whole.replacen("-1_", "-2_", 1)),
    ]
}
