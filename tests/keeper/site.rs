//! The site of these tests: a ring, replicas on two frameworks behind a proxy, and any number of
//! keepers.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

use sealjar_tests::programs::{Program, Running, ask, named};
use sealjar_tests::proxy::{self, Routes};
use tempfile::TempDir;

use crate::courier::Courier;

/// The number of replicas. Even ones run on axum, odd ones on actix-web.
pub(crate) const REPLICAS: usize = 4;

pub(crate) struct Site {
    /// Copies the document for each replica, if they do not read the same file.
    courier: Option<Courier>,
    directory: TempDir,
    /// They live as long as the site.
    replicas: Mutex<[Option<Running>; REPLICAS]>,
    routes: Routes,
    proxy: SocketAddr,
}

impl Site {
    /// Creates a ring that rotates every three seconds, and starts replicas that all read its
    /// document.
    pub(crate) fn start() -> Self {
        let site = Self::begun();
        site.start_replicas();
        site
    }

    /// The same with replicas that each get a copy, up to 0.75 of a second late.
    pub(crate) fn start_apart() -> Self {
        let mut site = Self::begun();
        let late = |slot: u32| Duration::from_millis(250) * slot;
        let places = (0..REPLICAS)
            .zip(0..)
            .map(|(slot, number)| (site.copy(slot), late(number)));
        site.courier = Some(Courier::start(&site.store(), places.collect()));
        site.start_replicas();
        site
    }

    /// The same with two rings, one for each framework.
    pub(crate) fn start_split() -> Self {
        let site = Self::start();
        let other = site.store().with_file_name("other-ring.json");
        begin_ring(&other);
        for slot in (1..REPLICAS).step_by(2) {
            site.start_replica(slot, &other);
        }
        site
    }

    fn begun() -> Self {
        let directory = tempfile::tempdir().unwrap();
        begin_ring(&directory.path().join(RING));
        let routes = Routes::new(vec![None; REPLICAS].into());
        Self {
            courier: None,
            directory,
            replicas: Mutex::default(),
            proxy: proxy::start(routes.clone()),
            routes,
        }
    }

    fn start_replicas(&self) {
        for slot in 0..REPLICAS {
            self.replace_replica(slot);
        }
    }

    pub(crate) fn store(&self) -> PathBuf {
        self.directory.path().join(RING)
    }

    /// Starts a keeper.
    pub(crate) fn keeper(&self) -> Keeper {
        let mut command = Program::Sealjar.command();
        let store = named(&self.store());
        command.args(["--store", &store, "run", "--listen", "127.0.0.1:0"]);
        let process = Running::start(command);
        let address = process.hear("health at http://");
        Keeper { process, address }
    }

    /// Kills the replica of a slot and starts another.
    pub(crate) fn replace_replica(&self, slot: usize) {
        let document = match self.courier {
            Some(_) => self.copy(slot),
            None => self.store(),
        };
        self.start_replica(slot, &document);
    }

    fn start_replica(&self, slot: usize, document: &Path) {
        let mut replicas = self.replicas.lock().unwrap();
        self.routes.write().unwrap()[slot] = None;
        replicas[slot] = None;
        let (program, name) = match slot % 2 {
            0 => (Program::AxumSsr, format!("axum-{slot}")),
            _ => (Program::ActixSsr, format!("actix-{slot}")),
        };
        let (process, address) = program.serve(&name, document, &[]);
        replicas[slot] = Some(process);
        self.routes.write().unwrap()[slot] = Some(address);
    }

    /// The address for visitors.
    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.proxy)
    }

    fn copy(&self, slot: usize) -> PathBuf {
        self.directory.path().join(format!("copy-{slot}.json"))
    }

    pub(crate) fn ring(&self) -> sealjar::KeyRing {
        let text = std::fs::read(self.store()).unwrap();
        sealjar::KeyRing::from_json(&text).unwrap()
    }
}

/// A running `sealjar run`.
pub(crate) struct Keeper {
    pub(crate) process: Running,
    pub(crate) address: String,
}

/// Creates a ring that rotates every three seconds.
pub(crate) fn begin_ring(store: &Path) {
    let policy = "--rotate-every 3s --distribution 1s --skew 1s --token-lifetime 170s";
    let mut arguments = vec!["init", "--ring", "web", "--app", "shop"];
    arguments.extend(policy.split(' '));
    let begun = ask(store, &arguments);
    assert!(begun.status.success(), "{begun:?}");
}

const RING: &str = "session-ring.json";
