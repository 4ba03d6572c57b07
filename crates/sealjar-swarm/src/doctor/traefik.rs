//! Does Traefik lead to a service so that nobody notices when its replicas are replaced?

use sealjar_keeper::HumanDuration;

use crate::balancer;
use crate::doctor::Finding;
use crate::doctor::facts::Facts;
use crate::doctor::service::{ServiceView, seconds};

/// Returns how often the Traefik before a service looks which replicas there are, `None` if none
/// leads to them.
pub(crate) fn poll_before(facts: &Facts, service: &ServiceView<'_>) -> Option<HumanDuration> {
    let looks = balancer::leads_to_replicas_of(service.described());
    looks.then(|| poll(facts))
}

fn poll(facts: &Facts) -> HumanDuration {
    let asked = facts.subject.traefik_poll;
    asked.unwrap_or_else(|| balancer::poll(&facts.services))
}

pub(crate) fn route(_: &Facts, service: &ServiceView<'_>) -> Option<Finding> {
    const WHY: &str = "Traefik has no route to it, and visitors get 404";
    let of_traefik = |it: &(String, &str)| it.0.starts_with("traefik.");
    if !service.labels().any(|it| of_traefik(&it)) {
        return service
            .container_labels()
            .any(|it| of_traefik(&it))
            .then(|| {
                Finding::hurts(
                    "labels for Traefik are on its containers, where Traefik does not read them",
                    WHY,
                    "move them below `deploy: labels:`",
                )
            });
    }
    let has_port = service.labels().any(|(key, _)| {
        key.ends_with(".loadbalancer.server.port") || key.ends_with(".loadbalancer.server.url")
    });
    (service.behind_traefik() && !has_port).then(|| {
        Finding::hurts(
            "no label says which port it answers on, and Swarm does not tell Traefik",
            WHY,
            "add the label traefik.http.services.NAME.loadbalancer.server.port",
        )
    })
}

pub(crate) fn sticky(_: &Facts, service: &ServiceView<'_>) -> Option<Finding> {
    if !service.behind_traefik() || service.is_balanced_by_swarm() {
        return None;
    }
    let balancers: Vec<(String, &str)> = service
        .labels()
        .filter_map(|(key, value)| {
            let rest = key.strip_prefix("traefik.http.services.")?;
            let (name, option) = rest.split_once(".loadbalancer.")?;
            Some((format!("{name}.{option}"), value))
        })
        .collect();
    // It always leads a visitor's address to the same replica.
    let hashed = balancers.iter().find_map(|(key, value)| {
        let name = key.strip_suffix(".strategy")?;
        value
            .eq_ignore_ascii_case("hrw")
            .then_some((name, "strategy"))
    });
    let bound = || {
        let sticky = balancers.iter().filter_map(|(key, value)| {
            let (name, option) = key.split_once(".sticky")?;
            Some((name, option, *value))
        });
        let sticky: Vec<_> = sticky.collect();
        // Whatever the other labels say, `false` switches a service's sticky cookie off.
        let off = |name: &str| {
            let mut switches = sticky
                .iter()
                .filter(|it| it.0 == name && ["", ".cookie"].contains(&it.1));
            switches.any(|(.., value)| !value.eq_ignore_ascii_case("true"))
        };
        let mut names = sticky.iter().map(|it| it.0);
        names.find(|name| !off(name)).map(str::to_owned)
    };
    let (name, option) = match hashed {
        Some((name, option)) => (name.to_owned(), option),
        None => (bound()?, "sticky*"),
    };
    Some(Finding::hurts(
        format!("Traefik keeps each visitor of its service `{name}` on one replica"),
        "that hides that a replica lags until it dies, and loads replicas unevenly",
        format!("remove the labels traefik.http.services.{name}.loadbalancer.{option}"),
    ))
}

pub(crate) fn probe(_: &Facts, service: &ServiceView<'_>) -> Option<Finding> {
    let mut labels = service.labels();
    let is_asked = labels.any(|(key, _)| key.ends_with(".loadbalancer.healthcheck.path"));
    let on = service.behind_traefik() && !service.is_balanced_by_swarm();
    (on && !is_asked).then(|| {
        Finding::note(
            "Traefik does not ask its replicas whether they are well",
            "visitors are sent to a replica that hangs, and to one that stops until Traefik's next look",
            "add the label traefik.http.services.NAME.loadbalancer.healthcheck.path",
        )
    })
}

