//! Does the keeper's command line show a secret, for any command and in any situation?

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use sealjar::__hazmat::SESSION;
use sealjar_tests::programs::{Program, named};
use tempfile::TempDir;

use crate::heard::{Heard, Server};
use crate::needles::Secrets;

/// A person at a command line, with a store.
struct Desk {
    directory: TempDir,
    secrets: Secrets,
    heard: Heard,
}

impl Desk {
    fn new() -> Self {
        Self {
            directory: tempfile::tempdir().unwrap(),
            secrets: Secrets::default(),
            heard: Heard::default(),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn command(&self, store: &str, line: &str) -> Command {
        let mut command = Program::Sealjar.command();
        command
            .args(["--store", &named(&self.path(store))])
            .args(line.split(' '))
            .current_dir(self.directory.path())
            .env("RUST_LOG", "trace");
        command
    }

    fn runs(&mut self, line: &str) -> String {
        self.runs_with(line, "")
    }

    /// Runs a command with text and with JSON output, learns the secrets that the store then holds,
    /// and returns the text.
    fn runs_with(&mut self, line: &str, input: &str) -> String {
        let said = self.heard.run(line, self.command("ring.json", line), input);
        let json = format!("{line} --json");
        self.heard
            .run(&json, self.command("ring.json", &json), input);
        self.learn();
        String::from_utf8(said).unwrap().trim_end().into()
    }

    fn learn(&mut self) {
        if let Ok(document) = fs::read(self.path("ring.json")) {
            self.secrets.learn(
                &document,
                &[("shop", SESSION), ("shop", "link"), ("blog", "link")],
            );
        }
    }

    fn first_key(&self) -> String {
        let document = fs::read(self.path("ring.json")).unwrap();
        let document: serde_json::Value = serde_json::from_slice(&document).unwrap();
        document["keys"][0]["id"].as_str().unwrap().into()
    }

    fn assert_nothing_shown(&self) {
        assert_eq!(self.heard.shown(&self.secrets), Vec::<String>::new());
    }
}

#[test]
fn no_command_over_a_store_of_files_shows_a_secret() {
    let mut desk = Desk::new();
    desk.runs("status");
    desk.runs("init --app shop");
    desk.runs("init");
    fs::copy(desk.path("ring.json"), desk.path("day-one.json")).unwrap();
    desk.runs("status");
    desk.runs("rotate");
    desk.runs("rotate --force --yes");
    let token = desk.runs_with(
        "seal --ring ring.json --app shop --purpose link --ttl 1h",
        "c0ffee\n",
    );
    assert!(token.len() > 90, "{token}");
    for text in [&*token, &token[..93], "garbage", ""] {
        desk.runs_with("open --ring ring.json --app shop --purpose link", text);
        desk.runs_with("open --ring ring.json --app blog --purpose link", text);
        desk.runs_with("inspect --ring ring.json --app shop --show-body", text);
    }
    desk.runs("revoke --subject ada --app shop");
    desk.runs("revoke --session 0011223344556677");
    desk.runs("revoke --before now --yes");
    let key = desk.first_key();
    desk.runs(&format!("revoke --dry-run -- {key}"));
    desk.runs(&format!("revoke --yes -- {key}"));
    desk.runs("revoke --all --yes");
    desk.runs("restore day-one.json --yes");
    desk.runs("import day-one.json");
    desk.runs("health");
    desk.runs("new-kek");
    desk.runs("doctor");
    desk.runs("unheard-of");
    desk.runs("status --help");
    // Two keys of the first ring, those of two rotations and of a new ring, with everything derived
    // from them.
    assert!(desk.secrets.len() > 15, "{}", desk.secrets.len());
    assert!(desk.heard.bytes_of("standard output") > 10_000);
    assert!(desk.heard.bytes_of("standard error") > 2_000);
    desk.assert_nothing_shown();

    // The negative control: a program that prints the ring.
    let mut cat = Command::new("cat");
    cat.arg(desk.path("ring.json"));
    desk.heard.run("cat", cat, "");
    let shown = desk.heard.shown(&desk.secrets);
    assert!(
        matches!(&shown[..], [one] if one.starts_with("cat, standard output: ")),
        "{shown:?}"
    );
}

#[test]
fn no_complaint_about_a_document_repeats_a_secret_of_it() {
    let mut desk = Desk::new();
    desk.runs("init");
    let whole = fs::read_to_string(desk.path("ring.json")).unwrap();
    let at = whole.find("sealjar-key-1_").unwrap();
    let secret = &whole[at..at + 62];
    let pepper = whole.find("\"pepper\"").unwrap() + 20;
    let (cut, last) = secret.split_at(61);
    let changed = if last == "A" { "B" } else { "A" };
    for (name, damaged) in [
        ("cut within a secret", whole[..at + 40].to_owned()),
        ("cut within the pepper", whole[..pepper].to_owned()),
        ("a character less", whole.replacen(secret, cut, 1)),
        (
            "a character more",
            whole.replacen(secret, &format!("{secret}A"), 1),
        ),
        (
            "a wrong check",
            whole.replacen(secret, &format!("{cut}{changed}"), 1),
        ),
        ("padding", whole.replacen(secret, &format!("{secret}="), 1)),
        ("no prefix", whole.replacen(secret, &secret[14..], 1)),
        (
            "as a member's name",
            whole.replacen("\"revoked\"", &format!("\"{secret}\""), 1),
        ),
        (
            "as another secret's id",
            whole.replacen("\"suite\":", &format!("\"suite\": \"{secret}\", \"x\":"), 1),
        ),
        (
            "in a time",
            whole.replacen(
                "\"staged_at\": \"",
                &format!("\"staged_at\": \"{secret}"),
                1,
            ),
        ),
        ("in the format", whole.replacen("sealjar-ring/1", secret, 1)),
        (
            "in the ring's name",
            whole.replacen("\"ring\": \"", &format!("\"ring\": \"{secret}"), 1),
        ),
        (
            "as critical",
            whole.replacen(
                "\"critical\": []",
                &format!("\"critical\": [\"{secret}\"]"),
                1,
            ),
        ),
        (
            "secrets without quotes",
            whole.replacen(&format!("\"{secret}\""), secret, 1),
        ),
    ] {
        assert_ne!(damaged, whole, "{name}");
        fs::write(desk.path("damaged.json"), damaged).unwrap();
        for line in [
            "inspect --ring damaged.json --app shop garbage",
            "restore damaged.json --yes",
            "open --ring damaged.json --app shop --purpose link",
        ] {
            let who = format!("{line}, {name}");
            let command = desk.command("ring.json", line);
            desk.heard.run(&who, command, "");
        }
        fs::copy(desk.path("damaged.json"), desk.path("other.json")).unwrap();
        let command = desk.command("other.json", "status --json");
        desk.heard.run(&format!("status, {name}"), command, "");
    }
    desk.assert_nothing_shown();
}

#[test]
fn a_keeper_that_rotates_shows_no_secret() {
    let mut desk = Desk::new();
    desk.runs("init --rotate-every 3s --distribution 1s --skew 1s --token-lifetime 60s");
    let command = desk.command("ring.json", "run --listen 127.0.0.1:0");
    let keeper = Server::start(command, &desk.path("log"), "health at http://");
    let before = desk.secrets.len();
    let patience = Instant::now() + Duration::from_secs(60);
    while desk.secrets.len() == before {
        assert!(Instant::now() < patience, "it never rotated");
        for path in ["healthz", "metrics", "nothing"] {
            let page = keeper.ask(&format!("GET /{path}"), "");
            desk.heard.note(path, page);
        }
        std::thread::sleep(Duration::from_millis(200));
        desk.learn();
    }
    desk.heard.note("the keeper's log", keeper.said());
    assert!(desk.heard.bytes_of("metrics") > 1_000);
    assert!(desk.heard.bytes_of("the keeper's log") > 100);
    desk.assert_nothing_shown();
}
