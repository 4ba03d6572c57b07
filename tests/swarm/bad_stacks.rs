//! Does `sealjar doctor` speak of what would hurt in real stack files, and of nothing else?

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use serde::Deserialize;
use serde_json::Value;

use crate::engine::{Engine, HOME, ROOT, SOCKET};
use crate::images::{APP, KEEPER};
use crate::keeper::{Keeper, group_of_the_socket};

/// What of `stacks.toml` is read.
#[derive(Deserialize)]
struct Stacks {
    stack: Vec<Stack>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Stack {
    about: String,
    /// What is replaced in the project's stack file, and by what.
    edits: Vec<(String, String)>,
    /// The checks that find something about the service.
    speaks: BTreeSet<String>,
}

pub(crate) fn are_told_by_the_doctor(engine: &Engine) {
    let keeper = Keeper::begin(engine);
    let Stacks { stack } = toml::from_str(include_str!("stacks.toml")).unwrap();
    let mut wrong = Vec::new();
    for stack in &stack {
        let file = stack.write();
        engine.deploy(
            "shop",
            &[&file],
            &[
                ("SHOP_IMAGE", APP.name),
                ("SESSION_RING", &keeper.head().secret),
                ("DOCKER_GID", &group_of_the_socket()),
            ],
        );
        let found = findings();
        // The next one is no update of it.
        engine.docker(&["service", "rm", SERVICE]);
        let spoke: BTreeSet<_> = found.iter().map(|it| check(it).to_owned()).collect();
        if spoke != stack.speaks {
            wrong.push(format!(
                "{}: {:?}, and found is {found:#?}",
                stack.about, stack.speaks
            ));
        }
    }
    engine.remove("shop");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

impl Stack {
    /// Writes the file, beside what it names.
    fn write(&self) -> String {
        let given = format!("{ROOT}/examples/swarm");
        let mut file = fs::read_to_string(format!("{given}/stack.yml")).unwrap();
        for (from, to) in &self.edits {
            assert!(file.contains(from), "{}: {from}", self.about);
            file = file.replacen(from, to, 1);
        }
        fs::copy(
            format!("{given}/docker-api.cfg"),
            format!("{HOME}/docker-api.cfg"),
        )
        .unwrap();
        let place = format!("{HOME}/bad.yml");
        fs::write(&place, file).unwrap();
        place
    }
}

/// Returns what the doctor finds about the service.
fn findings() -> Vec<Value> {
    let told = Command::new(KEEPER.place())
        .args([
            "--store",
            "swarm:web",
            "doctor",
            "--json",
            "--service",
            SERVICE,
        ])
        .env("DOCKER_HOST", SOCKET)
        .output()
        .unwrap();
    let told: Value = serde_json::from_slice(&told.stdout).unwrap_or_else(|_| panic!("{told:?}"));
    let found = told["findings"].as_array().unwrap().iter();
    found
        .filter(|it| it["service"] == SERVICE)
        .cloned()
        .collect()
}

fn check(finding: &Value) -> &str {
    finding["check"].as_str().unwrap()
}

const SERVICE: &str = "shop_web";
