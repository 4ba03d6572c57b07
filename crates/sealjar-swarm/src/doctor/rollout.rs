//! Does a service survive being replaced, one task after another, with nobody noticing?
//!
//! A rotation over Swarm is a rolling update, so that whatever makes those hurt makes rotations hurt.

use serde_json::Value;

use crate::doctor::Finding;
use crate::doctor::facts::Facts;
use crate::doctor::service::ServiceView;

pub(crate) fn sticky(_: &Facts, service: &ServiceView<'_>) -> Option<Finding> {
    let sticky: Vec<(String, &str)> = service
        .labels()
        .filter_map(|(key, value)| {
            let rest = key.strip_prefix("traefik.http.services.")?;
            let (name, option) = rest.split_once(".loadbalancer.sticky")?;
            Some((format!("{name}{option}"), value))
        })
        .collect();
    // Whatever stands beside it, `false` switches a service's sticky cookie off.
    let off = |name: &str| {
        let off = |option: &str| {
            let key = format!("{name}{option}");
            let mut switches = sticky.iter().filter(|(it, _)| *it == key);
            switches.any(|(_, value)| !value.eq_ignore_ascii_case("true"))
        };
        off("") || off(".cookie")
    };
    let on = sticky.iter().map(|(key, _)| key.split('.').next());
    let on = on.flatten().find(|name| !off(name))?;
    (service.behind_traefik()).then(|| {
        Finding::hurts(
            format!("Traefik keeps each visitor of its service `{on}` on one replica"),
            "sticky cookies hide that a replica lags until it dies, and load replicas unevenly",
            format!("remove the labels traefik.http.services.{on}.loadbalancer.sticky*"),
        )
    })
}

pub(crate) fn health(facts: &Facts, service: &ServiceView<'_>) -> Option<Finding> {
    let own = &service.container()["Healthcheck"];
    let image = facts.images.get(service.image());
    let checked =
        checked(own).or_else(|| Some(checked(&image?["Config"]["Healthcheck"]) == Some(true)));
    match checked {
        Some(true) => None,
        Some(false) => Some(Finding::hurts(
            "it has no health check",
            "an update goes on as soon as a process runs, before it serves, and ends replicas that do",
            "give it one, such as `healthcheck: test: [\"CMD\", \"/axum-ssr\", \"--health\"]`",
        )),
        None => Some(Finding::note(
            format!(
                "whether it has a health check cannot be told: {} is not on this node",
                service.image()
            ),
            "without one an update ends replicas that serve before their successors do",
            "run this on a node that has the image, or write `healthcheck` into the stack file",
        )),
    }
}

pub(crate) fn failure(_: &Facts, service: &ServiceView<'_>) -> Option<Finding> {
    const FIX: &str = "set `update_config: failure_action: rollback`";
    match service.update()["FailureAction"].as_str() {
        Some("rollback") => None,
        Some("continue") => Some(Finding::hurts(
            "an update that fails goes on",
            "a build or a ring that no replica can start with replaces all that serve",
            FIX,
        )),
        _ => Some(Finding::hurts(
            "an update that fails is paused, which is Swarm's default",
            "replicas of two versions stay beside each other, and no key is rotated, until a person comes",
            FIX,
        )),
    }
}

pub(crate) fn order(_: &Facts, service: &ServiceView<'_>) -> Option<Finding> {
    (service.update()["Order"] != "start-first").then(|| {
        Finding::hurts(
            "an update stops a replica before another one has started, which is Swarm's default",
            "there is one replica less for as long as that takes, at each rotation",
            "set `update_config: order: start-first`",
        )
    })
}

pub(crate) fn parallelism(facts: &Facts, service: &ServiceView<'_>) -> Option<Finding> {
    let replicas = service.replicas(facts);
    let update = service.update();
    let at_once = match update["Parallelism"].as_u64() {
        // Swarm takes 1 where nothing is said of updates, and no limit where something else is.
        None if update.is_null() => 1,
        None | Some(0) => replicas,
        Some(at_once) => at_once,
    };
    (replicas > 1 && at_once >= replicas).then(|| {
        Finding::hurts(
            format!("an update replaces all {replicas} replicas at once"),
            "whatever is wrong with it is wrong everywhere before anybody can see it",
            "set `update_config: parallelism: 1`",
        )
    })
}

pub(crate) fn delay(facts: &Facts, service: &ServiceView<'_>) -> Option<Finding> {
    let delay = seconds(&service.update()["Delay"]).unwrap_or(0);
    let poll = facts.subject.traefik_poll;
    let short = delay < poll.as_secs().into();
    (short && service.behind_traefik() && service.replicas(facts) > 1).then(|| {
        Finding::hurts(
            format!("an update waits {delay} s between replicas, and Traefik looks every {poll}"),
            "replicas are ended before Traefik knows their successors, and visitors get 502",
            format!("set `update_config: delay: {}s`", poll.as_secs()),
        )
    })
}

