//! Is a service given another secret and nothing else, and is its roll-out seen for what it is?

use super::*;
use crate::store::exports::Given;
use crate::store::fleet::Running;
use crate::store::head::HeadLabels;
use crate::store::publish::Standing;
use crate::store::service::{self, Service};
use sealjar_keeper::delivery::Trouble;

const OLD: &str = "sealjar.web.e6.0123abcd";
const NEW: &str = "sealjar.web.e7.0123abcd";

#[test]
fn a_service_gets_another_secret_and_keeps_all_else() {
    let told = service("shop", OLD, OLD);
    let new = object(NEW, &json!({}), b"");
    let given = Service::new(told.clone())
        .with_secrets(|target| (target == "session-ring").then_some(&new));
    let mut expected = told["Spec"].clone();
    let mounted = &mut expected["TaskTemplate"]["ContainerSpec"]["Secrets"][1];
    mounted["SecretName"] = json!(NEW);
    mounted["SecretID"] = json!(format!("id of {NEW}"));
    assert_eq!(given, expected);

    let labelled = Service::new(told.clone()).with_label("sealjar.revoked-in", "7");
    let mut expected = told["Spec"].clone();
    expected["Labels"] = json!({ "sealjar.revoked-in": "7" });
    assert_eq!(labelled, expected);
}

#[test]
fn each_state_of_a_roll_out_has_its_answer() {
    let given = Given::ring(object(NEW, &json!({}), b""));
    let standing = |mounted: &str, update: Value| {
        let mut told = service("shop", mounted, OLD);
        told["UpdateStatus"] = update;
        let running = Running::new(vec![told], vec![], vec![]);
        let shop = running.service("shop").unwrap();
        store()
            .standing(shop, &given, &running)
            .map(|it| format!("{it:?}"))
    };
    let at =
        |state: &str, began: &str| json!({ "State": state, "StartedAt": began, "Message": "m" });
    let (before, after) = ("2026-11-22T17:10:11.9Z", "2026-11-22T17:10:12.3Z");
    for (mounted, update, expected) in [
        (OLD, Value::Null, "Stale"),
        (OLD, at("completed", after), "Stale"),
        (OLD, at("updating", before), "Updating"),
        (OLD, at("rollback_started", after), "Updating"),
        // It went back before this secret was there: that was about something else.
        (OLD, at("rollback_completed", before), "Stale"),
        (NEW, Value::Null, "Current"),
        (NEW, at("completed", after), "Current"),
        (NEW, at("updating", after), "Updating"),
        (NEW, at("rollback_completed", after), "Current"),
    ] {
        assert_eq!(
            standing(mounted, update.clone()).unwrap(),
            expected,
            "{mounted} {update}"
        );
    }
    for (mounted, update) in [
        (OLD, at("paused", before)),
        (OLD, at("rollback_paused", before)),
        (OLD, at("rollback_completed", after)),
        (NEW, at("paused", after)),
        ("another", Value::Null),
    ] {
        let stopped = standing(mounted, update.clone());
        assert!(stopped.is_err(), "{mounted} {update}: {stopped:?}");
    }
}

#[test]
fn a_change_that_was_just_accepted_is_seen_by_replicas_that_are_not_told_to_end() {
    let given = Given::ring(object(NEW, &json!({}), b""));
    let standing = |held: &str, desired: &str| {
        let shop = service("shop", NEW, OLD);
        let task = json!({
            "ServiceID": shop["ID"],
            "Spec": template(held),
            "DesiredState": desired,
            "Status": { "State": "running" },
        });
        let running = Running::new(vec![shop], vec![task], vec![]);
        let shop = running.service("shop").unwrap();
        format!("{:?}", store().standing(shop, &given, &running).unwrap())
    };
    assert_eq!(standing(OLD, "running"), "Updating");
    assert_eq!(standing(NEW, "running"), "Current");
    // It may run for long, on a node that is down, and must not keep the ring from the next
    // service.
    assert_eq!(standing(OLD, "shutdown"), "Current");
}

#[test]
fn a_service_without_the_ring_under_its_name_is_not_given_it() {
    let given = Given::ring(object(NEW, &json!({}), b""));
    let mut told = service("shop", OLD, OLD);
    told["Spec"]["TaskTemplate"]["ContainerSpec"]["Secrets"][1]["File"]["Name"] = json!("other");
    let running = Running::new(vec![told], vec![], vec![]);
    let standing = store().standing(running.service("shop").unwrap(), &given, &running);
    assert!(
        matches!(&standing, Err(Trouble::NotMounted { .. })),
        "{standing:?}"
    );
}

