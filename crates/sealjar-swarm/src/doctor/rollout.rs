//! Does a service survive being replaced, one task after another, with nobody noticing?
//!
//! A rotation over Swarm is a rolling update, so that whatever makes those hurt makes rotations
//! hurt.

use serde_json::Value;

use crate::doctor::Finding;
use crate::doctor::facts::Facts;
use crate::doctor::service::{ServiceView, seconds};
use crate::doctor::traefik::poll_before;
use crate::store::pace;

pub(crate) fn health(facts: &Facts, service: &ServiceView<'_>) -> Option<Finding> {
    let own = &service.container()["Healthcheck"];
    let image = facts.images.get(service.image());
    let checked =
        checked(own).or_else(|| Some(checked(&image?["Config"]["Healthcheck"]) == Some(true)));
    match checked {
        Some(true) => None,
        Some(false) => Some(Finding::hurts(
            "it has no health check",
            "an update continues as soon as a process runs, before it serves, and ends replicas that do",
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
            "an update that fails continues",
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

pub(crate) fn back(facts: &Facts, service: &ServiceView<'_>) -> Option<Finding> {
    let back = service.rollback();
    let what = if back["Order"] != "start-first" {
        "a roll-back stops a replica before another one has started, which is Swarm's default"
            .into()
    } else {
        let delay = seconds(&back["Delay"]).unwrap_or(0);
        let poll = poll_before(facts, service)?;
        let short = delay < poll.as_secs().into() && facts.replicas_of(service) > 1;
        short.then(|| {
            format!("a roll-back waits {delay} s between replicas, and Traefik looks every {poll}")
        })?
    };
    Some(Finding::hurts(
        what,
        "visitors are refused while a roll-out that failed is undone",
        "set the `order`, `delay` and `parallelism` of `update_config` in `rollback_config` as well",
    ))
}

pub(crate) fn parallelism(facts: &Facts, service: &ServiceView<'_>) -> Option<Finding> {
    let replicas = facts.replicas_of(service);
    let update = service.update();
    let at_once = match update["Parallelism"].as_u64() {
        // Swarm takes 1 if the service has no `update_config`, and no limit if it has one without
        // this.
        None if update.is_null() => 1,
        None | Some(0) => replicas,
        Some(at_once) => at_once,
    };
    (replicas > 1 && at_once >= replicas && !service.is_hurried()).then(|| {
        Finding::hurts(
            format!("an update replaces all {replicas} replicas at once"),
            "whatever is wrong with it is wrong everywhere before anybody can see it",
            "set `update_config: parallelism: 1`",
        )
    })
}

pub(crate) fn pace(_: &Facts, service: &ServiceView<'_>) -> Option<Finding> {
    let overridden = pace::overridden(&service.described()["Spec"])?;
    let epoch = match overridden {
        Some(overridden) => format!("for epoch {}", overridden.epoch),
        None => format!("and its label {} cannot be read", pace::LABEL),
    };
    Some(Finding::note(
        format!("its delay and parallelism are overridden by `--fast` {epoch}"),
        "the next deployment rolls out as fast, unless a keeper puts them back first, which it does when \
         its roll-out is over",
        "if no roll-out is under way, start a keeper: `sealjar run --once`",
    ))
}

pub(crate) fn replicas(facts: &Facts, service: &ServiceView<'_>) -> Option<Finding> {
    let replicas = facts.replicas_of(service);
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::doctor::tests::{healthy, set};
    use crate::doctor::traefik;

    #[test]
    fn what_swarm_takes_where_nothing_is_said_is_what_is_judged() {
        let mut facts = healthy();
        set(&mut facts, "Spec/UpdateConfig", Value::Null);
        let service = ServiceView::new(&facts.services[0]);
        assert_eq!(parallelism(&facts, &service), None, "Swarm takes 1");
        for check in [order, failure, traefik::delay] {
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
