//! What do two keepers at once, and one that is asked to stop, end with?

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command};
use std::thread::sleep;
use std::time::Duration;

use crate::{Ran, Sandbox};

#[test]
fn of_two_changes_over_one_epoch_one_is_made_and_the_other_lost_the_race() {
    let it = Sandbox::begun();
    let lock = File::open(it.path("ring.json.keeper/lock")).unwrap();
    lock.lock().unwrap();
    let lines = ["1111111111111111", "2222222222222222"].map(|id| ["revoke", "--session", id]);
    let children = lines.map(|line| it.command(&line).spawn().unwrap());
    for child in &children {
        wait_until(|| holds_open(child, "ring.json.keeper/lock"));
    }
    lock.unlock().unwrap();
    let ran = children.map(|child| Ran::of(&["revoke"], child.wait_with_output().unwrap()));
    let mut codes = ran.each_ref().map(|ran| ran.code);
    codes.sort_unstable();
    assert_eq!(codes, [0, 5], "{ran:?}");
    let lost = ran.iter().find(|ran| ran.code == 5).unwrap();
    assert!(lost.stderr.contains("error: lost the race"), "{lost:?}");
    assert!(
        lost.stderr.contains("hint: look at `sealjar status`"),
        "{lost:?}"
    );
    assert_eq!(it.ring().revocations().session_entries(), 1);
}

#[test]
fn a_daemon_that_is_asked_to_stop_ends_well() {
    let it = Sandbox::begun();
    let line = ["run", "--listen", "127.0.0.1:0", "--json"];
    let mut daemon = it.command(&line).spawn().unwrap();
    let mut log = BufReader::new(daemon.stderr.take().unwrap());
    let mut first = String::new();
    log.read_line(&mut first).unwrap();
    let entry: serde_json::Value = serde_json::from_str(&first).unwrap();
    assert!(
        entry["message"].as_str().unwrap().contains("/healthz"),
        "{first}"
    );
    let kill = Command::new("kill")
        .args(["-TERM", &daemon.id().to_string()])
        .status();
    assert!(kill.unwrap().success());
    assert_eq!(daemon.wait().unwrap().code(), Some(0));
}

#[test]
fn a_daemon_without_a_ring_says_so_and_does_not_stay() {
    let it = Sandbox::empty();
    let ran = it.run(&["run", "--no-listen"]);
    assert_eq!(ran.code, 4, "{ran:?}");
    assert!(ran.stderr.contains("the store holds no ring"), "{ran:?}");
}

fn holds_open(process: &Child, path: &str) -> bool {
    let Ok(files) = fs::read_dir(format!("/proc/{}/fd", process.id())) else {
        return false;
    };
    files
        .flatten()
        .filter_map(|file| fs::read_link(file.path()).ok())
        .any(|file| file.ends_with(Path::new(path)))
}

fn wait_until(condition: impl Fn() -> bool) {
    for _ in 0..500 {
        if condition() {
            return;
        }
        sleep(Duration::from_millis(10));
    }
    panic!("it did not come to that");
}
