//! Do the units of `examples/systemd` run under systemd, as `docs/systemd.md` installs them?

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use sealjar::KeyRing;
use sealjar_tests::programs::Program;

use crate::files::{block, example, program};
use crate::fleet::{POLICY, Visits, wait_for};
use crate::machine::Machine;

#[test]
fn systemd_finds_nothing_wrong_with_the_units_and_little_exposed() {
    let units = Units::copied();
    let verified = units.analyze(&["verify"]);
    assert!(verified.status.success(), "{verified:?}");
    assert!(verified.stderr.is_empty(), "{verified:?}");
    for service in SERVICES {
        let judged = units.exposed(service);
        assert!(judged.status.success(), "{judged:?}");
    }
}

/// The negative control: what the test above would have seen.
#[test]
fn systemd_finds_a_setting_that_does_not_exist_and_a_service_that_is_open() {
    let units = Units::copied();
    let path = units.edit("sealjar-keeper.service", |text| {
        text.replace("ProtectSystem=strict", "ProtectTheSystem=strict")
    });
    let verified = units.analyze(&["verify"]);
    let said = String::from_utf8_lossy(&verified.stderr);
    assert!(said.contains("ProtectTheSystem"), "{verified:?}");

    fs::write(path, "[Service]\nExecStart=/bin/true\n").unwrap();
    assert!(!units.exposed("sealjar-keeper.service").status.success());
}

#[test]
fn replicas_under_systemd_follow_the_keeper_and_nobody_is_logged_out() {
    let machine = installed();
    let ring = || read_ring(&machine);
    let replicas: Vec<_> = (1..=3).map(|number| address(&machine, number)).collect();
    let mut visits = Visits::begin(&replicas, &ring());
    visits.rotations(1, ring);

    // A timer's turns in place of the daemon: both units run, in this order.
    machine.does("systemctl reload sealjar-keeper; systemctl stop sealjar-keeper");
    machine.does(
        "systemctl start sealjar-turn.timer; systemctl is-active sealjar-turn.timer; \
         systemctl start sealjar-turn",
    );
    // What the daemon wrote and what turns write has one owner and one mode.
    let stat = machine.does("stat -c '%U %G %a' /var/lib/sealjar/session-ring.json");
    assert_eq!(stat.trim(), "sealjar-keeper sealjar-ring 640");
    let before = ring().epoch();
    wait_for("an epoch of a turn", || {
        machine.does("systemctl start sealjar-turn");
        (ring().epoch() > before).then_some(())
    });
    machine.does("systemctl start sealjar-keeper");
    visits.rotations(1, ring);
    visits.end_without_loss();

    // A command of root's leaves the store with the keeper's user.
    machine.does(
        "sealjar revoke --subject 42 --app shop --store file:/var/lib/sealjar/session-ring.json",
    );
    let foreign = machine.does("find /var/lib/sealjar ! -user sealjar-keeper");
    assert_eq!(foreign, "");

    keeper_is_confined(&machine);
    replica_needs_the_group(&machine);
}

/// A control: under the unit's settings the keeper's user cannot write outside of its directory,
/// even where it could without them.
fn keeper_is_confined(machine: &Machine) {
    machine.does("install -d -o sealjar-keeper -m 0700 /opt/ring");
    let elsewhere = "SEALJAR_STORE=file:/opt/ring/session-ring.json";
    machine.does(&format!(
        "setpriv --reuid sealjar-keeper --regid sealjar-ring --clear-groups env {elsewhere} sealjar init"
    ));
    // Something is to be done there, so that a turn has to write.
    machine.does("rm /opt/ring/session-ring.json");
    drop_in(
        machine,
        "sealjar-turn.service",
        &format!("Environment={elsewhere}"),
    );
    let said = machine.tries("systemctl daemon-reload; systemctl start sealjar-turn");
    said.unwrap_err();
    let why = machine.does("cat /srv/shared/sealjar-turn.service.log");
    assert!(why.contains("Read-only file system"), "{why}");
}

/// A control: a user outside of the group reads no ring.
fn replica_needs_the_group(machine: &Machine) {
    drop_in(
        machine,
        "shop@4.service",
        "SupplementaryGroups=\nRestart=no",
    );
    _ = machine.tries("systemctl daemon-reload; systemctl start shop@4");
    let log = machine.shared("shop@4.service.log");
    wait_for("a refusal", || {
        let said = fs::read_to_string(&log).ok()?;
        said.contains("ermission denied").then_some(())
    });
}

