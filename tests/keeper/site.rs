//! What stands where visitors come? A directory, three replicas that read their ring from it, and as many
//! keepers as there happen to be.

use std::path::PathBuf;
use std::sync::RwLock;

use tempfile::TempDir;

use crate::programs::{Running, ask, axum_ssr, named, sealjar};

pub(crate) const REPLICAS: usize = 3;

pub(crate) struct Site {
    directory: TempDir,
    replicas: [RwLock<Option<Replica>>; REPLICAS],
}

struct Replica {
    /// It lives as long as this does.
    _process: Running,
    origin: String,
}

impl Site {
    /// Begins a ring that rotates every three seconds, and starts the replicas.
    pub(crate) fn start() -> Self {
        let site = Self {
            directory: tempfile::tempdir().unwrap(),
            replicas: Default::default(),
        };
        let begun = ask(
            &site.store(),
            &[
                "init",
                "--ring",
                "web",
                "--rotate-every",
                "3s",
                "--distribution",
                "1s",
                "--skew",
                "1s",
                "--token-lifetime",
                "170s",
            ],
        );
        assert!(begun.status.success(), "{begun:?}");
        for slot in 0..REPLICAS {
            site.replace_replica(slot);
        }
        site
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
            .env("SEALJAR_RING", self.store());
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
