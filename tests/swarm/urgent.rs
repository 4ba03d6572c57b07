//! Does a revocation reach the services beside one whose roll-out is stuck?

use std::process::Command;

use crate::engine::Engine;
use crate::faults::sealing_key;
use crate::images::IN_MEMORY;
use crate::order::Order;
use crate::ring::Ring;
use crate::wait::wait_until;

/// A rotation waits for the first service; a revocation waits for nobody.
pub(crate) fn waits_for_nobody(engine: &Engine) {
    let ring = Ring::begin(engine, "urgent", 1, &[]);
    let beside = Beside::start(&ring);
    // No node is like that, so that the new replica is never placed, and the old one stays.
    let nowhere = [
        "--update-order",
        "start-first",
        "--constraint-add",
        "node.labels.nowhere==yes",
    ];
    assert!(ring.update(&nowhere).status.success());
    let first = ring.state().label("secret");

    let rotating = Order::begin(both(&ring, &["rotate"]));
    wait_until(
        || ring.state().label("secret") != first && waits(&ring),
        || format!("{:?}", ring.state()),
    );
    assert_eq!(
        beside.mounted(),
        first,
        "a rotation goes from one to the next"
    );
    drop(rotating);

    let revoking = Order::begin(both(&ring, &["revoke", &sealing_key(&ring), "--yes"]));
    wait_until(
        || beside.mounted() == ring.state().label("secret"),
        || format!("{:?}", ring.state()),
    );
    assert_ne!(beside.mounted(), first);
    drop(revoking);
}

/// Whether a keeper has come to what it waits for.
fn waits(ring: &Ring<'_>) -> bool {
    let mut status = both(ring, &["status", "--json"]);
    let said = status.output().unwrap().stdout;
    let status: serde_json::Value = serde_json::from_slice(&said).unwrap();
    let head = ring.state().label("secret");
    ring.state().ring_secrets().any(|it| it == head) && status["services"][1]["name"] == BESIDE
}

/// Prepares `sealjar` for both services.
fn both(ring: &Ring<'_>, arguments: &[&str]) -> Command {
    let mut command = ring.prepare(arguments);
    command.env("SEALJAR_SERVICES", format!("{},{BESIDE}", ring.name));
    command
}

/// A second service of a ring, listed after the first.
struct Beside<'a>(&'a Engine);

impl<'a> Beside<'a> {
    fn start(ring: &Ring<'a>) -> Self {
        let secret = ring.state().label("secret");
        let secret = format!("source={secret},target=session-ring");
        let create = [
            "service",
            "create",
            "--detach",
            "--no-resolve-image",
            "--name",
            BESIDE,
        ];
        let options = ["--secret", &secret, "--replicas", "0", IN_MEMORY.name];
        ring.engine.docker(&[&create[..], &options].concat());
        Self(ring.engine)
    }

    /// Returns the secret that a replica would get.
    fn mounted(&self) -> String {
        let secret = "{{(index .Spec.TaskTemplate.ContainerSpec.Secrets 0).SecretName}}";
        self.0.docker(&["service", "inspect", "-f", secret, BESIDE])
    }
}

impl Drop for Beside<'_> {
    fn drop(&mut self) {
        self.0.ask(&["service", "rm", BESIDE]);
    }
}

const BESIDE: &str = "urgent-beside";
