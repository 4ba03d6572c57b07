//! What does the keeper say and leave when a store cannot be written or is not there?

use std::fs;
use std::time::Duration;

use tokio::time::{interval, timeout};

use crate::KeeperError;
use crate::fixture::Fixture;
use crate::store::StoreError;
use crate::store::file::lock::{lock, lock_within};

#[tokio::test]
async fn a_store_whose_directory_is_gone_is_an_error_and_none_that_is_empty() {
    let it = Fixture::begun().await;
    let away = tempfile::tempdir().unwrap();
    let unmounted = away.path().join("volume");
    fs::rename(it.directory.path(), &unmounted).unwrap();
    for told in [
        it.keeper.turn().await.map(|_| ()),
        it.keeper.init("web").await.map(|_| ()),
        it.keeper.report().await.map(|_| ()),
    ] {
        let error = told.unwrap_err();
        assert!(
            matches!(error, KeeperError::Store(StoreError::Io { .. })),
            "{error:?}"
        );
        assert!(
            error.to_string().contains("cannot find the directory"),
            "{error}"
        );
        assert!(error.hint().contains("mounted"), "{}", error.hint());
    }
    assert!(
        !it.directory.path().exists(),
        "nothing was made in its place"
    );
    fs::rename(&unmounted, it.directory.path()).unwrap();
    it.keeper.turn().await.unwrap();
}

#[tokio::test]
async fn a_store_that_lost_all_but_the_document_begins_nothing_new() {
    let it = Fixture::begun().await;
    fs::remove_dir_all(it.store_file("")).unwrap();
    for told in [
        it.keeper.turn().await.map(|_| ()),
        it.keeper.init("web").await.map(|_| ()),
    ] {
        let error = told.unwrap_err();
        assert!(error.to_string().contains("ring.json is there"), "{error}");
        assert!(error.hint().contains("import"), "{}", error.hint());
    }
}

#[tokio::test]
async fn a_place_that_holds_anything_at_all_is_not_begun_over() {
    let it = Fixture::empty();
    fs::write(it.document(), "somebody's notes").unwrap();
    assert!(matches!(
        it.keeper.init("web").await,
        Err(KeeperError::Damaged(_))
    ));
    assert_eq!(fs::read(it.document()).unwrap(), b"somebody's notes");
    let begun = Fixture::begun().await;
    let error = begun.keeper.init("shop").await.unwrap_err();
    assert!(
        matches!(&error, KeeperError::Exists { name, .. } if name == "web"),
        "{error:?}"
    );
    assert!(error.hint().contains("another store"));
}

#[tokio::test]
async fn a_lock_that_is_not_let_go_is_named() {
    let it = Fixture::begun().await;
    let opened = it.keeper.store().open().unwrap();
    let _held = lock(&opened).await.unwrap();
    let error = lock_within(&opened, Duration::ZERO).await;
    let error = KeeperError::from(error.unwrap_err());
    assert!(
        error.to_string().contains("ring.json.keeper/lock"),
        "{error}"
    );
    assert!(error.hint().contains("which process"), "{}", error.hint());
}

/// On a runtime of one thread, as an application may have it.
#[tokio::test(flavor = "current_thread")]
async fn other_tasks_run_on_while_a_keeper_waits_for_the_lock() {
    let it = Fixture::begun().await;
    let opened = it.keeper.store().open().unwrap();
    let held = lock(&opened).await.unwrap();
    it.pass(1000);
    let ticks = async {
        let mut every = interval(Duration::from_millis(20));
        for _ in 0..10 {
            every.tick().await;
        }
        drop(held);
    };
    // A wait that slept the thread would end with the lock still held, after 10 seconds.
    let (turn, ()) = tokio::join!(it.keeper.turn(), ticks);
    assert!(!turn.unwrap().steps.is_empty());

    let _held = lock(&opened).await.unwrap();
    let waiting = timeout(Duration::from_millis(50), lock(&opened)).await;
    assert!(
        waiting.is_err(),
        "it is given up as soon as nobody waits for it"
    );
}
