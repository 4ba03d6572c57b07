//! Is a list of revocations committed whole, once, and over what it was decided over?

use std::fs;

use sealjar::keeper::{ListDraft, ListRecord, Room};
use sealjar::{ListError, RevocationList, Timestamp};

use crate::KeeperError;
use crate::fixture::Fixture;
use crate::store::disk::Fault;
use crate::store::{Damage, FileStore, RingStore, StoreError, StoredList, Version};

#[tokio::test]
async fn a_list_is_committed_over_its_own_version_and_read_as_it_was_written() {
    let it = Fixture::begun().await;
    let store = it.keeper.store();
    let none = store.load_list().await.unwrap();
    assert!(none.list.is_none() && none.bytes.is_empty());
    assert_eq!(none.version, Version::none());

    let first = list(&it, 1, 1);
    store.commit_list(&none.version, &first).await.unwrap();
    let stored = store.load_list().await.unwrap();
    assert_eq!(stored.list.as_ref(), Some(&first));
    assert_eq!(*stored.bytes, first.to_bytes());
    // The ring is another value: neither is decided over the other.
    it.revoke_session(1).await;
    let second = list(&it, 2, 2);
    store.commit_list(&stored.version, &second).await.unwrap();
    assert_eq!(store.load_list().await.unwrap().list, Some(second));
    assert!(
        !format!("{stored:?}").contains("1, 1, 1"),
        "it names sessions: {stored:?}"
    );
}

#[tokio::test]
async fn a_list_over_a_version_that_has_passed_loses_and_changes_nothing() {
    let it = Fixture::begun().await;
    let store = it.keeper.store();
    let (first, second, late) = (list(&it, 1, 1), list(&it, 2, 2), list(&it, 3, 3));
    store.commit_list(&Version::none(), &first).await.unwrap();
    let stale = store.load_list().await.unwrap().version;
    store.commit_list(&stale, &second).await.unwrap();
    for over in [&stale, &Version::none(), &Version::new("another")] {
        let lost = store.commit_list(over, &late).await;
        assert!(matches!(lost, Err(StoreError::LostRace)), "{lost:?}");
        assert_eq!(stored(store).await, second);
        // What is there already is no other list, whatever it was decided over: the first answer
        // was lost.
        store.commit_list(over, &second).await.unwrap();
    }
    // The control: the same list over the present version is committed.
    let present = store.load_list().await.unwrap().version;
    store.commit_list(&present, &late).await.unwrap();
    assert_eq!(stored(store).await, late);
}

#[tokio::test]
async fn what_is_no_list_is_an_error_with_its_place_and_never_an_empty_list() {
    let it = Fixture::begun().await;
    let store = it.keeper.store();
    store
        .commit_list(&Version::none(), &list(&it, 1, 1))
        .await
        .unwrap();
    let path = it.store_file("list");
    let whole = fs::read(&path).unwrap();
    let too_long = vec![b'x'; RevocationList::MAX_LEN + 1];
    for damaged in [&[][..], b"garbage", &whole[..whole.len() - 1]] {
        fs::write(&path, damaged).unwrap();
        let error = store.load_list().await.unwrap_err();
        assert!(matches!(error, StoreError::List { .. }), "{error:?}");
        assert!(error.to_string().contains("ring.json.keeper/list: "));
        assert!(error.hint().contains("put back"), "{}", error.hint());
    }
    fs::write(&path, too_long).unwrap();
    let error = store.load_list().await.unwrap_err();
    assert!(
        error.to_string().contains("ring.json.keeper/list"),
        "{error}"
    );
    // The control: the bytes that were committed are a list.
    fs::write(&path, &whole).unwrap();
    assert_eq!(stored(store).await, list(&it, 1, 1));
    let error = StoreError::List {
        place: "here".into(),
        error: ListError::NotAList,
        version: Version::none(),
    };
    assert!(error.to_string().starts_with("here: not a list"), "{error}");
}

