//! Somebody has planted secrets under names like the ring's. The keeper goes by what they hold.

use serde_json::Value;

use crate::engine::Engine;
use crate::refusals::refused;
use crate::ring::{Ring, TIMES};
use crate::state::State;

pub(crate) fn secrets(engine: &Engine) {
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