pub(crate) fn delay(facts: &Facts, service: &ServiceView<'_>) -> Option<Finding> {
    let delay = seconds(&service.update()["Delay"]).unwrap_or(0);
    let poll = poll_before(facts, service).filter(|_| !service.is_hurried())?;
    let short = delay < poll.as_secs().into();
    (short && facts.replicas_of(service) > 1).then(|| {
        Finding::hurts(
            format!("an update waits {delay} s between replicas, and Traefik looks every {poll}"),
            "replicas are ended before Traefik knows their successors, and visitors get 502",
            format!("set `update_config: delay: {}s`", poll.as_secs()),
        )
    })
}

pub(crate) fn grace(facts: &Facts, service: &ServiceView<'_>) -> Option<Finding> {
    let grace = seconds(&service.container()["StopGracePeriod"]).unwrap_or(DEFAULT_GRACE);
    if let Some(poll) = poll_before(facts, service)
        && grace <= poll.as_secs().into()
    {
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
            (json!({ "strategy": "HRW" }), true),
            (json!({ "strategy": "p2c" }), false),
            (json!({}), false),
        ] {
            let mut facts = healthy();
            for (key, value) in labels.as_object().unwrap() {
                let key = format!("Spec/Labels/traefik.http.services.shop.loadbalancer.{key}");
                set(&mut facts, &key, value.clone());
            }
            let found =
                |facts: &Facts| sticky(facts, &ServiceView::new(&facts.services[0])).is_some();
            assert_eq!(found(&facts), on, "{labels:?}");
            for (key, value) in [
                ("traefik.enable", "false"),
                ("traefik.swarm.lbswarm", "true"),
            ] {
                let before = facts.services[0]["Spec"]["Labels"].clone();
                set(&mut facts, &format!("Spec/Labels/{key}"), json!(value));
                assert!(!found(&facts), "{key} is {value}");
                set(&mut facts, "Spec/Labels", before);
            }
        }
    }

    #[test]
    fn labels_of_containers_are_none_that_traefik_reads() {
        let mut facts = healthy();
        let labels = facts.services[0]["Spec"]["Labels"].take();
        set(&mut facts, "Spec/Labels", json!({}));
        set(&mut facts, "Spec/TaskTemplate/ContainerSpec/Labels", labels);
        set(&mut facts, "Spec/UpdateConfig/Delay", json!(0));
        let service = ServiceView::new(&facts.services[0]);
        assert!(route(&facts, &service).is_some());
        for check in [sticky, probe, delay] {
            assert_eq!(check(&facts, &service), None);
        }
    }

    #[test]
    fn how_often_traefik_looks_is_read_from_its_own_service() {
        for (arguments, seconds) in [
            (json!(["--providers.swarm.refreshSeconds=2"]), 2),
            (json!(["--Providers.Swarm.RefreshSeconds=2s"]), 2),
            (
                json!([
                    "--providers.swarm=true",
                    "--providers.swarm.refreshseconds",
                    "60"
                ]),
                60,
            ),
            (json!(["--providers.swarm=true"]), 15),
            (json!(["--providers.docker.refreshSeconds=2"]), 15),
        ] {
            let mut facts = healthy();
            let args = "Spec/TaskTemplate/ContainerSpec/Args";
            crate::doctor::tests::put(&mut facts.services[1], args, arguments.clone());
            assert_eq!(
                poll(&facts),
                HumanDuration::from_secs(seconds),
                "{arguments}"
            );
            facts.subject.traefik_poll = Some(HumanDuration::from_secs(7));
            assert_eq!(
                poll(&facts),
                HumanDuration::from_secs(7),
                "what is asked is what counts"
            );
        }
        let mut facts = healthy();
        let env = json!(["TRAEFIK_PROVIDERS_SWARM_REFRESHSECONDS=3"]);
        let place = "Spec/TaskTemplate/ContainerSpec/Env";
        crate::doctor::tests::put(&mut facts.services[1], place, env);
        assert_eq!(poll(&facts), HumanDuration::from_secs(3));
    }
}
