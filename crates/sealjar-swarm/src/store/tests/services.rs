//! Is a service given another secret and nothing else, and is its roll-out seen for what it is?

use super::*;
use crate::store::fleet::Running;
use crate::store::service::Service;
use sealjar_keeper::delivery::Trouble;

const OLD: &str = "sealjar.web.e6.0123abcd";
const NEW: &str = "sealjar.web.e7.0123abcd";

#[test]
fn a_service_gets_another_secret_and_keeps_all_else() {
    let told = service("shop", OLD, OLD);
    let given = Service::new(told.clone()).with_secret("session-ring", NEW, "new id");
    let mut expected = told["Spec"].clone();
    let mounted = &mut expected["TaskTemplate"]["ContainerSpec"]["Secrets"][1];
    mounted["SecretName"] = json!(NEW);
    mounted["SecretID"] = json!("new id");
    assert_eq!(given, expected);

    let labelled = Service::new(told.clone()).with_label("sealjar.revoked-in", "7");
    let mut expected = told["Spec"].clone();
    expected["Labels"] = json!({ "sealjar.revoked-in": "7" });
    assert_eq!(labelled, expected);
}

#[test]
fn each_state_of_a_roll_out_has_its_answer() {
    let secret = object(NEW, &json!({}), b"");
    let standing = |mounted: &str, update: Value| {
        let mut told = service("shop", mounted, OLD);
        told["UpdateStatus"] = update;
        let running = Running::new(vec![told], vec![], vec![]);
        let shop = running.service("shop").unwrap();
        store()
            .standing(shop, &secret, &running)
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
    let secret = object(NEW, &json!({}), b"");
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
        format!("{:?}", store().standing(shop, &secret, &running).unwrap())
    };
    assert_eq!(standing(OLD, "running"), "Updating");
    assert_eq!(standing(NEW, "running"), "Current");
    // It may run for long, on a node that is down, and must not keep the ring from the next
    // service.
    assert_eq!(standing(OLD, "shutdown"), "Current");
}

#[test]
fn a_service_without_the_ring_under_its_name_is_not_given_it() {
    let secret = object(NEW, &json!({}), b"");
    let mut told = service("shop", OLD, OLD);
    told["Spec"]["TaskTemplate"]["ContainerSpec"]["Secrets"][1]["File"]["Name"] = json!("other");
    let running = Running::new(vec![told], vec![], vec![]);
    let standing = store().standing(running.service("shop").unwrap(), &secret, &running);
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