#[tokio::test]
async fn the_greatest_list_is_kept() {
    let it = Fixture::begun().await;
    let store = it.keeper.store();
    let until = it.now().saturating_add(1000);
    let sessions = (0..RevocationList::MAX_SESSIONS as u64).map(|id| ListRecord::Session {
        id: id.to_be_bytes(),
        until,
    });
    let subjects = (0..RevocationList::MAX_SUBJECTS as u64).map(|hash| ListRecord::Subject {
        hash: hash.to_be_bytes(),
        born_before: it.now(),
        until,
    });
    let records: Vec<_> = sessions.chain(subjects).collect();
    let mut draft = ListDraft::new(&RevocationList::empty(&it.head()), 1, Timestamp::MIN);
    draft.add(&records, Room::Operators).unwrap();
    let full = draft.build();
    assert_eq!(full.to_bytes().len(), RevocationList::MAX_LEN);
    store.commit_list(&Version::none(), &full).await.unwrap();
    assert_eq!(stored(store).await, full);
}

#[tokio::test]
async fn a_machine_that_dies_while_it_commits_a_list_leaves_the_old_one_or_the_new_one() {
    for fault in [Fault::Dies as fn(usize) -> Fault, Fault::Fails] {
        let (mut operations, mut old_left, mut new_left) = (0, 0, 0);
        loop {
            let it = Fixture::begun().await;
            let store = it.keeper.store();
            let (old, new) = (list(&it, 1, 1), list(&it, 2, 2));
            store.commit_list(&Version::none(), &old).await.unwrap();
            let over = store.load_list().await.unwrap().version;
            Fault::set(Some(fault(operations)));
            let told = store.commit_list(&over, &new).await;
            let met = !matches!(Fault::left(), Some(Fault::Fails(_)));
            Fault::set(None);
            let left = stored(store).await;
            if told.is_ok() {
                assert_eq!(left, new, "it was told so");
                if !met || matches!(fault(0), Fault::Dies(_)) {
                    break;
                }
            }
            assert!(left == old || left == new);
            old_left += usize::from(left == old);
            new_left += usize::from(left == new);
            // Whatever is left, the next try ends it, and nothing lies beside it.
            let over = store.load_list().await.unwrap().version;
            store.commit_list(&over, &new).await.unwrap();
            assert_eq!(stored(store).await, new);
            it.keeper.turn().await.unwrap();
            assert!(it.left_beside().is_empty());
            operations += 1;
        }
        assert!(old_left >= 5, "{old_left}");
        assert_eq!(new_left, 1, "syncing the directory");
    }
}

#[tokio::test]
async fn a_store_that_has_only_a_list_left_begins_nothing_new() {
    let it = Fixture::begun().await;
    let store = it.keeper.store();
    store
        .commit_list(&Version::none(), &list(&it, 1, 1))
        .await
        .unwrap();
    for name in ["head.json", "published.json"] {
        fs::remove_file(it.store_file(name)).unwrap();
    }
    fs::remove_file(it.document()).unwrap();
    let error = it.keeper.init("web").await.unwrap_err();
    let KeeperError::Damaged(Damage::HeadMissing { found }) = &error else {
        panic!("{error:?}")
    };
    assert!(found.ends_with("ring.json.keeper/list"), "{found}");
    // The control: without it there is nothing.
    fs::remove_file(it.store_file("list")).unwrap();
    it.keeper.init("web").await.unwrap();
}

/// A list that names one session.
fn list(it: &Fixture, seq: u64, session: u8) -> RevocationList {
    let mut draft = ListDraft::new(&RevocationList::empty(&it.head()), seq, Timestamp::MIN);
    let record = ListRecord::Session {
        id: [session; 8],
        until: it.now().saturating_add(1000),
    };
    draft.add(&[record], Room::Applications).unwrap();
    draft.build()
}

async fn stored(store: &FileStore) -> RevocationList {
    let StoredList { list, .. } = store.load_list().await.unwrap();
    list.unwrap()
}
