//! Does each command answer, refuse and try without harm?

use std::fs;

use serde_json::Value;

use crate::Sandbox;
use crate::flows::seal;

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
