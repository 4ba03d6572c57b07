//! The recorded facts are of a real engine, cut down to what is looked at.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::*;
use crate::store::names::Names;
use sealjar_keeper::HumanDuration;

/// Three managers on their own clocks, one service behind Traefik in the middle of its life.
pub(super) fn healthy() -> Facts {
    let mut recorded: Value = serde_json::from_str(include_str!("recorded/healthy.json")).unwrap();
    let list = |value: Value| serde_json::from_value(value).unwrap();
    let asked = sealjar::Timestamp::from_unix(RECORDED).unwrap();
    Facts {
        subject: Target {
            ring: "web".into(),
            services: vec!["shop_web".into()],
            skew: HumanDuration::from_secs(30),
            traefik_poll: None,
        },
        names: Names::of("web"),
        info: recorded["info"].take(),
        nodes: list(recorded["nodes"].take()),
        services: list(recorded["services"].take()),
        tasks: list(recorded["tasks"].take()),
        images: serde_json::from_value(recorded["images"].take()).unwrap(),
        secrets: serde_json::from_value(recorded["secrets"].take()).unwrap(),
        head: serde_json::from_value(recorded["head"].take()).unwrap(),
        asked: (asked, asked),
    }
}

/// Three other nodes, where birch's clock is 45 s ahead and cedar's 45 s behind.
pub(super) fn skewed() -> Facts {
    let mut skewed = healthy();
    let mut recorded: Value = serde_json::from_str(include_str!("recorded/clocks.json")).unwrap();
    skewed.nodes = serde_json::from_value(recorded["nodes"].take()).unwrap();
    skewed.tasks = serde_json::from_value(recorded["tasks"].take()).unwrap();
    skewed
}

/// Changes what the engine says of the one service.
pub(super) fn set(facts: &mut Facts, path: &str, value: Value) {
    put(&mut facts.services[0], path, value);
}

pub(super) fn put(at: &mut Value, path: &str, value: Value) {
    let mut at = at;
    for step in path.split('/') {
        at = match step.parse::<usize>() {
            Ok(index) => &mut at[index],
            Err(_) => &mut at[step],
        };
    }
    *at = value;
}

pub(super) fn examine(facts: &Facts) -> Vec<Finding> {
    CHECKS.iter().flat_map(|check| check.run(facts)).collect()
}

#[test]
fn nothing_is_found_where_all_is_well() {
    assert_eq!(examine(&healthy()), []);
}

#[test]
fn each_fault_is_found_by_the_check_it_is_about_and_by_no_other() {
    for (at, (check, weight, breaks)) in FAULTS.iter().enumerate() {
        let mut facts = healthy();
        breaks(&mut facts);
        let found = examine(&facts);
        let about = found.iter().map(|it| (it.check, it.weight));
        let about: BTreeSet<_> = about.map(|it| format!("{it:?}")).collect();
        let expected = BTreeSet::from([format!("{:?}", (*check, *weight))]);
        assert_eq!(about, expected, "fault {at}: {found:#?}");
    }
    let broken: BTreeSet<&str> = FAULTS.iter().map(|(check, ..)| *check).collect();
    let all: BTreeSet<&str> = CHECKS.iter().map(|check| check.name).collect();
    assert_eq!(broken, all, "each check has a fault that it finds");
}

#[test]
fn what_is_other_peoples_secret_stays_so() {
    for (_, _, breaks) in FAULTS {
        let mut told = healthy();
        breaks(&mut told);
        set(
            &mut told,
            &format!("{CONTAINER}/Env"),
            json!(["PASSWORD=hunter2"]),
        );
        set(
            &mut told,
            "Spec/Labels/traefik.http.middlewares.a.basicauth.users",
            json!("hunter2"),
        );
        let said = format!("{:?} {told:?}", examine(&told));
        assert!(!said.contains("hunter2"), "{said}");
    }
}

