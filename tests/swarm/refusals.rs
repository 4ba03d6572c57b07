//! What is said of what a keeper cannot work with? What is wrong, and what to do. And nothing is
//! done.

use std::fs;
use std::process::Command;

use serde_json::{Value, json};

use crate::api;
use crate::engine::{Engine, HOME};
use crate::images::KEEPER;
use crate::read_only::ReadOnly;
use crate::ring::{Ring, TIMES};
use crate::state::State;

/// What stands around the ring: the engine, the keys, the arguments.
pub(crate) fn of_what_is_around(engine: &Engine) {
    let ring = Ring::begin(engine, "refused", 0, &[]);
    let status = || ring.prepare(&["status"]);

    let mut nowhere = status();
    nowhere.env("DOCKER_HOST", format!("unix://{HOME}/nothing"));
    refused(
        &ring,
        nowhere,
        4,
        "no engine answers at",
        "start the engine",
    );

    // Where it was built another user may not come.
    let program = format!("{HOME}/sealjar");
    fs::copy(KEEPER.place(), &program).unwrap();
    let mut stranger = Command::new("setpriv");
    stranger.args([
        "--reuid",
        "65534",
        "--regid",
        "65534",
        "--clear-groups",
        "--",
    ]);
    stranger
        .args([&program, "status"])
        .envs(variables(&status()));
    refused(
        &ring,
        stranger,
        4,
        "no access to the engine",
        "run as a user that may use the socket",
    );

    let again = ring.prepare(&["init"]);
    refused(
        &ring,
        again,
        3,
        "holds the ring \"refused\" already, at epoch",
        "`sealjar status`",
    );

    let other = Ring::named(engine, "other");
    let mut unlocked = status();
    unlocked.env("SEALJAR_KEK", other.kek());
    refused(
        &ring,
        unlocked,
        4,
        "and here is that of sealjar.refused.kek.",
        "mount that secret too",
    );

    let mut keyless = status();
    keyless.env_remove("SEALJAR_KEK");
    refused(&ring, keyless, 4, "and no such key is here", "docker exec");

    fs::write(other.kek(), [7; 31]).unwrap();
    let mut short = status();
    short.env("SEALJAR_KEK", other.kek());
    refused(&ring, short, 4, "32", "mount the secret sealjar.RING.kek.*");

    let mut long = status();
    long.env("SEALJAR_STORE", format!("swarm:{}", "r".repeat(25)));
    refused(&ring, long, 2, "1 to 24 of a-z", "swarm:web");

    // What a secret holds is asked with POST, which changes nothing. Such a proxy refuses it, and
    // `status` says that it cannot tell.
    let proxy = ReadOnly::before_the_engine();
    let mut behind = status();
    behind.env("DOCKER_HOST", &proxy.host);
    let output = behind.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(4), "{output:?}");
    for words in [
        "the engine does not tell whether it holds the ring",
        "without a proxy that answers for it",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }

    let missing = ring
        .prepare(&["status", "--service", "nobody_web"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&missing.stdout);
    assert!(
        missing.status.success() && said.contains("not there"),
        "{missing:?}"
    );
}

/// What somebody has planted among the ring's secrets, whose names say whatever that one likes.
pub(crate) fn of_what_was_planted(engine: &Engine) {
    let ring = Ring::named(engine, "planted");
    ring.done(&[&["init"], TIMES].concat());
    let plant = |name: &str, document: &[u8]| {
        engine.ask(&["secret", "rm", name]);
        engine.keep_secret(name, document);
    };
    // Under the very name that replicas would get, with a ring that has the same name.
    let other = Ring::named(engine, "other-keeper");
    other.done(&[&["init"], TIMES].concat());
    let foreign = other.document().unwrap().to_json();
    let foreign = foreign.replace("other-keeper", "planted");
    let name = ring.state().label("secret");
    for document in [foreign.as_bytes(), b"\0"] {
        plant(&name, document);
        let turn = ring.prepare(&["run", "--once"]);
        refused(
            &ring,
            turn,
            4,
            "holds something else than the ring",
            "docker secret rm",
        );
        let status = ring.prepare(&["status", "--json"]).output().unwrap();
        let json: Value = serde_json::from_slice(&status.stdout).unwrap();
        assert_eq!(json["delivery"]["found"], "not_ours", "{status:?}");
        assert_eq!(status.status.code(), Some(4), "{status:?}");
        let rotate = ring.prepare(&["rotate"]);
        refused(
            &ring,
            rotate,
            4,
            "holds something else than the ring",
            "docker secret rm",
        );
    }
    // A revocation passes by it: its epoch has another name.
    let before = ring.state().epoch();
    ring.done(&["revoke", "--all", "--yes"]);
    assert!(ring.state().epoch() > before && ring.state().label("secret") != name);
    engine.ask(&["secret", "rm", &name]);
    // The right one is made once the other is gone.
    let name = ring.state().label("secret");
    plant(&name, b"\0");
    engine.docker(&["secret", "rm", &name]);
    assert_eq!(ring.done(&["run", "--once"])["changed"], false);
    engine.docker(&["secret", "inspect", &name]);
    assert_eq!(ring.done(&["status"])["delivery"]["found"], "head");

    // Later epochs in names that no keeper gave stop nobody.
    let far = ["4295053695", "18446744073709551615"];
    for epoch in far {
        plant(&format!("sealjar.planted.e{epoch}.0123abcd"), b"\0");
    }
    ring.serve(1, &[]);
    let before = ring.state().epoch();
    ring.done(&["rotate"]);
    let state = ring.state();
    assert!(state.epoch() > before, "{state:?}");
    assert_eq!(state.held(), [state.label("secret"), state.label("secret")]);
    for epoch in far {
        engine.docker(&[
            "secret",
            "rm",
            &format!("sealjar.planted.e{epoch}.0123abcd"),
        ]);
    }
    assert_eq!(State::objections(&ring), [""; 0]);
}

