//! What stands where visitors come? A ring, three replicas, and as many keepers as there happen to be.

use std::path::PathBuf;
use std::sync::RwLock;
use std::time::Duration;

use tempfile::TempDir;

use crate::courier::Courier;
use crate::programs::{Running, ask, axum_ssr, named, sealjar};

pub(crate) const REPLICAS: usize = 3;

pub(crate) struct Site {
    /// Brings each replica a copy of its own, if they do not read one document.
    courier: Option<Courier>,
    directory: TempDir,
    replicas: [RwLock<Option<Replica>>; REPLICAS],
}

struct Replica {
    /// It lives as long as this does.
    _process: Running,
    origin: String,
}

impl Site {
    /// Begins a ring that rotates every three seconds, and starts replicas that all read its document.
    pub(crate) fn start() -> Self {
        let mut site = Self::begun();
        site.start_replicas();
        site
    }

    /// The same with replicas that each get a copy, up to 0.8 of a second late.
    pub(crate) fn start_apart() -> Self {
        let mut site = Self::begun();
        let late = |slot: u32| Duration::from_millis(400) * slot;
        let places = (0..REPLICAS).zip(0..).map(|(slot, number)| {
            let place = site.directory.path().join(format!("copy-{slot}.json"));
            (place, late(number))
        });
        site.courier = Some(Courier::start(&site.store(), places.collect()));
        site.start_replicas();
        site
    }

    fn begun() -> Self {
        let site = Self {
            courier: None,
            directory: tempfile::tempdir().unwrap(),
            replicas: Default::default(),
        };
        let policy = "--rotate-every 3s --distribution 1s --skew 1s --token-lifetime 170s";
        let mut arguments = vec!["init", "--ring", "web"];
        arguments.extend(policy.split(' '));
        let begun = ask(&site.store(), &arguments);
        assert!(begun.status.success(), "{begun:?}");
        site
    }

    fn start_replicas(&mut self) {
        for slot in 0..REPLICAS {
            self.replace_replica(slot);
        }
    }

    pub(crate) fn store(&self) -> PathBuf {
        self.directory.path().join("session-ring.json")
    }

    /// Starts a keeper.
    pub(crate) fn keeper(&self) -> Keeper {
        let mut command = sealjar();
        let store = named(&self.store());
        command.args(["--store", &store, "run", "--listen", "127.0.0.1:0"]);
        let process = Running::start(command);
        let address = process.hear("health at http://");
        Keeper { process, address }
    }

    /// Kills the replica of a slot and starts another.
    pub(crate) fn replace_replica(&self, slot: usize) {
        let mut standing = self.replicas[slot].write().unwrap();
        *standing = None;
        let mut command = axum_ssr();
        command
            .args([
                "--listen",
                "127.0.0.1:0",
                "--replica",
                &format!("web-{slot}"),
            ])
            .env("SEALJAR_RING", self.document(slot));
        let process = Running::start(command);
        let address = process.hear("listening on http://");
        *standing = Some(Replica {
            _process: process,
            origin: format!("http://{address}"),
        });
    }

    /// Where the replica of a slot answers, `None` while there is none.
    pub(crate) fn origin(&self, slot: usize) -> Option<String> {
        // While one is replaced its lock is held, and visitors go to the next.
        let replica = self.replicas[slot % REPLICAS].try_read().ok()?;
        replica.as_ref().map(|replica| replica.origin.clone())
    }

    fn document(&self, slot: usize) -> PathBuf {
        match self.courier {
            Some(_) => self.directory.path().join(format!("copy-{slot}.json")),
            None => self.store(),
        }
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
