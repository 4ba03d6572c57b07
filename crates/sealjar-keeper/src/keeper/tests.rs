//! Does a keeper over real files do what is due, once, and nothing else?

mod clocks;
mod faults;
mod list;

use sealjar::{KeyId, LiveRing, Phase, RingError, Timestamp};

use crate::delivery::Delivery;
use crate::fixture::{Fixture, read, refused};
use crate::plan::{Change, Publishing, Sessions, Situation, WaitReason};
use crate::policy::PolicySettings;
use crate::store::FileStore;
use crate::store::{Head, Place, Published, RingStore, StoreError, Stored, Version};
use crate::{HumanDuration, Keeper, KeeperError, Refused, Step};

#[tokio::test]
async fn a_ring_lives_through_its_phases_turn_by_turn() {
    use Phase::{Opening, Sealing, Spent, Staged, Standby};
    let it = Fixture::begun().await;
    assert_eq!(it.phases(), [Sealing, Standby]);

    let turn = it.keeper.turn().await.unwrap();
    assert_eq!(
        (turn.steps.len(), turn.wait.reason),
        (0, WaitReason::Rotation)
    );
    // It began a skew before it was made.
    assert_eq!(turn.wait.until, Some(Timestamp::from_stored(1_000_990)));

    it.pass(990);
    let turn = it.keeper.turn().await.unwrap();
    assert!(matches!(
        turn.steps[..],
        [Step::Promoted { .. }, Step::Staged { .. }]
    ));
    assert_eq!(it.phases(), [Sealing, Staged, Standby]);
    it.pass(10);
    assert_eq!(it.phases(), [Opening, Sealing, Standby]);
    assert_eq!(
        it.delivered().keys()[0].seals_until,
        None,
        "some may not know yet"
    );

    it.pass(60);
    let turn = it.keeper.turn().await.unwrap();
    assert!(
        matches!(turn.steps[..], [Step::Ended { .. }]),
        "{:?}",
        turn.steps
    );
    let old = it.delivered().keys()[0].clone();
    assert_eq!(old.seals_until, Some(it.now().saturating_add(10)));
    assert_eq!(old.opens_until, Some(it.now().saturating_add(510)));

    it.pass(510);
    assert_eq!(it.phases(), [Spent, Sealing, Standby]);
    assert!(
        it.keeper.turn().await.unwrap().steps.is_empty(),
        "a slow clock still opens"
    );
    it.pass(11);
    let turn = it.keeper.turn().await.unwrap();
    assert!(matches!(turn.steps[..], [Step::Dropped { .. }]));
    assert_eq!(it.phases(), [Sealing, Standby]);
    assert_eq!(turn.wait.reason, WaitReason::Rotation);
}

#[tokio::test]
async fn a_rotation_that_comes_too_early_is_refused_and_one_that_is_forced_is_not() {
    let it = Fixture::begun().await;
    let early = it.keeper.change(&|situation| situation.rotate(false)).await;
    let Refused::NotHeld(wait) = refused(early.unwrap_err()) else {
        panic!("the standby has only just been published")
    };
    assert_eq!(wait.until, Some(Timestamp::from_stored(1_000_070)));
    let forced = it.keeper.change(&|situation| situation.rotate(true)).await;
    assert!(matches!(
        forced.unwrap().steps[..],
        [Step::Promoted { .. }, Step::Staged { .. }]
    ));
}

#[tokio::test]
async fn a_store_that_lost_its_head_goes_on_from_the_document_that_replicas_have() {
    let it = Fixture::begun().await;
    let before = it.delivered();
    std::fs::remove_file(it.store_file("head.json")).unwrap();
    assert!(matches!(
        it.keeper.turn().await,
        Err(KeeperError::Damaged(_))
    ));
    assert!(matches!(
        it.keeper.init("web").await,
        Err(KeeperError::Damaged(_))
    ));
    let change = it.keeper.restore(&before, Sessions::Keep).await.unwrap();
    assert!(change.ring.epoch() > before.epoch());
    assert_eq!(change.ring.keys()[0].id(), before.keys()[0].id());
    assert!(it.keeper.turn().await.unwrap().steps.is_empty());
}

