//! What if the store, the disk or a document is not as it should be? A clear error, and the ring as
//! it was.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use crate::{Ran, Sandbox};

const CHANGE: [&str; 3] = ["revoke", "--session", "00c0ffee00c0ffee"];

#[test]
fn a_head_that_is_empty_cut_or_corrupt_is_named_and_a_restore_goes_on() {
    for break_it in [
        (|_| String::new()) as fn(&str) -> String,
        |text| text[..text.len() / 2].into(),
        |text| text.replace("sealjar-key-1_", "sealjar-key-1_A"),
        |text| text.replace("\"format\"", "\"farmat\""),
        |text| text.replace("sealjar-ring/1", "sealjar-ring/2"),
        |text| format!("{text}{}", " ".repeat(600_000)),
    ] {
        let it = Sandbox::begun();
        let text = fs::read_to_string(it.head()).unwrap();
        fs::write(it.head(), break_it(&text)).unwrap();
        for line in [
            &["status"][..],
            &["run", "--once"],
            &["rotate"],
            &["init"],
            &CHANGE,
        ] {
            it.refuses(line, 4, "ring.json.keeper/head.json: ");
        }
        it.refuses(&["import", "ring.json", "--yes"], 4, "sealjar restore FILE");
        it.does(&["restore", "ring.json", "--yes"]);
        it.does(&CHANGE);
    }
}

#[test]
fn a_head_that_is_gone_is_named_and_an_import_goes_on() {
    let it = Sandbox::begun();
    fs::remove_file(it.head()).unwrap();
    for line in [&["status"][..], &["run", "--once"], &["init"], &CHANGE] {
        it.refuses(line, 4, "sealjar import FILE");
    }
    it.does(&["import", "ring.json", "--keep-sessions"]);
    it.does(&["status"]);
}

#[test]
fn a_store_that_disappears_is_said_to_hold_no_ring() {
    let it = Sandbox::begun();
    fs::remove_file(it.document()).unwrap();
    fs::remove_dir_all(it.path("ring.json.keeper")).unwrap();
    for line in [&["status"][..], &["run", "--once"], &["rotate"], &CHANGE] {
        it.refuses(line, 4, "the store holds no ring");
    }
    it.refuses(
        &["init", "--store", "file:gone/ring.json"],
        4,
        "cannot find the directory gone",
    );
}

#[test]
fn a_document_that_is_gone_or_broken_is_put_right_by_the_next_turn() {
    let it = Sandbox::begun();
    let whole = fs::read(it.document()).unwrap();
    fs::remove_file(it.document()).unwrap();
    assert!(it.does(&["run", "--once"]).stdout.contains("published"));
    for broken in [&b""[..], &whole[..whole.len() / 2], b"{}"] {
        fs::write(it.document(), broken).unwrap();
        assert!(it.does(&["run", "--once"]).stdout.contains("published"));
        assert_eq!(fs::read(it.document()).unwrap(), whole);
    }
}

#[test]
fn a_document_of_another_ring_or_of_a_later_epoch_stops_everything() {
    let it = Sandbox::begun();
    let mut foreign = it.ring().draft();
    foreign.name = "another".into();
    let mut later = it.ring().draft();
    later.epoch += 1;
    for (draft, words) in [
        (foreign, "holds the ring \"another\""),
        (later, "head_behind"),
    ] {
        fs::write(it.document(), &*draft.build().unwrap().to_json()).unwrap();
        for line in [&["status"][..], &["run", "--once"], &CHANGE] {
            it.refuses(line, 4, words);
        }
    }
    it.does(&["restore", "ring.json", "--keep-sessions"]);
    it.does(&CHANGE);
}

#[test]
fn a_full_disk_is_named_and_nothing_is_lost() {
    let it = Sandbox::begun();
    let before = it.files();
    // A file of more than one block cannot be written, which a ring is.
    let script = "trap '' XFSZ; ulimit -f 1; exec \"$0\" \"$@\"";
    let sealjar = env!("CARGO_BIN_EXE_sealjar");
    let line = [&["-c", script, sealjar][..], &CHANGE].concat();
    let full = Ran::of(&line, it.process("/bin/sh", &line).output().unwrap());
    assert_eq!(full.code, 4, "{full:?}");
    assert!(full.stderr.contains("File too large"), "{full:?}");
    assert!(full.stderr.contains("hint: make room"), "{full:?}");
    assert!(
        it.files() == before,
        "nothing is changed and nothing is left"
    );
    it.does(&CHANGE);
}

