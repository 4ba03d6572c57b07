//! Do the files of `examples/kubernetes` bring a ring from the keeper to the pods?

use std::path::Path;
use std::process::{Command, Output};
use std::thread;
use std::time::Duration;

use sealjar::Timestamp;

use crate::files::{block, example, fed, stdout, tool, yaml};
use crate::fleet::wait_for;
use crate::pods::{FILES, Site, environment, find, objects};

#[test]
fn the_files_are_what_the_api_of_kubernetes_takes() {
    for file in FILES {
        let judged = validated(&example(file));
        assert!(judged.status.success(), "{judged:?}");
    }
}

/// The negative control: what the test above would have seen.
#[test]
fn a_field_that_the_api_does_not_have_is_refused() {
    let text = std::fs::read_to_string(example(FILES[0])).unwrap();
    let broken = text.replace("fsGroupChangePolicy", "fsGroupPolicy");
    assert_ne!(text, broken);
    let file = tempfile::Builder::new().suffix(".yaml").tempfile().unwrap();
    std::fs::write(file.path(), broken).unwrap();
    let judged = validated(file.path());
    assert!(!judged.status.success(), "{judged:?}");
}

#[test]
fn pods_mount_the_directory_of_the_secret_that_the_keeper_may_write() {
    let objects = objects();
    let pod = &find(&objects, "Deployment")["spec"]["template"]["spec"];
    let mount = &pod["containers"][0]["volumeMounts"][0];
    assert_eq!(mount.get("subPath"), None);
    let ring = environment(&pod["containers"][0])
        .into_iter()
        .find(|(name, _)| name == "SEALJAR_RING");
    let ring = ring.unwrap().1;
    let below = ring.strip_prefix(mount["mountPath"].as_str().unwrap());
    let secret = &pod["volumes"][0]["secret"];
    assert_eq!(
        below.unwrap().strip_prefix('/'),
        secret["items"][0]["path"].as_str()
    );
    let rules = &find(&objects, "Role")["rules"];
    assert_eq!(rules[0]["resourceNames"][0], secret["secretName"]);
}

#[test]
fn an_order_reaches_the_script_as_the_page_gives_it() {
    let page = block("kubernetes.md", "Start");
    assert!(
        page.contains("kubectl set env --local -f - -o yaml ORDER=\"$*\""),
        "{page}"
    );
    let mut job = find(&objects(), "CronJob")["spec"]["jobTemplate"].clone();
    job["apiVersion"] = "batch/v1".into();
    job["kind"] = "Job".into();
    job["metadata"] = serde_json::json!({ "name": "sealjar-1" });
    let mut kubectl = Command::new("kubectl");
    let order = "revoke --subject 42 --app shop";
    kubectl.args(["set", "env", "--local", "-f", "-", "-o", "yaml"]);
    kubectl.arg(format!("ORDER={order}"));
    let edited = yaml(&stdout(fed(&mut kubectl, job.to_string().as_bytes()))).remove(0);
    let container = &edited["spec"]["template"]["spec"]["containers"][0];
    let orders = environment(container)
        .into_iter()
        .filter(|(name, _)| name == "ORDER");
    assert_eq!(orders.map(|(_, value)| value).collect::<Vec<_>>(), [order]);
}

#[test]
fn pods_follow_the_secret_and_nobody_is_logged_out_though_the_api_fails_for_a_while() {
    let site = Site::begun(Duration::from_millis(400), |script| script);
    let mut visits = site.visits();
    visits.rotations(1, || site.ring());
    site.cluster.set_up(false);
    // It waits for a run that is under way, and then fails.
    assert!(!site.cron.run("").status.success());
    let before = site.stored();
    thread::sleep(OUTAGE);
    assert_eq!(
        site.stored().epoch(),
        before.epoch(),
        "a turn without the API"
    );
    site.cluster.set_up(true);
    visits.rotations(1, || site.ring());
    visits.end_without_loss();

    let revoked = site.cron.run("revoke --session 1f2e3d4c5b6a7988");
    assert!(revoked.status.success(), "{revoked:?}");
    assert_eq!(site.ring().revocations().session_entries(), 1);

    // The volume is lost, and a pod's Secret starts the store anew.
    let before = site.ring();
    // The pods' files are swapped a moment later, and an epoch is a second of the clock.
    thread::sleep(Duration::from_secs(2));
    let lost = Path::new(&site.cron.ring).parent().unwrap();
    std::fs::rename(lost, lost.with_extension("lost")).unwrap();
    let imported = site
        .cron
        .run(&format!("import {} --yes", site.secret.display()));
    assert!(imported.status.success(), "{imported:?}");
    let after = site.ring();
    assert!(after.is_same_ring(&before) && after.epoch() > before.epoch());
}

/// The negative control: a keeper that takes its turns whether or not the API has taken the ring.
#[test]
fn turns_that_do_not_wait_for_the_api_log_people_out() {
    let site = Site::begun(Duration::from_secs(2), |script| {
        let hasty = script
            .replace("settled ||", "true ||")
            .replace("    send\n", "    send || true\n")
            .replace("\nsend\n", "\nsend || true\n");
        assert_eq!(hasty.matches("|| true").count(), 2, "{hasty}");
        assert_ne!(hasty.matches("true ||").count(), 0, "{hasty}");
        hasty
    });
    let mut visits = site.visits();
    site.cluster.set_up(false);
    wait_for("a key that seals and that no pod has", || {
        let now = Timestamp::now().unwrap();
        let sealing = site.stored().sealing_key(now)?.id();
        site.ring()
            .opening_key(sealing, now)
            .is_none()
            .then_some(())
    });
    site.cluster.set_up(true);
    visits.rotations(1, || site.ring());
    // The last pod has the ring, too.
    thread::sleep(OUTAGE);
    let noticed = visits.end();
    assert!(noticed.losses.logouts > 0, "{noticed:?}");
}

fn validated(file: &Path) -> Output {
    tool("kubernetes-validate")
        .arg("--strict")
        .arg(file)
        .output()
        .unwrap()
}

/// More than a period of the ring's policy.
const OUTAGE: Duration = Duration::from_secs(4);
