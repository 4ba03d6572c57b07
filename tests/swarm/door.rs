//! Does the door that Traefik asks the engine through let anybody write, or read a secret?
//!
//! HAProxy runs here with the configuration that `examples/swarm/stack.yml` gives it, before this
//! engine.

use std::fs;
use std::process::{Child, Command, Stdio};

use reqwest::{Client, Method, StatusCode};
use tokio::runtime::Runtime;

use crate::engine::{Engine, HOME, ROOT};
use crate::wait::wait_until;

pub(crate) fn lets_nobody_write(_: &Engine) {
    let given = format!("{ROOT}/examples/swarm/docker-api.cfg");
    assert_eq!(let_through(&given), READ);
    // The controls: a door that is wider lets through what it should not.
    for (from, to, more) in [
        ("METH_GET {", "TRUE {", "POST /networks"),
        ("tasks|", "tasks|secrets|", "GET /secrets"),
    ] {
        let spoiled = fs::read_to_string(&given).unwrap().replace(from, to);
        let place = format!("{HOME}/spoiled.cfg");
        fs::write(&place, spoiled).unwrap();
        assert!(let_through(&place).contains(&more), "{from} -> {to}");
    }
}

/// Returns which requests an engine behind a door of this configuration was asked.
fn let_through(configuration: &str) -> Vec<&'static str> {
    let _door = Door::open(configuration);
    let runtime = Runtime::new().unwrap();
    let all = READ.into_iter().chain(REFUSED);
    all.filter(|it| runtime.block_on(ask(it)) != Some(StatusCode::FORBIDDEN))
        .collect()
}

/// Asks the door, such as `GET /version`. `None`: nobody listens.
async fn ask(request: &str) -> Option<StatusCode> {
    let (method, path) = request.split_once(' ').unwrap();
    let method = Method::from_bytes(method.as_bytes()).unwrap();
    let client = Client::builder().no_proxy().build().unwrap();
    let asked = client.request(method, format!("http://127.0.0.1:2375{path}"));
    Some(asked.send().await.ok()?.status())
}

/// HAProxy, until it is dropped.
struct Door(Child);

impl Door {
    fn open(configuration: &str) -> Self {
        let mut open = Command::new("haproxy");
        // It prints each request that it denies.
        open.args(["-f", configuration]).stdout(Stdio::null());
        let door = Self(open.spawn().unwrap());
        let runtime = Runtime::new().unwrap();
        let answers = || runtime.block_on(ask(READ[0])) == Some(StatusCode::OK);
        wait_until(answers, || format!("{configuration}: no door opens"));
        door
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        _ = self.0.kill();
        _ = self.0.wait();
    }
}

/// What Traefik asks.
const READ: [&str; 8] = [
    "GET /_ping",
    "HEAD /_ping",
    "GET /version",
    "GET /v1.41/version",
    "GET /v1.41/services",
    "GET /v1.41/tasks?filters=%7B%7D",
    "GET /v1.41/networks?filters=%7B%22scope%22%3A%5B%22swarm%22%5D%7D",
    "GET /v1.41/nodes/0123456789abcdefghijklmno",
];

/// What nobody may ask.
const REFUSED: [&str; 15] = [
    "POST /networks",
    "POST /v1.41/services/create",
    "DELETE /v1.41/services/shop_web",
    "GET /secrets",
    "GET /v1.41/secrets",
    "GET /v1.41/configs",
    "GET /v1.41/swarm",
    "GET /v1.41/info",
    "GET /v1.41/containers/json",
    "GET /v1.41/nodes/a/update",
    "GET /v1.41/services/%2e%2e/secrets",
    "GET /version/v1.41/secrets",
    "GET /v1.41//secrets",
    "PUT /v1.41/services",
    "GET /session",
];
