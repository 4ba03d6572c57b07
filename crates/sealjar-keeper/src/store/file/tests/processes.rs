//! Do keepers in processes of their own lose or tear anything, also when they are killed or the
//! disk is full?

use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use std::time::Duration;

use crate::fixture::{Fixture, keeper, read};
use crate::plan::Situation;
use crate::store::StoreError;
use crate::{KeeperError, Refused};

#[test]
fn eight_processes_that_revoke_at_once_lose_no_entry_and_share_no_epoch() {
    const NAME: &str = "eight_processes_that_revoke_at_once_lose_no_entry_and_share_no_epoch";
    if let Some((document, number)) = called() {
        return revoke_sessions(&document, number);
    }
    let it = runtime().block_on(Fixture::begun());
    let before = it.head().epoch();
    let processes: Vec<Child> = (0..PROCESSES).map(|at| call(NAME, &it, at)).collect();
    let outputs = processes
        .into_iter()
        .map(|it| it.wait_with_output().unwrap());
    let mut epochs: Vec<u64> = outputs
        .flat_map(|output| {
            let said = String::from_utf8(output.stdout).unwrap();
            assert!(output.status.success(), "{said}");
            let epochs = said
                .lines()
                .filter_map(|line| line.strip_prefix("committed "));
            epochs
                .map(|epoch| epoch.parse().unwrap())
                .collect::<Vec<u64>>()
        })
        .collect();
    epochs.sort_unstable();
    let expected = usize::from(PROCESSES) * usize::from(ENTRIES);
    assert_eq!(epochs.len(), expected);
    epochs.dedup();
    assert_eq!(epochs.len(), expected, "one decision for each epoch");
    assert_eq!(epochs.last(), Some(&it.head().epoch()));
    // The clock does not move, so that each epoch is the one after the last: nothing was committed
    // in silence.
    assert_eq!(
        it.head().epoch(),
        before + u64::from(PROCESSES) * u64::from(ENTRIES)
    );
    assert_eq!(it.head().revocations().session_entries(), expected);
    assert_eq!(it.delivered().epoch(), it.head().epoch());
    assert!(it.left_beside().is_empty());
}

fn revoke_sessions(document: &Path, number: u8) {
    let keeper = keeper(document, &Arc::new(AtomicU32::new(1_000_000)));
    for entry in 0..ENTRIES {
        let epoch = loop {
            let session = [number, entry, 0, 0, 0, 0, 0, 0];
            let decide = |it: &Situation<'_>| it.revoke_session(session);
            match runtime().block_on(keeper.change(&decide)) {
                Ok(change) => break change.ring.epoch(),
                Err(KeeperError::Store(StoreError::LostRace)) => {}
                Err(other) => panic!("{other:?}"),
            }
        };
        println!("\ncommitted {epoch}");
    }
}

#[test]
fn keepers_killed_at_any_moment_leave_a_store_that_loads_whole_and_only_rises() {
    const NAME: &str = "keepers_killed_at_any_moment_leave_a_store_that_loads_whole_and_only_rises";
    if let Some((document, _)) = called() {
        return rotate_for_ever(&document);
    }
    let it = runtime().block_on(Fixture::begun());
    let mut last = it.head().epoch();
    let mut moment = 7_u64;
    for round in 0..24 {
        let mut processes = [0, 1].map(|at| call(NAME, &it, at));
        while it.head().epoch() == last {
            let ended = processes[0].try_wait().unwrap();
            assert!(ended.is_none(), "it ended by itself");
            std::thread::sleep(Duration::from_millis(1));
        }
        moment = moment
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(round);
        std::thread::sleep(Duration::from_micros((moment >> 33) % 20_000));
        for mut process in processes {
            process.kill().unwrap();
            let ended = process.wait_with_output().unwrap();
            let said = String::from_utf8_lossy(&ended.stdout);
            assert_eq!(ended.status.signal(), Some(9), "it ended by itself: {said}");
        }
        let head = it.head().epoch();
        assert!(head > last, "{head} after {last}");
        assert!(it.delivered().epoch() <= head);
        last = head;
    }
    it.pass(
        (last + 2000 - u64::from(it.now().stored()))
            .try_into()
            .unwrap(),
    );
    let turn = runtime().block_on(it.keeper.turn()).unwrap();
    assert_eq!(it.delivered().epoch(), turn.ring.epoch());
    assert!(it.left_beside().is_empty());
}

