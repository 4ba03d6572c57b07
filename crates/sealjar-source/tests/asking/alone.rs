//! What if a keeper dies while replicas run?

use sealjar_source::{Concern, Outcome};

use crate::keeper::Keeper;
use crate::{Rings, follow, start, until, until_epoch};

#[tokio::test]
async fn a_replica_without_keepers_goes_on_says_so_and_recovers() {
    let rings = Rings::new();
    let keeper = Keeper::with(rings.document(1)).await;
    let mut watcher = start(follow(&[&keeper])).await;
    keeper.until_named(1).await;
    let (address, speaker, _) = keeper.end();
    let event = until(&mut watcher, |it| matches!(it.outcome, Outcome::Refused(_))).await;
    assert!(matches!(event.outcome, Outcome::Refused(_)));
    let readiness = watcher.readiness();
    let failure = readiness.failure().unwrap();
    assert!(failure.since.is_some());
    assert!(failure.error.to_string().contains("no keeper answers"));
    // It serves.
    assert!(readiness.check().is_ok());
    assert_eq!(watcher.ring().load().epoch(), 1);

    let _keeper = Keeper::at(address, speaker, rings.document(2)).await;
    until_epoch(&mut watcher, 2).await;
    assert!(readiness.failure().is_none());
}

#[tokio::test]
async fn a_replica_that_ends_tells_each_keeper_and_asks_nothing_more() {
    let rings = Rings::new();
    let first = Keeper::with(rings.document(1)).await;
    let second = first.beside().await;
    let follow = follow(&[&first, &second]);
    let farewell = follow.farewell();
    let mut watcher = start(follow).await;
    first.until_named(1).await;
    second.until_named(1).await;
    assert_eq!(
        (first.after_the_end(), second.after_the_end()),
        (None, None)
    );
    farewell.send().await;
    assert_eq!(
        (first.after_the_end(), second.after_the_end()),
        (Some(0), Some(0))
    );
    // What waits is answered, and brings no further question.
    first.publish(rings.document(2));
    second.publish(rings.document(2));
    until_epoch(&mut watcher, 2).await;
    tokio::time::sleep(std::time::Duration::from_secs(4)).await;
    assert_eq!(
        (first.after_the_end(), second.after_the_end()),
        (Some(0), Some(0))
    );
}

#[tokio::test]
async fn of_two_keepers_one_may_die_and_every_replica_asks_both() {
    let rings = Rings::new();
    let first = Keeper::with(rings.document(1)).await;
    let second = first.beside().await;
    let mut watcher = start(follow(&[&first, &second])).await;
    first.until_named(1).await;
    second.until_named(1).await;
    assert!(watcher.readiness().concern().is_none());
    drop(first);
    second.publish(rings.document(2));
    until_epoch(&mut watcher, 2).await;
    second.until_named(2).await;
    second.publish(rings.document(3));
    until_epoch(&mut watcher, 3).await;
    let readiness = watcher.readiness();
    assert!(readiness.failure().is_none());
    assert_eq!(readiness.concern(), Some(Concern::KeeperSilent));
}
