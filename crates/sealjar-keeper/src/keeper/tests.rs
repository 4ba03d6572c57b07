//! Does a keeper over real files do what is due, once, and nothing else?

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use sealjar::{KeyRing, Phase, Timestamp};
use tempfile::TempDir;

use super::Keeper;
use crate::plan::{Sessions, WaitReason};
use crate::policy::PolicySettings;
use crate::store::file::FileStore;
use crate::{KeeperError, Refused, Span, Step};

struct Fixture {
    directory: TempDir,
    now: Arc<AtomicU32>,
    keeper: Keeper<FileStore>,
}

impl Fixture {
    async fn begun() -> Self {
        let fixture = Self::empty();
        fixture.keeper.init("web").await.unwrap();
        fixture
    }

    fn empty() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let now = Arc::new(AtomicU32::new(1_000_000));
        let keeper = keeper(&directory.path().join("ring.json"), &now);
        Self {
            directory,
            now,
            keeper,
        }
    }

    fn pass(&self, seconds: u32) {
        self.now.fetch_add(seconds, Ordering::Relaxed);
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_stored(self.now.load(Ordering::Relaxed))
    }

    fn delivered(&self) -> KeyRing {
        let text = std::fs::read(self.directory.path().join("ring.json")).unwrap();
        KeyRing::from_json(&text).unwrap()
    }

    fn phases(&self) -> Vec<Phase> {
        let ring = self.delivered();
        let keys = ring.keys().iter();
        keys.filter_map(|key| ring.phase(key.id(), self.now()))
            .collect()
    }
}

fn keeper(document: &Path, now: &Arc<AtomicU32>) -> Keeper<FileStore> {
    let seconds = |seconds| Some(Span::from_secs(seconds));
    let settings = PolicySettings {
        rotate_every: seconds(1000),
        distribution: seconds(60),
        skew: seconds(10),
        token_lifetime: seconds(500),
        revocation_horizon: None,
    };
    let now = Arc::clone(now);
    Keeper::new(FileStore::new(document), settings)
        .clock(move || Ok(Timestamp::from_stored(now.load(Ordering::Relaxed))))
}

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
    let rotate = |force| async move {
        it.keeper
            .change(&move |situation| situation.rotate(force))
            .await
    };
    let Err(KeeperError::Refused(Refused::NotHeld(wait))) = rotate(false).await else {
        panic!("the standby has only just been published")
    };
    assert_eq!(wait.until, Some(Timestamp::from_stored(1_000_070)));
}

#[tokio::test]
async fn a_store_that_lost_its_head_goes_on_from_the_document_that_replicas_have() {
    let it = Fixture::begun().await;
    let before = it.delivered();
    std::fs::remove_file(it.directory.path().join("ring.json.keeper/head.json")).unwrap();
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