/// Turns again and again, each time as if a period had passed.
fn rotate_for_ever(document: &Path) {
    let head = document.with_extension("json.keeper").join("head.json");
    let mut now = read(&head).issued_at();
    loop {
        now = now.max(read(&head).issued_at()).saturating_add(1001);
        let clock = Arc::new(AtomicU32::new(now.stored()));
        match runtime().block_on(keeper(document, &clock).turn()) {
            Ok(_) | Err(KeeperError::Store(StoreError::LostRace)) => {}
            // The other process is periods ahead by now.
            Err(KeeperError::Refused(Refused::ClockBehind { .. })) => {}
            Err(KeeperError::Unfinished { cause, .. })
                if matches!(*cause, KeeperError::Refused(Refused::ClockBehind { .. })) => {}
            Err(other) => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_full_disk_is_said_and_leaves_the_ring_as_it_was() {
    const NAME: &str = "a_full_disk_is_said_and_leaves_the_ring_as_it_was";
    if let Some((document, _)) = called() {
        return rotate_on_a_full_disk(&document);
    }
    let it = runtime().block_on(Fixture::begun());
    let before = std::fs::read(it.document()).unwrap();
    let output = on_a_full_disk(&again(NAME, &it, 0)).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && said.contains("1 passed"),
        "{said}"
    );
    assert_eq!(std::fs::read(it.document()).unwrap(), before);
    assert_eq!(std::fs::read(it.store_file("head.json")).unwrap(), before);
    assert!(it.left_beside().is_empty());
    // With room again the same rotation is made.
    it.pass(1000);
    assert!(
        !runtime()
            .block_on(it.keeper.turn())
            .unwrap()
            .steps
            .is_empty()
    );
}

fn rotate_on_a_full_disk(document: &Path) {
    let keeper = keeper(document, &Arc::new(AtomicU32::new(1_001_000)));
    let error = runtime().block_on(keeper.turn()).unwrap_err();
    assert!(
        matches!(error, KeeperError::Store(StoreError::Io { .. })),
        "{error:?}"
    );
    assert_eq!(error.hint(), "make room, the ring is as it was");
}

/// Runs a command so that no file may become longer than a block, which for a ring is too short.
fn on_a_full_disk(command: &Command) -> Command {
    let mut limited = Command::new("sh");
    limited
        .args(["-c", "trap '' XFSZ; ulimit -f 1; exec \"$0\" \"$@\""])
        .arg(command.get_program())
        .args(command.get_args());
    for (name, value) in command.get_envs() {
        limited.env(name, value.unwrap());
    }
    limited
}

/// The document and the number of this process, if a test has called itself in another process.
fn called() -> Option<(PathBuf, u8)> {
    let document = std::env::var_os(DOCUMENT)?;
    let number = std::env::var(NUMBER).unwrap().parse().unwrap();
    Some((document.into(), number))
}

fn call(test: &str, it: &Fixture, number: u8) -> Child {
    let mut command = again(test, it, number);
    command.stdout(Stdio::piped()).spawn().unwrap()
}

/// This test once more, in a process of its own.
fn again(test: &str, it: &Fixture, number: u8) -> Command {
    let module = module_path!().split_once("::").unwrap().1;
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", &format!("{module}::{test}"), "--nocapture"])
        .env(DOCUMENT, it.document())
        .env(NUMBER, number.to_string());
    command
}

fn runtime() -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.build().unwrap()
}

const DOCUMENT: &str = "SEALJAR_TEST_DOCUMENT";
const NUMBER: &str = "SEALJAR_TEST_NUMBER";
const PROCESSES: u8 = 8;
const ENTRIES: u8 = 25;
