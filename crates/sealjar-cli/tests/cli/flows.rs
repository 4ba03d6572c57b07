//! Do the commands follow on each other?

use std::fs;

use serde_json::Value;

use crate::Sandbox;

pub(crate) const TOKEN: [&str; 6] = ["--ring", "ring.json", "--app", "shop", "--purpose", "link"];

pub(crate) fn seal(sandbox: &Sandbox) -> String {
    let ran = sandbox.run_with(&[&["seal", "--ttl", "1h"][..], &TOKEN].concat(), "c0ffee\n");
    assert_eq!(ran.code, 0, "{ran:?}");
    ran.stdout
}

/// The payload, or the word for the refusal.
pub(crate) fn open(sandbox: &Sandbox, token: &str) -> String {
    let ran = sandbox.run_with(&[&["open"][..], &TOKEN].concat(), token);
    assert_eq!(ran.code, if ran.stderr.is_empty() { 0 } else { 3 });
    ran.stdout.trim_end().to_owned()
}

#[test]
fn a_ring_goes_from_its_beginning_over_a_rotation_and_a_leak_to_a_restore() {
    let it = Sandbox::begun();
    let ([sealing], [standby]) = (&it.keys("sealing")[..], &it.keys("standby")[..]) else {
        panic!("a new ring has one of both");
    };
    let token = seal(&it);

    let early = it.refuses(&["rotate"], 3, "not known to be held");
    assert!(early.stderr.contains("--force"));
    it.refuses(&["rotate", "--force"], 3, "any replica may lack the key");
    let forced = it.does(&["rotate", "--force", "--yes"]);
    assert!(forced.stdout.contains("logged out: visitors"), "{forced:?}");
    assert_eq!(it.keys("staged"), [standby.as_str()]);
    assert_eq!(open(&it, &token), "c0ffee");

    it.refuses(&["revoke", sealing], 3, "under 1 key, since 20");
    let revoked = it.does(&["revoke", sealing, "--yes"]);
    assert!(
        revoked.stdout.contains("logged out: everyone"),
        "{revoked:?}"
    );
    assert_eq!(it.keys("sealing"), [standby.as_str()]);
    assert_eq!(it.keys("revoked"), [sealing.as_str()]);
    assert_eq!(open(&it, &token), "revoked_key");

    // What a backup of the first day would bring back.
    let day_one = fs::read(it.path("ring.json.keeper/head.json")).unwrap();
    it.write("backup.json", day_one);
    let later = seal(&it);
    it.does(&["restore", "backup.json", "--yes"]);
    assert_eq!(it.keys("revoked"), [sealing.as_str()]);
    assert_eq!(open(&it, &later), "revoked_all");

    let other = Sandbox::empty();
    fs::copy(it.document(), other.path("mounted.json")).unwrap();
    other.does(&["import", "mounted.json", "--keep-sessions"]);
    assert_eq!(other.keys("revoked"), [sealing.as_str()]);
    assert!(other.ring().epoch() > it.ring().epoch());
}

#[test]
fn a_restore_revives_no_key_that_was_revoked_after_the_document() {
    let it = Sandbox::begun();
    fs::copy(it.document(), it.path("day_one.json")).unwrap();
    let leaked = it.keys("sealing").remove(0);
    let token = seal(&it);
    it.does(&["revoke", &leaked, "--yes"]);
    let restored = it.does(&["restore", "day_one.json", "--keep-sessions"]);
    assert!(restored.stdout.contains("stays away"), "{restored:?}");
    assert_eq!(it.keys("revoked"), [leaked]);
    assert_eq!(open(&it, &token), "revoked_key");
}

#[test]
fn a_restore_that_keeps_sessions_asks_before_it_logs_out_whom_the_store_had_revoked() {
    let it = Sandbox::begun();
    let leaked = it.keys("sealing").remove(0);
    // From a second keeper, which ran for another day after the two had parted.
    let mut draft = it.ring().draft();
    draft.epoch += 86_400;
    it.write("ahead.json", &*draft.build().unwrap().to_json());
    let harmless = it.does(&["restore", "ahead.json", "--keep-sessions", "--dry-run"]);
    assert!(!harmless.stdout.contains("log out"), "{harmless:?}");

    it.does(&["revoke", &leaked, "--yes"]);
    let line = ["restore", "ahead.json", "--keep-sessions"];
    let asked = it.refuses(
        &line,
        3,
        "this logs out everyone whose session was sealed under 1 key",
    );
    let reason = "keys stay revoked that the store or the document had revoked";
    assert!(asked.stderr.contains(reason), "{asked:?}");
    let tried = it.does(&[&line[..], &["--dry-run"]].concat());
    assert!(
        tried.stdout.contains("it would log out everyone whose"),
        "{tried:?}"
    );
    let done = it.does(&[&line[..], &["--yes"]].concat());
    assert!(
        done.stdout.contains("logged out: everyone whose"),
        "{done:?}"
    );
    assert!(done.stdout.contains(reason), "{done:?}");
    assert_eq!(it.keys("revoked"), [leaked]);
}

#[test]
fn a_turn_of_a_healthy_ring_says_until_when_there_is_nothing_to_do() {
    let it = Sandbox::begun();
    let turn = it.does(&["run", "--once", "--json"]).json();
    let status = it.does(&["status", "--json"]).json();
    assert_eq!(turn["changed"], false);
    assert_eq!(turn["published"], false);
    assert_eq!(turn["wait"]["reason"], "rotation");
    assert_eq!(turn["wait"]["until"], status["rotation_due"]);
    assert_eq!(status["overdue"], false);
    let next = |at: usize, member: &str| status["keys"][at][member].clone();
    assert_eq!([next(0, "next"), next(1, "next")], ["makes_way", "seals"]);
    assert_eq!(
        [next(0, "gone_from"), next(1, "gone_from")],
        [Value::Null, Value::Null]
    );
}
