//! How does the test get a machine of its own, and leave nothing of it behind?
//!
//! It runs itself again as the first process of new namespaces for processes, mounts and the
//! network. When that process ends, however it does, the kernel ends all others there, the engine
//! and its containers, and takes away what they mounted and their network: everything they write is
//! in memory, below `/run`. It is killed when this process ends, however that does. What the kernel
//! does not take away are empty control groups, which this process removes, and those of a run
//! before whose process was killed.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use sealjar_tests::traefik;
use tokio::process::Command;
use tokio::signal::unix::{SignalKind, signal};

use crate::images;

/// Whether this process runs on a machine of its own.
pub(crate) fn is_own() -> bool {
    std::env::var_os(OWN).is_some()
}

/// Returns the control group that all containers belong into.
pub(crate) fn control_group() -> String {
    std::env::var(OWN).unwrap()
}

/// Runs this program again, on a machine of its own.
pub(crate) fn run_again(with_traefik: bool) -> ExitCode {
    if let Err(missing) = check(with_traefik) {
        eprintln!("error: {missing}");
        return ExitCode::FAILURE;
    }
    // There is no network in there for cargo to ask.
    images::build_programs();
    remove_control_groups();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let code = runtime.block_on(run_until_told());
    remove_control_groups();
    code
}

/// Prepares the machine, in the process that runs on it.
pub(crate) fn prepare() {
    let run = |program: &str, arguments: &[&str]| {
        let status = std::process::Command::new(program).args(arguments).status();
        assert!(status.unwrap().success(), "{program} {arguments:?}");
    };
    run("mount", &["-t", "tmpfs", "sealjar-swarm", "/run"]);
    if Path::new(ENGINE_SETTINGS).exists() {
        run("mount", &["-t", "tmpfs", "sealjar-swarm", ENGINE_SETTINGS]);
    } else {
        // The engine would make it, and it would stay.
        run("mkdir", &["/run/etc", "/run/etc.work"]);
        let layers = "lowerdir=/etc,upperdir=/run/etc,workdir=/run/etc.work";
        run(
            "mount",
            &["-t", "overlay", "-o", layers, "sealjar-swarm", "/etc"],
        );
    }
    run("ip", &["link", "set", "lo", "up"]);
}

/// Says what is missing, and how to get it.
fn check(with_traefik: bool) -> Result<(), String> {
    let owner = fs::metadata("/proc/self").map_err(|_| "a Swarm is tried on Linux only".to_owned());
    if owner?.uid() != 0 {
        return Err(
            "only root may start an engine of its own\nhint: run `just swarm` as root".into(),
        );
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let in_front = NEEDED_WITH_TRAEFIK.iter().filter(|_| with_traefik);
    for (program, package) in NEEDED.iter().chain(in_front) {
        if !std::env::split_paths(&path).any(|place| place.join(program).exists()) {
            return Err(format!(
                "{program} is not installed\nhint: on Debian: apt-get install {package}"
            ));
        }
    }
    if with_traefik {
        traefik::check()?;
    }
    Ok(())
}

async fn run_until_told() -> ExitCode {
    let mut interrupt = signal(SignalKind::interrupt()).unwrap();
    let mut terminate = signal(SignalKind::terminate()).unwrap();
    let mut machine = Command::new("setpriv")
        .args(["--pdeathsig", "KILL", "unshare", "--fork", "--kill-child"])
        .args(["--pid", "--mount-proc", "--mount", "--net"])
        .arg(std::env::current_exe().unwrap())
        .args(std::env::args_os().skip(1))
        .env(OWN, format!("{GROUP}{}", std::process::id()))
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    tokio::select! {
        ended = machine.wait() => match ended.unwrap().code() {
            Some(0) => ExitCode::SUCCESS,
            _ => ExitCode::FAILURE,
        },
        _ = interrupt.recv() => ExitCode::from(130),
        _ = terminate.recv() => ExitCode::from(143),
    }
}

/// Removes the control groups of this process, and of others that are gone.
fn remove_control_groups() {
    let mounted = Path::new("/sys/fs/cgroup");
    // One hierarchy, or one for each controller below it.
    let hierarchies = directories(mounted).chain([mounted.to_owned()]);
    for group in hierarchies.flat_map(|it| directories(&it).collect::<Vec<_>>()) {
        let name = group.file_name().unwrap_or_default().to_string_lossy();
        let Some(owner) = name.strip_prefix(GROUP.trim_start_matches('/')) else {
            continue;
        };
        if owner == std::process::id().to_string() || !Path::new("/proc").join(owner).exists() {
            remove_group(&group);
        }
    }
}

/// Removes a control group, as soon as the last process in it is gone.
fn remove_group(group: &Path) {
    for inner in directories(group) {
        remove_group(&inner);
    }
    let patience = Instant::now() + PATIENCE;
    while let Err(error) = fs::remove_dir(group) {
        if Instant::now() > patience {
            eprintln!("warning: {} stays behind: {error}", group.display());
            return;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn directories(place: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    let entries = fs::read_dir(place).into_iter().flatten().flatten();
    let directory = entries.filter(|it| it.file_type().is_ok_and(|kind| kind.is_dir()));
    directory.map(|it| it.path())
}

/// Names the control group to the process that runs on the machine, and tells it that it does.
const OWN: &str = "SEALJAR_SWARM_MACHINE";

/// What the control group's name begins with, before the number of the process that answers for it.
const GROUP: &str = "/sealjar-swarm-";

/// Where the engine writes a key of its own, whatever its settings.
const ENGINE_SETTINGS: &str = "/etc/docker";

/// What is run, and where Debian has it.
const NEEDED: [(&str, &str); 8] = [
    (
        "docker",
        "docker.io, or docker-cli where that has no client",
    ),
    ("dockerd", "docker.io"),
    ("ip", "iproute2"),
    ("iptables", "iptables"),
    ("setpriv", "util-linux"),
    ("strip", "binutils"),
    ("tar", "tar"),
    ("unshare", "util-linux"),
];

const NEEDED_WITH_TRAEFIK: [(&str, &str); 2] =
    [("haproxy", "haproxy"), ("redis-server", "redis-server")];

/// How long killed processes may take to be gone.
const PATIENCE: Duration = Duration::from_secs(10);
