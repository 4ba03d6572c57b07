//! Is what applications revoke on the list once it is said to be, and does it stay there?

use sealjar::keeper::{ListDraft, ListRecord};
use sealjar::{KeyRing, Revocation, RevocationList, Timestamp};

use super::Overtaken;
use crate::fixture::{Fixture, refused};
use crate::plan::{Sessions, Situation};
use crate::policy::PolicySettings;
use crate::store::{Fault, FileStore, RingStore, StoreError};
use crate::{HumanDuration, Keeper, KeeperError, Refused};

#[tokio::test]
async fn of_each_request_all_is_taken_or_nothing_and_a_repeated_one_changes_nothing() {
    let it = Fixture::begun().await;
    let late = Revocation::Subject {
        hash: [9; 8],
        born_before: it.now().saturating_add(200),
    };
    let requests = [
        vec![session(&it, 1), session(&it, 2)],
        vec![session(&it, 3), late],
        vec![session(&it, 4)],
    ];
    let listed = it.keeper.revoke_listed(&requests).await.unwrap();
    assert!(matches!(
        listed.outcomes[..],
        [Ok(()), Err(Refused::InFuture { .. }), Ok(())]
    ));
    let list = stored(&it).await.unwrap();
    let covers: Vec<_> = (1..5).map(|id| list.covers_session([id; 8])).collect();
    assert_eq!(covers, [true, true, false, true]);
    assert_eq!(list.seq(), listed.seq);

    it.pass(100);
    let again = it.keeper.revoke_listed(&requests).await.unwrap();
    assert_eq!((again.seq, stored(&it).await), (listed.seq, Some(list)));
    // The control: another one does.
    let other = it.keeper.revoke_listed(&[vec![session(&it, 5)]]).await;
    assert!(other.unwrap().seq > listed.seq);
    assert_eq!(it.head().epoch(), it.delivered().epoch(), "and no epoch");
}

#[tokio::test]
async fn a_clock_that_decides_nothing_about_the_ring_revokes_nothing_either() {
    let it = Fixture::begun().await;
    let asked = [vec![session(&it, 1)]];
    it.pass_back(11);
    let error = it.keeper.revoke_listed(&asked).await.unwrap_err();
    assert!(matches!(refused(error), Refused::ClockBehind { .. }));
    it.pass(11 + 1000 + 200_000);
    let error = it.keeper.revoke_listed(&asked).await.unwrap_err();
    assert!(matches!(refused(error), Refused::ClockAhead { .. }));
    assert_eq!(stored(&it).await, None);
    // The control.
    it.pass_back(200_000);
    it.keeper.revoke_listed(&asked).await.unwrap();
    assert!(stored(&it).await.is_some());
}

#[tokio::test]
async fn a_store_that_keeps_no_list_says_so() {
    let it = Fixture::begun().await;
    // It tells the ring alone.
    let store = Overtaken {
        store: FileStore::new(it.document()),
        other: it.another_keeper(),
    };
    let keeper = Keeper::new(store, PolicySettings::default());
    let error = keeper.revoke_listed(&[]).await.unwrap_err();
    assert!(matches!(error, KeeperError::Store(StoreError::NoList)));
    assert!(error.hint().contains("in a directory"), "{}", error.hint());
}

#[test]
fn of_many_keepers_that_revoke_at_once_none_takes_back_what_another_was_told() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let it = runtime.block_on(Fixture::begun());
    let told: Vec<(u8, Option<u64>)> = std::thread::scope(|scope| {
        let keepers: Vec<_> = (0..24)
            .map(|id| {
                let it = &it;
                scope.spawn(move || {
                    let keeper = it.another_keeper();
                    let runtime = tokio::runtime::Builder::new_current_thread();
                    let runtime = { runtime }.build().unwrap();
                    let listed = runtime.block_on(keeper.revoke_listed(&[vec![session(it, id)]]));
                    match listed {
                        Ok(listed) => (id, Some(listed.seq)),
                        Err(error) if error.is_lost_race() => (id, None),
                        Err(other) => panic!("{other:?}"),
                    }
                })
            })
            .collect();
        keepers.into_iter().map(|it| it.join().unwrap()).collect()
    });
    let list = runtime.block_on(stored(&it)).unwrap();
    for (id, seq) in &told {
        if let Some(seq) = seq {
            assert!(list.covers_session([*id; 8]) && *seq <= list.seq(), "{id}");
        }
    }
    assert!(told.iter().filter(|(_, seq)| seq.is_some()).count() >= 8);
}

