//! Does a commit take hold only over what it was decided over?

use std::collections::BTreeSet;

use crate::KeeperError;
use crate::fixture::Fixture;
use crate::plan::Situation;
use crate::store::{RingStore, StoreError, Stored, Version};

#[tokio::test]
async fn a_commit_over_a_version_that_has_passed_loses_and_leaves_no_trace() {
    let it = Fixture::begun().await;
    let store = it.keeper.store();
    let Stored::Head(stale) = store.load().await.unwrap() else {
        panic!("it has just begun")
    };
    let decide = |situation: &Situation<'_>| situation.revoke_session([1; 8]);
    let late = it.keeper.preview(&decide).await.unwrap();
    it.revoke_session(2).await;

    let snapshot = || -> Vec<_> {
        let mut files = it.files();
        files.sort();
        let read = |path| (std::fs::read(&path).unwrap(), path);
        files.into_iter().map(read).collect()
    };
    let before = snapshot();
    for over in [&stale.version, &Version::none(), &Version::new("another")] {
        let lost = store.commit(over, &late).await;
        assert!(
            matches!(lost, Err(StoreError::LostRace)),
            "{over:?}: {lost:?}"
        );
        assert!(matches!(
            store.publish(&stale).await,
            Err(StoreError::LostRace)
        ));
        assert!(matches!(
            store.record(&stale.version, &stale.delivery).await,
            Err(StoreError::LostRace)
        ));
        assert_eq!(snapshot(), before, "{over:?}");
    }
    // The same commit over the present version is made.
    let Stored::Head(head) = store.load().await.unwrap() else {
        panic!("it is whole")
    };
    store.commit(&head.version, &late).await.unwrap();
    assert_ne!(snapshot(), before);
}

#[test]
fn of_many_keepers_that_turn_at_once_when_a_rotation_is_due_one_rotates() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let it = runtime.block_on(Fixture::begun());
    let mut epochs = BTreeSet::from([it.head().epoch()]);
    for _ in 0..10 {
        it.pass(1000);
        let rotations: usize = std::thread::scope(|scope| {
            let keepers: Vec<_> = (0..4)
                .map(|_| {
                    scope.spawn(|| {
                        let keeper = it.another_keeper();
                        let runtime = tokio::runtime::Builder::new_current_thread();
                        let runtime = { runtime }.build().unwrap();
                        match runtime.block_on(keeper.turn()) {
                            Ok(turn) => usize::from(!turn.steps.is_empty()),
                            Err(KeeperError::Store(StoreError::LostRace)) => 0,
                            Err(other) => panic!("{other:?}"),
                        }
                    })
                })
                .collect();
            keepers.into_iter().map(|it| it.join().unwrap()).sum()
        });
        assert_eq!(rotations, 1);
        assert!(epochs.insert(it.head().epoch()), "epochs only rise");
        assert_eq!(epochs.last(), Some(&it.head().epoch()));
        assert_eq!(it.delivered().epoch(), it.head().epoch());
    }
}