#[tokio::test]
async fn replicas_take_a_lagging_copy_that_is_imported_in_the_second_in_which_their_ring_was_lost()
{
    let it = Fixture::begun().await;
    let lagging = it.delivered();
    it.revoke_session(1).await;
    let lost = it.delivered();
    let replica = LiveRing::new(read(&it.document()));
    std::fs::remove_dir_all(it.store_file("")).unwrap();
    std::fs::remove_file(it.document()).unwrap();

    // No second has passed.
    it.keeper.restore(&lagging, Sessions::End).await.unwrap();
    replica.replace(it.delivered()).unwrap();
    // So they do what comes after it.
    let other = Fixture::empty();
    other
        .keeper
        .restore(&lagging, Sessions::Keep)
        .await
        .unwrap();
    let imported = other.delivered();
    it.revoke_session(2).await;
    replica.replace(it.delivered()).unwrap();
    // The control: a ring of the number that was lost is a conflict.
    let replica = LiveRing::new(lost);
    let mut same = imported.draft();
    same.epoch = replica.load().epoch();
    let conflict = replica.replace(same.build().unwrap());
    assert!(
        matches!(conflict, Err(RingError::Conflict { .. })),
        "{conflict:?}"
    );
}

#[tokio::test]
async fn an_old_document_that_is_restored_brings_back_neither_its_keys_nor_its_policy() {
    let it = Fixture::begun().await;
    let old = it.delivered();
    let [leaked, standby] = [0, 1].map(|at| old.keys()[at].id());
    it.pass(100);
    it.revoke_key(leaked).await.unwrap();
    let slower = PolicySettings {
        rotate_every: Some(HumanDuration::from_secs(5000)),
        ..PolicySettings::default()
    };
    let keeper = |settings| {
        let now = it.now();
        Keeper::new(FileStore::new(it.document()), settings).clock(move || Ok(now))
    };
    let decide = |situation: &Situation<'_>| situation.revoke_session([1; 8]);
    keeper(slower).change(&decide).await.unwrap();

    let says_nothing = keeper(PolicySettings::default());
    let change = says_nothing.restore(&old, Sessions::End).await.unwrap();
    assert_eq!(change.ring.timing().rotate_every, 5000);
    assert_eq!(change.ring.phase(leaked, it.now()), Some(Phase::Revoked));
    assert_eq!(change.ring.phase(standby, it.now()), Some(Phase::Sealing));
}

#[tokio::test]
async fn a_change_that_another_keeper_builds_on_at_once_is_told_as_made() {
    let it = Fixture::begun().await;
    let overtaken = Overtaken {
        store: FileStore::new(it.document()),
        other: it.another_keeper(),
    };
    let now = it.now();
    let settings = PolicySettings::default();
    let keeper = Keeper::new(overtaken, settings).clock(move || Ok(now));
    let decide = |situation: &Situation<'_>| situation.revoke_session([1; 8]);
    let change = spawnable(keeper.change(&decide)).await.unwrap();
    spawnable(keeper.turn()).await.unwrap();
    assert_eq!(change.ring.epoch() + 1, it.head().epoch());
    assert_eq!(it.head().revocations().session_entries(), 2);
    assert_eq!(it.delivered().epoch(), it.head().epoch());
}

#[tokio::test]
async fn a_change_that_cannot_be_published_is_told_as_made_and_not_to_be_repeated() {
    let it = Fixture::begun().await;
    let leaked = it.head().keys()[0].id();
    // A directory where the document is written at first: only the publication fails.
    let beside = it.store_file("ring.json.tmp");
    std::fs::create_dir(&beside).unwrap();
    let error = it.revoke_key(leaked).await.unwrap_err();
    let KeeperError::Unfinished { epoch, .. } = &error else {
        panic!("{error:?}")
    };
    assert_eq!(*epoch, it.head().epoch());
    assert!(error.to_string().contains("is committed"), "{error}");
    assert!(error.hint().contains("do not repeat"), "{}", error.hint());
    std::fs::remove_dir(beside).unwrap();
    assert!(it.keeper.turn().await.unwrap().published);
    assert!(matches!(
        refused(it.revoke_key(leaked).await.unwrap_err()),
        Refused::AlreadyRevoked(_)
    ));
}