#[test]
fn a_file_that_is_no_ring_is_refused_by_every_command_that_reads_one() {
    let it = Sandbox::begun();
    let ring = fs::read_to_string(it.document()).unwrap();
    fs::create_dir(it.path("directory")).unwrap();
    for (name, text, words) in [
        ("empty", String::new(), "empty: the file is empty"),
        (
            "cut",
            ring[..ring.len() - 9].into(),
            "cut: not a ring document",
        ),
        (
            "corrupt",
            ring.replace("key-1_", "key-1_A"),
            "corrupt: keys[0].secret",
        ),
        (
            "newer",
            ring.replace("ring/1", "ring/2"),
            "hint: upgrade sealjar",
        ),
        ("large", " ".repeat(600_000), "the limit is 500000"),
        ("missing", String::new(), "missing: No such file"),
        ("directory", String::new(), "directory: it is a directory"),
    ] {
        if !["missing", "directory"].contains(&name) {
            it.write(name, text);
        }
        let token = ["--ring", name, "--app", "shop", "--purpose", "link"];
        for line in [
            &["restore", name, "--yes"][..],
            &["import", name, "--yes", "--store", "file:new.json"],
            &["inspect", "--ring", name, "value"],
            &[&["open"][..], &token].concat(),
            &[&["seal", "--ttl", "1h"][..], &token].concat(),
        ] {
            it.refuses(line, 4, words);
        }
    }
    let other = Sandbox::empty();
    other.does(&["init", "--ring", "another"]);
    fs::copy(other.document(), it.path("foreign")).unwrap();
    it.refuses(
        &["restore", "foreign", "--yes"],
        3,
        "of the ring \"another\"",
    );
}

#[test]
fn a_ring_that_everyone_may_read_is_warned_of_and_closed_with_the_next_epoch() {
    let it = Sandbox::begun();
    for (mode, warned) in [(0o600, false), (0o640, false), (0o644, true), (0o660, true)] {
        fs::set_permissions(it.document(), Permissions::from_mode(mode)).unwrap();
        let status = it.run(&["status"]);
        assert_eq!(status.code, 0);
        let words = format!("its mode is {mode:04o}");
        assert_eq!(status.stderr.contains(&words), warned, "{status:?}");
        assert_eq!(
            status.stderr.contains("hint: chmod 0640"),
            warned,
            "{status:?}"
        );
    }
    it.does(&CHANGE);
    let mode = fs::metadata(it.document()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o640, "the group stays, others go");
}

#[test]
fn an_output_that_is_full_is_no_success() {
    let it = Sandbox::begun();
    let full = fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let output = it.command(&["status"]).stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        String::from_utf8(output.stderr)
            .unwrap()
            .contains("standard output")
    );
}

#[test]
fn a_change_that_could_not_be_published_is_told_as_made_and_the_next_turn_publishes_it() {
    let it = Sandbox::begun();
    let before = it.ring().epoch();
    // The document is written in the store's own directory first, and here it cannot be.
    let in_the_way = it.path("ring.json.keeper/ring.json.tmp");
    fs::create_dir(&in_the_way).unwrap();
    let unfinished = it.run(&[&CHANGE[..], &["--json"]].concat());
    assert_eq!(unfinished.code, 4, "{unfinished:?}");
    assert_eq!(unfinished.json()["kind"], "unfinished");
    assert!(
        unfinished
            .stderr
            .contains("is committed, and not everywhere yet")
    );
    assert!(unfinished.stderr.contains("hint: do not repeat it"));
    assert_eq!(it.ring().epoch(), before);
    fs::remove_dir(in_the_way).unwrap();
    assert!(it.does(&["run", "--once"]).stdout.contains("published"));
    assert_eq!(it.ring().revocations().session_entries(), 1);
}
