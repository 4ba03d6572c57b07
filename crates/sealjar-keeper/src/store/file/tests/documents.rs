//! What does a keeper make of a document or a record that somebody has changed by hand?

use std::fs;

use sealjar::Timestamp;

use crate::KeeperError;
use crate::delivery::Delivery;
use crate::fixture::Fixture;
use crate::plan::Sessions;
use crate::store::{Damage, Published, RingStore, Stored};

#[tokio::test]
async fn a_document_that_was_replaced_is_put_right_and_counts_as_published_anew() {
    let first = Fixture::begun().await;
    let older = fs::read(first.document()).unwrap();
    let long_ago = first.now();
    let mut cut = older.clone();
    cut.truncate(older.len() / 2);
    for (what, replaced) in [
        ("older", Some(older)),
        ("cut", Some(cut)),
        ("garbage", Some(b"garbage".to_vec())),
        ("empty", Some(Vec::new())),
        ("missing", None),
    ] {
        let it = Fixture::rotated().await;
        it.pass(70);
        assert!(
            held_from(&it).await <= Some(it.now()),
            "{what}: held before"
        );
        match (what, replaced) {
            ("older", _) => {
                fs::copy(oldest_kept(&it), it.document()).unwrap();
            }
            (_, Some(text)) => fs::write(it.document(), text).unwrap(),
            (_, None) => fs::remove_file(it.document()).unwrap(),
        }
        let turn = it.keeper.turn().await.unwrap();
        assert!(
            turn.published && turn.steps.is_empty(),
            "{what}: {:?}",
            turn.steps
        );
        assert_eq!(it.delivered().epoch(), it.head().epoch(), "{what}");
        assert_eq!(
            held_from(&it).await,
            Some(it.now().saturating_add(70)),
            "{what}: a replica may have started from it"
        );
        assert!(!it.keeper.turn().await.unwrap().published, "{what}: once");
        assert!(it.now() > long_ago);
    }
}

#[tokio::test]
async fn a_keeper_that_dies_once_a_document_is_put_right_leaves_no_record_of_before() {
    let it = Fixture::rotated().await;
    it.pass(70);
    fs::copy(oldest_kept(&it), it.document()).unwrap();
    let store = it.keeper.store();
    let Stored::Head(head) = store.load().await.unwrap() else {
        panic!("there is a head")
    };
    assert_eq!(store.publish(&head).await.unwrap(), Published::Written);
    it.pass(5);
    assert!(it.keeper.turn().await.unwrap().steps.is_empty());
    assert_eq!(
        held_from(&it).await,
        Some(it.now().saturating_add(70)),
        "a replica may have started from the other document"
    );
}

#[tokio::test]
async fn a_document_of_a_later_epoch_stops_the_keeper_until_a_person_restores_it() {
    let it = Fixture::begun().await;
    let backup = fs::read(it.store_file("head.json")).unwrap();
    it.pass(1000);
    it.keeper.turn().await.unwrap();
    let newest = it.delivered();
    fs::write(it.store_file("head.json"), backup).unwrap();
    for _ in 0..2 {
        let error = it.keeper.turn().await.unwrap_err();
        assert!(
            matches!(error, KeeperError::Damaged(Damage::HeadBehind { .. })),
            "{error:?}"
        );
        assert!(error.to_string().contains("head_behind"), "{error}");
        assert!(error.hint().contains("restore"), "{}", error.hint());
    }
    assert_eq!(it.delivered().epoch(), newest.epoch(), "it is as it was");
    it.keeper.restore(&newest, Sessions::Keep).await.unwrap();
    assert!(it.head().epoch() > newest.epoch());
    assert!(it.keeper.turn().await.is_ok());
}

#[tokio::test]
async fn a_head_that_is_empty_cut_too_long_or_garbage_is_an_error_that_says_what_to_do() {
    let it = Fixture::begun().await;
    let whole = fs::read(it.store_file("head.json")).unwrap();
    let delivered = it.delivered();
    let long = [&whole[..], &vec![b' '; 500_000]].concat();
    for text in [&b""[..], &whole[..whole.len() / 2], b"garbage", &long] {
        fs::write(it.store_file("head.json"), text).unwrap();
        let error = it.keeper.turn().await.unwrap_err();
        assert!(matches!(
            error,
            KeeperError::Damaged(Damage::HeadUnreadable { .. })
        ));
        assert!(error.to_string().contains("head.json"), "{error}");
        assert!(error.hint().contains("restore"), "{}", error.hint());
        assert_eq!(
            fs::read(it.store_file("head.json")).unwrap(),
            text,
            "untouched"
        );
        assert_eq!(it.delivered().epoch(), delivered.epoch(), "untouched");
    }
    it.keeper.restore(&delivered, Sessions::Keep).await.unwrap();
    assert_eq!(it.delivered().keys()[0].id(), delivered.keys()[0].id());
}

#[tokio::test]
async fn publications_whose_record_is_lost_or_garbage_count_from_now() {
    for record in [
        None,
        Some("garbage"),
        Some("[{\"epoch\":1,\"at\":\"yesterday\",\"wait\":0}]"),
    ] {
        let it = Fixture::rotated().await;
        it.pass(70);
        assert!(
            held_from(&it).await <= Some(it.now()),
            "{record:?}: held before"
        );
        match record {
            None => fs::remove_file(it.store_file("published.json")).unwrap(),
            Some(text) => fs::write(it.store_file("published.json"), text).unwrap(),
        }
        assert_eq!(held_from(&it).await, None, "{record:?}: nothing is known");
        let turn = it.keeper.turn().await.unwrap();
        assert!(turn.steps.is_empty(), "{record:?}: {:?}", turn.steps);
        assert_eq!(
            held_from(&it).await,
            Some(it.now().saturating_add(70)),
            "{record:?}"
        );
    }
}

/// From when on every replica is known to hold the head.
pub(super) async fn held_from(it: &Fixture) -> Option<Timestamp> {
    let report = it.keeper.report().await.unwrap();
    assert!(matches!(report.delivery, Delivery::Unacknowledged(_)));
    report.outlook.held_from
}

fn oldest_kept(it: &Fixture) -> std::path::PathBuf {
    it.store_file("kept")
        .join(format!("{}.json", it.kept_epochs()[0]))
}
