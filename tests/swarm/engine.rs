//! How does a private Docker engine start, and how is it told what to do?

use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use crate::wait::wait_until;
use crate::{images, machine};

/// A running engine, with our images. The machine it runs on ends with this process.
#[derive(Debug)]
pub(crate) struct Engine {
    daemon: Child,
    /// How it is reached, as `DOCKER_HOST` has it.
    pub(crate) socket: String,
}

impl Engine {
    /// Starts the one that most parts share: a Swarm of one manager.
    pub(crate) fn start() -> Self {
        machine::prepare();
        fs::create_dir_all(HOME).unwrap();
        let engine = Self::launch(&mut Command::new("dockerd"), LOG, SOCKET.into());
        engine.begin_swarm("127.0.0.1");
        engine
    }

    /// Starts an engine by this command, whose `/run` is its own.
    pub(crate) fn launch(dockerd: &mut Command, log: &str, socket: String) -> Self {
        let said = File::create(log).unwrap();
        let daemon = dockerd
            .args(["--host", SOCKET, "--pidfile", "/run/sealjar/pid"])
            .args(["--data-root", "/run/sealjar/data"])
            .args(["--exec-root", "/run/sealjar/exec"])
            .args(["--cgroup-parent", &machine::control_group()])
            .args(["--log-level", "warn"])
            // Another driver would ask the machine's systemd.
            .args(["--exec-opt", "native.cgroupdriver=cgroupfs"])
            // A port whose container is gone refuses connections, and nobody accepts them for it.
            .arg("--userland-proxy=false")
            .stdout(said.try_clone().unwrap())
            .stderr(said)
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        let mut engine = Self { daemon, socket };
        let patience = Instant::now() + PATIENCE;
        while !engine.ask(&["version"]).status.success() {
            let ended = engine.daemon.try_wait().unwrap();
            assert!(
                ended.is_none() && Instant::now() < patience,
                "the engine did not start, and this is how its log ends:\n{}",
                last_lines(log)
            );
            std::thread::sleep(Duration::from_millis(50));
        }
        images::import_ours(&engine);
        engine
    }

    /// Begins a swarm, as its only manager.
    pub(crate) fn begin_swarm(&self, address: &str) {
        let here = ["--advertise-addr", address, "--listen-addr", address];
        self.docker(&[&["swarm", "init"], &here[..]].concat());
    }

    /// Runs `docker`, which has to succeed, and returns what it printed.
    pub(crate) fn docker(&self, arguments: &[&str]) -> String {
        printed(&self.ask(arguments), arguments)
    }

    /// Runs `docker`, as it may go.
    pub(crate) fn ask(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Prepares to run `docker`.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("docker");
        command
            .args(arguments)
            .env("DOCKER_HOST", &self.socket)
            .env("DOCKER_CONFIG", HOME)
            .stdin(Stdio::null());
        command
    }

    /// Deploys a stack from files of the repository or of elsewhere, the later ones over the
    /// earlier, with what they leave to the environment.
    pub(crate) fn deploy(&self, stack: &str, files: &[&str], settings: &[(&str, &str)]) {
        let files = files.iter().map(|file| Path::new(ROOT).join(file));
        let files: Vec<_> = files
            .map(|it| it.into_os_string().into_string().unwrap())
            .collect();
        let mut deploy = vec!["stack", "deploy", "--resolve-image", "never"];
        for file in &files {
            deploy.extend(["-c", file]);
        }
        deploy.push(stack);
        let mut command = self.command(&deploy);
        command.envs(settings.iter().copied());
        printed(&command.output().unwrap(), &deploy);
    }

    /// Removes a stack, and returns when all of it is gone.
    pub(crate) fn remove(&self, stack: &str) {
        self.docker(&["stack", "rm", stack]);
        let ours = format!("label=com.docker.stack.namespace={stack}");
        let left = || {
            let containers = self.docker(&["ps", "-aq", "--filter", &ours]);
            containers + &self.docker(&["network", "ls", "-q", "--filter", &ours])
        };
        wait_until(|| left().is_empty(), left);
    }

    /// Keeps a document as a secret, by way of a file: the ring of a test is gone with its machine.
    pub(crate) fn keep_secret(&self, name: &str, document: &[u8]) {
        let file = format!("{HOME}/{name}");
        fs::write(&file, document).unwrap();
        self.docker(&["secret", "create", name, &file]);
    }
}

/// Returns what a command printed that has to have succeeded.
pub(crate) fn printed(output: &Output, arguments: &[&str]) -> String {
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "docker {arguments:?}: {error}");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

fn last_lines(log: &str) -> String {
    let log = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<_> = log.lines().collect();
    lines[lines.len().saturating_sub(12)..].join("\n")
}

/// What is the test's own on its machine.
pub(crate) const HOME: &str = "/run/sealjar";

const LOG: &str = "/run/sealjar/log";
/// Where an engine takes what it is asked. It lies where stack files mount it: `/run` is the
/// test's own.
pub(crate) const SOCKET: &str = "unix:///var/run/docker.sock";
/// The top of the repository.
pub(crate) const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// Far more than an engine takes to start.
const PATIENCE: Duration = Duration::from_secs(60);