/// A machine on which the page's commands were given.
fn installed() -> Machine {
    let machine = Machine::start();
    let programs = machine.shared("target/release");
    fs::create_dir_all(&programs).unwrap();
    for it in [Program::Sealjar, Program::AxumSsr] {
        fs::copy(program(it), programs.join(it.name())).unwrap();
    }
    let examples = machine.shared("examples/systemd");
    fs::create_dir_all(&examples).unwrap();
    for entry in fs::read_dir(example("systemd")).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), examples.join(entry.file_name())).unwrap();
    }
    // Ports that are free, and logs that can be read: this machine has no journal.
    drop_in(
        &machine,
        "sealjar-keeper.service",
        "Environment=SEALJAR_LISTEN=127.0.0.1:0",
    );
    // Turns for which a timer would take half an hour.
    drop_in(
        &machine,
        "sealjar-turn.service",
        "[Unit]\nStartLimitIntervalSec=0",
    );
    for number in 1..=3 {
        let service = format!("shop@{number}.service");
        drop_in(&machine, &service, "Environment=LISTEN=127.0.0.1:0");
    }
    let policy: String = POLICY
        .iter()
        .map(|(name, value)| format!("export {name}={value}; "))
        .collect();
    machine.does(&(policy + &block("systemd.md", "Install")));
    machine
}

/// Adds to a unit, and lets it say what it says into a file.
fn drop_in(machine: &Machine, unit: &str, settings: &str) {
    let directory = machine.path(&format!("etc/systemd/system/{unit}.d"));
    fs::create_dir_all(&directory).unwrap();
    let log = format!("/srv/shared/{unit}.log");
    let text =
        format!("[Service]\nStandardOutput=append:{log}\nStandardError=append:{log}\n{settings}\n");
    fs::write(directory.join("test.conf"), text).unwrap();
}

fn address(machine: &Machine, number: usize) -> SocketAddr {
    let log = machine.shared(&format!("shop@{number}.service.log"));
    wait_for("a replica", || {
        let said = fs::read_to_string(&log).ok()?;
        let (_, rest) = said.split_once("listening on http://")?;
        let (address, _) = rest.split_once(['\n', '\u{1b}'])?;
        address.trim().parse().ok()
    })
}

fn read_ring(machine: &Machine) -> KeyRing {
    let text = fs::read(machine.path("var/lib/sealjar/session-ring.json")).unwrap();
    KeyRing::from_json(&text).unwrap()
}

/// Copies of the units, whose programs are there.
struct Units(tempfile::TempDir);

impl Units {
    fn copied() -> Self {
        let units = Self(tempfile::tempdir().unwrap());
        for entry in fs::read_dir(example("systemd")).unwrap() {
            let path = entry.unwrap().path();
            let text = fs::read_to_string(&path).unwrap();
            let text = text
                .replace("/usr/local/bin/sealjar", "/bin/true")
                .replace("/usr/local/bin/axum-ssr", "/bin/true");
            fs::write(units.0.path().join(path.file_name().unwrap()), text).unwrap();
        }
        units
    }

    fn edit(&self, unit: &str, edit: impl FnOnce(String) -> String) -> PathBuf {
        let path = self.0.path().join(unit);
        let text = fs::read_to_string(&path).unwrap();
        let edited = edit(text.clone());
        assert_ne!(text, edited, "the control changes something");
        fs::write(&path, edited).unwrap();
        path
    }

    fn analyze(&self, line: &[&str]) -> Output {
        let paths = [
            "sealjar-keeper.service",
            "sealjar-turn.service",
            "sealjar-turn.timer",
            "shop@1.service",
        ];
        let mut command = Command::new("systemd-analyze");
        command
            .args(line)
            .args(paths.map(|unit| Path::new("./").join(unit)));
        command.current_dir(self.0.path()).output().unwrap()
    }

    /// Fails for a service whose exposure is above 2 of 10.
    fn exposed(&self, service: &str) -> Output {
        let mut command = Command::new("systemd-analyze");
        command.args(["security", "--offline=true", "--threshold=20"]);
        command.arg(Path::new("./").join(service));
        command.current_dir(self.0.path()).output().unwrap()
    }
}

const SERVICES: [&str; 3] = [
    "sealjar-keeper.service",
    "sealjar-turn.service",
    "shop@.service",
];