#[tokio::test]
async fn whatever_a_failing_disk_says_a_revocation_that_is_said_to_be_taken_is() {
    let (mut operations, mut found_out) = (0, 0);
    loop {
        let it = Fixture::begun().await;
        let asked = [vec![session(&it, 1)]];
        Fault::set(Some(Fault::Fails(operations)));
        let told = it.keeper.revoke_listed(&asked).await;
        let failed = Fault::left().is_none();
        Fault::set(None);
        let taken = stored(&it).await.is_some();
        assert_eq!(told.is_ok(), taken, "operation {operations}: {told:?}");
        if !failed {
            break;
        }
        found_out += usize::from(told.is_ok());
        // Asked again, it is taken in any case.
        it.keeper.revoke_listed(&asked).await.unwrap();
        assert!(stored(&it).await.unwrap().covers_session([1; 8]));
        operations += 1;
    }
    assert_eq!(found_out, 1, "syncing the directory, which was done again");
}

#[tokio::test]
async fn a_keeper_that_dies_while_the_horizon_rises_forgets_nothing_that_may_live() {
    let (mut deaths, mut between) = (0, 0);
    loop {
        let it = Fixture::begun().await;
        let subject = Revocation::Subject {
            hash: [1; 8],
            born_before: it.now(),
        };
        it.keeper.revoke_listed(&[vec![subject]]).await.unwrap();
        let before = it.head().revocations().horizon;
        let settings = PolicySettings {
            revocation_horizon: Some(HumanDuration::from_secs(before + 5000)),
            ..PolicySettings::default()
        };
        let now = it.now();
        let keeper = || Keeper::new(FileStore::new(it.document()), settings).clock(move || Ok(now));
        let decide = |ring: &Situation<'_>| ring.revoke_session([7; 8]);
        Fault::set(Some(Fault::Dies(deaths)));
        let told = keeper().change(&decide).await;
        Fault::set(None);
        let (horizon, until) = (it.head().revocations().horizon, until(&it).await);
        // What a session that was born before the record's time needs under this horizon. Were the
        // ring committed first, a death after that would leave less.
        assert!(
            until >= now.saturating_add(horizon + 10),
            "after {deaths} operations"
        );
        if told.is_ok() {
            assert_eq!(horizon, before + 5000);
            break;
        }
        between += usize::from(until > now.saturating_add(horizon + 10));
        keeper().change(&decide).await.unwrap();
        assert_eq!(it.head().revocations().horizon, before + 5000);
        deaths += 1;
    }
    assert!(
        between >= 5,
        "{between} deaths between the list and the ring"
    );
}

#[tokio::test]
async fn a_restored_ring_goes_on_with_its_list_under_a_number_that_replicas_take() {
    let it = Fixture::begun().await;
    let document = it.delivered();
    it.keeper
        .revoke_listed(&[vec![session(&it, 1)]])
        .await
        .unwrap();
    let before = stored(&it).await.unwrap();
    it.keeper.restore(&document, Sessions::Keep).await.unwrap();
    let after = stored(&it).await.unwrap();
    assert!(after.covers_session([1; 8]) && after.seq() > before.seq());

    // Another store gets the ring, and nothing is known of its list but that it may have been as
    // new as this.
    let other = Fixture::empty();
    other
        .keeper
        .restore(&document, Sessions::End)
        .await
        .unwrap();
    let begun = stored(&other).await.unwrap();
    assert_eq!(begun.records().count(), 0);
    assert!(begun.seq() > before.seq());
}