#[test]
fn a_service_that_has_the_ring_and_is_not_listed_is_found() {
    let running =
        |name: &str, secret: &str| Running::new(vec![service(name, secret, OLD)], vec![], vec![]);
    let found = |running: &Running| {
        store()
            .unlisted_service(running)
            .map(|it| it.name().to_owned())
    };
    assert_eq!(found(&running("blog", OLD)), Some("blog".into()));
    assert_eq!(found(&running("shop", OLD)), None, "it is listed");
    assert_eq!(found(&running("blog", "sealjar.other.e7.0123abcd")), None);
    assert_eq!(found(&running("keeper", "sealjar.web.kek.0123abcd")), None);
}

/// An export of the epoch before, and of the head.
const EXPORTS: [&str; 2] = ["sealjar.web.x6.89abcdef", "sealjar.web.x7.89abcdef"];

/// A service with an export mounted, and the ring as well if one is named.
fn with_export(ring: Option<&str>, export: &str) -> Value {
    let mut told = service("shop", ring.unwrap_or(OLD), OLD);
    let mounted = &mut told["Spec"]["TaskTemplate"]["ContainerSpec"]["Secrets"];
    let as_export =
        json!({ "File": { "Name": "django.json" }, "SecretID": "x", "SecretName": export });
    mounted.as_array_mut().unwrap().push(as_export);
    if ring.is_none() {
        mounted.as_array_mut().unwrap().remove(1);
    }
    told
}

#[test]
fn a_service_gets_the_export_that_it_has_mounted_and_the_ring_with_it() {
    let exports = ["django:shop:django.json".parse().unwrap()];
    let store = store().exports(exports);
    let head = head_of_epoch_7();
    let name = store
        .names
        .export(7, head.digest, "django:shop:django.json");
    let secrets = [&head.blob, &name].map(|it| object(it, &json!({}), b""));
    let given = store.given_among(&head, secrets.into()).unwrap();
    for (ring, export, expected) in [
        (None, EXPORTS[0], "Stale"),
        (None, name.as_str(), "Current"),
        (Some(OLD), name.as_str(), "Stale"),
        (Some(head.blob.as_str()), EXPORTS[0], "Stale"),
        (Some(head.blob.as_str()), name.as_str(), "Current"),
    ] {
        let running = Running::new(vec![with_export(ring, export)], vec![], vec![]);
        let shop = running.service("shop").unwrap();
        let standing = store.standing(shop, &given, &running).unwrap();
        assert_eq!(format!("{standing:?}"), expected, "{ring:?} {export}");
        let changed = shop.with_secrets(|target| given.under(target));
        let mounted: Vec<_> = service::mounts(&changed["TaskTemplate"]).collect();
        assert!(mounted.contains(&("tls.key", "tls")), "{mounted:?}");
        assert!(mounted.contains(&("django.json", &name)), "{mounted:?}");
        assert_eq!(
            mounted.contains(&("session-ring", &head.blob)),
            ring.is_some()
        );
        // What it has of the earlier epoch is what it has.
        let fleet = running.fleet(&["shop".into()], &store.names);
        let expected = if standing == Standing::Current { 7 } else { 6 };
        assert_eq!(fleet.services[0].epoch, Some(expected), "{ring:?} {export}");
    }
    assert!(store.is_given(&head, &name) && !store.is_given(&head, EXPORTS[1]));
}

#[test]
fn an_export_that_no_keeper_makes_stops_the_ring() {
    let head = head_of_epoch_7();
    let given = Given::ring(object(&head.blob, &json!({}), b""));
    let running = Running::new(
        vec![with_export(Some(&head.blob), EXPORTS[0])],
        vec![],
        vec![],
    );
    let shop = running.service("shop").unwrap();
    let standing = store().standing(shop, &given, &running);
    assert!(
        matches!(&standing, Err(Trouble::NotExported { target }) if target == "django.json"),
        "{standing:?}"
    );
    // One that cannot be made now keeps nobody from the ring.
    let store = store().exports(["django:shop:django.json".parse().unwrap()]);
    let standing = store.standing(shop, &given, &running).unwrap();
    assert_eq!(standing, Standing::Current);
}

/// What the head of the seventh epoch says.
fn head_of_epoch_7() -> HeadLabels {
    let digest = Digest::of(b"blob");
    let blob = Names::of("web").epoch(7, digest);
    let labels = json!({
        "epoch": "7", "blob": blob, "sha256": digest.to_string(), "revoked-in": "1",
    });
    let head = object("sealjar.web.head", &labels, b"");
    HeadLabels::read(&head.labels).unwrap()
}
