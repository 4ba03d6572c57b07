//! Somebody has changed or removed the ring's configs. The keeper says what is wrong and what to
//! do, and does nothing.

use serde_json::{Value, json};

use crate::api;
use crate::engine::Engine;
use crate::refusals::refused;
use crate::ring::Ring;
use crate::state::State;

pub(crate) fn store(engine: &Engine) {
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
    // Somebody who can do that can write its digest, too.
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
