//! Does every task count that may serve visitors, with what it was started with?

use super::*;
use crate::store::fleet::Running;

/// A task of the shop with the ring of an epoch.
fn task(slot: u64, epoch: u64, state: &str, node: &str) -> Value {
    json!({
        "ServiceID": "id of shop",
        "Slot": slot,
        "NodeID": node,
        "DesiredState": "shutdown",
        "Spec": template(&format!("sealjar.web.e{epoch}.0123abcd")),
        "Status": { "State": state },
    })
}

fn running(tasks: Vec<Value>) -> Running {
    let node = json!({ "ID": "n1", "Description": { "Hostname": "alpha" }, "Status": { "State": "down" } });
    let shop = service("shop", "sealjar.web.e7.0123abcd", "sealjar.web.e6.0123abcd");
    Running::new(vec![shop], tasks, vec![node])
}

#[test]
fn a_task_counts_until_its_state_is_an_end_whatever_is_wanted_of_it() {
    let counted = |state: &str, node: &str| {
        let running = running(vec![task(1, 6, state, node)]);
        let fleet = running.fleet(&["shop".into()], &Names::of("web"));
        let replicas: Vec<u64> = fleet.replicas().map(|it| it.epoch).collect();
        replicas == [6]
    };
    for state in [
        "new",
        "allocated",
        "pending",
        "assigned",
        "accepted",
        "preparing",
        "ready",
        "starting",
        "running",
    ] {
        assert!(counted(state, "n1"), "{state}");
    }
    for state in ["complete", "shutdown", "failed", "rejected", "remove"] {
        assert!(!counted(state, "n1"), "{state}");
    }
    assert!(counted("orphaned", "n1"), "its node may come back with it");
    assert!(!counted("orphaned", "n2"), "its node was removed");
}

#[test]
fn replicas_of_a_service_that_was_removed_count_while_they_serve_on() {
    let of = |service: &str, state: &str, epoch: u64| {
        let mut task = task(1, epoch, state, "n1");
        task["ServiceID"] = json!(service);
        task
    };
    let left_over = |task: Value| {
        let left_over = running(vec![task]).left_over(&Names::of("web"));
        left_over.map(|it| it.replicas[0].epoch)
    };
    assert_eq!(left_over(of("gone", "running", 6)), Some(6));
    assert_eq!(left_over(of("gone", "shutdown", 6)), None);
    assert_eq!(
        left_over(of("id of shop", "running", 6)),
        None,
        "it is there"
    );
    let mut bare = of("gone", "running", 6);
    bare["Spec"] = json!({ "ContainerSpec": {} });
    assert_eq!(left_over(bare), None, "it has no ring");
}

#[test]
fn the_last_end_is_that_of_a_replica_with_an_earlier_epoch_that_has_ended() {
    let ended = |epoch: u64, state: &str, time: &str| {
        let mut task = task(1, epoch, state, "n1");
        task["Status"]["Timestamp"] = json!(time);
        task
    };
    let running = running(vec![
        ended(6, "shutdown", "2026-11-22T05:00:07.9Z"),
        ended(5, "failed", "2026-11-22T05:00:03Z"),
        // One that serves on, and one that had the ring.
        ended(6, "running", "2026-11-22T05:00:08Z"),
        ended(7, "shutdown", "2026-11-22T05:00:09Z"),
    ]);
    let last_end = |services: &[String]| running.fleet(services, &Names::of("web")).last_end;
    let last = last_end(&["shop".into()]).map(|it| it.to_string());
    assert_eq!(last.as_deref(), Some("2026-11-22T05:00:07Z"));
    assert_eq!(last_end(&["blog".into()]), None);
}

#[test]
fn replicas_are_named_by_place_and_hold_what_they_were_started_with() {
    let mut bare = task(3, 7, "running", "n1");
    bare["Spec"] = json!({ "ContainerSpec": {} });
    let mut of_another = task(4, 5, "running", "n1");
    of_another["ServiceID"] = json!("id of blog");
    let running = running(vec![
        task(2, 7, "running", "n1"),
        bare,
        task(1, 6, "running", "n2"),
        of_another,
    ]);
    let fleet = running.fleet(&["shop".into(), "gone".into()], &Names::of("web"));
    let told: Vec<_> = fleet
        .replicas()
        .map(|it| (it.name.as_str(), it.node.as_str(), it.epoch))
        .collect();
    assert_eq!(
        told,
        [
            ("shop.1", "n2", 6),
            ("shop.2", "alpha", 7),
            ("shop.3", "alpha", 0)
        ]
    );
    assert_eq!(fleet.services[0].epoch, Some(7));
    assert_eq!(
        (fleet.services[1].epoch, fleet.services[1].replicas.len()),
        (None, 0)
    );
}

#[test]
fn the_node_of_each_keeper_is_told_by_the_key_that_it_has() {
    let mut keeper = task(1, 7, "running", "n1");
    keeper["ServiceID"] = json!("id of keeper");
    keeper["Spec"] = json!({ "ContainerSpec": { "Secrets": [
        { "File": { "Name": "sealjar.web.kek.0123abcd" }, "SecretName": "sealjar.web.kek.0123abcd" },
    ]}});
    let mut ended = keeper.clone();
    ended["Status"]["State"] = json!("shutdown");
    let mut of_another_ring = keeper.clone();
    let name = "sealjar.blog.kek.0123abcd";
    of_another_ring["Spec"]["ContainerSpec"]["Secrets"][0]["SecretName"] = json!(name);
    let shop = task(1, 7, "running", "n1");
    let running = running(vec![keeper, ended, of_another_ring, shop]);
    let fleet = running.fleet(&["shop".into()], &Names::of("web"));
    let keepers: Vec<_> = fleet.keepers.iter().map(|it| it.node.as_str()).collect();
    assert_eq!(keepers, ["alpha"]);
}
