//! What `examples/swarm/stack.yml` tells Traefik.

use serde_json::{Value, json};

pub(crate) fn retry() -> Value {
    let label = |name| label("middlewares.shop-retry.retry", name);
    let attempts: u32 = label("attempts").parse().unwrap();
    json!({ "attempts": attempts, "initialInterval": label("initialInterval") })
}

pub(crate) fn health_check() -> Value {
    let label = |name| label("services.shop.loadbalancer.healthcheck", name);
    json!({
        "path": label("path"),
        "interval": label("interval"),
        "timeout": label("timeout"),
    })
}

/// The option that says how long Traefik waits for a connection.
pub(crate) fn dial_timeout() -> &'static str {
    let mut options = FILE.lines().filter_map(|it| it.trim().strip_prefix("- "));
    options.find(|it| it.contains("dialTimeout=")).unwrap()
}

fn label(of: &str, name: &str) -> &'static str {
    let label = format!("traefik.http.{of}.{name}: ");
    let mut lines = FILE.lines().map(str::trim);
    let value = lines.find_map(|it| it.strip_prefix(&*label)).unwrap();
    value.trim_matches('"')
}

const FILE: &str = include_str!("../../examples/swarm/stack.yml");
