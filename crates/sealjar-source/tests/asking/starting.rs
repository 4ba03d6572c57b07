//! What does a replica start with, and how fast does it hear of something newer?

use std::fs;
use std::path::PathBuf;

use sealjar_source::{Follow, SourceError, Watcher};
use tempfile::TempDir;
use tokio::time::{Duration, Instant};

use crate::keeper::{Keeper, Wrong};
use crate::{Rings, delivery_key, follow, start, until_epoch};

/// A ring that is mounted.
fn mounted(document: &[u8]) -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("session-ring");
    fs::write(&path, document).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    }
    (directory, path)
}

/// An address where nothing answers.
async fn nowhere(rings: &Rings) -> Keeper {
    let keeper = Keeper::with(rings.document(1)).await;
    keeper.answer_wrong(Wrong::Status(500));
    keeper
}

#[tokio::test]
async fn a_replica_starts_with_its_keepers_ring_and_gets_each_epoch_after_it() {
    let rings = Rings::new();
    let keeper = Keeper::with(rings.document(1)).await;
    let mut watcher = start(follow(&[&keeper])).await;
    assert_eq!(watcher.ring().load().epoch(), 1);
    for epoch in 2..5 {
        keeper.until_named(epoch - 1).await;
        keeper.publish(rings.document(epoch));
        until_epoch(&mut watcher, epoch).await;
    }
    assert!(watcher.readiness().failure().is_none());
}

#[tokio::test]
async fn a_keepers_answer_comes_before_what_is_mounted() {
    let rings = Rings::new();
    let keeper = Keeper::with(rings.document(5)).await;
    let (_directory, path) = mounted(&rings.document(3));
    let begun = Instant::now();
    let watcher = start(follow(&[&keeper]).or_mounted(path)).await;
    assert_eq!(watcher.ring().load().epoch(), 5);
    assert!(
        begun.elapsed() < Duration::from_secs(2),
        "nobody waits longer"
    );
}

#[tokio::test]
async fn without_a_keeper_a_replica_starts_with_what_is_mounted_and_takes_the_keepers_later() {
    let rings = Rings::new();
    let keeper = nowhere(&rings).await;
    let (_directory, path) = mounted(&rings.document(3));
    let mut watcher = start(follow(&[&keeper]).or_mounted(path)).await;
    assert_eq!(watcher.ring().load().epoch(), 3);
    assert!(watcher.readiness().check().is_ok());
    keeper.publish(rings.document(4));
    keeper.answer_wrong(Wrong::Nothing);
    until_epoch(&mut watcher, 4).await;
    assert!(watcher.readiness().failure().is_none());
}

#[tokio::test]
async fn without_a_keeper_and_a_mount_a_replica_does_not_start_and_says_why() {
    let rings = Rings::new();
    let keeper = nowhere(&rings).await;
    let error = Watcher::start(follow(&[&keeper])).await.unwrap_err();
    let text = error.to_string();
    assert!(text.contains("no keeper answers: "), "{text}");
    assert!(text.contains("it answers with 500"), "{text}");
    let missing = follow(&[&keeper]).or_mounted("/nowhere/ring");
    let text = Watcher::start(missing).await.unwrap_err().to_string();
    assert!(text.contains("/nowhere/ring"), "{text}");
}

#[tokio::test]
async fn a_replica_that_requires_an_answer_passes_over_what_is_mounted() {
    let rings = Rings::new();
    let keeper = nowhere(&rings).await;
    let (_directory, path) = mounted(&rings.document(3));
    let start = start(follow(&[&keeper]).or_mounted(path).require_answer());
    let (watcher, ()) = tokio::join!(start, async {
        tokio::time::sleep(Duration::from_secs(3)).await;
        keeper.publish(rings.document(4));
        keeper.answer_wrong(Wrong::Nothing);
    });
    assert_eq!(watcher.ring().load().epoch(), 4);
}

#[tokio::test]
async fn a_wrong_key_and_a_wrong_address_are_named_with_what_to_do() {
    let rings = Rings::new();
    let [keeper, other] = [
        Keeper::with(rings.document(1)).await,
        Keeper::with(rings.document(1)).await,
    ];
    let wrong_key = Follow::new("web", delivery_key(&other), [keeper.url()]);
    let with = |ring: &str, address: &str| Follow::new(ring, delivery_key(&keeper), [address]);
    for (follow, words) in [
        (wrong_key, "does not take the delivery key"),
        (with("web", "https://keeper:1"), "TLS is not supported"),
        (with("web", "keeper:1"), "no address of a keeper"),
        (with("Not a ring", "http://keeper:1"), "the ring's name"),
    ] {
        let error = Watcher::start(follow).await.unwrap_err();
        let text = error.to_string();
        assert!(text.contains(words), "{text}");
        assert!(matches!(error, SourceError::Unanswered { .. }));
        assert!(format!("{error:?}").contains("\nhint: "));
    }
}

#[tokio::test]
async fn a_replica_passes_on_what_it_holds_to_one_that_no_keeper_answers() {
    let rings = Rings::new();
    let keeper = Keeper::with(rings.document(7)).await;
    let first = follow(&[&keeper]);
    let relay = first.relay();
    assert_eq!(relay.answer(b"anything").0, 400);
    let _first = start(first).await;

    // The route of an application, as small as can be.
    let app = Keeper::relaying(relay).await;
    let dead = nowhere(&rings).await;
    let key = delivery_key(&keeper);
    let second = Follow::new("web", key, [dead.url()]).relays([app.url()]);
    let watcher = start(second).await;
    assert_eq!(watcher.ring().load().epoch(), 7);
    // It vouches for nothing: where a keeper should be, it is none.
    let third = Follow::new("web", delivery_key(&keeper), [app.url()]);
    let mut watcher = start(third).await;
    let event = watcher.turn().await;
    let shown = format!("{event:?}");
    assert!(shown.contains("and no keeper"), "{shown}");
}
