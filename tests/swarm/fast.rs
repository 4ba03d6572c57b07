//! Is a fast epoch fast, and is a service updated as before once it has it, even if the program is
//! killed in the middle?

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::engine::Engine;
use crate::faults::sealing_key;
use crate::order::Order;
use crate::ring::Ring;
use crate::wait::wait_until;

/// Four replicas, one after the other and with a minute between, take three minutes. The program
/// that does it is killed, and another one continues.
pub(crate) fn epochs_put_the_pace_back(engine: &Engine) {
    let ring = Ring::begin(engine, "fast", 4, &[]);
    let slow = [
        "--update-parallelism",
        "1",
        "--update-delay",
        "60s",
        "--update-order",
        "start-first",
    ];
    assert!(ring.update(&slow).status.success());
    let spec = || inspect(&ring);
    let before = spec()["UpdateConfig"].clone();
    assert_eq!(before["Delay"], json!(60_000_000_000_u64));

    let begun = Instant::now();
    let order = Order::begin(ring.prepare(&["revoke", &sealing_key(&ring), "--yes", "--fast"]));
    wait_until(
        || spec()["Labels"]["sealjar.pace"].is_string(),
        || spec().to_string(),
    );
    drop(order);
    let overridden = spec()["UpdateConfig"].clone();
    assert_eq!(overridden["Parallelism"], 2, "{overridden}");
    assert_eq!(overridden["Delay"].as_u64().unwrap_or(0), 0, "{overridden}");

    ring.done(&["run", "--once"]);
    let took = begun.elapsed();
    assert!(took < Duration::from_secs(60), "{took:?}");
    let secret = ring.state().label("secret");
    // Replicas that have to end may serve on for a moment.
    wait_until(
        || ring.state().held().iter().all(|it| *it == secret),
        || format!("{:?}", ring.state()),
    );
    assert_eq!(spec()["UpdateConfig"], before);
    assert_eq!(spec()["Labels"].get("sealjar.pace"), None, "{}", spec());

    // What is left of it does not hurry the next epoch.
    let _order = Order::begin(ring.prepare(&["rotate", "--force", "--yes"]));
    let first = secret;
    wait_until(|| mounted(&spec()) != first, || spec().to_string());
    assert_eq!(spec()["UpdateConfig"], before);
}

fn inspect(ring: &Ring<'_>) -> Value {
    let inspect = ["service", "inspect", "-f", "{{json .Spec}}", &ring.name];
    serde_json::from_str(&ring.engine.docker(&inspect)).unwrap()
}

fn mounted(spec: &Value) -> String {
    let secret = &spec["TaskTemplate"]["ContainerSpec"]["Secrets"][0]["SecretName"];
    secret.as_str().unwrap().into()
}