pub(crate) fn grace(facts: &Facts, service: &ServiceView<'_>) -> Option<Finding> {
    let grace = seconds(&service.container()["StopGracePeriod"]).unwrap_or(DEFAULT_GRACE);
    let poll = facts.subject.traefik_poll;
    if service.behind_traefik() && grace <= poll.as_secs().into() {
        return Some(Finding::hurts(
            format!("a replica has {grace} s to stop, and Traefik looks every {poll}"),
            "Traefik sends visitors to a replica that is gone, and they get 502",
            format!(
                "set `stop_grace_period: {}s`, and let the app serve on for {poll} after SIGTERM",
                poll.as_secs().saturating_mul(2)
            ),
        ));
    }
    (grace < DEFAULT_GRACE).then(|| {
        Finding::note(
            format!("a replica has {grace} s to stop"),
            "requests that take longer are cut off at each rotation",
            "set `stop_grace_period: 30s`, unless all answers are fast",
        )
    })
}

pub(crate) fn replicas(facts: &Facts, service: &ServiceView<'_>) -> Option<Finding> {
    let replicas = service.replicas(facts);
    (replicas < 2).then(|| {
        Finding::note(
            format!(
                "it has {}",
                if replicas == 0 {
                    "no replica"
                } else {
                    "one replica"
                }
            ),
            "nobody serves when the node it is on fails",
            "set `replicas: 2` or more: with sealed sessions visitors need not stay on one",
        )
    })
}

/// Returns whether there is a health check, `None` where it is as in the image.
fn checked(healthcheck: &Value) -> Option<bool> {
    let test = healthcheck["Test"].as_array()?.first()?;
    Some(test != "NONE")
}

/// Reads a length of time, which the engine writes in nanoseconds.
fn seconds(value: &Value) -> Option<u64> {
    Some(value.as_u64()? / 1_000_000_000)
}

/// Docker's own.
const DEFAULT_GRACE: u64 = 10;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::doctor::tests::{healthy, set};

    #[test]
    fn a_sticky_cookie_is_on_unless_its_labels_or_traefik_are_switched_off() {
        for (labels, on) in [
            (json!({ "sticky.cookie": "true" }), true),
            (json!({ "sticky": "true" }), true),
            (json!({ "Sticky.Cookie.Name": "lb" }), true),
            (json!({ "sticky.cookie": "false" }), false),
            (
                json!({ "sticky": "false", "sticky.cookie.name": "lb" }),
                false,
            ),
            (
                json!({ "sticky.cookie": "False", "sticky.cookie.secure": "true" }),
                false,
            ),
            (json!({ "server.port": "3000" }), false),
        ] {
            for place in ["Spec/Labels", "Spec/TaskTemplate/ContainerSpec/Labels"] {
                let mut facts = healthy();
                set(
                    &mut facts,
                    "Spec/Labels",
                    json!({ "traefik.enable": "true" }),
                );
                let labels = labels.as_object().unwrap().iter().map(|(key, value)| {
                    (
                        format!("traefik.http.services.shop.loadbalancer.{key}"),
                        value.clone(),
                    )
                });
                let labels: serde_json::Map<_, _> = labels.collect();
                set(&mut facts, place, labels.clone().into());
                let found =
                    |facts: &Facts| sticky(facts, &ServiceView::new(&facts.services[0])).is_some();
                assert_eq!(found(&facts), on, "{labels:?} in {place}");
                set(&mut facts, "Spec/Labels/traefik.enable", json!("false"));
                assert!(!found(&facts), "Traefik passes it by");
            }
        }
    }

    #[test]
    fn what_swarm_takes_where_nothing_is_said_is_what_is_judged() {
        let mut facts = healthy();
        set(&mut facts, "Spec/UpdateConfig", Value::Null);
        let service = ServiceView::new(&facts.services[0]);
        assert_eq!(parallelism(&facts, &service), None, "Swarm takes 1");
        for check in [order, failure, delay] {
            assert!(check(&facts, &service).is_some());
        }
        set(
            &mut facts,
            "Spec/UpdateConfig",
            json!({ "Order": "start-first" }),
        );
        let service = ServiceView::new(&facts.services[0]);
        assert!(parallelism(&facts, &service).is_some(), "Swarm takes all");
    }

    #[test]
    fn a_service_on_each_node_has_as_many_replicas_as_run() {
        let mut facts = healthy();
        set(&mut facts, "Spec/Mode", json!({ "Global": {} }));
        set(&mut facts, "Spec/UpdateConfig/Parallelism", json!(3));
        let at_once = |facts: &Facts| parallelism(facts, &ServiceView::new(&facts.services[0]));
        assert!(at_once(&facts).is_some());
        set(&mut facts, "Spec/UpdateConfig/Parallelism", json!(2));
        assert_eq!(at_once(&facts), None);
    }
}