#[tokio::test]
async fn a_list_that_cannot_be_read_stops_what_would_forget_it() {
    let it = Fixture::begun().await;
    let document = it.delivered();
    it.keeper
        .revoke_listed(&[vec![session(&it, 1)]])
        .await
        .unwrap();
    let seq = stored(&it).await.unwrap().seq();
    std::fs::write(it.store_file("list"), "garbage").unwrap();
    for told in [
        it.keeper.revoke_listed(&[]).await.map(|_| ()),
        it.keeper
            .restore(&document, Sessions::Keep)
            .await
            .map(|_| ()),
    ] {
        let error = told.unwrap_err();
        assert!(
            matches!(error, KeeperError::Store(StoreError::List { .. })),
            "{error:?}"
        );
    }
    assert_eq!(it.head().epoch(), document.epoch(), "nothing was restored");
    // Where every session ends, there is nothing in it that could revive.
    it.keeper.restore(&document, Sessions::End).await.unwrap();
    assert!(it.head().revocations().floor > Some(it.now()));
    let list = stored(&it).await.unwrap();
    assert_eq!(list.records().count(), 0);
    assert!(list.seq() > seq);
    it.keeper
        .revoke_listed(&[vec![session(&it, 2)]])
        .await
        .unwrap();
}

#[tokio::test]
async fn a_list_that_was_numbered_by_a_wrong_clock_gets_a_number_that_replicas_take() {
    let it = Fixture::begun().await;
    let wrong = it.now().saturating_add(400 * 86_400);
    let ahead = Keeper::new(FileStore::new(it.document()), PolicySettings::default());
    let ahead = ahead.clock(move || Ok(wrong)).clock_is_right(true);
    let first = Revocation::Session {
        id: [1; 8],
        born: None,
    };
    ahead.revoke_listed(&[vec![first]]).await.unwrap();

    let error = it.keeper.revoke_listed(&[vec![session(&it, 2)]]).await;
    let error = error.unwrap_err();
    assert!(error.hint().contains("--clock-is-right"), "{error:?}");
    // Taken as it is, it would forget at once whatever is added.
    assert!(matches!(refused(error), Refused::ClockBehind { .. }));
    let right = it.another_keeper().clock_is_right(true);
    right.turn().await.unwrap();
    it.keeper
        .revoke_listed(&[vec![session(&it, 2)]])
        .await
        .unwrap();
    let list = stored(&it).await.unwrap();
    assert!(list.check_seq(it.now()).is_ok());
    assert!(list.covers_session([1; 8]) && list.covers_session([2; 8]));

    // Where the number alone lies ahead, replicas would refuse the next one too.
    let ahead = ListDraft::new(&list, KeyRing::latest_epoch(it.now()), it.now()).build();
    let version = it.keeper.store().load_list().await.unwrap().version;
    let store = it.keeper.store();
    store.commit_list(&version, &ahead).await.unwrap();
    let error = it.keeper.revoke_listed(&[]).await.unwrap_err();
    assert!(error.hint().contains("--clock-is-right"), "{error:?}");
    assert!(matches!(refused(error), Refused::ListAhead(_)));
    right.turn().await.unwrap();
    it.keeper.revoke_listed(&[]).await.unwrap();
    assert!(stored(&it).await.unwrap().covers_session([2; 8]));
}

fn session(it: &Fixture, id: u8) -> Revocation {
    Revocation::Session {
        id: [id; 8],
        born: Some(it.now()),
    }
}

async fn stored(it: &Fixture) -> Option<RevocationList> {
    it.keeper.store().load_list().await.unwrap().list
}

/// Until when the one record is kept.
async fn until(it: &Fixture) -> Timestamp {
    let list = stored(it).await.unwrap();
    let record = list.records().next().unwrap();
    match record {
        ListRecord::Session { until, .. } | ListRecord::Subject { until, .. } => until,
    }
}
