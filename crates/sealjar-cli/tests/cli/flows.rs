//! Do the commands follow on each other?

use std::fs;

use sealjar::{Key, KeyRing, RingKey, Suite, Timestamp};
use serde_json::Value;

use crate::Sandbox;

const TOKEN: [&str; 6] = ["--ring", "ring.json", "--app", "shop", "--purpose", "link"];

fn seal(sandbox: &Sandbox) -> String {
    let ran = sandbox.run_with(&[&["seal", "--ttl", "1h"][..], &TOKEN].concat(), "c0ffee\n");
    assert_eq!(ran.code, 0, "{ran:?}");
    ran.stdout
}

/// The payload, or the word for the refusal.
fn open(sandbox: &Sandbox, token: &str) -> String {
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
fn a_leaked_key_needs_a_second_command_and_the_first_says_from_when() {
    let it = Sandbox::begun();
    let leaked = it.keys("sealing").remove(0);
    let everyone = ["revoke", "--before", "now", "--yes"];
    let dry = |it: &Sandbox| it.does(&["revoke", "--before", "now", "--dry-run"]).stdout;
    assert!(!dry(&it).contains("may miss"), "no key is revoked");

    let revoked = it.does(&["revoke", &leaked, "--yes", "--json"]).json();
    assert_eq!(revoked["ends_forged"]["exact"], false);
    let from = revoked["ends_forged"]["from"].as_str().unwrap().to_owned();
    let from: Timestamp = from.parse().unwrap();
    // A distribution of 5 min, and three times the skew of 30 s, and a second.
    let ahead = from.seconds_since(Timestamp::now().unwrap());
    assert!((385..=391).contains(&ahead), "{ahead}");

    let from = format!("`sealjar revoke --before now --yes` from {from} (in 6 min ");
    assert!(dry(&it).contains(&from));
    for line in [&everyone[..3], &everyone[..]] {
        let ran = it.run(line);
        assert!(ran.stdout.contains("this may miss"), "{ran:?}");
        assert!(ran.stdout.contains(&from), "{ran:?}");
    }
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
    // From a second keeper, which went on for a day after the two had parted.
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
fn names_that_are_empty_are_wrong_usage_that_asks_after_the_shell() {
    let it = Sandbox::begun();
    for line in [
        &["revoke", "--subject", "", "--app", "shop"][..],
        &["revoke", "--subject", "ada", "--app", ""],
        &["inspect", "--ring", "ring.json", "--app", "", "junk"],
    ] {
        let refused = it.refuses(line, 2, "a name is not empty");
        assert!(refused.stderr.contains("variable of the shell"), "{line:?}");
    }
}

#[test]
fn each_value_that_cannot_be_read_has_a_hint_of_its_own() {
    let it = Sandbox::begun();
    for (line, hint) in [
        (
            &["rotate", "--skew", "30"][..],
            "put the unit after the number",
        ),
        (&["status", "--store", "file:"], "write the document's path"),
        (
            &["status", "--store", "/srv/ring.json"],
            "write `file:` before",
        ),
        (&["status", "--store", "s3:ring"], "write file:PATH"),
        (&["revoke", "AAAA"], "`sealjar status` lists the keys"),
        (
            &["revoke", "--before", "2026-11-22"],
            "write `now`, or a time in UTC",
        ),
        (
            &["revoke", "--session", "00c0ffee"],
            "`sealjar inspect --app APP`",
        ),
        (&["rotate", "--forse"], "`--help` after the command"),
    ] {
        let refused = it.refuses(line, 2, &format!("\nhint: {hint}"));
        assert!(!refused.stderr.contains("For more"), "{refused:?}");
        let told = it.run(&[line, &["--json"]].concat()).json();
        assert!(told["hint"].as_str().unwrap().starts_with(hint), "{told}");
    }
}

#[test]
fn what_was_sealed_before_everyone_was_logged_out_opens_no_more() {
    for line in [
        ["revoke", "--before", "now", "--yes"],
        ["revoke", "--all", "--yes", "--json"],
    ] {
        let it = Sandbox::begun();
        let token = seal(&it);
        assert_eq!(open(&it, &token), "c0ffee");
        it.does(&line);
        assert!(open(&it, &token).starts_with("revoked_"), "{line:?}");
    }
}

#[test]
fn a_person_and_a_session_are_listed_and_a_later_time_wins() {
    let it = Sandbox::begun();
    let hour_ago = Timestamp::now().unwrap().saturating_sub(3600).to_string();
    let ada = ["revoke", "--subject", "ada", "--app", "shop", "--yes"];
    it.does(&[&ada[..], &["--before", &hour_ago]].concat());
    let born = |ring: &KeyRing, seconds| {
        let born = Timestamp::now().unwrap().saturating_sub(seconds);
        ring.revocations().covers_subject("shop", "ada", born)
    };
    let ring = it.ring();
    assert!(born(&ring, 4000) && !born(&ring, 3000));
    it.does(&ada);
    assert!(born(&it.ring(), 1));
    it.does(&["revoke", "--session", "00c0ffee00c0ffee"]);
    let ring = it.ring();
    assert!(
        ring.revocations()
            .covers_session(0x00c0_ffee_00c0_ffee_u64.to_be_bytes())
    );
    let status = it.does(&["status", "--json"]).json();
    assert_eq!(status["revocations"]["subjects"], 1);
    assert_eq!(status["revocations"]["sessions"], 1);
}

#[test]
fn keys_whose_ids_begin_with_dashes_are_revoked_by_name() {
    let it = Sandbox::begun();
    let mut draft = it.ring().draft();
    for beginning in ["-", "--"] {
        let key = std::iter::repeat_with(|| Key::generate(Suite::Xaes256Gcm).unwrap())
            .find(|key| key.id().to_string().starts_with(beginning))
            .unwrap();
        let key = RingKey::standby(key, 86_400, draft.epoch, draft.issued_at);
        draft.keys.push(key);
    }
    let ids: Vec<String> = draft.keys.iter().map(|key| key.id().to_string()).collect();
    let other = Sandbox::empty();
    other.write("dashes.json", &*draft.build().unwrap().to_json());
    other.does(&["import", "dashes.json", "--keep-sessions"]);
    other.does(&["revoke", &ids[2], "--yes", &ids[3]]);
    assert_eq!(other.keys("revoked"), ids[2..4]);
}

#[test]
fn what_is_asked_or_tried_changes_no_file() {
    let it = Sandbox::begun();
    fs::copy(it.document(), it.path("copy.json")).unwrap();
    let key = it.keys("sealing").remove(0);
    let before = it.files();
    for line in [
        &["status"][..],
        &["run", "--once", "--dry-run"],
        &["rotate", "--force", "--dry-run"],
        &["revoke", &key, "--dry-run"],
        &["revoke", &key, "--yes", "--dry-run"],
        &["revoke", "--all", "--dry-run"],
        &["revoke", "--before", "now", "--dry-run"],
        &["revoke", "--subject", "ada", "--app", "shop", "--dry-run"],
        &["revoke", "--session", "00c0ffee00c0ffee", "--dry-run"],
        &["restore", "copy.json", "--dry-run"],
        &["restore", "copy.json", "--yes", "--dry-run"],
    ] {
        assert_eq!(it.run(line).code, 0, "{line:?}");
        assert!(it.files() == before, "{line:?} changed something");
    }
    for line in [
        &["revoke", &key][..],
        &["revoke", "--all"],
        &["revoke", "--before", "now"],
        &["restore", "copy.json"],
    ] {
        it.refuses(line, 3, "--yes");
    }
    // The same check sees what does change something.
    it.does(&["revoke", &key, "--yes"]);
    assert!(it.files() != before);

    let empty = Sandbox::empty();
    empty.does(&["init", "--dry-run"]);
    assert!(empty.files().is_empty());
}

#[test]
fn with_json_standard_output_is_one_object_whatever_happens() {
    let it = Sandbox::begun();
    let key = it.keys("sealing").remove(0);
    for (line, code, kind) in [
        (&["status"][..], 0, None),
        (&["run", "--once"], 0, None),
        (&["rotate"], 3, Some("refused")),
        (&["init"], 3, Some("exists")),
        (&["revoke", &key], 3, Some("needs_yes")),
        (&["revoke"], 2, Some("usage")),
        (&["nonsense"], 2, Some("usage")),
        (&["status", "--config", "missing.toml"], 2, Some("usage")),
        (
            &["status", "--store", "file:missing.json"],
            4,
            Some("no_ring"),
        ),
        (&["restore", "missing.json"], 4, Some("ring_file")),
        (
            &["inspect", "--ring", "ring.json", "theme=dark"],
            3,
            Some("absent"),
        ),
        (
            &["inspect", "--ring", "ring.json", "--app", "shop", "junk"],
            3,
            None,
        ),
    ] {
        let ran = it.run(&[line, &["--json"]].concat());
        let object = ran.json();
        assert!(object.is_object(), "{line:?}");
        assert_eq!(ran.code, code, "{line:?}: {ran:?}");
        assert_eq!(object["kind"].as_str(), kind, "{line:?}");
        assert_eq!(object["error"].is_string(), kind.is_some(), "{line:?}");
        assert_eq!(object["hint"].is_string(), kind.is_some(), "{line:?}");
    }
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

#[test]
fn no_command_shows_a_secret_or_the_pepper() {
    let it = Sandbox::begun();
    let document = fs::read_to_string(it.document()).unwrap();
    let document: Value = serde_json::from_str(&document).unwrap();
    let keys = document["keys"].as_array().unwrap().iter();
    let secrets = keys.map(|key| key["secret"].as_str().unwrap());
    let pepper = document["revocations"]["pepper"].as_str().unwrap();
    let secrets: Vec<&str> = secrets
        .chain([pepper])
        .map(|it| &it[it.len() - 40..])
        .collect();
    assert_eq!(secrets.len(), 3);
    fs::copy(it.document(), it.path("copy.json")).unwrap();
    let token = seal(&it);
    let key = it.keys("sealing").remove(0);
    for line in [
        &["status"][..],
        &["run", "--once"],
        &["rotate", "--force", "--dry-run"],
        &["revoke", &key],
        &["revoke", "--all", "--dry-run"],
        &["restore", "copy.json"],
        &["restore", "copy.json", "--dry-run"],
        &[
            "inspect",
            "--ring",
            "ring.json",
            "--app",
            "shop",
            "--show-body",
            token.trim_end(),
        ],
        &["rotate", "--force", "--yes"],
    ] {
        for more in [&[][..], &["--json"]] {
            let ran = it.run(&[line, more].concat());
            for secret in &secrets {
                assert!(!ran.stdout.contains(secret), "{line:?}");
                assert!(!ran.stderr.contains(secret), "{line:?}");
            }
        }
    }
    // The check would see them.
    let head = fs::read_to_string(it.head()).unwrap();
    assert!(secrets.iter().all(|secret| head.contains(secret)));
}
