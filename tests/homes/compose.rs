//! Does `examples/compose` say what Compose takes, and do its users get at what they need?
//!
//! The processes run as the users, with the environment and on the directory that Compose reads in
//! the file. No engine starts them: images of the programs are what `tests/swarm` builds.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::Path;
use std::process::{Command, Output};

use sealjar::KeyRing;
use sealjar_tests::programs::{Program, Running};
use serde_json::Value;

use crate::files::{block, example, stdout, yaml};
use crate::fleet::{POLICY, Visits};

#[test]
fn compose_takes_the_file_and_replicas_get_the_directory_read_only() {
    let config = config();
    for service in ["keeper", "web"] {
        assert_eq!(config["services"][service]["read_only"], true);
    }
    assert!(!is_writable(&config["services"]["web"]));
    assert!(is_writable(&config["services"]["keeper"]));
    let user = |service: &str| config["services"][service]["user"].clone();
    assert_ne!(user("keeper"), user("web"));
}

/// The negative control: what the test above would have seen.
#[test]
fn compose_refuses_a_setting_that_does_not_exist() {
    let text = fs::read_to_string(example("compose/compose.yaml")).unwrap();
    let broken = text.replace("stop_grace_period", "stop_grace");
    assert_ne!(text, broken);
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("compose.yaml");
    fs::write(&file, broken).unwrap();
    let judged = compose(&file);
    assert!(!judged.status.success(), "{judged:?}");
}

#[test]
fn users_of_the_file_share_the_ring_and_nobody_is_logged_out() {
    let config = config();
    let directory = tempfile::tempdir().unwrap();
    fs::set_permissions(directory.path(), Permissions::from_mode(0o755)).unwrap();
    let ring = directory.path().join("ring");
    make_directory(&ring);
    let container = |service: &str, program: Program, line: &[&str]| {
        as_container(&config["services"][service], &ring, program, line)
    };

    let mut init = container("keeper", Program::Sealjar, &["init", "--app", "shop"]);
    stdout(init.output().unwrap());
    let document = ring.join("session-ring.json");
    // Before the page's next line no replica can read it.
    let unread = container("web", Program::AxumSsr, &["--listen", "127.0.0.1:0"]).output();
    assert!(!unread.unwrap().status.success());
    fs::set_permissions(&document, Permissions::from_mode(0o640)).unwrap();

    let run = ["run", "--listen", "127.0.0.1:0"];
    let _keeper = Running::start(container("keeper", Program::Sealjar, &run));
    let replicas: Vec<_> = (0..3)
        .map(|number| {
            let name = format!("web.{number}");
            let line = ["--listen", "127.0.0.1:0", "--replica", &name];
            let process = Running::start(container("web", Program::AxumSsr, &line));
            let address = process.hear("listening on http://").parse().unwrap();
            (process, address)
        })
        .collect();
    let addresses: Vec<_> = replicas.iter().map(|(_, address)| *address).collect();
    let read = || KeyRing::from_json(&fs::read(&document).unwrap()).unwrap();
    let mut visits = Visits::begin(&addresses, &read());
    visits.rotations(2, read);
    visits.end_without_loss();

    // A replica's user can neither write the ring nor see the keeper's store.
    let config_of_web = &config["services"]["web"];
    for forbidden in ["touch session-ring.json.new", "ls session-ring.json.keeper"] {
        let mut shell = Command::new("sh");
        shell.args(["-c", forbidden]).current_dir(&ring);
        let ran = as_user(config_of_web, &shell).output().unwrap();
        assert!(!ran.status.success(), "{forbidden}: {ran:?}");
    }
}

/// As the page's first line does, which this test holds it to.
fn make_directory(ring: &Path) {
    let page = block("compose.md", "Start");
    assert!(
        page.contains("install -d -o 65532 -g 65533 -m 0750 /srv/shop-ring\n"),
        "{page}"
    );
    assert!(
        page.contains("chmod 0640 /srv/shop-ring/session-ring.json\n"),
        "{page}"
    );
    fs::create_dir(ring).unwrap();
    chown(ring, Some(65532), Some(65533)).unwrap();
    fs::set_permissions(ring, Permissions::from_mode(0o750)).unwrap();
}

/// A process as Compose would start it, but for its root.
fn as_container(service: &Value, ring: &Path, program: Program, line: &[&str]) -> Command {
    let mut command = Command::new(crate::files::program(program));
    command.args(line).env_clear().env("RUST_LOG", "info");
    for (name, value) in service["environment"].as_object().unwrap() {
        let value = value.as_str().unwrap();
        command.env(name, value.replace("/srv/ring", ring.to_str().unwrap()));
    }
    command.envs(POLICY);
    as_user(service, &command)
}

fn as_user(service: &Value, command: &Command) -> Command {
    let (user, group) = service["user"].as_str().unwrap().split_once(':').unwrap();
    let mut wrapped = Command::new("setpriv");
    wrapped
        .args([
            "--reuid",
            user,
            "--regid",
            group,
            "--clear-groups",
            "--no-new-privs",
        ])
        .args(["--bounding-set", "-all"])
        .arg(command.get_program())
        .args(command.get_args())
        .env_clear()
        .env("PATH", "/usr/bin:/bin");
    for (name, value) in command.get_envs() {
        wrapped.env(name, value.unwrap());
    }
    if let Some(directory) = command.get_current_dir() {
        wrapped.current_dir(directory);
    }
    wrapped
}

fn is_writable(service: &Value) -> bool {
    match &service["volumes"][0] {
        // Compose 1 writes it short.
        Value::String(short) => !short.ends_with(":ro"),
        long => long["read_only"] != true,
    }
}

/// The file as Compose reads it.
fn config() -> Value {
    yaml(&stdout(compose(&example("compose/compose.yaml")))).remove(0)
}

/// The plugin of docker, or the program that Debian 12 has.
fn compose(file: &Path) -> Output {
    let plugin = Command::new("docker").args(["compose", "version"]).output();
    let mut command = if plugin.is_ok_and(|it| it.status.success()) {
        let mut docker = Command::new("docker");
        docker.arg("compose");
        docker
    } else {
        Command::new("docker-compose")
    };
    command.arg("-f").arg(file).arg("config").output().unwrap()
}