/// One way to break what is well.
type Fault = (&'static str, Weight, fn(&mut Facts));

const FAULTS: &[Fault] = &[
    ("begun", Weight::Note, |facts| facts.head = None),
    ("begun", Weight::Note, |facts| {
        facts.subject.services.clear()
    }),
    ("listed", Weight::Hurts, |facts| {
        facts.subject.services.push("web".into());
    }),
    ("listed", Weight::Hurts, |facts| {
        let mut another = facts.services[0].clone();
        put(&mut another, "Spec/Name", json!("blog_web"));
        facts.services.push(another);
    }),
    ("mounted", Weight::Hurts, |facts| {
        set(facts, &format!("{CONTAINER}/Secrets"), json!([]));
    }),
    ("mounted", Weight::Hurts, |facts| {
        set(facts, &format!("{SECRET}/File/Name"), json!("ring.json"));
    }),
    ("mounted", Weight::Hurts, |facts| {
        let name = json!("sealjar.web2.e200.bbbbbbbb");
        set(facts, &format!("{SECRET}/SecretName"), name);
    }),
    ("readable", Weight::Hurts, |facts| {
        set(facts, &format!("{SECRET}/File/Mode"), json!(0o400));
    }),
    ("readable", Weight::Note, |facts| {
        set(facts, &format!("{SECRET}/File/Mode"), json!(0o400));
        facts.images.clear();
    }),
    ("kek", Weight::Hurts, |facts| {
        let keeper = ServiceView::new(&facts.services[1]).container();
        let kek = keeper["Secrets"][0].clone();
        let ring = ServiceView::new(&facts.services[0]).container()["Secrets"][0].clone();
        set(facts, &format!("{CONTAINER}/Secrets"), json!([ring, kek]));
    }),
    ("rollback", Weight::Hurts, |facts| {
        let head = facts.head.as_mut().unwrap();
        head.insert("revoked-in".into(), "101".into());
    }),
    ("rollback", Weight::Note, |facts| {
        facts.secrets.retain(|it| !it.contains(".e100."));
    }),
    ("route", Weight::Hurts, |facts| {
        let port = "traefik.http.services.shop.loadbalancer.server.port";
        set(facts, &format!("Spec/Labels/{port}"), Value::Null);
    }),
    ("route", Weight::Hurts, |facts| {
        let labels = facts.services[0]["Spec"]["Labels"].take();
        set(facts, "Spec/Labels", json!({}));
        set(facts, &format!("{CONTAINER}/Labels"), labels);
    }),
    ("probe", Weight::Note, |facts| {
        let path = "traefik.http.services.shop.loadbalancer.healthcheck.path";
        set(facts, &format!("Spec/Labels/{path}"), Value::Null);
    }),
    ("repeats", Weight::Hurts, |facts| {
        for (label, value) in [
            ("routers.shop.middlewares", "again"),
            ("middlewares.again.retry.attempts", "3"),
            ("services.shop.loadbalancer.server.scheme", "h2c"),
        ] {
            let label = format!("Spec/Labels/traefik.http.{label}");
            set(facts, &label, json!(value));
        }
    }),
    ("sticky", Weight::Hurts, |facts| {
        let label = "traefik.http.services.shop.loadbalancer.strategy";
        set(facts, &format!("Spec/Labels/{label}"), json!("hrw"));
    }),
    ("sticky", Weight::Hurts, |facts| {
        let label = "traefik.http.services.shop.loadbalancer.sticky.cookie";
        set(facts, &format!("Spec/Labels/{label}"), json!("true"));
    }),
    ("health", Weight::Hurts, |facts| {
        set(facts, &format!("{CONTAINER}/Healthcheck"), Value::Null);
    }),
    ("health", Weight::Hurts, |facts| {
        let healthcheck = json!({ "Test": ["CMD", "/app", "--health"] });
        let image = facts.images.get_mut("app:user").unwrap();
        put(image, "Config/Healthcheck", healthcheck);
        let none = json!(["NONE"]);
        set(facts, &format!("{CONTAINER}/Healthcheck/Test"), none);
    }),
    ("health", Weight::Note, |facts| {
        set(facts, &format!("{CONTAINER}/Healthcheck"), Value::Null);
        facts.images.clear();
    }),
    ("failure", Weight::Hurts, |facts| {
        set(facts, "Spec/UpdateConfig/FailureAction", json!("pause"));
    }),
    ("failure", Weight::Hurts, |facts| {
        set(facts, "Spec/UpdateConfig/FailureAction", Value::Null);
    }),
    ("failure", Weight::Hurts, |facts| {
        set(facts, "Spec/UpdateConfig/FailureAction", json!("continue"));
    }),
    ("order", Weight::Hurts, |facts| {
        set(facts, "Spec/UpdateConfig/Order", json!("stop-first"));
    }),
    ("order", Weight::Hurts, |facts| {
        set(facts, "Spec/UpdateConfig/Order", Value::Null);
    }),
    ("back", Weight::Hurts, |facts| {
        set(facts, "Spec/RollbackConfig", Value::Null);
    }),
    ("back", Weight::Hurts, |facts| {
        set(facts, "Spec/RollbackConfig/Order", json!("stop-first"));
    }),
    ("back", Weight::Hurts, |facts| {
        set(
            facts,
            "Spec/RollbackConfig/Delay",
            json!(14_000_000_000_u64),
        );
    }),
    ("parallelism", Weight::Hurts, |facts| {
        set(facts, "Spec/UpdateConfig/Parallelism", json!(3));
    }),
    ("parallelism", Weight::Hurts, |facts| {
        set(facts, "Spec/UpdateConfig/Parallelism", json!(0));
    }),
    ("delay", Weight::Hurts, |facts| {
        set(facts, "Spec/UpdateConfig/Delay", json!(14_000_000_000_u64));
    }),
    ("delay", Weight::Hurts, |facts| {
        set(facts, "Spec/UpdateConfig/Delay", Value::Null);
    }),
    // Whose delay and parallelism are judged when they are put back.
    ("pace", Weight::Note, |facts| {
        set(facts, "Spec/UpdateConfig/Delay", Value::Null);
        set(facts, "Spec/UpdateConfig/Parallelism", json!(3));
        let label = r#"{"epoch":7,"at_once":3,"before":[1,15000000000]}"#;
        set(facts, "Spec/Labels/sealjar.pace", json!(label));
    }),
    ("pace", Weight::Note, |facts| {
        set(facts, "Spec/Labels/sealjar.pace", json!("torn"));
    }),
    ("grace", Weight::Hurts, |facts| {
        set(facts, &format!("{CONTAINER}/StopGracePeriod"), Value::Null);
    }),
    ("grace", Weight::Note, |facts| {
        set(
            facts,
            &format!("{CONTAINER}/StopGracePeriod"),
            json!(2_000_000_000),
        );
        set(facts, "Spec/Labels", json!({}));
    }),
    ("replicas", Weight::Note, |facts| {
        set(facts, "Spec/Mode/Replicated/Replicas", json!(1));
    }),
    ("autolock", Weight::Note, |facts| {
        let lock = "Swarm/Cluster/Spec/EncryptionConfig/AutoLockManagers";
        put(&mut facts.info, lock, json!(false));
    }),
    ("managers", Weight::Note, |facts| {
        put(&mut facts.nodes[2], "Spec/Role", json!("worker"));
    }),
    ("managers", Weight::Note, |facts| {
        facts.nodes.truncate(1);
    }),
    ("clocks", Weight::Hurts, |facts| {
        let Facts { nodes, tasks, .. } = skewed();
        (facts.nodes, facts.tasks) = (nodes, tasks);
        for node in &mut facts.nodes {
            put(node, "Spec/Role", json!("manager"));
        }
    }),
    ("clock", Weight::Hurts, |facts| {
        facts.asked.0 = facts.asked.0.saturating_sub(100);
        facts.asked.1 = facts.asked.1.saturating_sub(31);
    }),
    ("clock", Weight::Hurts, |facts| {
        facts.asked.0 = facts.asked.0.saturating_add(31);
        facts.asked.1 = facts.asked.1.saturating_add(100);
    }),
];

const CONTAINER: &str = "Spec/TaskTemplate/ContainerSpec";
const SECRET: &str = "Spec/TaskTemplate/ContainerSpec/Secrets/0";
/// When that was.
const RECORDED: u64 = 1_795_368_631;
