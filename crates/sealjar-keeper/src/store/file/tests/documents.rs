//! What does a keeper make of a document or a record that somebody has changed by hand?

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};

use sealjar::{KeyRing, Timestamp};

use crate::delivery::Delivery;
use crate::fixture::{Fixture, read, refused};
use crate::plan::Sessions;
use crate::store::{Damage, Published, RingStore, StoreError, Stored};
use crate::{KeeperError, Refused};

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
        "a replica may have started from what stood there"
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
async fn a_link_in_the_documents_place_is_refused_and_where_it_leads_is_left_alone() {
    let it = Fixture::begun().await;
    let elsewhere = it.directory.path().join("elsewhere.json");
    fs::rename(it.document(), &elsewhere).unwrap();
    symlink(&elsewhere, it.document()).unwrap();
    it.pass(1000);
    let error = it.keeper.turn().await.unwrap_err();
    assert!(
        matches!(error, KeeperError::Store(StoreError::Link { .. })),
        "{error:?}"
    );
    assert_eq!(error.hint(), "name the file itself");
    assert_eq!(read(&elsewhere).epoch(), it.head().epoch());
}

#[tokio::test]
async fn a_document_keeps_its_group_and_no_mode_beyond_0640() {
    for (mode, narrowed) in [
        (0o600, 0o600),
        (0o640, 0o640),
        (0o644, 0o640),
        (0o666, 0o640),
    ] {
        let it = Fixture::begun().await;
        assert_eq!(mode_of(&it), 0o600, "a new one is its owner's alone");
        // Only root may give a file to a group that it is not a member of.
        let group = fs::metadata(it.document()).unwrap().gid() + 7;
        let given = chown(it.document(), None, Some(group)).is_ok();
        fs::set_permissions(it.document(), Permissions::from_mode(mode)).unwrap();

        assert!(
            !it.keeper.turn().await.unwrap().published,
            "{mode:o}: it stands"
        );
        assert_eq!(mode_of(&it), narrowed, "{mode:o}");
        fs::set_permissions(it.document(), Permissions::from_mode(mode)).unwrap();
        it.pass(1000);
        assert!(it.keeper.turn().await.unwrap().published);
        assert_eq!(mode_of(&it), narrowed, "{mode:o}, replaced");
        let found = fs::metadata(it.document()).unwrap().gid();
        assert_eq!(found == group, given);
        for secret in it.files() {
            let mode = fs::metadata(&secret).unwrap().permissions().mode() & 0o777;
            assert!(
                secret == it.document() || mode == 0o600,
                "{}",
                secret.display()
            );
        }
        let directory = fs::metadata(it.store_file(""))
            .unwrap()
            .permissions()
            .mode()
            & 0o777;
        assert_eq!(directory, 0o700);
    }
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
async fn held_from(it: &Fixture) -> Option<Timestamp> {
    let report = it.keeper.report().await.unwrap();
    assert!(matches!(report.delivery, Delivery::Unacknowledged(_)));
    report.outlook.held_from
}

fn oldest_kept(it: &Fixture) -> std::path::PathBuf {
    it.store_file("kept")
        .join(format!("{}.json", it.kept_epochs()[0]))
}

fn mode_of(it: &Fixture) -> u32 {
    fs::metadata(it.document()).unwrap().permissions().mode() & 0o777
}