/// Takes only what a server may spawn.
const fn spawnable<F: Future + Send>(future: F) -> F {
    future
}

/// A store in which another keeper commits right after each commit.
struct Overtaken {
    store: FileStore,
    other: Keeper<FileStore>,
}

#[tokio::test]
async fn a_turn_after_a_restore_waits_whatever_was_published_before_it() {
    let it = Fixture::begun().await;
    // Another history of the same ring: it continues from here, and its standby is one that nobody
    // has.
    let other = Fixture::empty();
    let begun = it.delivered();
    other.pass(5);
    other.keeper.restore(&begun, Sessions::Keep).await.unwrap();
    let standby = other.delivered().keys()[1].id();
    other.revoke_key(standby).await.unwrap();
    let document = other.delivered();

    it.pass(990);
    it.revoke_session(1).await;
    it.pass(500);
    let newest = it.delivered();
    assert!(
        newest.epoch() > document.epoch(),
        "which alone says nothing"
    );
    let mut later = document.draft();
    later.epoch = newest.epoch() + 1;
    let later = later.build().unwrap();
    it.keeper.restore(&later, Sessions::Keep).await.unwrap();

    let turn = it.keeper.turn().await.unwrap();
    assert!(
        !turn
            .steps
            .iter()
            .any(|step| matches!(step, Step::Promoted { .. })),
        "its standby is on no replica: {:?}",
        turn.steps
    );
    it.pass(70);
    let turn = it.keeper.turn().await.unwrap();
    assert!(
        turn.steps
            .iter()
            .any(|step| matches!(step, Step::Promoted { .. })),
        "the control: now it is, and the rotation was due: {:?}",
        turn.steps
    );
}

#[tokio::test]
async fn a_policy_that_a_keeper_is_given_stands_in_the_ring_once_the_ring_is_held() {
    let it = Fixture::begun().await;
    let settings = PolicySettings {
        rotate_every: Some(HumanDuration::from_secs(2000)),
        ..PolicySettings::default()
    };
    let now = it.now();
    let store = FileStore::new(it.document());
    let early = Keeper::new(store, settings).clock(move || Ok(now));
    let turn = early.turn().await.unwrap();
    assert!(turn.steps.is_empty(), "{:?}", turn.steps);
    assert_eq!(turn.wait.reason, WaitReason::Policy);

    it.pass(70);
    let now = it.now();
    let store = FileStore::new(it.document());
    let keeper = Keeper::new(store, settings).clock(move || Ok(now));
    let turn = keeper.turn().await.unwrap();
    assert!(matches!(turn.steps[..], [Step::PolicyChanged { .. }]));
    assert_eq!(it.delivered().timing().rotate_every, 2000);
    assert!(keeper.turn().await.unwrap().steps.is_empty());
}

impl RingStore for Overtaken {
    async fn load(&self) -> Result<Stored, StoreError> {
        self.store.load().await
    }

    async fn commit(&self, over: &Version, next: &Change) -> Result<(), StoreError> {
        self.store.commit(over, next).await?;
        let decide = |situation: &Situation<'_>| situation.revoke_session([2; 8]);
        self.other.change(&decide).await.unwrap();
        Ok(())
    }

    async fn publish(&self, head: &Head) -> Result<Published, StoreError> {
        self.store.publish(head).await
    }

    async fn record(&self, over: &Version, delivery: &Delivery) -> Result<(), StoreError> {
        self.store.record(over, delivery).await
    }

    async fn prune(
        &self,
        head: &Head,
        may_keep: &(dyn Fn(&[KeyId]) -> bool + Sync),
    ) -> Result<(), StoreError> {
        self.store.prune(head, may_keep).await
    }

    fn publishing(&self) -> Publishing {
        self.store.publishing()
    }

    fn place(&self, head: &Head) -> Place {
        self.store.place(head)
    }
}
