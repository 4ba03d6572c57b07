//! Does the command line understand what the manuals tell operators to type?

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::Sandbox;
use crate::swarm_files::KEEPER;

#[test]
fn every_command_that_a_manual_shows_is_understood() {
    let swarm = ["init", "status", "rotate", "revoke", "import", "new-kek"];
    let files = [
        "init", "run", "health", "inspect", "revoke", "restore", "import", "export", "rotate",
    ];
    for (manual, commands) in [(SWARM, &swarm[..]), (FILES, &files[..])] {
        let lines = lines(manual);
        // Nobody would notice if none were found.
        for command in commands {
            let shown = lines.iter().any(|line| line[0] == *command);
            assert!(shown, "the manual shows no `sealjar {command}`");
        }
        for line in &lines {
            assert!(is_understood(line), "{line:?}");
        }
    }
}

#[test]
fn what_the_command_line_does_not_understand_is_noticed() {
    for text in [
        "```sh\nsealjar rotate --now-please\n```",
        "```sh\ndocker exec CONTAINER sealjar revolve\n```",
        "| one person | `sealjar revoke --subject ada` |",
        "```sh\ndocker run registry.example/keeper:1 init --store swarm:Web\n```",
    ] {
        let [line] = lines(text).try_into().unwrap();
        assert!(!is_understood(&line), "{line:?}");
    }
}

/// Whether a line gets as far as asking for an engine or reading a key, which are not there. Wrong
/// usage ends with 2.
fn is_understood(line: &[String]) -> bool {
    let sandbox = Sandbox::empty();
    let nobody = format!("unix://{}", sandbox.path("no.sock").display());
    let line: Vec<&str> = line.iter().map(String::as_str).collect();
    let mut command = sandbox.command(&line);
    command.env("DOCKER_HOST", nobody).envs(of_the_keeper());
    let output = command.output().unwrap();
    output.status.code() != Some(2) || output.stderr.starts_with(b"error: cannot read /srv/")
}

/// What `keeper.yml` sets, without which the lines would name no store.
fn of_the_keeper() -> BTreeMap<String, String> {
    #[derive(Deserialize)]
    struct Stack {
        services: BTreeMap<String, Service>,
    }
    #[derive(Deserialize)]
    struct Service {
        environment: BTreeMap<String, String>,
    }
    let mut stack: Stack = serde_saphyr::from_str(KEEPER).unwrap();
    stack.services.remove("keeper").unwrap().environment
}

/// Finds what follows `sealjar`, or the keeper's image, in blocks of commands and between
/// backticks.
fn lines(text: &str) -> Vec<Vec<String>> {
    let mut blocks = String::new();
    let mut prose = String::new();
    for (place, part) in text.split("```").enumerate() {
        match (place % 2, part.strip_prefix("sh\n")) {
            (1, Some(block)) => blocks += &block.replace("\\\n", " "),
            (1, None) => {}
            _ => prose += part,
        }
    }
    let spans = prose.split('`').skip(1).step_by(2);
    let commands = blocks.lines().chain(spans);
    commands.filter_map(words).collect()
}

fn words(command: &str) -> Option<Vec<String>> {
    let command = command.split(['<', '|', '#']).next()?;
    let mut words = command.split_whitespace();
    words.find(|word| ["sealjar", "registry.example/keeper:1"].contains(word))?;
    let words = words.map(|word| word.replace("KEY-ID", KEY_ID).replace("INSTANCE", INSTANCE));
    let words: Vec<String> = words.collect();
    // A sentence about the program, or the definition of a shell's function.
    words
        .first()
        .is_some_and(|word| word.starts_with(|c: char| c.is_ascii_lowercase()))
        .then_some(words)
}

/// Some key's id, in the spelling of all.
const KEY_ID: &str = "eKINniLf_ywOk9b_DypcbA";
const INSTANCE: &str = "0123456789abcdef0123456789abcdef";
const SWARM: &str = include_str!("../../../../examples/swarm/README.md");
const FILES: &str = include_str!("../../../../docs/operating.md");
