//! What does a keeper's turn cost over a full ring, when nothing is due?

use sealjar::{KeyRing, Revocations, Timestamp};
use sealjar_keeper::Keeper;
use sealjar_keeper::plan::{Sessions, Situation};
use sealjar_keeper::policy::PolicySettings;
use sealjar_keeper::store::FileStore;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::measure::{Contest, Effort};
use crate::report::{Budget, Cell, Report, Table};
use crate::rings;

pub(crate) fn run(effort: Effort, report: &mut Report) {
    let now = Timestamp::now().expect("a sane clock");
    let small = &Store::begun(1, rings::no_revocations(), 0, now);
    let alone = &Store::begun(63, rings::full_revocations(now), 0, now);
    let full = &Store::begun(63, rings::full_revocations(now), 8, now);
    let [small, alone, full] = Contest::default()
        .add(|| small.turn())
        .add(|| alone.turn())
        .add(|| full.turn())
        .run(effort);
    let mut table = Table::new("one turn of a keeper over files, nothing due", &["time"]);
    for (name, time) in [
        ("2 keys, nothing revoked", small),
        ("64 keys, 8192 revocations", alone),
        ("the same, 8 earlier epochs kept", full),
    ] {
        table.row(name, [Cell::Us(time)]);
    }
    report.tables.push(table);
    report.budgets.push(Budget::at_most(
        "a keeper's turn, 64 keys and 8192 revocations",
        Cell::Us(5e6),
        Cell::Us(full),
    ));
}

/// A keeper and its own directory.
struct Store {
    keeper: Keeper<FileStore>,
    runtime: Runtime,
    _directory: TempDir,
}

impl Store {
    /// Puts a ring with this many keys and a standby into a store that keeps this many earlier
    /// epochs.
    fn begun(keys: u32, revocations: Revocations, kept: u32, now: Timestamp) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let document = FileStore::new(directory.path().join("session-ring.json"));
        let store = Self {
            keeper: Keeper::new(document, PolicySettings::default()).clock(move || Ok(now)),
            runtime: tokio::runtime::Builder::new_current_thread()
                .build()
                .expect("a runtime"),
            _directory: directory,
        };
        let ring = rings::ring(&rings::keys(keys, now), revocations);
        let entries = ring.revocations().entries();
        let begun = store.keeper.restore(&ring, Sessions::Keep);
        store.runtime.block_on(begun).expect("an empty store");
        for _ in 0..kept {
            // An id that is already listed, so that the list does not grow.
            let again = |situation: &Situation<'_>| situation.revoke_session([0; 8]);
            let change = store.keeper.change(&again);
            store.runtime.block_on(change).expect("there is room");
        }
        let ring = store.turn();
        assert_eq!(ring.keys().len(), keys as usize + 1);
        assert_eq!(ring.revocations().entries(), entries);
        store
    }

    fn turn(&self) -> KeyRing {
        let turn = self.runtime.block_on(self.keeper.turn());
        let turn = turn.expect("a sound store");
        assert!(turn.steps.is_empty(), "nothing is due");
        turn.ring
    }
}