/// What somebody has done to the ring's configs and secrets.
pub(crate) fn of_what_the_store_holds(engine: &Engine) {
    let ring = Ring::begin(engine, "damaged", 0, &[]);
    ring.done(&["rotate"]);
    let good = ring.state();
    let (head, blob) = (
        good.head().unwrap(),
        good.object(&good.label("blob")).clone(),
    );
    let restore = "`sealjar restore FILE`";
    let damaged = |what: &str, hint: &str| {
        for order in ["status", "rotate"] {
            refused(&ring, ring.prepare(&[order]), 4, what, hint);
        }
        let turn = ring.prepare(&["run", "--once"]);
        refused(&ring, turn, 4, what, hint);
        assert!(!State::objections(&ring).is_empty(), "{what}");
    };

    remove(&blob);
    damaged("that it names is gone", restore);
    let mut tampered = blob["Spec"].clone();
    let data = tampered["Data"].as_str().unwrap();
    let flipped = if data.as_bytes()[200] == b'A' {
        "B"
    } else {
        "A"
    };
    let other = format!("{}{flipped}{}", &data[..200], &data[201..]);
    tampered["Data"] = json!(other);
    let id = api::post("/configs/create", &tampered)["ID"].clone();
    damaged("is not what it says", restore);
    // Whoever can do that can write its digest, too.
    let digest = ring.state().digest_of(&good.label("blob"));
    relabel(&ring, "sha256", Some(&digest));
    damaged("sealjar.damaged.e", restore);
    relabel(&ring, "sha256", Some(&good.label("sha256")));
    api::delete(&format!("/configs/{}", id.as_str().unwrap()));
    api::post("/configs/create", &blob["Spec"]);
    assert_eq!(State::objections(&ring), [""; 0]);

    for label in ["epoch", "blob", "sha256", "revoked-in"] {
        relabel(&ring, label, None);
        damaged(&format!("it has no label `{label}`"), restore);
        relabel(&ring, label, Some(&good.label(label)));
    }
    relabel(&ring, "epoch", Some("many"));
    damaged("its label `epoch` cannot be read", restore);
    relabel(&ring, "epoch", Some(&good.label("epoch")));

    ring.done(&["rotate"]);
    let labels = ["epoch", "blob", "sha256", "revoked-in", "secret"];
    let now = labels.map(|it| ring.state().label(it));
    for label in labels {
        relabel(&ring, label, Some(&good.label(label)));
    }
    damaged(
        "head_behind: replicas were given epoch",
        "stop other keepers",
    );
    for (label, value) in labels.iter().zip(&now) {
        relabel(&ring, label, Some(value));
    }
    assert_eq!(State::objections(&ring), [""; 0]);

    let head_alone = head["Spec"]["Name"].as_str().unwrap();
    let spec = ring.state().object(head_alone)["Spec"].clone();
    remove(ring.state().object(head_alone));
    damaged(
        "the store has no head, and the secret",
        "`sealjar import FILE`",
    );
    refused(
        &ring,
        ring.prepare(&["init"]),
        4,
        "the store has no head",
        "`sealjar import FILE`",
    );
    api::post("/configs/create", &spec);
    assert_eq!(State::objections(&ring), [""; 0]);
}

