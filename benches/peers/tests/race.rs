//! Does the race show what it claims, and would it notice a loss?

use std::process::Command;

use serde_json::Value;

#[test]
fn sealed_sessions_are_kept_and_those_in_memory_are_lost_which_is_noticed() {
    let output = Command::new(env!("CARGO_BIN_EXE_sealjar-peers"))
        .args([
            "--quick",
            "--race-only",
            "--json",
            "sealjar",
            "memory-store",
        ])
        .arg("private-cookie-jar")
        .output()
        .expect("it starts");
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{told}");

    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let count = |row: usize, name: &str| report["rows"][row]["race"][name].as_u64();
    assert_eq!(report["rows"][0]["name"], "sealjar");
    assert_eq!(count(0, "logouts"), Some(0), "{report}");
    assert_eq!(count(0, "lost_writes"), Some(0), "{report}");
    let requests = count(0, "requests").expect("a number");
    assert!(requests > 100, "{report}");
    assert!(count(0, "writes") > Some(0), "{report}");
    // One request of each visitor, when a replica is killed, and a hundredth.
    assert!(count(0, "failed") <= Some(8 + requests / 100), "{report}");
    for (row, name) in [(1, "MemoryStore"), (2, "PrivateCookieJar")] {
        assert_eq!(report["rows"][row]["name"], name);
        assert!(count(row, "logouts") > Some(0), "{report}");
        assert!(count(row, "lost_writes") > Some(0), "{report}");
    }
}

#[test]
fn only_a_whole_run_is_kept() {
    for part in ["--quick", "--race-only", "sealjar"] {
        let scratch = tempfile::tempdir().expect("a directory");
        let output = Command::new(env!("CARGO_BIN_EXE_sealjar-peers"))
            .args(["--keep".as_ref(), scratch.path().as_os_str(), part.as_ref()])
            .output()
            .expect("it starts");
        assert_eq!(output.status.code(), Some(2), "{part}");
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(told.contains("cannot be used with"), "{told}");
        let mut written = scratch.path().read_dir().expect("a directory");
        assert!(written.next().is_none(), "{part}");
    }
}

#[test]
fn a_contender_that_does_not_exist_is_wrong_usage() {
    let output = Command::new(env!("CARGO_BIN_EXE_sealjar-peers"))
        .arg("no-such")
        .output()
        .expect("it starts");
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("possible values"));
}
