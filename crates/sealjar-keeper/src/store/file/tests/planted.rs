//! What if somebody else has put a document where replicas look?

use std::fs;

use sealjar::KeyRing;

use super::documents::held_from;
use crate::fixture::{Fixture, refused};
use crate::plan::Sessions;
use crate::store::StoreError;
use crate::{KeeperError, Refused};

/// Somebody else's keys under a later epoch, in a document that says it is of this ring.
async fn planted(ring: &KeyRing) -> String {
    let other = Fixture::begun().await;
    let mut draft = ring.draft();
    draft.keep_id();
    draft.epoch += 50;
    draft.keys = other.head().draft().keys;
    draft.build().unwrap().to_json().to_string()
}

#[tokio::test]
async fn another_rings_document_of_a_later_epoch_is_put_right_and_one_of_this_ring_stops_the_keeper()
 {
    for is_of_this_ring in [false, true] {
        let it = Fixture::begun().await;
        it.keeper.turn().await.unwrap();
        let head = it.head();
        let mut another = Fixture::begun().await.head().draft();
        another.epoch = head.epoch() + 50;
        let text = match is_of_this_ring {
            false => another.build().unwrap().to_json().to_string(),
            // The control: only the id tells the two apart.
            true => planted(&head).await,
        };
        fs::write(it.document(), &text).unwrap();
        let turn = it.keeper.turn().await;
        if is_of_this_ring {
            let error = turn.unwrap_err();
            assert!(error.to_string().contains("head_behind"), "{error}");
            assert_eq!(fs::read_to_string(it.document()).unwrap(), text);
        } else {
            assert!(turn.unwrap().mended);
            assert_eq!(it.delivered().to_json(), head.to_json());
            assert_eq!(
                held_from(&it).await,
                Some(it.now().saturating_add(70)),
                "a replica may have started from it"
            );
        }
    }
}

#[tokio::test]
async fn a_planted_document_gives_a_restore_none_of_its_keys() {
    for head in ["there", "cut", "gone"] {
        let it = Fixture::begun().await;
        let good = it.head();
        let planted = planted(&good).await;
        fs::write(it.document(), &planted).unwrap();
        match head {
            "there" => {}
            "cut" => fs::write(it.store_file("head.json"), "{").unwrap(),
            _ => fs::remove_file(it.store_file("head.json")).unwrap(),
        }
        let error = it.keeper.turn().await.unwrap_err();
        assert!(
            matches!(error, KeeperError::Damaged(_)),
            "{head}: {error:?}"
        );
        if head == "there" {
            assert!(error.to_string().contains("has not written"), "{error}");
            assert!(error.hint().contains("somebody else"), "{}", error.hint());
        }
        assert_eq!(
            fs::read_to_string(it.document()).unwrap(),
            planted,
            "{head}"
        );

        let change = it.keeper.restore(&good, Sessions::Keep).await.unwrap();
        let keys = |ring: &KeyRing| -> Vec<_> { ring.keys().iter().map(|key| key.id()).collect() };
        assert_eq!(keys(&change.ring), keys(&good), "{head}");
        assert_eq!(keys(&it.delivered()), keys(&good), "{head}");
        assert!(
            change.ring.epoch() > good.epoch() + 50,
            "{head}: replicas take it"
        );
        assert!(it.keeper.turn().await.is_ok(), "{head}");
    }
}

#[tokio::test]
async fn a_document_that_the_store_has_recorded_as_its_own_goes_on_where_the_head_is_lost() {
    for record in ["there", "gone"] {
        let it = Fixture::begun().await;
        let old = it.head();
        it.pass(1000);
        it.keeper.turn().await.unwrap();
        let newest = it.delivered();
        fs::remove_file(it.store_file("head.json")).unwrap();
        if record == "gone" {
            fs::remove_file(it.store_file("published.json")).unwrap();
        }
        let change = it.keeper.restore(&old, Sessions::Keep).await.unwrap();
        // The control: without the record its content is proved by nothing, and its newest key
        // stays out.
        let has_newest = change
            .ring
            .keys()
            .iter()
            .any(|key| key.id() == newest.keys()[2].id());
        assert_eq!(has_newest, record == "there", "{:?}", change.steps);
    }
}

#[tokio::test]
async fn a_planted_document_of_an_epoch_that_no_reader_takes_is_no_ring() {
    let it = Fixture::begun().await;
    let text = it.head().to_json();
    let epoch = format!("\"epoch\": {}", it.head().epoch());
    let planted = text.replace(&epoch, "\"epoch\": 18446744073709551615");
    assert_ne!(planted, *text);
    fs::write(it.document(), planted).unwrap();
    assert!(it.keeper.turn().await.unwrap().published, "it is put right");
    it.revoke_session(1).await;
    assert_eq!(it.delivered().revocations().session_entries(), 1);
}

#[tokio::test]
async fn the_document_of_another_ring_is_never_replaced() {
    let other = Fixture::empty();
    other.keeper.init("shop").await.unwrap();
    let it = Fixture::begun().await;
    fs::copy(other.document(), it.document()).unwrap();
    let error = it.keeper.turn().await.unwrap_err();
    assert!(
        matches!(&error, KeeperError::Store(StoreError::Foreign { found, .. }) if found == "shop"),
        "{error:?}"
    );
    assert!(error.hint().contains("of its own"));
    // Where the head is gone too, it is not taken for what the head was.
    fs::remove_file(it.store_file("head.json")).unwrap();
    let web = Fixture::begun().await.head();
    let error = it.keeper.restore(&web, Sessions::Keep).await.unwrap_err();
    assert!(matches!(refused(error), Refused::Foreign { .. }));
    assert_eq!(it.delivered().name(), "shop");
}
