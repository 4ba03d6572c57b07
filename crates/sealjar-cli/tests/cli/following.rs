//! Replicas that follow the ring of a keeper that runs: their keys, what is said of them, mistakes.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Child;

use sealjar::Timestamp;
use sealjar_follow::{Asked, DeliveryKey, Instance, Patience, Question, SignedHead, SpeakerKey};

use super::Sandbox;

/// A keeper that answers replicas.
struct Serving {
    process: Child,
    health: String,
    answers: String,
}

impl Serving {
    fn begin(sandbox: &Sandbox) -> Self {
        let line = [
            "run",
            "--listen",
            "127.0.0.1:0",
            "--serve",
            "127.0.0.1:0",
            "--speaker-key",
            "speaker-key",
        ];
        let mut process = sandbox.command(&line).spawn().unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        drop(lines);
        let mut heard = BufReader::new(process.stderr.take().unwrap());
        let health = hear(&mut heard, "health at http://");
        let answers = hear(&mut heard, "replicas are answered at http://");
        // Its log is read to the end, or it would wait for room.
        std::thread::spawn(move || std::io::copy(&mut heard, &mut std::io::sink()));
        Self {
            process,
            health,
            answers,
        }
    }

    /// Asks as a replica does, and returns the answer's status and body.
    fn ask(&self, question: &[u8]) -> (String, Vec<u8>) {
        let mut stream = TcpStream::connect(&self.answers).unwrap();
        let length = question.len();
        write!(
            stream,
            "POST /v1/rings/web/ask HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n"
        )
        .unwrap();
        stream.write_all(question).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let end = answer.windows(4).position(|it| it == b"\r\n\r\n").unwrap();
        let status = String::from_utf8(answer[9..12].to_vec()).unwrap();
        (status, answer[end + 4..].to_vec())
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        _ = self.process.kill();
        _ = self.process.wait();
    }
}

fn hear(lines: &mut impl std::io::BufRead, after: &str) -> String {
    let mut line = String::new();
    loop {
        line.clear();
        assert!(lines.read_line(&mut line).unwrap() > 0, "it has ended");
        if let Some((_, rest)) = line.split_once(after) {
            let ends = |it: char| it != ':' && it != '.' && !it.is_ascii_digit();
            return rest.split(ends).next().unwrap().into();
        }
    }
}

fn question(instance: Instance, count: u64) -> Question {
    Question {
        nonce: [1; 16],
        instance,
        count,
        time: Timestamp::now().unwrap(),
        patience: Patience::Waits(0),
        name: "web.1\u{1b}[2J".into(),
        held: None,
    }
}

#[test]
fn a_pair_of_keys_is_for_its_owner_alone_and_is_never_overwritten() {
    let sandbox = Sandbox::empty();
    let made = sandbox.does(&["new-delivery-key", "--json"]).json();
    for name in ["delivery-key", "speaker-key"] {
        let mode = fs::metadata(sandbox.path(name))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let delivery = fs::read(sandbox.path("delivery-key")).unwrap();
    let speaker = fs::read(sandbox.path("speaker-key")).unwrap();
    let delivery = DeliveryKey::from_bytes(&delivery).unwrap();
    let speaker = SpeakerKey::from_bytes(&speaker).unwrap();
    assert_eq!(delivery.id(), speaker.id());
    assert_eq!(made["id"], delivery.id().to_string());
    sandbox.refuses(&["new-delivery-key"], 3, "is there already");
}

#[test]
fn a_keeper_that_has_no_right_key_to_answer_under_says_so_before_it_starts() {
    let sandbox = Sandbox::begun();
    sandbox.does(&["new-delivery-key"]);
    sandbox.write("empty", "");
    let run = |line: &[&str], words: &str| {
        let line = [&["run", "--no-listen"], line].concat();
        sandbox.refuses(&line, 2, words);
    };
    let serve = ["--serve", "127.0.0.1:0"];
    let with = |file| [&serve[..], &["--speaker-key", file]].concat();
    run(&serve, "under one key");
    run(&["--speaker-key", "speaker-key"], "and no address");
    run(&with("nowhere"), "cannot read nowhere");
    run(&with("empty"), "there is no key: the text is empty");
    run(
        &with("delivery-key"),
        "this is the delivery key of a replica",
    );
    run(&with("ring.json"), "this is a ring document");
}

#[test]
fn a_replica_is_answered_listed_and_forgotten() {
    let sandbox = Sandbox::begun();
    sandbox.does(&["new-delivery-key"]);
    let keeper = Serving::begin(&sandbox);
    let key = fs::read(sandbox.path("delivery-key")).unwrap();
    let key = DeliveryKey::from_bytes(&key).unwrap();
    let instance = Instance::draw().unwrap();
    let asked = question(instance, 1);
    let (status, answer) = keeper.ask(&asked.to_bytes(&key, "web"));
    assert_eq!(status, "200");
    let judged = Asked {
        key: &key,
        ring: "web",
        nonce: &asked.nonce,
        held: None,
        list: None,
        sent: asked.time,
    }
    .judge(&answer, asked.time)
    .unwrap();
    let head: SignedHead = judged.news.unwrap().head;
    assert_eq!(head.head().epoch, sandbox.ring().epoch());

    let listen = ["--listen", &keeper.health];
    let replicas = |json: &[&str]| sandbox.does(&[&["replicas"], &listen[..], json].concat());
    let said = replicas(&["--json"]).json();
    assert_eq!(said["replicas"][0]["instance"], instance.to_string());
    assert_eq!(said["replicas"][0]["lost"], false);
    assert!(said["listens_for_seconds"].as_u64().unwrap() > 500);
    let page = replicas(&[]).stdout;
    assert!(page.contains("1 replica"), "{page}");
    assert!(
        !page.contains('\u{1b}'),
        "a name is no command to a terminal"
    );

    let forget = |instance: &str| sandbox.run(&[&["forget", instance], &listen[..]].concat());
    assert_eq!(forget(&instance.to_string()).code, 0);
    assert_eq!(forget(&instance.to_string()).code, 4, "it is not known");
    assert_eq!(forget("web.1").code, 2, "it is no instance");
    assert_eq!(
        replicas(&["--json"]).json()["replicas"],
        serde_json::json!([])
    );
}

#[test]
fn a_keeper_that_answers_no_replicas_says_so() {
    let sandbox = Sandbox::begun();
    let line = ["run", "--listen", "127.0.0.1:0"];
    let mut process = sandbox.command(&line).spawn().unwrap();
    let mut heard = BufReader::new(process.stderr.take().unwrap());
    let address = hear(&mut heard, "health at http://");
    let ran = sandbox.run(&["replicas", "--listen", &address]);
    process.kill().unwrap();
    process.wait().unwrap();
    assert_eq!(ran.code, 4);
    assert!(
        ran.stderr.contains("it runs without --serve"),
        "{}",
        ran.stderr
    );
}
