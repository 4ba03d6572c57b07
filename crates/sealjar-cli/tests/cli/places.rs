//! What if something else is where the store has a file or a directory?

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Sandbox;

const CHANGE: [&str; 3] = ["revoke", "--session", "00c0ffee00c0ffee"];

#[test]
fn what_stands_in_the_way_of_the_store_is_named() {
    let it = Sandbox::begun();
    fs::rename(it.document(), it.path("moved.json")).unwrap();
    symlink(it.path("moved.json"), it.document()).unwrap();
    it.refuses(&["status"], 4, "ring.json is a symbolic link");

    let it = Sandbox::empty();
    fs::write(it.path("ring.json.keeper"), "").unwrap();
    it.refuses(&["init"], 4, "ring.json.keeper");

    let it = Sandbox::empty();
    fs::create_dir(it.document()).unwrap();
    it.refuses(&["init"], 4, "ring.json is a directory");
}

#[test]
fn a_pipe_a_socket_or_a_device_in_place_of_a_file_is_refused_at_once() {
    let pipe = |path: &Path| {
        let made = Command::new("mkfifo").arg(path).status().unwrap();
        assert!(made.success());
    };
    let socket = |path: &Path| drop(UnixListener::bind(path).unwrap());
    for (what, make) in [("a pipe", &pipe as &dyn Fn(&Path)), ("a socket", &socket)] {
        // Where the store has a file.
        for name in ["ring.json", "head.json", "published.json", "lock"] {
            let it = Sandbox::begun();
            let path = match name {
                "ring.json" => it.document(),
                own => it.path("ring.json.keeper").join(own),
            };
            fs::remove_file(&path).unwrap();
            make(&path);
            for line in [&CHANGE[..], &["run", "--once"]] {
                let ran = it.run(line);
                // Of the lock nobody hears who writes nothing.
                if ran.code != 0 || line == CHANGE {
                    assert_eq!(ran.code, 4, "{name}, {what}: {}", ran.stderr);
                    let words = format!("{name} is {what}");
                    assert!(ran.stderr.contains(&words), "{name}: {}", ran.stderr);
                    assert!(
                        ran.stderr.contains("see who has put it there"),
                        "{}",
                        ran.stderr
                    );
                }
            }
        }
    }
    // Where a person names a ring.
    let it = Sandbox::begun();
    pipe(&it.path("pipe"));
    for name in ["pipe", "/dev/zero"] {
        for line in [
            &["restore", name, "--yes"][..],
            &["import", name, "--yes", "--store", "file:new.json"],
            &["inspect", "--ring", name, "value"],
        ] {
            let ran = it.run(line);
            assert_eq!(ran.code, 4, "{line:?}: {}", ran.stderr);
            assert!(
                ran.stderr.contains("it is a pipe or a device"),
                "{}",
                ran.stderr
            );
        }
    }
}

/// As `docker run -i ... import /dev/stdin < ring.json` does, where the container has no file of
/// it.
#[test]
fn a_ring_that_is_piped_into_the_command_is_read_although_a_pipe_that_is_named_is_not() {
    let it = Sandbox::begun();
    let text = fs::read_to_string(it.document()).unwrap();
    for (at, name) in ["-", "/dev/stdin"].into_iter().enumerate() {
        let store = format!("file:{at}.json");
        let line = ["import", name, "--keep-sessions", "--store", &store];
        let ran = it.run_with(&line, &text);
        assert_eq!(ran.code, 0, "{name}: {}", ran.stderr);
        let ran = it.run_with(&["restore", name, "--keep-sessions"], &text);
        assert_eq!(ran.code, 0, "{name}: {}", ran.stderr);
        for (input, words) in [
            (String::new(), "the file is empty"),
            (text[..99].into(), "not a ring document"),
            (" ".repeat(600_000), "bytes"),
        ] {
            let ran = it.run_with(&["restore", name, "--yes"], &input);
            assert_eq!(ran.code, 4, "{name}: {}", ran.stderr);
            assert!(ran.stderr.contains(words), "{name}: {}", ran.stderr);
        }
    }
}

#[test]
fn a_link_where_the_store_has_a_file_is_refused_and_not_followed() {
    for (name, is_directory) in [
        ("lock", false),
        ("head.json", false),
        ("published.json", false),
        ("kept", true),
        ("", true),
    ] {
        let it = Sandbox::begun();
        it.does(&CHANGE);
        let path = it.path("ring.json.keeper").join(name);
        let path = path.components().collect::<PathBuf>();
        // It leads to what was there, so that following it would work.
        let away = it.path("away");
        fs::rename(&path, &away).unwrap();
        symlink(&away, &path).unwrap();
        let before = it.files();
        let ran = it.run(&["revoke", "--session", "00c0ffee00c0ffef"]);
        assert_eq!(ran.code, 4, "{name}: {}", ran.stderr);
        let words = format!("{} is a symbolic link", path.file_name().unwrap().display());
        assert!(ran.stderr.contains(&words), "{name}: {}", ran.stderr);
        assert!(before == it.files(), "{name}");
        // The negative control: without the link it is done.
        fs::remove_file(&path).unwrap();
        fs::rename(&away, &path).unwrap();
        assert_eq!(path.is_dir(), is_directory);
        it.does(&["revoke", "--session", "00c0ffee00c0ffef"]);
    }
}

#[test]
fn a_directory_that_others_may_write_is_refused_until_it_is_closed() {
    let it = Sandbox::begun();
    it.does(&CHANGE);
    for (name, mode, closed) in [
        ("ring.json.keeper", 0o770, 0o700),
        ("ring.json.keeper", 0o777, 0o755),
        ("ring.json.keeper/kept", 0o722, 0o700),
        (".", 0o777, 0o1777),
        (".", 0o1707, 0o775),
        (".", 0o707, 0o755),
    ] {
        let path = it.path(name);
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        if mode & 0o1000 == 0 {
            let ran = it.refuses(
                &["revoke", "--session", "00c0ffee00c0ffef"],
                4,
                "by other users",
            );
            assert!(
                ran.stderr.contains(&format!("{mode:04o}")),
                "{}",
                ran.stderr
            );
            assert!(ran.stderr.contains("chmod go-w"), "{}", ran.stderr);
        }
        fs::set_permissions(&path, Permissions::from_mode(closed)).unwrap();
        it.does(&["revoke", "--session", "00c0ffee00c0ffef"]);
    }
}
