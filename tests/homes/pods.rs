//! A ring that the CronJob keeps, and three pods that mount its Secret.
//!
//! The CronJob's own script runs, with the environment that it has there, and with the kubectl of
//! this machine.

use std::fs::Permissions;
use std::net::SocketAddr;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use sealjar::KeyRing;
use sealjar_tests::programs::{Program, Running};
use serde_json::Value;
use tempfile::TempDir;

use crate::cluster::{Cluster, GROUP};
use crate::files::{example, program, yaml};
use crate::fleet::{POLICY, Visits};

pub(crate) struct Site {
    pub(crate) cluster: Cluster,
    pub(crate) cron: Cron,
    workers: Vec<JoinHandle<()>>,
    /// The ring as it is mounted in a pod.
    pub(crate) secret: PathBuf,
    replicas: Vec<(Running, SocketAddr)>,
    _directory: TempDir,
}

impl Site {
    /// Each pod gets a ring so much later than the one before. With `edit` the script is another.
    pub(crate) fn begun(apart: Duration, edit: impl FnOnce(String) -> String) -> Self {
        let objects = objects();
        let directory = tempfile::tempdir().unwrap();
        let cluster = Cluster::new(find(&objects, "Role")["rules"].clone());
        let server = cluster.serve();
        let cron = Cron::of(
            &find(&objects, "CronJob"),
            directory.path(),
            &server.to_string(),
            edit,
        );
        let begun = cron.run("init --app shop");
        assert!(begun.status.success(), "{begun:?}");

        let (mut workers, mut replicas) = (Vec::new(), Vec::new());
        for number in 0..3 {
            let volume = directory.path().join(format!("pod-{number}"));
            workers.push(cluster.kubelet(volume.clone(), apart * number));
            let ring = volume.join("session-ring.json");
            replicas.push(start_pod(&format!("shop.{number}"), &ring));
        }
        let turns = (cluster.clone(), cron.clone());
        workers.push(thread::spawn(move || {
            let (cluster, cron) = turns;
            while !cluster.is_over() {
                // A run that fails is a failed Job; the next one comes.
                _ = cron.run("");
                thread::sleep(Duration::from_millis(500));
            }
        }));
        Self {
            secret: directory.path().join("pod-0/session-ring.json"),
            cluster,
            cron,
            workers,
            replicas,
            _directory: directory,
        }
    }

    pub(crate) fn visits(&self) -> Visits {
        let addresses: Vec<_> = self.replicas.iter().map(|(_, address)| *address).collect();
        Visits::begin(&addresses, &self.ring())
    }

    pub(crate) fn ring(&self) -> KeyRing {
        KeyRing::from_json(&self.cluster.ring().unwrap()).unwrap()
    }

    /// The keeper's document.
    pub(crate) fn stored(&self) -> KeyRing {
        KeyRing::from_json(&std::fs::read(&self.cron.ring).unwrap()).unwrap()
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.cluster.end();
        for worker in self.workers.drain(..) {
            _ = worker.join();
        }
    }
}

/// A replica as the pod's user and its group, and nobody else's.
fn start_pod(name: &str, ring: &Path) -> (Running, SocketAddr) {
    let mut command = Command::new("setpriv");
    command
        .args([
            "--reuid",
            "65532",
            "--regid",
            &GROUP.to_string(),
            "--clear-groups",
            "--no-new-privs",
        ])
        .arg(program(Program::AxumSsr))
        .args(["--listen", "127.0.0.1:0", "--replica", name])
        .env("SEALJAR_RING", ring)
        .env("RUST_LOG", "info");
    let process = Running::start(command);
    let address = process.hear("listening on http://").parse().unwrap();
    (process, address)
}

/// The container of the CronJob, whose volume is a directory.
#[derive(Clone)]
pub(crate) struct Cron {
    command: Vec<String>,
    environment: Vec<(String, String)>,
    pub(crate) ring: String,
}

impl Cron {
    fn of(
        job: &Value,
        directory: &Path,
        server: &str,
        edit: impl FnOnce(String) -> String,
    ) -> Self {
        let container = &job["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"][0];
        let mounted = container["volumeMounts"][0]["mountPath"].as_str().unwrap();
        let (volume, home) = (directory.join("volume"), directory.join("home"));
        for made in [&volume, &home] {
            std::fs::create_dir(made).unwrap();
            chown(made, Some(65532), Some(GROUP)).unwrap();
        }
        std::fs::set_permissions(directory, Permissions::from_mode(0o755)).unwrap();
        let mut environment = environment(container);
        for (name, value) in &mut environment {
            *value = value.replace(mounted, volume.to_str().unwrap());
            match name.as_str() {
                "SETTLE" => *value = "4".into(),
                "HOME" => *value = home.to_str().unwrap().into(),
                _ => {}
            }
        }
        let ring = environment.iter().find(|(name, _)| name == "RING");
        let ring = ring.unwrap().1.clone();
        environment.extend(POLICY.map(|(name, value)| (name.into(), value.into())));
        // In place of the service account, which is mounted in a pod.
        let config = format!(
            "apiVersion: v1\nkind: Config\ncurrent-context: here\n\
             clusters: [{{name: here, cluster: {{server: 'http://{server}'}}}}]\n\
             contexts: [{{name: here, context: {{cluster: here, user: here}}}}]\n\
             users: [{{name: here, user: {{}}}}]\n"
        );
        let path = directory.join("kubeconfig");
        std::fs::write(&path, config).unwrap();
        environment.push(("KUBECONFIG".into(), path.to_str().unwrap().into()));
        let programs = program(Program::Sealjar);
        let programs = programs.parent().unwrap().display();
        let path = format!("{programs}:{}", std::env::var("PATH").unwrap());
        environment.push(("PATH".into(), path));
        let words = |member: &str| {
            let words = container[member].as_array().unwrap().iter();
            words
                .map(|word| word.as_str().unwrap().to_owned())
                .collect::<Vec<_>>()
        };
        let mut command = words("command");
        let [script] = words("args").try_into().unwrap();
        command.push(edit(script));
        Self {
            command,
            environment,
            ring,
        }
    }

    pub(crate) fn run(&self, order: &str) -> Output {
        let mut command = Command::new(&self.command[0]);
        command
            .args(&self.command[1..])
            .env_clear()
            .envs(self.environment.iter().cloned())
            .env("ORDER", order)
            .uid(65532)
            .gid(GROUP);
        command.output().unwrap()
    }
}

/// The objects of the files.
pub(crate) fn objects() -> Vec<Value> {
    let read = |file| yaml(&std::fs::read(example(file)).unwrap());
    FILES.into_iter().flat_map(read).collect()
}

pub(crate) fn find(objects: &[Value], kind: &str) -> Value {
    let found = objects.iter().find(|object| object["kind"] == kind);
    found.unwrap().clone()
}

pub(crate) fn environment(container: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let variables = container["env"].as_array().unwrap().iter();
    variables
        .map(|it| (text(&it["name"]), text(&it["value"])))
        .collect()
}

pub(crate) const FILES: [&str; 2] = ["kubernetes/keeper.yaml", "kubernetes/shop.yaml"];
