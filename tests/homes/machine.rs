//! How does systemd run on a machine that has another first process?
//!
//! In namespaces, as the first process of its own: it sees the real machine's files and writes into
//! memory. What a unit's settings forbid is forbidden by the real kernel.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use sealjar_tests::guard;
use tempfile::TempDir;

pub(crate) struct Machine {
    /// Where commands run. It is `/srv/shared` inside.
    shared: TempDir,
    _upper: TempDir,
    unshare: Child,
    systemd: String,
    group: PathBuf,
}

impl Machine {
    pub(crate) fn start() -> Self {
        let (shared, upper) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let group = control_group();
        fs::create_dir(&group).expect("root can make a control group: run `just homes` as root");
        let log = fs::File::create(shared.path().join("systemd.log")).unwrap();
        let mut unshare = Command::new("sh");
        unshare
            .args([
                "-euc",
                "echo $$ >\"$1/cgroup.procs\"; shift; exec unshare --mount --pid --fork --kill-child --cgroup --uts --ipc \"$@\"",
                "sh",
            ])
            .arg(&group)
            .arg(crate::files::root().join("tests/homes/machine.sh"))
            .args([upper.path(), shared.path()])
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log);
        let unshare = guard::spawn(&mut unshare).unwrap();
        let mut machine = Self {
            shared,
            _upper: upper,
            unshare,
            systemd: String::new(),
            group,
        };
        machine.wait();
        machine
    }

    /// Until it answers.
    fn wait(&mut self) {
        let id = self.unshare.id();
        let patience = Instant::now() + PATIENCE;
        loop {
            let children = fs::read_to_string(format!("/proc/{id}/task/{id}/children"));
            self.systemd = children.unwrap_or_default().trim().to_owned();
            if !self.systemd.is_empty() && self.tries("systemctl list-units").is_ok() {
                return;
            }
            let log = fs::read_to_string(self.shared("systemd.log")).unwrap();
            assert!(Instant::now() < patience, "systemd does not answer: {log}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// A path in the directory that both machines see.
    pub(crate) fn shared(&self, path: &str) -> PathBuf {
        self.shared.path().join(path)
    }

    /// A file of the machine, as the real one sees it.
    pub(crate) fn path(&self, path: &str) -> PathBuf {
        Path::new("/proc")
            .join(&self.systemd)
            .join("root")
            .join(path)
    }

    /// Runs shell as root there, and returns what it says.
    pub(crate) fn does(&self, script: &str) -> String {
        self.tries(script)
            .unwrap_or_else(|said| panic!("{script}: {said}"))
    }

    /// The same for what may fail.
    pub(crate) fn tries(&self, script: &str) -> Result<String, String> {
        let ran = Command::new("nsenter")
            .args([
                "--target",
                &self.systemd,
                "--mount",
                "--pid",
                "--uts",
                "--ipc",
            ])
            .args(["sh", "-euc", &format!("cd /srv/shared; {script}")])
            .env_remove("SEALJAR_STORE")
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&[ran.stdout, ran.stderr].concat()).into_owned();
        if ran.status.success() {
            Ok(said)
        } else {
            Err(said)
        }
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        // With the first process of its namespace all of them end.
        if !self.systemd.is_empty() {
            _ = Command::new("kill").args(["-KILL", &self.systemd]).status();
        }
        _ = self.unshare.kill();
        _ = self.unshare.wait();
        guard::end(&self.unshare);
        let patience = Instant::now() + PATIENCE;
        while !remove(&self.group) && Instant::now() < patience {
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

/// A name for a control group, in the one hierarchy that systemd asks for.
fn control_group() -> PathBuf {
    let groups = Path::new("/sys/fs/cgroup");
    let hierarchy = if groups.join("cgroup.controllers").exists() {
        groups.to_owned()
    } else {
        groups.join("systemd")
    };
    hierarchy.join(format!("sealjar-homes-{}", std::process::id()))
}

/// Removes a control group with those in it. `false`: something still runs there.
fn remove(group: &Path) -> bool {
    let Ok(entries) = fs::read_dir(group) else {
        return true;
    };
    for entry in entries.flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            remove(&entry.path());
        }
    }
    fs::remove_dir(group).is_ok()
}

const PATIENCE: Duration = Duration::from_secs(30);
