//! What is left when the machine dies, or the disk fails, at any of a keeper's operations?

use std::path::Path;

use sealjar::KeyRing;

use crate::fixture::Fixture;
use crate::store::disk::Fault;
use crate::{KeeperError, Step};

/// What a keeper is in the middle of.
#[derive(Clone, Copy, Debug)]
enum Doing {
    /// Rotating: commit, publish, record.
    Rotation,
    /// Revoking a key: what is kept of it has to go as well.
    Revocation,
    /// Putting a document right that somebody has replaced.
    Repair,
}

impl Doing {
    const ALL: [Self; 3] = [Self::Rotation, Self::Revocation, Self::Repair];

    async fn prepare(self) -> Fixture {
        Fault::set(None);
        let it = match self {
            Self::Rotation => Fixture::begun().await,
            Self::Revocation | Self::Repair => Fixture::rotated().await,
        };
        match self {
            Self::Rotation => it.pass(1000),
            Self::Revocation => {}
            Self::Repair => std::fs::write(it.document(), "garbage").unwrap(),
        }
        it
    }

    async fn run(self, it: &Fixture) -> Result<Vec<Step>, KeeperError> {
        match self {
            Self::Rotation | Self::Repair => it.keeper.turn().await.map(|turn| turn.steps),
            Self::Revocation => {
                let oldest = it.head().keys()[0].id();
                it.revoke_key(oldest).await.map(|change| change.steps)
            }
        }
    }

    const fn commits(self) -> bool {
        !matches!(self, Self::Repair)
    }
}

#[tokio::test]
async fn a_machine_that_dies_at_any_operation_leaves_an_epoch_whole_and_the_next_turn_goes_on() {
    for doing in Doing::ALL {
        let mut deaths = 0;
        loop {
            let it = doing.prepare().await;
            let before = it.head().epoch();
            Fault::set(Some(Fault::Dies(deaths)));
            let told = doing.run(&it).await;
            if told.is_ok() {
                break;
            }
            let place = format!("{doing:?} after {deaths} operations");
            let head = it.head().epoch();
            assert!(head == before || doing.commits(), "{place}");
            if let Some(delivered) = ring_in(&it.document()) {
                assert!([before, head].contains(&delivered.epoch()), "{place}");
                let recorded = std::fs::read_to_string(it.store_file("published.json"));
                // A repair takes the record away before it puts the document right.
                let recorded = recorded.unwrap_or_default();
                assert!(
                    !recorded.contains(&head.to_string()) || delivered.epoch() == head,
                    "{place}: recorded before it was finished"
                );
            } else {
                assert!(matches!(doing, Doing::Repair), "{place}: torn");
            }
            goes_on_well(&it, &place).await;
            deaths += 1;
        }
        assert!(deaths >= 8, "{doing:?} has only {deaths} operations");
    }
}

#[tokio::test]
async fn whatever_a_failing_disk_says_the_keeper_tells_truly_whether_its_change_was_made() {
    for doing in Doing::ALL {
        let (mut operations, mut unfinished, mut found_out) = (0, 0, 0);
        loop {
            let it = doing.prepare().await;
            let before = it.head().epoch();
            Fault::set(Some(Fault::Fails(operations)));
            let told = doing.run(&it).await;
            let failed = Fault::left().is_none();
            Fault::set(None);
            let committed = it.head().epoch() > before;
            let place = format!("{doing:?}, operation {operations}: {told:?}");
            match &told {
                Ok(_) if !failed => break,
                Ok(_) => {
                    found_out += 1;
                    assert_eq!(committed, doing.commits(), "{place}");
                }
                Err(KeeperError::Unfinished { epoch, .. }) => {
                    unfinished += 1;
                    assert_eq!(*epoch, it.head().epoch(), "{place}");
                    assert!(committed, "{place}");
                }
                Err(_) => assert!(!committed, "{place}"),
            }
            assert!(it.left_beside().is_empty(), "{place}: cleaned up at once");
            goes_on_well(&it, &place).await;
            operations += 1;
        }
        if doing.commits() {
            assert_eq!(found_out, 1, "{doing:?}: syncing the head's directory");
            assert!(unfinished >= 8, "{doing:?}: {unfinished}");
        }
    }
}

#[tokio::test]
async fn a_ring_that_died_while_it_was_begun_is_begun_again_or_is_there() {
    let mut deaths = 0;
    loop {
        let it = Fixture::empty();
        Fault::set(Some(Fault::Dies(deaths)));
        let told = it.keeper.init("web").await;
        if told.is_ok() {
            break;
        }
        Fault::set(None);
        let begun = it.store_file("head.json").exists();
        match it.keeper.init("web").await {
            Ok(_) => assert!(!begun, "after {deaths} operations"),
            Err(KeeperError::Exists { .. }) => assert!(begun, "after {deaths} operations"),
            Err(other) => panic!("after {deaths} operations: {other:?}"),
        }
        goes_on_well(&it, &format!("init after {deaths} operations")).await;
        deaths += 1;
    }
    assert!(deaths >= 15, "only {deaths} operations");
}

/// One more turn ends in a good state.
async fn goes_on_well(it: &Fixture, place: &str) {
    Fault::set(None);
    let turn = it.keeper.turn().await.expect(place);
    assert_eq!(it.head().epoch(), turn.ring.epoch(), "{place}");
    assert_eq!(
        std::fs::read(it.document()).unwrap(),
        std::fs::read(it.store_file("head.json")).unwrap(),
        "{place}"
    );
    let recorded = std::fs::read_to_string(it.store_file("published.json")).unwrap();
    assert!(recorded.contains(&turn.ring.epoch().to_string()), "{place}");
    assert_eq!(it.left_beside(), [] as [&Path; 0], "{place}");
    assert!(turn.ring.sealing_key(it.now()).is_some(), "{place}");
    let standbys = turn.ring.keys().iter();
    let standbys = standbys.filter(|key| !key.is_revoked() && key.seals_from.is_none());
    assert_eq!(standbys.count(), 1, "{place}");
    for kept in it.kept_epochs() {
        assert!(kept <= turn.ring.epoch(), "{place}");
    }
}

fn ring_in(path: &Path) -> Option<KeyRing> {
    KeyRing::from_json(&std::fs::read(path).ok()?).ok()
}
