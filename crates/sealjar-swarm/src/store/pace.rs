//! How fast are the replicas of a service replaced, and how is that overridden for one epoch?
//!
//! The change that overrides the pace also writes the former one into a label. So if the program
//! dies in the middle, the service says how it was, and the next turn of any keeper puts it back.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use sealjar_keeper::delivery::Pace;

/// The label of a service whose pace is overridden.
pub(crate) const LABEL: &str = "sealjar.pace";

/// What was overridden, as the label says it.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct Overridden {
    /// For which epoch.
    pub(crate) epoch: u64,
    /// How many replicas are replaced at once now.
    at_once: u64,
    /// What the service said before: how many at once, and the delay between them in nanoseconds.
    /// `None`: it said nothing about updates.
    before: Option<(Option<u64>, Option<u64>)>,
}

/// Reads what was overridden in a service's spec, `None` if nothing was. A label that cannot be
/// read says that something was, and not what.
pub(crate) fn overridden(spec: &Value) -> Option<Option<Overridden>> {
    let label = spec["Labels"][LABEL].as_str()?;
    Some(serde_json::from_str(label).ok())
}

/// Lets half of the replicas be replaced at once, and the next half without a delay. Continues from
/// what is overridden already.
pub(super) fn hurry(spec: &mut Value, epoch: u64, replicas: u64) {
    let update = &spec["UpdateConfig"];
    let now = update.is_object().then(|| {
        let parallelism = update["Parallelism"].as_u64();
        (parallelism, update["Delay"].as_u64())
    });
    let before = match overridden(spec) {
        Some(Some(earlier)) => earlier.before,
        _ => now,
    };
    let at_once = match now.map_or(Some(1), |(parallelism, _)| parallelism) {
        // Swarm's word for all of them.
        None | Some(0) => 0,
        Some(at_once) => at_once.max(replicas.div_ceil(2)),
    };
    let record = Overridden {
        epoch,
        at_once,
        before,
    };
    if !spec["UpdateConfig"].is_object() {
        spec["UpdateConfig"] = json!({});
    }
    spec["UpdateConfig"]["Parallelism"] = json!(at_once);
    spec["UpdateConfig"]["Delay"] = json!(0);
    if !spec["Labels"].is_object() {
        spec["Labels"] = json!({});
    }
    spec["Labels"][LABEL] = json!(json!(record).to_string());
}

/// Puts back what was overridden, and returns whether anything was. What somebody else has changed
/// since stays as they changed it.
pub(super) fn put_back(spec: &mut Value) -> bool {
    let Some(record) = overridden(spec) else {
        return false;
    };
    if let Some(labels) = spec["Labels"].as_object_mut() {
        labels.remove(LABEL);
    }
    let update = &spec["UpdateConfig"];
    let is_as_left = |record: &Overridden| {
        update["Parallelism"].as_u64().unwrap_or(0) == record.at_once
            && update["Delay"].as_u64().unwrap_or(0) == 0
    };
    match record.filter(is_as_left).map(|record| record.before) {
        None => {}
        Some(None) => spec["UpdateConfig"] = Value::Null,
        Some(Some((parallelism, delay))) => {
            if let Some(update) = spec["UpdateConfig"].as_object_mut() {
                for (name, value) in [("Parallelism", parallelism), ("Delay", delay)] {
                    match value {
                        Some(value) => _ = update.insert(name.into(), json!(value)),
                        None => _ = update.remove(name),
                    }
                }
            }
        }
    }
    true
}

/// Reads from a service's spec how fast its replicas are replaced. `poll` is the interval at which
/// the Traefik in front of it looks at the swarm, in seconds.
pub(super) fn of(spec: &Value, poll: Option<u32>) -> Pace {
    let update = &spec["UpdateConfig"];
    let seconds = |nanoseconds: &Value, default: u32| {
        let nanoseconds = nanoseconds.as_u64();
        nanoseconds.map_or(default, |it| {
            u32::try_from(it.div_ceil(NANOSECONDS)).unwrap_or(u32::MAX)
        })
    };
    let health = &spec["TaskTemplate"]["ContainerSpec"]["Healthcheck"];
    let at_once = match update["Parallelism"].as_u64() {
        None if !update.is_object() => 1,
        at_once => at_once.unwrap_or(0),
    };
    Pace {
        at_once: u32::try_from(at_once).unwrap_or(u32::MAX),
        delay: seconds(&update["Delay"], 0),
        monitor: seconds(&update["Monitor"], DEFAULT_MONITOR),
        health_interval: match health["Test"].as_array() {
            Some(_) => seconds(&health["Interval"], DEFAULT_HEALTH_INTERVAL),
            None => 0,
        },
        balancer_poll: poll.unwrap_or(0),
    }
}

const NANOSECONDS: u64 = 1_000_000_000;
/// Swarm's own, in seconds.
const DEFAULT_MONITOR: u32 = 5;
/// Docker's own, in seconds.
const DEFAULT_HEALTH_INTERVAL: u32 = 30;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_overridden_comes_back_as_it_was_whatever_it_was() {
        for update in [
            Value::Null,
            json!({ "Parallelism": 1, "Delay": 4_000_000_000_u64, "Order": "start-first" }),
            json!({ "Parallelism": 2, "Monitor": 5 }),
            json!({ "Parallelism": 0, "Delay": 7 }),
            json!({ "Order": "start-first" }),
        ] {
            for labels in [json!({}), json!({ "traefik.enable": "true" })] {
                let told = json!({ "Labels": labels, "UpdateConfig": update });
                let mut spec = told.clone();
                assert!(!put_back(&mut spec), "nothing is overridden");
                hurry(&mut spec, 7, 10);
                assert_eq!(spec["UpdateConfig"]["Delay"], 0);
                assert_eq!(overridden(&spec).unwrap().unwrap().epoch, 7);
                // Another epoch in the middle of this one.
                hurry(&mut spec, 8, 10);
                // Docker does not tell a delay of nothing.
                let update_config = spec["UpdateConfig"].as_object_mut().unwrap();
                update_config.remove("Delay");
                assert!(put_back(&mut spec));
                assert_eq!(spec, told);
            }
        }
    }

    #[test]
    fn half_of_the_replicas_go_at_once_and_never_fewer_than_before() {
        for (parallelism, replicas, at_once) in
            [(1, 10, 5), (1, 3, 2), (1, 1, 1), (4, 5, 4), (0, 5, 0)]
        {
            let mut spec = json!({ "UpdateConfig": { "Parallelism": parallelism } });
            hurry(&mut spec, 7, replicas);
            assert_eq!(spec["UpdateConfig"]["Parallelism"], at_once, "{replicas}");
        }
    }

    #[test]
    fn what_somebody_changed_meanwhile_stays() {
        let mut spec = json!({ "UpdateConfig": { "Parallelism": 1, "Delay": 5 } });
        hurry(&mut spec, 7, 10);
        spec["UpdateConfig"]["Delay"] = json!(9);
        assert!(put_back(&mut spec));
        let stays = json!({ "Labels": {}, "UpdateConfig": { "Parallelism": 5, "Delay": 9 } });
        assert_eq!(spec, stays);
        // A record that cannot be read goes, and nothing is put in its place.
        let mut spec = json!({ "Labels": { LABEL: "x" }, "UpdateConfig": { "Parallelism": 5 } });
        assert!(put_back(&mut spec));
        let stays = json!({ "Labels": {}, "UpdateConfig": { "Parallelism": 5 } });
        assert_eq!(spec, stays);
    }
}