/// What is wrong with the services.
pub(crate) fn of_services(engine: &Engine) {
    let ring = Ring::begin(engine, "misused", 0, &[]);
    let secret = ring.state().label("secret");
    let stays = |what: &str, hint: &str| {
        refused(&ring, ring.prepare(&["run", "--once"]), 4, what, hint);
    };
    let update = |options: &[&str]| {
        let updated = ring.update(options);
        assert!(updated.status.success(), "{updated:?}");
    };
    update(&["--secret-rm", &secret]);
    stays(
        "misused does not get the ring: it has no secret of this ring mounted",
        "under that target",
    );
    engine.keep_secret("foreign", b"no ring");
    update(&["--secret-add", "source=foreign,target=session-ring"]);
    stays(
        "what it has mounted is the secret foreign",
        "give it a secret of this ring",
    );

    // Nothing is promoted. A revocation is made all the same, for it may be the reason.
    let promotion = ring.prepare(&["rotate"]);
    refused(
        &ring,
        promotion,
        4,
        "service misused does not get the ring",
        "give it a secret of this ring",
    );
    let session = ["revoke", "--session", "0011223344556677"];
    let order = ring.prepare(&session).output().unwrap();
    told(
        &order,
        4,
        "is committed, and not everywhere yet: service misused",
        "do not repeat it",
    );
    let now = ring.state().label("secret");
    assert_ne!(now, secret);
    let ours = format!("source={now},target=session-ring");
    update(&["--secret-rm", "foreign", "--secret-add", &ours]);
    ring.done(&["run", "--once"]);
    assert_eq!(State::objections(&ring), [""; 0]);

    let mut unlisted = ring.prepare(&["run", "--once"]);
    unlisted.env("SEALJAR_SERVICES", "another");
    refused(
        &ring,
        unlisted,
        4,
        "not on the keeper's list",
        "list it with --service or SEALJAR_SERVICES",
    );

    // Deleted by hand, which the engine allows where no service has it.
    engine.docker(&["service", "rm", &ring.name]);
    engine.docker(&["secret", "rm", &now]);
    assert_eq!(ring.state().ring_secrets().count(), 0);
    ring.done(&["run", "--once"]);
    assert_eq!(State::objections(&ring), [""; 0]);
}

/// The last part: after it there is no swarm.
pub(crate) fn without_a_swarm(engine: &Engine) {
    engine.docker(&["swarm", "leave", "--force"]);
    let ring = Ring::named(engine, "nowhere");
    for order in [
        &["status"][..],
        &["run", "--once"],
        &[&["init"], TIMES].concat(),
    ] {
        let output = ring.prepare(order).output().unwrap();
        told(
            &output,
            4,
            "This node is not a swarm manager",
            "`docker swarm init`",
        );
    }
}

/// Runs what has to be refused, and sees that nothing of the ring is touched.
fn refused(ring: &Ring<'_>, mut command: Command, code: i32, what: &str, hint: &str) {
    let before = ring.state().versions();
    let output = command.output().unwrap();
    told(&output, code, what, hint);
    assert_eq!(ring.state().versions(), before, "{command:?}");
}

fn told(output: &std::process::Output, code: i32, what: &str, hint: &str) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{said}");
    let line = |word: &str, part: &str| {
        let mut lines = said.lines().filter_map(|it| it.strip_prefix(word));
        assert!(lines.any(|it| it.contains(part)), "no {word}{part}: {said}");
    };
    line("error: ", what);
    line("hint: ", hint);
}

fn variables(command: &Command) -> Vec<(String, String)> {
    let text = |it: &std::ffi::OsStr| it.to_string_lossy().into_owned();
    let set = command.get_envs();
    set.filter_map(|(name, value)| Some((text(name), text(value?))))
        .collect()
}

fn remove(config: &Value) {
    api::delete(&format!("/configs/{}", config["ID"].as_str().unwrap()));
}

/// Writes a label of the head by hand, or takes it away.
fn relabel(ring: &Ring<'_>, label: &str, value: Option<&str>) {
    let state = ring.state();
    let head = state.head().unwrap();
    let mut spec = head["Spec"].clone();
    match value {
        Some(value) => spec["Labels"][label] = json!(value),
        None => drop(spec["Labels"].as_object_mut().unwrap().remove(label)),
    }
    let (id, version) = (head["ID"].as_str().unwrap(), &head["Version"]["Index"]);
    api::post(&format!("/configs/{id}/update?version={version}"), &spec);
}
